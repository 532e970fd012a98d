"""A person's word about an outcome that the provider never told: declared not paid, after looking in the bank's own cabinet."""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import acceptance, settlement_rows
from billing.models import Payment
from common import fsm
from common.errors import DomainError
from students import operator_tasks, timeline


class OutcomeKnown(DomainError):  # noqa: N818
    """The outcome is known already, or no reason was given."""

    code = "outcome-known"
    status = 409


def declare_not_paid(*, payment_id: int, reason: str, actor: timeline.Actor) -> Payment:
    """
    End an attempt whose outcome nobody tells: the bank's cabinet shows no money. A late success is accepted all the same.

    Raises OutcomeKnown without a reason, or when the payment is no longer open.
    """
    if not reason.strip():
        raise OutcomeKnown(_("Write where you looked and what you saw."), field="reason")
    with transaction.atomic():
        settlement_rows.lock_student_of(payment_id=payment_id)
        case = settlement_rows.read_case(payment_id=payment_id)
        payment, before = case.payment, case.payment.state
        if not payment.is_open:
            raise OutcomeKnown(
                _("The outcome is known meanwhile: %(state)s.") % {"state": payment.get_state_display()}
            )
        kind = fsm.timeline_kind(payment.fail, before)
        payment.fail()
        payment.next_lookup_at = None
        settlement_rows.write_payment(payment, before=before)
        timeline.record(
            [
                acceptance.payment_event(case, "declared_unpaid", actor=actor, reason=reason.strip()),
                acceptance.payment_event(case, kind, before=before, actor=actor),
            ]
        )
        operator_tasks.close_by_facts(key=f"outcome_unknown:{payment_id}", reason="declared not paid")
    return payment
