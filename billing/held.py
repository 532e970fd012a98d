"""What a person decides about held money: accept the difference, keep it as credit, not ours. Each clears suspense."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from billing import acceptance, allocation, holds, ledger, settlement_rows
from billing.models import HoldDecision, ManualEntry, Payment
from common import clock, crash, fsm
from common.errors import DomainError
from students import operator_tasks, timeline
from students.models import OperatorTask

Decision = HoldDecision.Decision


class HoldRefused(DomainError):  # noqa: N818
    """The held money cannot be decided this way."""

    code = "hold-refused"
    status = 409


def resolve_held_payment(*, payment_id: int, decision: str, reason: str, actor: timeline.Actor) -> Payment:
    """
    Decide about a held payment and return it.

    `accept` lets the money stand for what its link asks, the rest is credit; `credit` keeps all of it as credit; `not_ours` takes
    it out of our books and leaves the payment declined (a later report that agrees is accepted all the same). Raises HoldRefused
    if it is not held, without a reason, in another currency, or if the reported order is another payment of ours.
    """
    if not reason.strip():
        raise HoldRefused(_("Write why you decide so."), field="reason")
    with transaction.atomic():
        settlement_rows.lock_student_of(payment_id=payment_id)
        case = settlement_rows.read_case(payment_id=payment_id)
        if case.payment.state != Payment.State.HELD:
            raise HoldRefused(_("This payment is not held any more."))
        held, difference = holds.held_of(payment=case.payment), case.payment.hold_reason
        if decision != Decision.NOT_OURS:
            _require_ours(case, held)
        match decision:
            case Decision.ACCEPT:
                _accept(case, held, case.lines, "held_accepted", reason.strip(), actor)
            case Decision.CREDIT:
                _accept(case, held, [], "held_kept", reason.strip(), actor)
            case Decision.NOT_OURS:
                _give_up(case, held, reason.strip(), actor)
            case _:
                raise HoldRefused(_("Choose what to do with the money."), field="decision")
        _keep_decision(case.payment, difference, held, decision, reason.strip(), actor)
        crash.point("held.before_commit")
    return case.payment


def why_not_ours_only(*, payment: Payment) -> str:
    """Return why this held money can neither be accepted nor kept, nothing if it can."""
    case = settlement_rows.read_case(payment_id=payment.pk)
    try:
        _require_ours(case, holds.held_of(payment=payment))
    except HoldRefused as error:
        return str(error)
    return ""


def _require_ours(case: settlement_rows.Case, held: holds.Held) -> None:
    payment = case.payment
    if held.currency != payment.currency:
        raise HoldRefused(
            _("The money came in %(came)s, the invoice is in %(asked)s. Send it back in the bank's cabinet.")
            % {"came": held.currency, "asked": payment.currency}
        )
    if held.amount_minor <= 0:
        raise HoldRefused(_("The bank names no amount, so there is nothing to accept."))
    if other := _other_payment(payment):
        raise HoldRefused(
            _("The bank speaks of order %(number)s, which is another payment of ours. This one is not ours.")
            % {"number": other.order_number}
        )


def _other_payment(payment: Payment) -> Payment | None:
    """Return the payment of ours that the provider spoke of instead, if it is one."""
    task = OperatorTask.objects.filter(key=f"payment_held:{payment.pk}").order_by("-pk").first()
    facts = task.data if task else {}
    others = Payment.objects.filter(account_id=payment.account_id).exclude(pk=payment.pk)
    if facts.get("difference") == "order_number":
        return others.filter(order_number=facts.get("reported_order_number")).first()
    if facts.get("difference") == "provider_ref" and facts.get("reported_ref"):
        return others.filter(provider_ref=facts["reported_ref"]).first()
    return None


def _accept(
    case: settlement_rows.Case,
    held: holds.Held,
    asked: Sequence[allocation.Share],
    kind: str,
    reason: str,
    actor: timeline.Actor,
) -> None:
    timeline.record(
        [acceptance.payment_event(case, kind, actor=actor, reason=reason, amount_minor=held.amount_minor)]
    )
    acceptance.accept(case, captured_minor=held.amount_minor, provider_ref="", asked=asked, actor=actor)


def _give_up(case: settlement_rows.Case, held: holds.Held, reason: str, actor: timeline.Actor) -> None:
    payment, before = case.payment, case.payment.state
    kind = fsm.timeline_kind(payment.give_up, before)
    payment.give_up()
    if ManualEntry.objects.filter(payment_id=payment.pk).update(taken_back_at=clock.now()):
        payment.provider_ref = ""  # typed wrongly: the document may be entered again
    settlement_rows.write_payment(payment, before=before)
    crash.point("held.after_payment")
    ledger.reverse(key=holds.book_key(payment_id=payment.pk), kind="payment_not_ours")
    timeline.record(
        [
            acceptance.payment_event(
                case, kind, before=before, actor=actor, reason=reason, amount_minor=held.amount_minor
            )
        ]
    )
    operator_tasks.close_by_facts(key=f"payment_held:{payment.pk}", reason="not ours")


def _keep_decision(
    payment: Payment, difference: str, held: holds.Held, decision: str, reason: str, actor: timeline.Actor
) -> None:
    HoldDecision.objects.create(
        payment=payment,
        decision=decision,
        difference=difference,
        amount_minor=held.amount_minor,
        currency=held.currency,
        reason=reason,
        decided_by_id=actor.user_id,
    )
