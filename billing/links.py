"""Payment links: made once with everything fixed, found by their address, taken back with a reason."""

import datetime as dt
import hmac
import secrets
import string
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import balances
from billing.models import Invoice, PaymentLink, PaymentLinkLine
from common import clock, crash, money
from common.errors import DomainError
from students import locking, timeline

TOKEN_ID_LENGTH, TOKEN_SECRET_LENGTH = 10, 22  # 60 bits to find it, 131 bits to be allowed in
ALPHABET = string.ascii_letters + string.digits


class LinkRefused(DomainError):  # noqa: N818
    """A link cannot be made as asked."""

    code = "link-refused"


class AmountDiffers(LinkRefused):
    """The amount is not what is due, or a part where the plan allows none."""

    code = "amount-differs"


class ExpiryInPast(LinkRefused):
    """The link would be over before it began."""

    code = "expiry-in-past"


class NothingDue(LinkRefused):
    """Nothing remains to be paid."""

    code = "nothing-due"
    status = 409


class ActiveLinkExists(LinkRefused):
    """An installment has an open link already; `link` is that one."""

    code = "active-link-exists"
    status = 409

    def __init__(self, message: str, *, link: PaymentLink) -> None:
        super().__init__(message, link_id=link.pk)
        self.link = link


def create_payment_link(
    *,
    installment_ids: Collection[int],
    actor: timeline.Actor,
    amount_minor: int | None = None,
    expires_at: dt.datetime | None = None,
    currency: str | None = None,
    crm_deal_id: str = "",
) -> PaymentLink:
    """
    Make the payment request for one or more installments of one invoice: what is due unless an amount is given.

    Everything on it is frozen from then on (promise 1). Raises BadAmount, AmountDiffers, ExpiryInPast, NothingDue, LinkRefused
    and ActiveLinkExists, which carries the open link. Two calls at once: the student's lock lets one make it, and the database
    would refuse the second (promise 2).
    """
    with transaction.atomic():
        invoice = _lock_invoice_of(installment_ids)
        lines = _chosen_lines(invoice, installment_ids)
        _require_no_open_link(lines)
        _require_currency(invoice, currency)
        shares = _shares(invoice, lines, amount_minor)
        expiry = _expiry(invoice, expires_at)
        link = _create(invoice, lines, shares, expiry, actor, crm_deal_id)
        crash.point("link.after_create")
        timeline.record(
            [event(link, "link_created", actor, amount_minor=link.amount_minor, currency=link.currency)]
        )
        crash.point("link.before_commit")
    crash.point("link.after_commit")
    return link


def cancel_payment_link(*, link_id: int, reason: str, actor: timeline.Actor) -> PaymentLink:
    """
    Take an active link back. Verified money that still arrives for it is accepted all the same.

    Raises LinkRefused without a reason, or when the link is not active. Ask the provider about open attempts first
    (`billing.lookup.refresh_open_attempts`).
    """
    if not reason.strip():
        raise LinkRefused(_("Write why the link is cancelled."), field="reason")
    with transaction.atomic():
        link = lock_link(link_id=link_id)
        if link.state != PaymentLink.State.ACTIVE:
            raise LinkRefused(
                _("Only an active link can be cancelled; this one is %(state)s.")
                % {"state": link.get_state_display()}
            )
        link.cancel(reason=reason.strip())
        link.save()
        timeline.record([event(link, "link_cancelled", actor, reason=reason.strip())])
    return link


def lock_link(*, link_id: int) -> PaymentLink:
    """Lock the link's student, then the link, and return it. Needs a transaction."""
    student_id = PaymentLink.objects.values_list("student_id", flat=True).get(pk=link_id)
    locking.lock_student(student_id=student_id)
    return PaymentLink.objects.select_for_update(no_key=True).get(pk=link_id)


def find_by_token(token: str) -> PaymentLink | None:
    """Return the link of an address, or None; an unknown id takes as long as a wrong secret."""
    token_id, secret = token[:TOKEN_ID_LENGTH], token[TOKEN_ID_LENGTH:]
    link = (
        PaymentLink.objects.select_related("student", "course", "group", "invoice__legal_entity")
        .filter(token_id=token_id)
        .first()
    )
    known = link.token_secret if link else "-" * TOKEN_SECRET_LENGTH
    return link if hmac.compare_digest(known.encode(), secret.encode()) and link else None


def link_address(link: PaymentLink) -> str:
    """Return the address that the student opens."""
    return settings.PUBLIC_URL + reverse("pay-link", args=[link.token])


def mark_opened(*, link_id: int) -> None:
    """Note the first time the address was opened. Safe to repeat."""
    with transaction.atomic():
        link = lock_link(link_id=link_id)
        if link.opened_at is None:
            link.opened_at = clock.now()
            link.save(update_fields=["opened_at"])
            timeline.record([event(link, "link_opened", timeline.STUDENT)])


