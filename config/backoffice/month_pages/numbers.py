"""The signed (or coming) numbers of a month as tables: what a person reads of `reconciliation.snapshot`."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from billing.models import LedgerLine, MerchantAccount
from common.templatetags import mutq
from reconciliation import words

MONEY_KINDS = ("payments_minor", "refunds_minor", "fees_minor")


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """A table for components/table.html."""

    caption: str
    columns: list[dict[str, Any]]
    rows: list[list[Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Numbers:
    """Everything of a month that is signed."""

    merchants: Table
    accounts: Table
    carried: list[Table]
    late: Table | None
    nothing_moved: bool


def numbers_of(totals: Mapping[str, Any]) -> Numbers:
    """Return the totals of a snapshot as tables in the active language."""
    names = dict(MerchantAccount.objects.values_list("code", "name"))
    return Numbers(
        merchants=_merchants(totals["merchant_accounts"], names),
        accounts=_accounts(totals["accounts"]),
        carried=_carried(totals["carried_over"], names),
        late=_late(totals["late"]),
        nothing_moved=not totals["kinds"],
    )


def _columns(first: str, *numbers: str) -> list[dict[str, Any]]:
    return [{"name": first}, *({"name": number, "number": True} for number in numbers)]


def _merchants(rows: list[dict[str, Any]], names: Mapping[str, str]) -> Table:
    clearing = [row for row in rows if row["account"] == LedgerLine.Account.PROVIDER_CLEARING]
    return Table(
        caption=_("Money at banks and desks"),
        columns=_columns(
            _("merchant account"), _("before"), _("payments"), _("refunds"), _("fees"), _("at the end")
        ),
        rows=[
            [
                names.get(row["merchant_account"], row["merchant_account"]),
                mutq.money(row["opening_minor"], row["currency"]),
                *(mutq.money(row[kind], row["currency"]) for kind in MONEY_KINDS),
                mutq.money(row["closing_minor"], row["currency"]),
            ]
            for row in clearing
        ],
    )


def _accounts(rows: list[dict[str, Any]]) -> Table:
    labels = dict(LedgerLine.Account.choices)
    return Table(
        caption=_("The books"),
        columns=_columns(_("account"), _("before"), _("debit"), _("credit"), _("at the end")),
        rows=[
            [
                str(labels.get(row["account"], row["account"])).capitalize(),
                mutq.money(row["opening_minor"], row["currency"]),
                mutq.money(row["debit_minor"], row["currency"]),
                mutq.money(row["credit_minor"], row["currency"]),
                mutq.money(row["closing_minor"], row["currency"]),
            ]
            for row in rows
        ],
    )


def _carried(carried: Mapping[str, Any], names: Mapping[str, str]) -> list[Table]:
    """What goes over into the next month by name: differences that wait, held money, refunds on their way."""
    tables = []
    if carried["breaks"]:
        tables.append(
            Table(
                caption=_("Differences that wait"),
                columns=_columns(_("difference"), _("ours"), _("theirs")),
                rows=[
                    [
                        " · ".join(part for part in _named(row, names) if part),
                        _amount(row["ours_minor"], row["currency"]),
                        _amount(row["theirs_minor"], row["currency"]),
                    ]
                    for row in carried["breaks"]
                ],
            )
        )
    for key, caption in (
        ("held", _("Held money: a person decides")),
        ("refunds_in_flight", _("Refunds on their way")),
    ):
        if carried[key]:
            tables.append(
                Table(
                    caption=caption,
                    columns=_columns(_("payment"), _("amount")),
                    rows=[
                        [
                            _("%(account)s · order %(number)s")
                            % {
                                "account": names.get(row["merchant_account"], row["merchant_account"]),
                                "number": row["order_number"],
                            },
                            mutq.money(row["minor"], row["currency"]),
                        ]
                        for row in carried[key]
                    ],
                )
            )
    return tables


def _late(rows: list[dict[str, Any]]) -> Table | None:
    if not rows:
        return None
    return Table(
        caption=_("Facts of closed months, booked here"),
        columns=[{"name": _("posting")}, {"name": _("belongs to")}, {"name": _("happened on")}],
        rows=[[row["key"], row["late_for"][:7], row["happened_on"]] for row in rows],
    )


def _named(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return what a difference is called: its kind, whose it is, what it is about."""
    kind = words.name_of(row["kind"])
    number = _("order %(number)s") % {"number": row["number"]} if row["number"].isdigit() else row["number"]
    account = names.get(row["merchant_account"], row["merchant_account"])
    return [kind[:1].upper() + kind[1:], account, number]


def _amount(amount_minor: int | None, currency: str) -> Any:
    return "–" if amount_minor is None else mutq.money(amount_minor, currency)
