"""The pages of the cabinet: whose, which month, the file, a refund."""

import datetime
import re
import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib import parse

import werkzeug
from werkzeug import routing
from werkzeug.utils import redirect

from vpos_sandbox import amounts, clock, merchants, money, orders, storage
from vpos_sandbox.cabinet import movements, statement
from vpos_sandbox.cabinet.movements import Movement
from vpos_sandbox.cabinet.shapes import SHAPES, USUAL
from vpos_sandbox.control import payloads
from vpos_sandbox.pages import rendering

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
REFUSED = {
    "state": "nothing is left on this order that could go back",
    "amount": "the amount must be more than nothing and at most what is left",
}


def rules() -> list[routing.Rule]:
    """Answer the addresses of the cabinet."""
    return [
        routing.Rule("/cabinet", methods=["GET"], endpoint=choose_login),
        routing.Rule("/cabinet/<login>", methods=["GET"], endpoint=show_month),
        routing.Rule("/cabinet/<login>/statement", methods=["GET"], endpoint=download),
        routing.Rule("/cabinet/<login>/orders/<ref>/refund", methods=["POST"], endpoint=refund),
    ]


def choose_login(store: storage.Storage, request: werkzeug.Request) -> werkzeug.Response:
    """Show whose cabinets there are: every login that has settings or orders."""
    with store.write() as db:
        found = db.execute("SELECT DISTINCT login, family FROM orders")
        known = {row["login"]: merchants.find(db, login=row["login"], family=row["family"]) for row in found}
        known |= {merchant.login: merchant for merchant in merchants.every(db)}
    return rendering.page("cabinets.html", merchants=[known[login] for login in sorted(known)])


def show_month(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Show the months of a login, and what moved in one of them (the last one with money unless asked for)."""
    with store.write() as db:
        merchant = _merchant(db, login)
        everything = movements.of_login(db, login=login)
        today = clock.in_yerevan(clock.now_ms(db, login=login)).date()
    months = sorted({movement.day.replace(day=1) for movement in everything}, reverse=True)
    asked = request.args.get("month")
    month = _month(asked) if asked else next(iter(months), today.replace(day=1))
    moved = [movement for movement in everything if movement.day.replace(day=1) == month]
    return rendering.page(
        "cabinet.html",
        merchant=merchant,
        months=[_written(each) for each in months],
        month=_written(month),
        rows=[_row(movement) for movement in moved],
        sums=_sums(moved),
        shapes=SHAPES,
        usual=USUAL[merchant.profile],
        said=request.args.get("said", ""),
    )


def download(store: storage.Storage, request: werkzeug.Request, *, login: str) -> werkzeug.Response:
    """Answer the statement of a month as a file: `month`, `shape`, `by` (operation, settlement)."""
    by = request.args.get("by", "operation")
    if by not in ("operation", "settlement"):
        raise payloads.RejectedError(422, "bad-day", "by must be operation or settlement.")
    month = _month(request.args.get("month", ""))
    with store.write() as db:
        merchant = _merchant(db, login)
        moved = movements.of_month(db, login=login, month=month, by_settlement=by == "settlement")
    name = request.args.get("shape", USUAL[merchant.profile])
    if name not in SHAPES:
        raise payloads.RejectedError(422, "unknown-shape", f"shape must be one of {', '.join(SHAPES)}.")
    shape = SHAPES[name]
    content = statement.write(shape=shape, movements=moved, shop=merchant.shop, month=month)
    charset = "utf-8" if shape.encoding == "utf-8-sig" else shape.encoding
    response = werkzeug.Response(content, content_type=f"text/csv; charset={charset}")
    file = re.sub(r"[^A-Za-z0-9_.-]", "_", f"statement-{login}-{_written(month)}.csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def refund(store: storage.Storage, request: werkzeug.Request, *, login: str, ref: str) -> werkzeug.Response:
    """Send money back here, behind the shop's back; without an amount all that is left."""
    with store.write() as db:
        merchant = _merchant(db, login)
        order = orders.by_any_ref(db, ref=ref)
        if order is None or order.login != login:
            raise payloads.RejectedError(404, "unknown-order", f"{login} has no order {ref}.")
        said = _refund(db, merchant, order, request.form.get("amount", "").strip())
    month = request.form.get("month", "")
    back = {"month": month, "said": said} if MONTH.fullmatch(month) else {"said": said}
    return redirect(f"/cabinet/{parse.quote(login)}?{parse.urlencode(back)}", code=303)


def _refund(db: sqlite3.Connection, merchant: merchants.Merchant, order: orders.Order, written: str) -> str:
    amount_minor = amounts.minor_of_major(written) if written else order.deposited_minor
    try:
        money.refund(db, merchant=merchant, order=order, amount_minor=amount_minor or 0, source=money.CABINET)
    except money.RefusedError as refused:
        return f"Order {order.order_number}: {REFUSED[refused.reason]}."
    return f"Order {order.order_number}: {amounts.shown(amount_minor or 0, order.currency)} went back."


def _merchant(db: sqlite3.Connection, login: str) -> merchants.Merchant:
    """Answer the merchant of a login. Raises RejectedError for one that has neither settings nor orders."""
    merchant = merchants.load(db, login=login)
    if merchant is not None:
        return merchant
    row = db.execute("SELECT family FROM orders WHERE login = ?", (login,)).fetchone()
    if row is None:
        raise payloads.RejectedError(404, "unknown-merchant", f"Nobody has the login {login}.")
    return merchants.find(db, login=login, family=row["family"])


def _month(text: str) -> datetime.date:
    found = MONTH.fullmatch(text)
    if found is None:
        raise payloads.RejectedError(422, "bad-month", "month must be written like 2026-10.")
    return datetime.date(int(found[1]), int(found[2]), 1)


def _written(month: datetime.date) -> str:
    return f"{month:%Y-%m}"


def _row(movement: Movement) -> dict[str, Any]:
    order = movement.order
    return {
        "at": clock.in_yerevan(movement.at_ms).strftime("%d.%m.%Y %H:%M:%S"),
        "kind": movement.kind,
        "order": order,
        "amount": _shown(movement.amount_minor, order.currency),
        "fee": _shown(movement.fee_minor, order.currency),
        "net": _shown(movement.net_minor, order.currency),
        "settled_on": movement.settled_on.strftime("%d.%m.%Y"),
        "left": amounts.shown(order.deposited_minor, order.currency)
        if movement.kind == movements.PAYMENT and order.deposited_minor
        else "",
    }


def _sums(moved: Sequence[Movement]) -> list[dict[str, str]]:
    """Answer the totals of each currency."""
    found = []
    for currency in sorted({movement.order.currency for movement in moved}):
        mine = [movement for movement in moved if movement.order.currency == currency]
        found.append(
            {
                "amount": _shown(sum(movement.amount_minor for movement in mine), currency),
                "fee": _shown(sum(movement.fee_minor for movement in mine), currency),
                "net": _shown(sum(movement.net_minor for movement in mine), currency),
            }
        )
    return found


def _shown(amount_minor: int, currency: str) -> str:
    return f"{'−' if amount_minor < 0 else ''}{amounts.shown(abs(amount_minor), currency)}"
