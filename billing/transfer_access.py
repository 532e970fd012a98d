"""
What a transfer makes of access: grounds of what was carried away end now, the new schedule gives its own. Others are left alone.

`after` only tells; `follow` needs the student's lock and returns the events it caused.
"""

from collections.abc import Collection, Sequence

from access import grants, pause_grounds, rules, why
from billing import entitlement, settlement_rows
from billing.models import Invoice
from common import clock
from students import timeline


def after(
    *,
    invoice: Invoice,
    course_id: int,
    touched: Collection[int],
    parts: Sequence[rules.Part],
    paid_percent: int,
) -> tuple[why.Explanation, why.Explanation]:
    """Return why the old and the new course would be open or closed after a transfer. Reads only."""
    now = clock.now()
    old_course_id = invoice.enrollment.group.course_id
    gone = set(_sources(invoice, touched))
    left = {
        course: [
            ground
            for ground in grants.live_grounds(student_id=invoice.student_id, course_id=course)
            if ground.source not in gone
        ]
        for course in {old_course_id, course_id}
    }
    if any(part.covered or part.partly_covered for part in parts):
        deserved = rules.grounds_for(
            rule=entitlement.rule_of(invoice.plan_version.access_rule_version),
            parts=parts,
            paid_at=now,
            paid_percent=paid_percent,
        )
        left[course_id] += deserved
    return (
        why.explain_grounds(grounds=left[old_course_id], at=now),
        why.explain_grounds(grounds=left[course_id], at=now),
    )


def follow(
    *,
    invoice: Invoice,
    touched: Collection[int],
    case: settlement_rows.Case | None,
    paid: Collection[int],
    reason: str,
    actor: timeline.Actor,
) -> list[timeline.Event]:
    """Withdraw the grounds of the touched old installments, give those of the new ones that were paid; return the events."""
    events = []
    sources = _sources(invoice, touched)
    if sources:
        events += grants.withdraw_grounds(
            student_id=invoice.student_id,
            course_id=invoice.enrollment.group.course_id,
            sources=sources,
            reason=reason,
            actor=actor,
        )
    if case is not None:
        events += grants.give_grounds(
            student_id=invoice.student_id,
            course_id=case.course_id,
            enrollment_id=case.enrollment_id,
            grounds=entitlement.grounds_of(
                rule=case.rule, schedule=case.schedule, touched=paid, paid_at=clock.now()
            ),
            actor=actor,
            reason=reason,
        )
    return events


def has_opened(*, invoice: Invoice) -> bool:
    """Return whether money of this invoice holds a ground."""
    return bool(_sources(invoice, list(invoice.installments.values_list("pk", flat=True))))


def _sources(invoice: Invoice, touched: Collection[int]) -> list[str]:
    """Return the live grounds of the touched installments, and every grace of the invoice: nothing of it falls due any more."""
    every = invoice.installments.values_list("pk", flat=True)
    keys = tuple(f"installment:{pk}:" for pk in touched)
    graces = {entitlement.grace_source(pk) for pk in every}
    return [
        ground.source
        for ground in grants.live_grounds(
            student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id
        )
        if ground.source.startswith(keys) or pause_grounds.source_before(ground.source) in graces
    ]
