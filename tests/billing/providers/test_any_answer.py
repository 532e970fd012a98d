"""Whatever a bank says, an adapter answers with a report or one of three errors, and PAID only for a whole "paid"."""

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from billing.providers import base, registry
from common import http
from tests.billing.providers import payloads, scripted

KINDS = [("ameria", ""), ("arca", "ipay"), ("arca", "epg"), ("arca", "ineco")]
GOOD = {"ameria": payloads.AMERIA_PAID, "arca": payloads.ARCA_PAID}
CREATED = {"ameria": payloads.AMERIA_CREATED, "arca": payloads.ARCA_CREATED}

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["00", "2", "0", "051"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 204, 302, 400, 401, 404, 429, 500, 502, 503])


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, str, http.Answer]:
    """Draw a good answer with some fields changed or gone, any JSON, or any bytes."""
    provider, profile = draw(st.sampled_from(KINDS))
    kind = draw(st.sampled_from(["changed", "json", "bytes", "cut"]))
    good: dict[str, Any] = dict(draw(st.sampled_from([GOOD[provider], CREATED[provider]])))
    if kind in ("changed", "cut"):
        for name in draw(st.lists(st.sampled_from(sorted(good)), max_size=4)):
            if draw(st.booleans()):
                good[name] = draw(VALUES)
            else:
                good.pop(name, None)
    body = json.dumps(draw(VALUES) if kind == "json" else good).encode()
    if kind == "bytes":
        body = draw(st.binary(max_size=200))
    if kind == "cut":
        body = body[: draw(st.integers(0, len(body)))]
    return provider, profile, http.Answer(draw(STATUSES), "application/json", body)


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Any:
    """Answer every question of this module with what Hypothesis drew last."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "post_json", lambda **_: _drawn[-1])
        patch.setattr(http, "post_form", lambda **_: _drawn[-1])
        yield


_drawn: list[http.Answer] = []


@hypothesis.settings(max_examples=400, deadline=None)
@hypothesis.given(drawn=answers(), known=st.booleans())
def test_any_look_up_answer_is_a_report_or_a_provider_error(
    drawn: tuple[str, str, http.Answer], known: bool
) -> None:
    provider, profile, answer = drawn
    _drawn[:] = [answer]
    reference = base.PaymentReference(2350301, payloads.AMERIA_ID if known else "")
    try:
        report = registry.adapter(scripted.account(provider, profile)).fetch_payment(reference)
    except base.ProviderError as error:
        json.dumps(error.raw, allow_nan=False)
        return
    json.dumps(dict(report.raw), allow_nan=False)
    assert isinstance(report.status, base.ReportedStatus)
    if report.status is base.ReportedStatus.PAID:
        assert report.amount_minor is not None
        assert report.currency
        assert report.order_number is not None
        said = json.loads(answer.body)
        assert answer.status == 200
        if provider == "ameria":
            assert (said["ResponseCode"], said["OrderStatus"] in ("2", "4")) == ("00", True)
        else:
            assert (said.get("errorCode", 0) in (0, "0"), said["orderStatus"] in (2, 4)) == (True, True)


@hypothesis.settings(max_examples=200, deadline=None)
@hypothesis.given(drawn=answers())
def test_any_create_answer_is_a_page_or_a_provider_error(drawn: tuple[str, str, http.Answer]) -> None:
    provider, profile, answer = drawn
    _drawn[:] = [answer]
    start = base.PaymentStart(2350301, 1000, "AMD", "Course", "https://school.test/", "hy", "inv-7")
    try:
        page = registry.adapter(scripted.account(provider, profile)).start_payment(start)
    except base.ProviderError:
        return
    assert page.provider_ref
    assert page.url.startswith("https://")


@hypothesis.settings(max_examples=200, deadline=None)
@hypothesis.given(drawn=answers(), whole=st.booleans())
def test_any_refund_answer_is_done_or_a_provider_error(
    drawn: tuple[str, str, http.Answer], whole: bool
) -> None:
    provider, profile, answer = drawn
    _drawn[:] = [answer]
    refunds = registry.refunds(scripted.account(provider, profile))
    assert refunds is not None
    reference = base.PaymentReference(2350301, payloads.AMERIA_ID)
    try:
        refunds.send_refund(base.RefundOrder(reference, 400, "AMD", whole))
    except base.ProviderError:
        return
    said = json.loads(answer.body)
    assert answer.status == 200
    assert said["ResponseCode" if provider == "ameria" else "errorCode"] in ("00", "0", 0)


@hypothesis.given(
    kind=st.sampled_from(KINDS),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    query=st.dictionaries(
        st.sampled_from(["orderID", "paymentID", "orderId", "mdOrder", "checksum", "x"]), st.text()
    ),
    body=st.binary(max_size=200),
)
def test_any_message_at_our_door_is_a_hint_or_a_bad_signature(
    kind: tuple[str, str], method: str, query: dict[str, str], body: bytes
) -> None:
    provider = registry.adapter(scripted.account(*kind))
    try:
        hint = provider.read_callback(base.Callback(method, query, {}, body))
    except base.BadSignature:
        return
    assert not hint.authentic
    assert hint.report is None
