"""Tasks about money that the facts have overtaken: the credit is used or sent back, the outcome is known."""

from billing import credits
from billing.models import Payment
from students import operator_tasks
from students.models import OperatorTask

BY_CREDIT = ("second_payment", "overpayment")


def sweep() -> int:
    """Close the tasks whose question answered itself; return how many. Safe to repeat."""
    closed = 0
    unresolved = OperatorTask.objects.exclude(state=OperatorTask.State.RESOLVED)
    tasks = list(unresolved.filter(kind__in=[*BY_CREDIT, "outcome_unknown"]))
    payments = Payment.objects.in_bulk([task.subject_id for task in tasks if task.subject_id])
    for task in tasks:
        payment = payments.get(task.subject_id or 0)
        if payment is not None and _is_over(task, payment):
            closed += operator_tasks.close_by_facts(key=task.key, reason="overtaken by facts")
    return closed


def _is_over(task: OperatorTask, payment: Payment) -> bool:
    if task.kind in BY_CREDIT:
        return credits.credit_of(payment=payment) <= 0
    return not payment.is_open