def event(
    link: PaymentLink, kind: str, actor: timeline.Actor, *, reason: str = "", **data: Any
) -> timeline.Event:
    """Return a timeline event about a link."""
    return timeline.Event(
        kind=kind,
        student_id=link.student_id,
        actor=actor,
        reason=reason,
        data=data,
        subject_kind="billing.paymentlink",
        subject_id=link.pk,
    )


def _lock_invoice_of(installment_ids: Collection[int]) -> Invoice:
    found = list(
        Invoice.objects.filter(installments__in=installment_ids).distinct().values_list("pk", "student_id")
    )
    if not found or len(found) > 1:
        raise LinkRefused(_("Choose installments of one invoice."), field="installments")
    invoice_id, student_id = found[0]
    locking.lock_student(student_id=student_id)
    invoice = (
        Invoice.objects.select_for_update(no_key=True, of=("self",))
        .select_related("enrollment__group", "plan_version")
        .get(pk=invoice_id)
    )
    if invoice.cancelled_at:
        raise LinkRefused(_("This invoice was cancelled. Issue a new one first."))
    return invoice


def _chosen_lines(invoice: Invoice, installment_ids: Collection[int]) -> list[balances.ScheduleLine]:
    schedule = balances.schedule_of(invoice_id=invoice.pk)
    lines = [line for line in schedule if line.installment.pk in set(installment_ids)]
    if not any(line.remaining_minor for line in lines):
        raise NothingDue(_("Nothing remains to be paid here."), field="installments")
    return [line for line in lines if line.remaining_minor]


def _require_no_open_link(lines: Sequence[balances.ScheduleLine]) -> None:
    open_line = (
        PaymentLinkLine.objects.select_related("link")
        .filter(installment__in=[line.installment.pk for line in lines], is_open=True)
        .first()
    )
    if open_line is not None:
        raise ActiveLinkExists(
            _("This installment has an active link already. Send that one, or cancel it first."),
            link=open_line.link,
        )


def _require_currency(invoice: Invoice, currency: str | None) -> None:
    if currency is not None and currency != invoice.currency:
        raise LinkRefused(
            _("The invoice is in %(currency)s; the link must be too.") % {"currency": invoice.currency},
            field="currency",
        )


def _shares(invoice: Invoice, lines: Sequence[balances.ScheduleLine], amount_minor: int | None) -> list[int]:
    """Return how much of each line the link asks: all that remains, or the given amount, oldest line first."""
    due = sum(line.remaining_minor for line in lines)
    if amount_minor is None or amount_minor == due:
        return [line.remaining_minor for line in lines]
    money.require_payable(amount_minor, invoice.currency)
    shown = money.to_major(due, invoice.currency)
    if amount_minor > due:
        raise AmountDiffers(_("Only %(due)s remains to be paid.") % {"due": shown}, field="amount")
    if not invoice.plan_version.allow_partial:
        raise AmountDiffers(
            _("This plan takes no part of an installment; ask for %(due)s.") % {"due": shown}, field="amount"
        )
    shares, left = [], amount_minor
    for line in lines:
        shares.append(min(left, line.remaining_minor))
        left -= shares[-1]
    return shares


def _expiry(invoice: Invoice, expires_at: dt.datetime | None) -> dt.datetime:
    if expires_at is None:
        last_day = clock.today() + dt.timedelta(days=invoice.plan_version.link_valid_days)
        return clock.end_of(last_day) - dt.timedelta(seconds=1)
    if expires_at <= clock.now():
        raise ExpiryInPast(_("The link would already be over. Choose a later moment."), field="expires_at")
    return expires_at


def _create(
    invoice: Invoice,
    lines: Sequence[balances.ScheduleLine],
    shares: Sequence[int],
    expiry: dt.datetime,
    actor: timeline.Actor,
    crm_deal_id: str,
) -> PaymentLink:
    asked = [(line.installment, share) for line, share in zip(lines, shares, strict=True) if share]
    try:
        with transaction.atomic():
            link = PaymentLink.objects.create(
                student_id=invoice.student_id,
                invoice=invoice,
                enrollment_id=invoice.enrollment_id,
                course_id=invoice.enrollment.group.course_id,
                group_id=invoice.enrollment.group_id,
                period_from=min(installment.period_from for installment, _share in asked),
                period_to=max(installment.period_to for installment, _share in asked),
                amount_minor=sum(share for _installment, share in asked),
                currency=invoice.currency,
                expires_at=expiry,
                token_id=_random_text(TOKEN_ID_LENGTH),
                token_secret=_random_text(TOKEN_SECRET_LENGTH),
                crm_deal_id=crm_deal_id,
                created_by_id=actor.user_id,
            )
            PaymentLinkLine.objects.bulk_create(
                PaymentLinkLine(link=link, installment=installment, amount_minor=share)
                for installment, share in asked
            )
    except IntegrityError:
        # The student's lock makes this impossible for callers of this verb; somebody wrote around it.
        _require_no_open_link(lines)
        raise
    return link


def _random_text(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
