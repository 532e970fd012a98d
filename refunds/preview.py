"""What a refund would do to money, schedule and access, shown before anybody confirms it (promise 16). Reads only."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from access import rules, why
from billing import balances
from billing.models import Invoice, Payment
from common import clock
from courses.models import RefundPolicyVersion
from refunds import access_after, policy, policy_facts, sources
from refunds.models import RefundRequest


@dataclasses.dataclass(frozen=True, slots=True)
class ScheduleAfter:
    """One installment before and after, in minor units."""

    number: int
    period_from: dt.date
    period_to: dt.date
    owed_before_minor: int
    owed_after_minor: int
    paid_before_minor: int
    paid_after_minor: int

    @property
    def remaining_minor(self) -> int:
        return max(0, self.owed_after_minor - self.paid_after_minor)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The whole effect of a refund of `amount_minor`."""

    currency: str
    suggestion: policy.Suggestion
    amount_minor: int
    available_minor: int
    takes: Sequence[sources.Take]
    schedule: Sequence[ScheduleAfter]
    balance: balances.Balance | None
    access_now: why.Explanation | None
    access_after: why.Explanation | None
    needs_administrator: bool

    @property
    def is_possible(self) -> bool:
        return 0 < self.amount_minor <= self.available_minor


def preview_refund(
    *,
    student_id: int,
    invoice_id: int | None,
    amount_minor: int | None = None,
    payment_id: int | None = None,
    currency: str = "AMD",
    school_cancels: bool = False,
    keep_owed: bool = False,
    access_decision: str = RefundRequest.AccessDecision.KEEP,
    access_until: dt.date | None = None,
) -> Preview:
    """
    Return what would happen: the amount the policy suggests with its lines, payments newest first, schedule, balance and access.

    Without an amount the suggested one is shown. `invoice_id` None is a refund of credit in `currency`.
    """
    invoice = invoice_of(student_id=student_id, invoice_id=invoice_id)
    currency = invoice.currency if invoice else currency
    found = found_money(student_id=student_id, payment_id=payment_id, currency=currency)
    available = sum(item.available_minor(invoice_id) for item in found)
    suggested = suggestion(
        invoice=invoice, available_minor=available, currency=currency, school_cancels=school_cancels
    )
    amount = suggested.amount_minor if amount_minor is None else amount_minor
    takes = sources.takes(found=found, invoice_id=invoice_id, amount_minor=amount)
    now, after = _access(invoice, access_decision, access_until)
    lost = _lost_by_installment(found, takes, invoice_id)
    return Preview(
        currency=currency,
        suggestion=suggested,
        amount_minor=amount,
        available_minor=available,
        takes=takes,
        schedule=_schedule(invoice, lost, keep_owed=keep_owed),
        balance=_balance(invoice, sum(lost.values()), keep_owed=keep_owed),
        access_now=now,
        access_after=after,
        needs_administrator=is_above_limit(invoice=invoice, takes=takes, amount_minor=amount),
    )


def invoice_of(*, student_id: int, invoice_id: int | None) -> Invoice | None:
    """Return the student's invoice with what a refund reads of it; None for credit."""
    if invoice_id is None:
        return None
    return Invoice.objects.select_related("enrollment__group", "refund_policy_version").get(
        pk=invoice_id, student_id=student_id
    )


def found_money(
    *, student_id: int, payment_id: int | None, currency: str, lock: bool = False
) -> list[sources.Standing]:
    """Return the refundable payments in one currency, newest first."""
    found = sources.standings(student_id=student_id, payment_id=payment_id, lock=lock)
    return [item for item in found if item.payment.currency == currency]


def suggestion(
    *, invoice: Invoice | None, available_minor: int, currency: str, school_cancels: bool
) -> policy.Suggestion:
    """Return the policy's suggestion for an invoice, or all of the credit."""
    if invoice is None:
        return policy_facts.credit_suggestion(credit_minor=available_minor, currency=currency)
    return policy_facts.suggestion_for(
        invoice=invoice, school_cancels=school_cancels, at_most_minor=available_minor
    )


def is_above_limit(*, invoice: Invoice | None, takes: Sequence[sources.Take], amount_minor: int) -> bool:
    """
    Return whether only an administrator may approve: the limit is a parameter of the invoice's policy version.

    Credit stands for no invoice: the lowest limit counts of the invoices that its payments once paid.
    """
    if invoice is not None:
        versions = [invoice.refund_policy_version]
    else:
        versions = list(
            RefundPolicyVersion.objects.filter(
                pk__in=Payment.objects.filter(pk__in=[take.payment.pk for take in takes]).values(
                    "link__invoice__refund_policy_version"
                )
            )
        )
    limits = [policy.read(version.params).administrator_above_minor for version in versions]
    known = [limit for limit in limits if limit is not None]
    return bool(known) and amount_minor > min(known)


def _lost_by_installment(
    found: Sequence[sources.Standing], takes: Sequence[sources.Take], invoice_id: int | None
) -> dict[int, int]:
    lost: dict[int, int] = {}
    if invoice_id is None:
        return lost
    by_payment = {item.payment.pk: item for item in found}
    for take in takes:
        taken, _credit = sources.shares(
            item=by_payment[take.payment.pk], invoice_id=invoice_id, amount_minor=take.amount_minor
        )
        for share in taken:
            lost[share.installment.pk] = lost.get(share.installment.pk, 0) + share.amount_minor
    return lost


def _schedule(invoice: Invoice | None, lost: dict[int, int], *, keep_owed: bool) -> list[ScheduleAfter]:
    if invoice is None:
        return []
    return [
        ScheduleAfter(
            number=line.installment.number,
            period_from=line.installment.period_from,
            period_to=line.installment.period_to,
            owed_before_minor=line.installment.expected_minor - line.adjusted_minor,
            owed_after_minor=line.installment.expected_minor
            - line.adjusted_minor
            - (0 if keep_owed else lost.get(line.installment.pk, 0)),
            paid_before_minor=line.paid_minor,
            paid_after_minor=line.paid_minor - lost.get(line.installment.pk, 0),
        )
        for line in balances.schedule_of(invoice_id=invoice.pk)
    ]


def _balance(invoice: Invoice | None, lost_minor: int, *, keep_owed: bool) -> balances.Balance | None:
    if invoice is None:
        return None
    now = balances.invoice_balance(invoice_id=invoice.pk)
    return dataclasses.replace(
        now,
        adjustments_minor=now.adjustments_minor + (0 if keep_owed else lost_minor),
        paid_minor=now.paid_minor - lost_minor,
    )


def _access(
    invoice: Invoice | None, decision: str, until: dt.date | None
) -> tuple[why.Explanation | None, why.Explanation | None]:
    if invoice is None:
        return None, None
    every, own = access_after.grounds_of(invoice=invoice)
    changed: Sequence[rules.Ground] = access_after.change(grounds=own, decision=decision, until=until).after(
        every
    )
    now = clock.now()
    return why.explain_grounds(grounds=every, at=now), why.explain_grounds(grounds=changed, at=now)
