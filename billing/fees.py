"""What banks keep of the money that passes through them."""

from django.db import transaction

from billing import ledger
from billing.models import LedgerTransaction
from common import money
from students import timeline


def note_fee(
    *,
    key: str,
    account_id: int,
    amount_minor: int,
    currency: str,
    student_id: int | None,
    actor: timeline.Actor,
    reason: str,
) -> None:
    """
    Book what the bank of a merchant account kept, in minor units: it will not reach the school's own account.

    Safe to repeat: one booking per key. Raises BadAmount for what is no positive sum. The payment itself stays as it came.
    """
    if amount_minor <= 0:
        raise money.BadAmount("A fee is more than zero.", field="amount")
    account = ledger.Account
    with transaction.atomic():
        if LedgerTransaction.objects.filter(key=f"fee:{key}").exists():
            return
        ledger.post(
            key=f"fee:{key}",
            kind="fee_noted",
            student_id=student_id,
            lines=[
                ledger.Line(
                    account=account.FEES,
                    amount_minor=amount_minor,
                    currency=currency,
                    merchant_account_id=account_id,
                ),
                ledger.Line(
                    account=account.PROVIDER_CLEARING,
                    amount_minor=-amount_minor,
                    currency=currency,
                    merchant_account_id=account_id,
                ),
            ],
        )
        timeline.record(
            [
                timeline.Event(
                    kind="fee_noted",
                    student_id=student_id,
                    actor=actor,
                    reason=reason,
                    data={"amount_minor": amount_minor, "currency": currency},
                    subject_kind="billing.merchantaccount",
                    subject_id=account_id,
                )
            ]
        )
