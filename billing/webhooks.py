"""
The doors that banks and returning browsers come through: keep, answer at once, let the look-up decide.

Nothing here settles anything. What a provider's protocol wants to hear is in the adapter's hint; everything else gets a quick
4xx. A body beyond the limit is not read.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from billing import accounts, deliveries
from billing.models import MerchantAccount, Payment, PaymentLink
from billing.providers.base import BadSignature, Callback, Hint, ProviderError

log = logging.getLogger(__name__)

LIMIT_BYTES = 65_536
LONGEST_LENGTH = 2**31 - 1  # what a delivery can note of a length that somebody claims


@csrf_exempt
def receive_callback(request: HttpRequest, account_code: str) -> HttpResponse:
    """Keep a provider's server call and answer what its protocol asks."""
    account = accounts.find_account(code=account_code)
    if request.method not in ("GET", "POST"):
        return _reject(account, request, "method", status=405)
    if _length(request) > LIMIT_BYTES:
        return _reject(account, request, "too large", status=413)
    callback = _callback(request)
    if account is None:
        log.warning("callback for an unknown account: %s", account_code)
        deliveries.store(
            account=None, door="callback", callback=callback, hint=None, note=f"account {account_code}"[:200]
        )
        return HttpResponse(status=404)
    try:
        hint = accounts.adapter_of(account).read_callback(callback)
    except BadSignature:
        deliveries.store(account=account, door="callback", callback=callback, hint=None, note="signature")
        return HttpResponse(status=403)
    except ProviderError as error:
        deliveries.store(
            account=account, door="callback", callback=callback, hint=None, note=f"malformed: {error}"[:500]
        )
        return HttpResponse(status=400)
    verdict = deliveries.store(account=account, door="callback", callback=callback, hint=hint)
    if verdict == deliveries.Verdict.REJECTED:
        return HttpResponse(status=400)
    return HttpResponse(hint.reply.body, status=hint.reply.status, content_type=hint.reply.content_type)


def keep_return(request: HttpRequest, link: PaymentLink) -> None:
    """Keep what a browser brings back from a bank; only a payment of its own link may be asked for by it."""
    attempts = list(link.payments.select_related("account").order_by("-id"))
    if not attempts:
        return
    account, callback, note = attempts[0].account, _callback(request), ""
    hint: Hint | None = None
    try:
        hint = accounts.adapter_of(account).read_callback(callback)
    except ProviderError as error:
        note = str(error)[:500]
    if hint is not None and not any(_names(hint, attempt) for attempt in attempts):
        hint, note = None, "names no attempt of this link"
    deliveries.store(account=account, door="return", callback=callback, hint=hint, note=note)


def _names(hint: Hint, attempt: Payment) -> bool:
    if hint.order_number is not None:
        return hint.order_number == attempt.order_number
    return bool(hint.provider_ref) and hint.provider_ref.lower() == attempt.provider_ref.lower()


def _reject(account: MerchantAccount | None, request: HttpRequest, note: str, *, status: int) -> HttpResponse:
    log.warning("callback refused: %s, %s bytes", note, _length(request))
    callback = Callback(method=request.method or "", query=request.GET.dict(), headers={}, body=b"")
    deliveries.store(
        account=account, door="callback", callback=callback, hint=None, note=note, body_bytes=_length(request)
    )
    response = HttpResponse(status=status)
    if status == 405:
        response["Allow"] = "GET, POST"
    return response


def _callback(request: HttpRequest) -> Callback:
    return Callback(
        method=request.method or "",
        query={name: value[:2000] for name, value in request.GET.dict().items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(LIMIT_BYTES) if request.method == "POST" else b"",
    )


def _length(request: HttpRequest) -> int:
    try:
        return min(max(int(request.headers.get("Content-Length") or 0), 0), LONGEST_LENGTH)
    except ValueError:
        return LIMIT_BYTES + 1
