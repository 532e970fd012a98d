"""
The shapes in which a statement can be downloaded.

No bank of Armenia publishes the form of its statement, so these are invented; together they hold what such files are known to
differ in: encoding, separators, decimal comma, zone, signs, lines above the heading, totals below the rows.
"""

import dataclasses
import datetime
from collections.abc import Callable, Mapping

from vpos_sandbox import amounts, clock
from vpos_sandbox.cabinet.movements import PAYMENT, REFUND, REVERSAL, Movement
from vpos_sandbox.control import payloads

UTC = datetime.UTC
NO_BREAK = "\u00a0"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """How one kind of statement is written. `columns` maps headings to what stands under them."""

    about: str
    columns: Mapping[str, str]
    encoding: str = "utf-8"
    delimiter: str = ";"
    end: str = "\r\n"
    decimal_mark: str = ","
    thousands: str = ""
    zone: datetime.tzinfo = clock.YEREVAN
    moment: str = "%d.%m.%Y %H:%M:%S"
    day: str = "%d.%m.%Y"
    kinds: Mapping[str, str] = dataclasses.field(default_factory=dict)
    signed: bool = True
    currency_in_letters: bool = True
    title: str = ""
    total: str = ""

    def amount(self, amount_minor: int) -> str:
        """Write an amount: sign, thousands and decimals as this shape has them."""
        major, rest = divmod(abs(amount_minor), 100)
        digits = f"{major:,}".replace(",", self.thousands)
        sign = "-" if amount_minor < 0 and self.signed else ""
        return f"{sign}{digits}{self.decimal_mark}{rest:02d}"


SHAPES: Mapping[str, Shape] = {
    "plain": Shape(
        about="UTF-8, commas, decimal point, moments in UTC",
        columns={
            "Date": "moment",
            "Order number": "order_number",
            "Reference": "reference",
            "Type": "kind",
            "Amount": "amount",
            "Fee": "fee",
            "Net": "net",
            "Currency": "currency",
            "Settlement date": "settled_on",
            "Merchant": "login",
        },
        delimiter=",",
        decimal_mark=".",
        zone=UTC,
        moment="%Y-%m-%dT%H:%M:%S+00:00",
        day="%Y-%m-%d",
        kinds={PAYMENT: "Purchase", REFUND: "Refund", REVERSAL: "Reversal"},
        end="\n",
    ),
    "vpos": Shape(
        about="UTF-8 with a mark, semicolons, decimal comma, blanks between thousands, lines above, totals below",
        columns={
            "Transaction date": "moment",
            "OrderID": "order_number",
            "PaymentID": "reference",
            "Operation": "kind",
            "Amount": "amount",
            "Commission": "fee",
            "To be paid out": "net",
            "Currency": "currency",
            "Value date": "settled_on",
            "Terminal": "login",
        },
        encoding="utf-8-sig",
        thousands=NO_BREAK,
        kinds={PAYMENT: "Payment", REFUND: "Refund", REVERSAL: "Cancel"},
        signed=False,
        title="vPOS transactions",
        total="Total",
    ),
    "ipay": Shape(
        about="Windows-1251 in Russian, semicolons, decimal comma, currency as a number, refunds below zero",
        columns={
            "Дата операции": "moment",
            "Номер заказа": "order_number",
            "Номер в системе": "reference",
            "Операция": "kind",
            "Сумма": "amount",
            "Комиссия": "fee",
            "К выплате": "net",
            "Валюта": "currency",
            "Дата зачисления": "settled_on",
            "Логин": "login",
        },
        encoding="cp1251",
        kinds={PAYMENT: "Оплата", REFUND: "Возврат", REVERSAL: "Отмена"},
        currency_in_letters=False,
        total="Итого",
    ),
    "ineco": Shape(
        about="UTF-8 in Armenian, tabs, date and time apart, signs instead of kinds",
        columns={
            "Ամսաթիվ": "date",
            "Ժամ": "time",
            "Պատվերի համար": "order_number",
            "Վճարման կոդ": "reference",
            "Գումար": "amount",
            "Միջնորդավճար": "fee",
            "Փոխանցվող գումար": "net",
            "Արժույթ": "currency",
            "Հաշվեգրման օր": "settled_on",
            "Խանութ": "login",
        },
        delimiter="\t",
        decimal_mark=".",
        day="%d/%m/%Y",
        title="Գործարքների ցուցակ",
    ),
}
USUAL = {"ameria": "vpos", "arca-ipay": "ipay", "arca-epg": "ipay", "ineco": "ineco"}

Cell = Callable[[Shape, Movement], str]
CELLS: Mapping[str, Cell] = {
    "moment": lambda shape, moved: _local(shape, moved).strftime(shape.moment),
    "date": lambda shape, moved: _local(shape, moved).strftime(shape.day),
    "time": lambda shape, moved: _local(shape, moved).strftime("%H:%M:%S"),
    "order_number": lambda _shape, moved: moved.order.order_number,
    "reference": lambda _shape, moved: payloads.written_ref(moved.order),
    "kind": lambda shape, moved: shape.kinds[moved.kind],
    "amount": lambda shape, moved: shape.amount(moved.amount_minor),
    "fee": lambda shape, moved: shape.amount(moved.fee_minor),
    "net": lambda shape, moved: shape.amount(moved.net_minor),
    "currency": lambda shape, moved: _currency(shape, moved),
    "settled_on": lambda shape, moved: moved.settled_on.strftime(shape.day),
    "login": lambda _shape, moved: moved.order.login,
}


def _local(shape: Shape, moved: Movement) -> datetime.datetime:
    return clock.in_yerevan(moved.at_ms).astimezone(shape.zone)


def _currency(shape: Shape, moved: Movement) -> str:
    number = moved.order.currency
    return amounts.CURRENCIES.get(number, number) if shape.currency_in_letters else number
