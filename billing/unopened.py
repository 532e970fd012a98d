"""Verified money that opened nothing although it should: found by a sweeper over rows, repaired by the ordinary way."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing import acceptance, settlement_rows
from billing.models import Allocation
from common import clock
from common.errors import DomainError
from students import operator_tasks, timeline
from students.models import OperatorTask

BATCH = 200
KIND = "access_not_opened"

# Paid, its days not over, no person in between, and no ground was ever given for it; a withdrawn one was somebody's decision.
# Where a share of the whole price opens, what is paid waits until it is reached.
FIND_SQL = """
SELECT s.id, i.student_id, s.number, i.number, max(o.payment_id)
FROM billing_installment s
JOIN billing_invoice i ON i.id = s.invoice_id
JOIN courses_paymentplanversion v ON v.id = i.plan_version_id
JOIN courses_accessruleversion r ON r.id = i.access_rule_version_id
JOIN billing_allocation o ON o.installment_id = s.id AND o.amount_minor > 0
WHERE s.state = 'paid' AND s.period_to >= %s AND i.cancelled_at IS NULL AND NOT v.manual_review
  AND NOT EXISTS (SELECT 1 FROM access_accessgrant g WHERE g.source = 'installment:' || s.id || ':paid')
  AND (r.opens <> 'at_share' OR r.share_percent <= (
      SELECT coalesce(sum(p.amount_minor), 0) FROM billing_allocation p
      JOIN billing_installment t ON t.id = p.installment_id WHERE t.invoice_id = i.id
  ) * 100 / nullif(i.full_minor - (
      SELECT coalesce(sum(d.amount_minor), 0) FROM billing_adjustment d WHERE d.invoice_id = i.id), 0))
GROUP BY s.id, i.student_id, s.number, i.number
ORDER BY s.id LIMIT %s
"""


class NothingToOpen(DomainError):  # noqa: N818
    """Access is open already, or the money stands for something else now."""

    code = "nothing-to-open"
    status = 409


def sweep() -> int:
    """
    Ask a person about paid installments that opened nothing, close tasks whose access is there; return how many were opened.

    Safe to repeat and to run in several processes at once.
    """
    opened = 0
    for installment_id, student_id, part, invoice, payment_id in _find():
        opened += bool(
            operator_tasks.open_task(
                kind=KIND,
                key=f"{KIND}:{installment_id}",
                student_id=student_id,
                due_in_hours=4,
                subject_kind="billing.installment",
                subject_id=installment_id,
                data={"number": part, "invoice": invoice, "payment": payment_id},
            )
        )
    missing = {row[0] for row in _find()}
    for task in OperatorTask.objects.filter(kind=KIND).exclude(state=OperatorTask.State.RESOLVED):
        if task.subject_id not in missing:
            operator_tasks.close_by_facts(key=task.key, reason="access is open")
    return opened


def open_access(*, installment_id: int, reason: str, actor: timeline.Actor) -> None:
    """
    Give the access that a paid installment deserves, as settlement gives it. Safe to repeat.

    Raises NothingToOpen if no money stands for the installment.
    """
    payment_id = (
        Allocation.objects.filter(installment_id=installment_id, amount_minor__gt=0)
        .order_by("-pk")
        .values_list("payment_id", flat=True)
        .first()
    )
    if payment_id is None:
        raise NothingToOpen(_("No money stands for this installment any more."))
    with transaction.atomic():
        settlement_rows.lock_student_of(payment_id=payment_id)
        invoice_id = (
            Allocation.objects.filter(installment_id=installment_id)
            .values_list("installment__invoice_id", flat=True)
            .first()
        )
        case = settlement_rows.read_case(payment_id=payment_id, invoice_id=invoice_id)
        if not case.schedule_line(installment_id).paid_minor:
            raise NothingToOpen(_("No money stands for this installment any more."))
        timeline.record(acceptance.give_access(case, {installment_id}, actor=actor, reason=reason))
        operator_tasks.close_by_facts(key=f"{KIND}:{installment_id}", reason="access is open")


def _find() -> Sequence[tuple[int, int, int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(FIND_SQL, [clock.today(), BATCH])
        return cursor.fetchall()
