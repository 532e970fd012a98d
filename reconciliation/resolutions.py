"""
The closed list of what a person can do about a break. Each calls an ordinary verb and compares that one fact again.

What the facts settle closes by itself; what stays different is closed by the person's decision, with a reason, and stays so until
the sums change. Pages show `offered`, ask for `fields`, show `preview` and call `resolve_discrepancy`.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from billing import credits, fees, lookup
from billing.models import Payment
from common import crash, dates, fsm, money
from common.errors import DomainError
from reconciliation import runs
from reconciliation.models import Discrepancy, Side
from refunds import external
from students import timeline
from students.task_types import Field

Kind = Discrepancy.Kind
Data = Mapping[str, Any]


class AlreadyDecided(DomainError):  # noqa: N818
    """Somebody else decided about the break, or the facts closed it."""

    code = "already-decided"
    status = 409


class NotOffered(DomainError):  # noqa: N818
    """A break of this kind does not have this end, or what it asks for is missing."""

    code = "resolution-not-offered"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """
    One end that breaks of some kinds may have. `preview` says what would happen, a sentence a line; `apply` does it and may raise
    DomainError. Beside the right to decide about breaks it needs `permission`. With `only_asks`, only the facts can close the
    break.
    """

    code: str
    label: Any
    kinds: Sequence[str]
    preview: Callable[[Discrepancy, Data], Sequence[str]]
    apply: Callable[[Discrepancy, Data, timeline.Actor, str], None] = lambda _break, _data, _actor, _reason: (
        None
    )
    is_offered: Callable[[Discrepancy], bool] = lambda _break: True
    fields: Sequence[Field] = ()
    permission: str = ""
    needs_payment: bool = False
    only_asks: bool = False


def offered(*, discrepancy: Discrepancy) -> list[Resolution]:
    """Return the ends that this break may have now, the most useful first; none when it is closed."""
    if discrepancy.state != Discrepancy.State.OPEN:
        return []
    return [
        resolution
        for resolution in RESOLUTIONS
        if discrepancy.kind in resolution.kinds
        and resolution.is_offered(discrepancy)
        and (discrepancy.payment_id is not None or not resolution.needs_payment)
    ]


def preview(*, discrepancy: Discrepancy, code: str, data: Data) -> Sequence[str]:
    """Return what a resolution would do, a sentence a line. Raises NotOffered or another DomainError where it cannot happen."""
    return _find(discrepancy, code, data).preview(discrepancy, data)


def resolve_discrepancy(
    *, discrepancy_id: int, code: str, reason: str, actor: timeline.Actor, data: Data | None = None
) -> Discrepancy:
    """
    Do what a person chose about a break, compare it again, and return it as it is then.

    It may still be open: after the provider was asked and nothing changed. Raises AlreadyDecided, NotOffered, or what the called
    verb raises; then nothing is decided.
    """
    discrepancy = Discrepancy.objects.select_related("payment", "account").get(pk=discrepancy_id)
    if discrepancy.state != Discrepancy.State.OPEN:
        raise AlreadyDecided(_now("This difference is closed already."))
    resolution = _find(discrepancy, code, data or {})
    if not reason.strip() and not resolution.only_asks:
        raise NotOffered(_now("Write down the reason."), field="reason")
    resolution.apply(discrepancy, data or {}, actor, reason)
    crash.point("resolve.after_verb")
    discrepancy = runs.rematch(discrepancy=discrepancy)
    if resolution.only_asks or discrepancy.state != Discrepancy.State.OPEN:
        return discrepancy
    return _decide(discrepancy_id, resolution, reason, actor)


def take_discrepancy(*, discrepancy_id: int, owner_id: int | None) -> Discrepancy:
    """Make a person the owner of an open break, also instead of another, or nobody. Raises AlreadyDecided."""
    with transaction.atomic():
        discrepancy = _lock_open(discrepancy_id)
        discrepancy.owner_id = owner_id
        discrepancy.save(update_fields=["owner"])
    return discrepancy


def _find(discrepancy: Discrepancy, code: str, data: Data) -> Resolution:
    resolution = next((one for one in offered(discrepancy=discrepancy) if one.code == code), None)
    if resolution is None:
        raise NotOffered(_now("This cannot be done about this difference."))
    for field in resolution.fields:
        if field.required and data.get(field.name) in (None, ""):
            raise NotOffered(_now("Something is missing."), field=field.name)
    return resolution


def _decide(discrepancy_id: int, resolution: Resolution, reason: str, actor: timeline.Actor) -> Discrepancy:
    with transaction.atomic():
        discrepancy = _lock_open(discrepancy_id)
        kind = fsm.timeline_kind(discrepancy.resolve, discrepancy.state)
        discrepancy.resolve(resolution=resolution.code, reason=reason, resolved_by_id=actor.user_id)
        discrepancy.save()
        timeline.record([_event(discrepancy, kind, actor, reason)])
    runs.review_task(discrepancy=discrepancy)
    return discrepancy


def _lock_open(discrepancy_id: int) -> Discrepancy:
    discrepancy = Discrepancy.objects.select_for_update(no_key=True).get(pk=discrepancy_id)
    if discrepancy.state != Discrepancy.State.OPEN:  # another person or a run was faster
        raise AlreadyDecided(_now("This difference is closed already."))
    return discrepancy


def _event(discrepancy: Discrepancy, kind: str, actor: timeline.Actor, reason: str) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=discrepancy.student_id,
        actor=actor,
        reason=reason,
        before={"state": Discrepancy.State.OPEN},
        after={"state": discrepancy.state},
        data={"break": discrepancy.kind, "resolution": discrepancy.resolution},
        subject_kind="reconciliation.discrepancy",
        subject_id=discrepancy.pk,
    )


# Ask the provider now


def _preview_ask(_discrepancy: Discrepancy, _data: Data) -> Sequence[str]:
    return [
        _now(
            "The bank is asked about the payment now. If the sides agree then, the difference closes by itself."
        )
    ]


def _ask(discrepancy: Discrepancy, _data: Data, actor: timeline.Actor, _reason: str) -> None:
    payment_id = discrepancy.payment_id
    if payment_id is not None:
        lookup.refresh_payment(payment_id=payment_id, asked_by="operator", actor=actor)
        external.find_for(payment_id=payment_id)


# It is this payment


def _payment_named(discrepancy: Discrepancy, data: Data) -> Payment:
    """Return the payment of the same account that a person named by our order number."""
    number = str(data.get("order_number", "")).strip()
    payment = (
        Payment.objects.filter(account_id=discrepancy.account_id, order_number=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )
    if payment is None:
        raise NotOffered(_now("This account has no payment with this order number."), field="order_number")
    return payment


def _preview_link(discrepancy: Discrepancy, data: Data) -> Sequence[str]:
    payment = _payment_named(discrepancy, data)
    return [
        _now("The bank is asked about order %(number)s, and the row is kept as meaning it.")
        % {"number": payment.order_number}
    ]


def _link(discrepancy: Discrepancy, data: Data, actor: timeline.Actor, _reason: str) -> None:
    payment = _payment_named(discrepancy, data)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="operator", actor=actor)
    Discrepancy.objects.filter(pk=discrepancy.pk).update(
        linked_payment_id=payment.pk, student_id=payment.student_id
    )


# The difference is the bank's fee


def _fee_of(discrepancy: Discrepancy) -> int:
    """Return what the bank kept according to the break: what it names less of than the payment brought."""
    ours, theirs = discrepancy.ours_minor, discrepancy.theirs_minor
    if discrepancy.kind == Kind.FEE_MISMATCH:
        ours = discrepancy.facts.get("amount_minor")
    fee = (ours or 0) - (theirs or 0)
    if fee <= 0:
        raise NotOffered(
            _now("The bank names no less than the payment, so there is no fee in the difference.")
        )
    return fee


def _preview_fee(discrepancy: Discrepancy, _data: Data) -> Sequence[str]:
    amount = money.format_money(_fee_of(discrepancy), discrepancy.currency or "AMD", _language())
    return [_now("%(amount)s is booked as the bank's fee.") % {"amount": amount}]


def _note_fee(discrepancy: Discrepancy, _data: Data, actor: timeline.Actor, reason: str) -> None:
    if discrepancy.account_id is None:
        raise NotOffered(_now("Only a merchant account has fees."))
    fees.note_fee(
        key=f"break:{discrepancy.pk}",
        account_id=discrepancy.account_id,
        amount_minor=_fee_of(discrepancy),
        currency=discrepancy.currency,
        student_id=discrepancy.student_id,
        actor=actor,
        reason=reason,
    )


# The credit pays an installment


def _installments_of(discrepancy: Discrepancy) -> Sequence[tuple[Any, str]]:
    """Return the installments that the credit may pay, as a person chooses among them."""
    if discrepancy.payment is None:
        return []
    language = _language()
    return [
        (
            target.installment.pk,
            _now("%(course)s, installment %(number)s, due %(day)s: %(amount)s remains")
            % {
                "course": target.installment.invoice.enrollment.group.course.title,
                "number": target.installment.number,
                "day": dates.format_day(target.installment.due_date, language, short=True),
                "amount": money.format_money(target.remaining_minor, discrepancy.payment.currency, language),
            },
        )
        for target in credits.targets_of(payment=discrepancy.payment)
    ]


def _preview_credit(discrepancy: Discrepancy, data: Data) -> Sequence[str]:
    words = dict(_installments_of(discrepancy)).get(int(data["installment_id"]))
    if words is None or discrepancy.payment is None:
        raise NotOffered(_now("This installment needs no money any more."), field="installment_id")
    credit = credits.credit_of(payment=discrepancy.payment)
    amount = money.format_money(credit, discrepancy.payment.currency, _language())
    return [
        _now("Of the credit of %(amount)s as much is used as is needed for: %(installment)s.")
        % {"amount": amount, "installment": words},
        _now("The course opens as the plan's rule says; what is left stays credit."),
    ]


def _use_credit(discrepancy: Discrepancy, data: Data, actor: timeline.Actor, reason: str) -> None:
    if discrepancy.payment_id is None or not discrepancy.key.startswith("credit:"):
        raise NotOffered(_now("This difference is not about credit."))
    credits.allocate_credit(
        payment_id=discrepancy.payment_id,
        installment_id=int(data["installment_id"]),
        actor=actor,
        reason=reason,
    )


def _language() -> str:
    return (get_language() or "en")[:2]


# A person answers for it


def _preview_there(_discrepancy: Discrepancy, _data: Data) -> Sequence[str]:
    return [_now("Nothing changes here. The next file of the other side shows whether it was corrected.")]


def _preview_accept(_discrepancy: Discrepancy, _data: Data) -> Sequence[str]:
    return [_now("Nothing changes in the books. The difference stays listed with your reason.")]


def _is_of_a_statement(discrepancy: Discrepancy) -> bool:
    return discrepancy.side == Side.PROVIDER


def _may_be_corrected_there(discrepancy: Discrepancy) -> bool:
    """A list can be corrected in everything; a bank corrects the names in its rows, not its money."""
    return discrepancy.side != Side.PROVIDER or discrepancy.kind == Kind.DATA_MISMATCH


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
RESOLUTIONS = [
    Resolution(
        code="ask_provider",
        label=_("Ask the bank now"),
        kinds=ABOUT_A_PAYMENT,
        preview=_preview_ask,
        apply=_ask,
        permission="billing.ask_provider",
        needs_payment=True,
        only_asks=True,
    ),
    Resolution(
        code="link_payment",
        label=_("It is this payment of ours"),
        kinds=[Kind.MISSING_IN_LEDGER, Kind.DATA_MISMATCH],
        is_offered=_is_of_a_statement,
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
    ),
    Resolution(
        code="use_credit",
        label=_("Use it for an installment"),
        kinds=[Kind.UNALLOCATED, Kind.DUPLICATE],
        preview=_preview_credit,
        apply=_use_credit,
        fields=[
            Field(name="installment_id", label=_("Installment"), kind="choice", choices=_installments_of)
        ],
        permission="billing.allocate_credit",
        needs_payment=True,
    ),
    Resolution(
        code="note_fee",
        label=_("It is the bank's fee"),
        kinds=[Kind.AMOUNT_MISMATCH, Kind.FEE_MISMATCH],
        is_offered=_is_of_a_statement,
        preview=_preview_fee,
        apply=_note_fee,
    ),
    Resolution(
        code="corrected_there",
        label=_("Corrected on the other side"),
        kinds=[
            Kind.MISSING_IN_CRM,
            Kind.ACCESS_MISSING,
            Kind.ACCESS_WITHOUT_MONEY,
            Kind.MISSING_IN_LEDGER,
            Kind.AMOUNT_MISMATCH,
            Kind.CURRENCY_MISMATCH,
            Kind.STATUS_MISMATCH,
            Kind.DATA_MISMATCH,
        ],
        is_offered=_may_be_corrected_there,
        preview=_preview_there,
    ),
    Resolution(
        code="accept",
        label=_("Accept the difference"),
        kinds=list(Kind),
        preview=_preview_accept,
    ),
]
