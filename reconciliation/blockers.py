"""
What must be settled before a month can be signed: each with words for it and the record where it is settled.

A critical break, money whose outcome nobody knows, a bank that was not asked, books that contradict themselves. Money that waits
at the edge of a month, held money and refunds on their way stand in the books as what they are; they are carried over by name.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing import check_ledger, closed_months
from billing.models import LedgerLine, MerchantAccount, Payment
from common import money
from reconciliation import words
from reconciliation.models import Discrepancy, Run, Side, SourceFile
from reconciliation.months import Month
from refunds.models import Refund


class Kind(enum.StrEnum):
    """Why a month cannot be signed yet."""

    EARLIER_MONTH = "earlier_month"  # a month before it is open
    NO_STATEMENT = "no_statement"  # money came over an account whose statement nobody loaded
    NOT_COMPARED = "not_compared"  # the statement is there and was not compared since the month ended
    BREAK = "break"  # the sides differ, critically
    PAYMENT_UNKNOWN = "payment_unknown"  # a payment may have brought money
    REFUND_UNKNOWN = "refund_unknown"  # a refund may have moved money
    BOOKS = "books"  # the proof of the books finds a contradiction


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One thing that stands in the way. `subject` names the record where it is settled."""

    kind: Kind
    words: str
    detail: str = ""
    subject_kind: str = ""
    subject_id: int | None = None
    month: dt.date | None = None
    amount_minor: int | None = None
    currency: str = ""


def blockers(month: dt.date, *, prove: bool = True) -> list[Blocker]:
    """
    Return everything that keeps a month (its first day) from being signed; an empty list means that it may be. Reads only.

    `prove` runs the proof of the books too, which reads all of them.
    """
    span = Month(month)
    found = [*_earlier(span), *_accounts(span), *_breaks(span), *_payments(span), *_refunds(span)]
    return [*found, *_books()] if prove else found


def open_months() -> list[dt.date]:
    """Return the first days of the months that have postings and are not closed, the earliest first."""
    first = closed_months.first_open_day()
    return [month for month in closed_months.booked_months() if first is None or month >= first]


def _earlier(month: Month) -> Iterator[Blocker]:
    earlier = next((first for first in open_months() if first < month.first), None)
    if earlier is not None:
        yield Blocker(
            kind=Kind.EARLIER_MONTH,
            words=_("%(month)s is open and comes first") % {"month": Month(earlier).name},
            subject_kind="reconciliation.monthclose",
            month=earlier,
        )


def _accounts(month: Month) -> Iterator[Blocker]:
    """Each account that had money in the month was compared with its statement after the month ended."""
    booked = LedgerLine.objects.filter(
        merchant_account=OuterRef("pk"),
        transaction__booked_on__gte=month.first,
        transaction__booked_on__lt=month.next.first,
    )
    # Nobody but us writes statements of a cash desk.
    accounts = MerchantAccount.objects.exclude(provider="manual").filter(Exists(booked))
    for account in accounts.order_by("position", "pk"):
        told = SourceFile.objects.filter(
            side=Side.PROVIDER,
            account=account,
            first_at__lt=month.stop,
            last_at__gte=month.start,
        ).aggregate(last=Max("loaded_at"))["last"]
        run = Run.objects.filter(
            side=Side.PROVIDER,
            account=account,
            month=month.first,
            has_source=True,
            is_final=True,
            finished_at__gte=month.stop,
        ).aggregate(last=Max("started_at"))["last"]
        if run is not None and (told is None or told <= run):
            continue
        kind = Kind.NO_STATEMENT if told is None else Kind.NOT_COMPARED
        if kind == Kind.NO_STATEMENT:
            said = _("%(account)s: no statement of this month is loaded") % {"account": account}
        else:
            said = _("%(account)s: not compared with its statement since the month ended") % {
                "account": account
            }
        yield Blocker(
            kind=kind,
            words=said,
            subject_kind="billing.merchantaccount",
            subject_id=account.pk,
            month=month.first,
        )


def _breaks(month: Month) -> Iterator[Blocker]:
    """Critical breaks, of earlier months too: one that was found after its month was closed stops the next."""
    found = (
        Discrepancy.objects.filter(
            state=Discrepancy.State.OPEN, month__lte=month.first, kind__in=Discrepancy.CRITICAL_KINDS
        )
        .select_related("account", "student")
        .order_by("month", "side", "account_id", "kind", "id")
    )
    for item in found.iterator():
        amount = item.ours_minor if item.ours_minor is not None else item.theirs_minor
        yield Blocker(
            kind=Kind.BREAK,
            words=words.name_of(item.kind),
            detail=_about(item, month),
            subject_kind="reconciliation.discrepancy",
            subject_id=item.pk,
            month=item.month,
            amount_minor=amount,
            currency=item.currency,
        )


def _about(item: Discrepancy, month: Month) -> str:
    source = str(item.account) if item.account else str(item.get_side_display())
    order = item.facts.get("order_number")
    named = _("order %(number)s") % {"number": order} if order else item.facts.get("their_reference", "")
    student = str(item.student) if item.student else ""
    earlier = Month(item.month).name if item.month != month.first else ""
    return " · ".join(str(part) for part in (source, named, student, earlier) if part)


def unknown_payments(before: Any) -> Q:
    """Return what chooses the payments begun before a moment that may have brought money, while nobody knows."""
    unknown = Q(state=Payment.State.UNKNOWN) | Q(state__in=Payment.OPEN_STATES, was_attempted=True)
    return unknown & Q(created_at__lt=before)


def _payments(month: Month) -> Iterator[Blocker]:
    found = Payment.objects.filter(unknown_payments(month.stop)).select_related("account", "student")
    for payment in found.order_by("created_at", "id"):
        yield Blocker(
            kind=Kind.PAYMENT_UNKNOWN,
            words=_("Nobody knows yet whether order %(number)s brought money")
            % {"number": payment.order_number},
            detail=f"{payment.account} · {payment.student}",
            subject_kind="billing.payment",
            subject_id=payment.pk,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
        )


def _refunds(month: Month) -> Iterator[Blocker]:
    found = Refund.objects.filter(state=Refund.State.UNKNOWN, sent_at__lt=month.stop)
    for refund in found.select_related("payment__account", "student").order_by("sent_at", "id"):
        yield Blocker(
            kind=Kind.REFUND_UNKNOWN,
            words=_("Nobody knows yet whether a refund of %(amount)s went out")
            % {"amount": money.format_money(refund.amount_minor, refund.currency, get_language() or "en")},
            detail=f"{refund.payment.account} · {refund.student}",
            subject_kind="refunds.refund",
            subject_id=refund.pk,
            amount_minor=refund.amount_minor,
            currency=refund.currency,
        )


def _books() -> Iterator[Blocker]:
    for problem in check_ledger.problems():
        yield Blocker(
            kind=Kind.BOOKS,
            words=_("The books contradict themselves: %(check)s") % {"check": problem.check},
            detail=f"{problem.subject} {problem.facts}",
        )
