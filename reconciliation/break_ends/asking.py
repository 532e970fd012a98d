"""Ends for which the bank is asked: about the payment of the break, or about the one that a person names."""

from collections.abc import Sequence

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import lookup
from billing.models import Payment
from reconciliation.break_ends import base
from reconciliation.models import Discrepancy
from refunds import external
from students import timeline
from students.task_types import Field

Kind = Discrepancy.Kind

ABOUT_A_PAYMENT = [
    Kind.MISSING_AT_PROVIDER,
    Kind.AMOUNT_MISMATCH,
    Kind.CURRENCY_MISMATCH,
    Kind.STATUS_MISMATCH,
    Kind.DATA_MISMATCH,
    Kind.DUPLICATE,
    Kind.REFUND_DRIFT,
    Kind.TIMING,
]


def _preview_ask(_discrepancy: Discrepancy, _data: base.Data) -> Sequence[str]:
    return [
        _now(
            "The bank is asked about the payment now. If the sides agree then, the difference closes by itself."
        )
    ]


def _ask(discrepancy: Discrepancy, _data: base.Data, actor: timeline.Actor, _reason: str) -> None:
    payment_id = discrepancy.payment_id
    if payment_id is not None:
        lookup.refresh_payment(payment_id=payment_id, asked_by="operator", actor=actor)
        external.find_for(payment_id=payment_id)


def _payment_named(discrepancy: Discrepancy, data: base.Data) -> Payment:
    """Return the payment of the same account that a person named by our order number."""
    number = str(data.get("order_number", "")).strip()
    payment = (
        Payment.objects.filter(account_id=discrepancy.account_id, order_number=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )
    if payment is None:
        raise base.NotOffered(
            _now("This account has no payment with this order number."), field="order_number"
        )
    return payment


def _preview_link(discrepancy: Discrepancy, data: base.Data) -> Sequence[str]:
    payment = _payment_named(discrepancy, data)
    return [
        _now("The bank is asked about order %(number)s, and the row is kept as meaning it.")
        % {"number": payment.order_number}
    ]


def _link(discrepancy: Discrepancy, data: base.Data, actor: timeline.Actor, _reason: str) -> None:
    payment = _payment_named(discrepancy, data)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator", actor=actor)
    Discrepancy.objects.filter(pk=discrepancy.pk).update(
        linked_payment_id=payment.pk, student_id=payment.student_id
    )


ASK_PROVIDER = base.Resolution(
    code="ask_provider",
    label=_("Ask the bank now"),
    kinds=ABOUT_A_PAYMENT,
    preview=_preview_ask,
    apply=_ask,
    permission="billing.ask_provider",
    needs_payment=True,
    only_asks=True,
)

LINK_PAYMENT = base.Resolution(
    code="link_payment",
    label=_("It is this payment of ours"),
    kinds=[Kind.MISSING_IN_LEDGER, Kind.DATA_MISMATCH],
    is_offered=base.is_of_a_statement,
    preview=_preview_link,
    apply=_link,
    fields=[
        Field(
            name="order_number",
            label=_("Our order number"),
            kind="text",
            advice=_("The number of the payment that the row means; search the student to find it."),
        )
    ],
    permission="billing.ask_provider",
)
