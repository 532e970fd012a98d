"""The banks behind ArCa's gateway keep the contract, each profile with another version of the status answer."""

import contextlib
import http.server
import queue
import threading
import urllib.parse
from collections.abc import Iterator

import pytest

from billing.providers import base
from tests.billing.providers.contract import NUMBER, ProviderContract, School, Status


class ArcaContract(ProviderContract):
    provider = "arca"
    path = "/payment/rest/"
    refund_operation = "refund"

    def test_a_number_that_is_taken_is_refused(self, school: School) -> None:
        school.start()
        with pytest.raises(base.ProviderRefused) as refused:
            school.start()
        assert (refused.value.code, refused.value.credentials) == ("1", False)

    def test_an_absent_error_code_is_success_for_all_but_money(self, school: School) -> None:
        school.agree(error_code="absent")
        reference = school.paid()
        assert school.report(reference).status is Status.PAID
        with pytest.raises(base.ProviderUnavailable) as unclear:
            school.refund(reference, 400_000)
        assert unclear.value.maybe_done
        assert school.report(reference).refunded_minor == 400_000

    def test_another_try_after_a_decline_is_not_failed(self, school: School) -> None:
        school.agree(attempts=2, **self.options)
        page = school.start()
        reference = base.PaymentReference(NUMBER, page.provider_ref)
        school.sandbox.outcome(page.provider_ref, "decline")
        assert school.report(reference).status is Status.NOT_ATTEMPTED
        school.sandbox.pay(page.provider_ref)
        assert school.report(reference).status is Status.PAID


class TestIpay(ArcaContract):
    profile = "ipay"
    sandbox_profile = "arca-ipay"
    options = {"status_version": "03", "error_code": "mixed"}


class TestIneco(ArcaContract):
    profile = "ineco"
    sandbox_profile = "ineco"
    options = {"status_version": "01", "error_code": "number"}


class TestEpg(ArcaContract):
    profile = "epg"
    sandbox_profile = "arca-epg"
    options = {"status_version": "02", "error_code": "string"}

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_signed_callback_of_the_gateway_is_authentic(self, school: School, method: str) -> None:
        with listening() as (url, heard):
            school.agree(
                callback_url=url,
                callback_key=school.account.secret("callback_key"),
                callback_method=method,
                callback_extra=["amount", "callbackCreationDate", "sign_alias"],
            )
            reference = school.paid()
            hint = school.provider().read_callback(heard.get(timeout=10))
            assert hint.authentic
            assert (hint.order_number, hint.provider_ref) == (NUMBER, reference.provider_ref)
            assert hint.report is None

    @pytest.mark.parametrize("checksum", ["bad", "none"])
    def test_a_callback_without_a_good_checksum_is_refused(self, school: School, checksum: str) -> None:
        with listening() as (url, heard):
            page = school.start()
            school.agree(callback_key=school.account.secret("callback_key"))
            school.sandbox.callback(page.provider_ref, url=url, checksum=checksum)
            with pytest.raises(base.BadSignature):
                school.provider().read_callback(heard.get(timeout=10))


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, "queue.Queue[base.Callback]"]]:
    """Open a door for callbacks, and answer its address with what is heard there."""
    heard: queue.Queue[base.Callback] = queue.Queue()

    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
            heard.put(base.Callback(self.command, query, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 -- the names that the server looks for

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/callback", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
