"""
One stored callback: our door beside a bare view that does one insert, through the same WSGI handler and middleware.

Ours finds the account, checks the signature, finds the payment, keeps the message and asks for a look-up; the bare view inserts
a row of the same size. Every message is a new one, for a payment of its own. At most 1.6 times is the goal.
"""

import hashlib
import hmac
import io
import itertools
import os
from typing import Any

import settle
import stage

ROUNDS, PER_ROUND = 10, 200
KEY = "benchmark-key"
BARE = """
INSERT INTO billing_webhookdelivery
    (door, key, method, query, body, body_bytes, received_at, seen, last_seen_at, verdict, note, provider_ref, authentic)
VALUES ('bare', %s, 'POST', %s, %s, %s, now(), 1, now(), 'new', '', '', false)
"""


def main() -> None:
    with stage.database():
        os.environ.update(
            BENCH_BASE_URL="http://127.0.0.1:9/payment/rest/", BENCH_USERNAME="u", BENCH_PASSWORD="p"
        )
        os.environ["BENCH_CALLBACK_KEY"] = KEY
        import django

        django.setup()
        from django.core.wsgi import get_wsgi_application
        from django.db import connection
        from django.http import HttpRequest, HttpResponse
        from django.urls import path
        from django.views.decorators.csrf import csrf_exempt

        from billing.models import MerchantAccount, WebhookDelivery
        from config import urls

        @csrf_exempt
        def bare(request: HttpRequest) -> HttpResponse:
            body = request.body
            with connection.cursor() as cursor:
                cursor.execute(BARE, [hashlib.sha256(body).hexdigest(), "{}", body, len(body)])
            return HttpResponse("OK")

        urls.urlpatterns.append(path("bare/", bare))
        payments = settle.seed(connection, (ROUNDS + 1) * PER_ROUND)
        MerchantAccount.objects.update(provider="arca", profile="epg")
        handle = get_wsgi_application()
        numbers = itertools.count()

        def send(address: str) -> int:
            for _ in range(PER_ROUND):
                _payment, order_number = payments[next(numbers) % len(payments)]
                status = _post(handle, address, _message(order_number, next(numbers)))
                if not status.startswith("200"):
                    raise SystemExit(f"{address} answered {status}")
            return PER_ROUND

        send("/bare/"), send("/callbacks/bench/")
        measured = stage.interleaved(
            ROUNDS, floor=lambda: send("/bare/"), ours=lambda: send("/callbacks/bench/")
        )
        kept = WebhookDelivery.objects.filter(door="callback", verdict="new").count()
        if kept != (ROUNDS + 1) * PER_ROUND:
            raise SystemExit(f"only {kept} callbacks were kept")
        stage.verdict("webhook", floor=measured["floor"], ours=measured["ours"])


def _message(order_number: int, mark: int) -> bytes:
    """A signed callback as the gateway sends it (docs/providers.md)."""
    fields = {
        "amount": "9000000",
        "mark": str(mark),
        "mdOrder": f"REF-{order_number}",
        "operation": "deposited",
        "orderNumber": str(order_number),
        "status": "1",
    }
    text = "".join(f"{name};{value};" for name, value in sorted(fields.items()))
    checksum = hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    return "&".join([*(f"{name}={value}" for name, value in fields.items()), f"checksum={checksum}"]).encode()


def _post(handle: Any, address: str, body: bytes) -> str:
    answered: list[str] = []
    response = handle(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        },
        lambda status, _headers: answered.append(status),
    )
    b"".join(response)
    response.close()
    return answered[0]


if __name__ == "__main__":
    main()
