"""The bank's page where the buyer pays. It stands at the providers' own addresses."""

import sqlite3

import werkzeug
from werkzeug import routing
from werkzeug.utils import redirect

from vpos_sandbox import amounts, buyer, clock, merchants, orders, returning, storage
from vpos_sandbox.pages import rendering, texts


def rules() -> list[routing.Rule]:
    """Answer the addresses of the two banks' pages."""
    return [
        routing.Rule("/VPOS/Payments/Pay", methods=["GET", "POST"], endpoint=ameria_page),
        routing.Rule(
            "/payment/merchants/<shop>/payment_<lang>.html", methods=["GET", "POST"], endpoint=arca_page
        ),
    ]


def ameria_page(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Serve Ameriabank's page."""
    ref = request.args.get("id", "")
    return _page(store, request, family="ameria", ref=ref, language=request.args.get("lang", "en"))


def arca_page(
    store: storage.Storage, request: werkzeug.Request, *, shop: str, lang: str
) -> werkzeug.Response:
    """Serve the page of ArCa and Inecobank; the shop in the path is decoration."""
    return _page(store, request, family="arca", ref=request.args.get("mdOrder", ""), language=lang)


def _page(
    store: storage.Storage, request: werkzeug.Request, *, family: str, ref: str, language: str
) -> werkzeug.Response:
    words = texts.TEXTS[texts.language_of(language)]
    ip = request.remote_addr or ""
    with store.write() as db:
        order = orders.by_provider_ref(db, family=family, provider_ref=ref)
        if order is None:
            return _show(words, None, family=family, language=language, message="unknown", status=404)
        merchant = merchants.find(db, login=order.login, family=family)
        if request.method == "POST":
            return _press(db, request, merchant, order, words, language)
        now_ms = clock.now_ms(db, login=order.login)
        if now_ms < order.session_ends_at_ms:
            buyer.open_page(db, order=order, ip=ip)
        buyer.end_session_if_over(db, merchant=merchant, order=order, now_ms=now_ms)
        return _show_state(order, words, language, now_ms=now_ms)


def _press(
    db: sqlite3.Connection,
    request: werkzeug.Request,
    merchant: merchants.Merchant,
    order: orders.Order,
    words: dict[str, str],
    language: str,
) -> werkzeug.Response:
    outcome = request.form.get("outcome", "")
    now_ms = clock.now_ms(db, login=order.login)
    if outcome not in buyer.OUTCOMES:
        return _show_state(order, words, language, now_ms=now_ms)
    try:
        result = buyer.act(db, merchant=merchant, order=order, outcome=outcome, ip=request.remote_addr or "")
    except buyer.ImpossibleError:
        buyer.end_session_if_over(db, merchant=merchant, order=order, now_ms=now_ms)
        return _show_state(order, words, language, now_ms=now_ms)
    url = returning.return_url(db, order=order, claims_success=result.claims_success)
    if result.returns and url is not None:
        return redirect(url, code=302)
    if order.status in orders.OPEN and outcome != "close":
        return _show_state(order, words, language, now_ms=now_ms)
    message = "left" if outcome == "close" else "paid_and_left" if order.paid_at_ms else "not_open"
    return _show(words, order, family=order.family, language=language, message=message)


def _show_state(
    order: orders.Order, words: dict[str, str], language: str, *, now_ms: int
) -> werkzeug.Response:
    left = max(0, (order.session_ends_at_ms - now_ms) // 1000)
    over = order.action_code == buyer.SESSION_OVER or (order.status in orders.OPEN and not left)
    if over:
        return _show(words, order, family=order.family, language=language, message="over")
    if order.status not in orders.OPEN:
        return _show(words, order, family=order.family, language=language, message="not_open")
    message = "waiting" if order.status == orders.ACS_STARTED else ""
    if order.status == orders.CREATED and order.attempts:
        message = "declined_try_again"
    return _show(
        words, order, family=order.family, language=language, message=message, seconds_left=int(left)
    )


def _show(
    words: dict[str, str],
    order: orders.Order | None,
    *,
    family: str,
    language: str,
    message: str,
    seconds_left: int | None = None,
    status: int = 200,
) -> werkzeug.Response:
    return rendering.page(
        "pay.html",
        status=status,
        words=words,
        language=texts.language_of(language),
        family=family,
        order=order,
        amount=amounts.shown(order.amount_minor, order.currency) if order else "",
        message=words[message] if message else "",
        final=seconds_left is None,
        seconds_left=seconds_left,
        outcomes=buyer.OUTCOMES,
    )
