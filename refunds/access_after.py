"""
What a refund makes of access: the grounds that rest on its invoice stay, end now or end on a day. Other grounds are left alone.

`change` is pure; `apply` needs the student's lock and returns the events it caused.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from access import grants, rules
from billing.models import Invoice
from common import clock
from refunds.models import RefundRequest
from students import timeline

Decision = RefundRequest.AccessDecision


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Which grounds are withdrawn, and which are given again with an earlier end."""

    withdrawn: tuple[rules.Ground, ...]
    shortened: tuple[rules.Ground, ...]

    def after(self, grounds: Sequence[rules.Ground]) -> list[rules.Ground]:
        """Return what is left of grounds once the change is made."""
        gone = {ground.source for ground in self.withdrawn}
        return [ground for ground in grounds if ground.source not in gone] + list(self.shortened)


def change(*, grounds: Sequence[rules.Ground], decision: str, until: dt.date | None) -> Change:
    """Return what a decision does to the grounds of the refunded invoice."""
    if decision == Decision.KEEP:
        return Change((), ())
    if decision == Decision.END_NOW or until is None:
        return Change(tuple(grounds), ())
    end = clock.end_of(until)
    longer = [ground for ground in grounds if ground.closes_at is None or ground.closes_at > end]
    return Change(
        tuple(longer),
        tuple(dataclasses.replace(ground, closes_at=end) for ground in longer if ground.opens_at < end),
    )


def grounds_of(*, invoice: Invoice) -> tuple[list[rules.Ground], list[rules.Ground]]:
    """Return all live grounds of the invoice's student and course, and of them those that rest on the invoice."""
    every = grants.live_grounds(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id)
    keys = tuple(f"installment:{pk}:" for pk in invoice.installments.values_list("pk", flat=True))
    return every, [ground for ground in every if ground.source.startswith(keys)]


def apply(*, request: RefundRequest, actor: timeline.Actor) -> list[timeline.Event]:
    """Do what the request decided about access, once; return the events to record. Needs the student's lock."""
    if request.access_applied_at is not None or request.invoice is None:
        return []
    request.access_applied_at = clock.now()
    request.save(update_fields=["access_applied_at"])
    return apply_to(
        invoice=request.invoice,
        decision=request.access_decision,
        until=request.access_until,
        reason=request.reason,
        actor=actor,
    )


def apply_to(
    *, invoice: Invoice, decision: str, until: dt.date | None, reason: str, actor: timeline.Actor
) -> list[timeline.Event]:
    """Do what was decided about access that rests on an invoice; return the events to record. Needs the student's lock."""
    _every, own = grounds_of(invoice=invoice)
    changed = change(grounds=own, decision=decision, until=until)
    if not changed.withdrawn:
        return []
    course_id = invoice.enrollment.group.course_id
    events = grants.withdraw_grounds(
        student_id=invoice.student_id,
        course_id=course_id,
        sources=[ground.source for ground in changed.withdrawn],
        reason=reason,
        actor=actor,
    )
    if changed.shortened:
        events += grants.give_grounds(
            student_id=invoice.student_id,
            course_id=course_id,
            enrollment_id=invoice.enrollment_id,
            grounds=changed.shortened,
            actor=actor,
            reason=reason,
        )
    return events
