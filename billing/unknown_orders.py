"""Orders that a provider surely speaks of and we do not know: a signed message names no payment of ours."""

from django.db import connection

from billing.models import Payment
from students import operator_tasks
from students.models import OperatorTask

KIND = "unknown_order"
BATCH = 200

# Only signed messages count: anybody may write to an unsigned door. A decided order asks nobody again.
FIND_SQL = """
SELECT min(d.id), a.code, coalesce(d.order_number::text, d.provider_ref), max(d.provider_ref), sum(d.seen)
FROM billing_webhookdelivery d JOIN billing_merchantaccount a ON a.id = d.account_id
WHERE d.verdict = 'unknown_order' AND d.authentic
  AND NOT EXISTS (SELECT 1 FROM students_operatortask t
                  WHERE t.key = 'unknown_order:' || a.code || ':' || coalesce(d.order_number::text, d.provider_ref))
GROUP BY a.code, coalesce(d.order_number::text, d.provider_ref)
ORDER BY min(d.id) LIMIT %s
"""


def sweep() -> int:
    """
    Ask a person about orders that we do not know, and close the tasks whose order is found; return how many were opened.

    Safe to repeat and to run in several processes at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND_SQL, [BATCH])
        found = cursor.fetchall()
    opened = 0
    for delivery_id, account, order, provider_ref, seen in found:
        opened += bool(
            operator_tasks.open_task(
                kind=KIND,
                key=f"{KIND}:{account}:{order}",
                student_id=None,
                due_in_hours=24,
                subject_kind="billing.webhookdelivery",
                subject_id=delivery_id,
                data={"account": account, "order": order, "provider_ref": provider_ref, "seen": int(seen)},
            )
        )
    for task in OperatorTask.objects.filter(kind=KIND).exclude(state=OperatorTask.State.RESOLVED):
        if find_payment(task) is not None:
            operator_tasks.close_by_facts(key=task.key, reason="order found")
    return opened


def find_payment(task: OperatorTask) -> Payment | None:
    """Return the payment that the task's order turned out to be, if it is one of ours by now."""
    payments = Payment.objects.filter(account__code=task.data.get("account", ""))
    order, reference = str(task.data.get("order", "")), task.data.get("provider_ref", "")
    if order.isdigit():
        by_order = payments.filter(order_number=int(order)).first()
        if by_order is not None:
            return by_order
    return payments.filter(provider_ref=reference).first() if reference else None
