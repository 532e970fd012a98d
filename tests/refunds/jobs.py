"""What a process of a refund's fault test does: the verb that the real door calls."""

import datetime as dt

from django.contrib.auth.models import User

from billing import lookup
from refunds import approval, external, mail, manual, sending, settlement, tasks


def step() -> int:
    return tasks.take_steps()


def send(*, refund_id: int) -> str:
    return str(sending.send_refund(refund_id=refund_id).state)


def refresh(*, refund_id: int) -> str:
    return str(settlement.refresh_refund(refund_id=refund_id, asked_by="test").state)


def approve(*, request_id: int, user_id: int) -> str:
    return str(approval.approve_refund(request_id=request_id, by=User.objects.get(pk=user_id)).state)


def withdraw(*, refund_id: int, user_id: int) -> str:
    by = User.objects.get(pk=user_id)
    return str(approval.withdraw_refund(refund_id=refund_id, by=by, reason="a test").state)


def enter(*, refund_id: int, user_id: int, day: dt.date) -> str:
    by = User.objects.get(pk=user_id)
    return str(
        manual.enter_manual_refund(
            refund_id=refund_id, document_number="BT-1", document_date=day, by=by
        ).state
    )


def ask_payment(*, payment_id: int) -> None:
    lookup.refresh_payment(payment_id=payment_id, asked_by="operator")


def find_external() -> int:
    return external.find_external()


def tell() -> int:
    return mail.tell_students()


def ask(*, student_id: int, invoice_id: int, amount_minor: int, user_id: int, key: str) -> int:
    by = User.objects.get(pk=user_id)
    made = approval.request_refund(
        student_id=student_id,
        invoice_id=invoice_id,
        amount_minor=amount_minor,
        reason="a test",
        change_reason="a test",
        by=by,
        key=key,
    )
    return int(made.pk)


def conclude(*, refund_id: int, user_id: int) -> str:
    by = User.objects.get(pk=user_id)
    return str(settlement.conclude_refund(refund_id=refund_id, by=by, reason="not in the cabinet").state)
