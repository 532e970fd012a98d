"""
What a transfer does to allocations, credit notes, installments and books. Needs the student's lock and one transaction around it.

For each old installment: a credit note lowers what was not held, and what was paid of that is taken away, newest money first. For
the new invoice: the same payments stand for its installments in their order, oldest money first; what is left over is credit,
and a person is asked what becomes of it.
"""

import dataclasses
from collections.abc import Sequence

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import acceptance, allocation, settlement_rows, transfer_access, transfer_ledger, transfer_value
from billing.models import Adjustment, Allocation, Installment, Invoice, Payment
from billing.transfer_plan import OldPart, Plan
from common import crash, fsm
from courses import moving
from courses.models import Transfer
from students import timeline


@dataclasses.dataclass(frozen=True, slots=True)
class Moved:
    """What money did: the events to record, the new schedule as it is paid now, and which of its installments were paid."""

    events: Sequence[timeline.Event]
    case: settlement_rows.Case | None
    paid: frozenset[int]


# What is still here of a payment is more than what will stay: a refund is approved or on its way.
RETURNING_SQL = """
SELECT 1 FROM billing_payment p
JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS here FROM billing_ledgerline
              WHERE payment_id = p.id AND account IN ('provider_clearing', 'bank', 'fees')) m ON true
WHERE p.id IN (SELECT o.payment_id FROM billing_allocation o
               JOIN billing_installment s ON s.id = o.installment_id WHERE s.invoice_id = %(invoice)s)
  AND p.state IN ('verified', 'partly_refunded', 'refunded', 'disputed')
  AND m.here <> p.captured_minor - p.refunded_minor
LIMIT 1
"""


def require_settled(*, invoice: Invoice) -> None:
    """Refuse money that is on its way back, or that waits for the person whom the plan wants. Raises TransferRefused."""
    with connection.cursor() as cursor:
        cursor.execute(RETURNING_SQL, {"invoice": invoice.pk})
        if cursor.fetchone():
            raise moving.TransferRefused(
                _("A refund of this money is on its way. Wait for its end, then move the student.")
            )
    is_paid = Allocation.objects.filter(installment__invoice=invoice).aggregate(sum=Sum("amount_minor"))[
        "sum"
    ]
    if invoice.plan_version.manual_review and is_paid and not transfer_access.has_opened(invoice=invoice):
        raise moving.TransferRefused(
            _(
                "The plan wants a person to look at the payment first. Decide that task, then move the student."
            )
        )


def carry(*, plan: Plan, transfer: Transfer, invoice: Invoice, actor: timeline.Actor) -> Moved:
    """Move what the plan says from the old invoice to the new one, and book it; return what moved. Once for a transfer."""
    reason = f"transfer:{transfer.pk}"
    taken = _take(plan, reason)
    crash.point("transfer.after_minus")
    _lower(plan, reason, actor)
    events = _settle_old(plan, actor)
    transfer_ledger.post_lowered(plan=plan, transfer=transfer)
    lines = transfer_ledger.taken_lines(plan=plan, taken=taken)
    case: settlement_rows.Case | None = None
    paid: set[int] = set()
    for payment in sorted(taken, key=lambda item: (item.verified_at, item.pk)):
        carried = sum(amount for _part, amount in taken[payment])
        case = settlement_rows.read_case(payment_id=payment.pk, invoice_id=invoice.pk)
        shares = _shares(case, carried)
        events += acceptance.allocate(case, shares, reason=reason)
        paid |= {share.installment_id for share in shares}
        credit = carried - sum(share.amount_minor for share in shares)
        lines += transfer_ledger.new_lines(
            payment=payment, invoice=invoice, shares=shares, credit_minor=credit
        )
        if credit:
            acceptance.open_payment_task(
                case, "overpayment", hours=72, amount_minor=credit, currency=plan.currency
            )
    crash.point("transfer.after_plus")
    transfer_ledger.post_moved(plan=plan, transfer=transfer, lines=lines)
    return Moved(events=events, case=case if paid else None, paid=frozenset(paid))


def _take(plan: Plan, reason: str) -> dict[Payment, list[tuple[OldPart, int]]]:
    """Take what is carried away from the old installments; return how much of which payment."""
    taken: dict[Payment, list[tuple[OldPart, int]]] = {}
    for part in plan.old:
        for payment, amount in _newest_first(part):
            taken.setdefault(payment, []).append((part, amount))
    Allocation.objects.bulk_create(
        Allocation(payment=payment, installment=part.installment, amount_minor=-amount, reason=reason)
        for payment, rows in taken.items()
        for part, amount in rows
    )
    return taken


def _newest_first(part: OldPart) -> list[tuple[Payment, int]]:
    if not part.share.carried_minor:
        return []
    sums = dict(
        Allocation.objects.filter(installment=part.installment)
        .values_list("payment_id")
        .annotate(Sum("amount_minor"))
    )
    payments = Payment.objects.filter(
        pk__in=[pk for pk, sum_minor in sums.items() if sum_minor > 0]
    ).order_by("-verified_at", "-pk")
    found = list(payments)
    amounts = transfer_value.spread(
        amount_minor=part.share.carried_minor, parts=[sums[payment.pk] for payment in found]
    )
    return [(payment, amount) for payment, amount in zip(found, amounts, strict=True) if amount]


def _lower(plan: Plan, reason: str, actor: timeline.Actor) -> None:
    Adjustment.objects.bulk_create(
        Adjustment(
            invoice=plan.invoice,
            installment=part.installment,
            kind=Adjustment.Kind.CREDIT_NOTE,
            amount_minor=part.share.lowered_minor,
            reason=reason,
            made_by_id=actor.user_id,
        )
        for part in plan.old
        if part.is_changed
    )


def _settle_old(plan: Plan, actor: timeline.Actor) -> list[timeline.Event]:
    """Move what nothing is owed of any more; what was held in part stays, paid in full. Return the events to record."""
    events: list[timeline.Event] = []
    moves: list[tuple[Installment, str]] = []
    for part in plan.old:
        installment, before = part.installment, part.installment.state
        if not part.is_changed or (part.share.used_minor and before == Installment.State.PAID):
            continue
        edge = installment.stand_paid if part.share.used_minor else installment.move
        kind = fsm.timeline_kind(edge, before)
        edge()
        moves.append((installment, before))
        events.append(
            timeline.Event(
                kind=kind,
                student_id=plan.invoice.student_id,
                actor=actor,
                before={"state": before},
                after={"state": installment.state},
                data={
                    "number": installment.number,
                    "amount_minor": part.share.carried_minor,
                    "currency": plan.currency,
                },
                subject_kind="billing.installment",
                subject_id=installment.pk,
            )
        )
    if moves:
        settlement_rows.write_installments(moves)
    return events


def _shares(case: settlement_rows.Case, carried_minor: int) -> list[allocation.Share]:
    amounts = transfer_value.spread(
        amount_minor=carried_minor, parts=[line.remaining_minor for line in case.schedule]
    )
    return [
        allocation.Share(installment_id=line.installment.pk, amount_minor=amount)
        for line, amount in zip(case.schedule, amounts, strict=True)
        if amount
    ]
