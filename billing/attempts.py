"""One attempt to pay: our row first, then the bank is asked for its page."""

import datetime as dt
import time

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import accounts, links
from billing.models import MerchantAccount, Payment, PaymentLink
from billing.providers.base import HostedPage, PaymentStart, ProviderRefused, ProviderUnavailable
from common import clock, crash, fsm
from common.errors import DomainError
from students import timeline

FIRST_LOOKUP_AFTER = dt.timedelta(seconds=20)
BEING_MADE = dt.timedelta(seconds=6)  # longer than a bank may take to answer


class LinkNotPayable(DomainError):  # noqa: N818
    """The link is paid, over or taken back."""

    code = "link-not-payable"
    status = 409


class BankUnavailable(DomainError):  # noqa: N818
    """The bank gave us no page; nothing was taken."""

    code = "bank-unavailable"
    status = 503


class OtherAttemptOpen(DomainError):  # noqa: N818
    """Another attempt of this link is open at a bank: paying twice is possible, so the student is asked first."""

    code = "other-attempt-open"
    status = 409

    def __init__(self, message: str, *, payment: Payment) -> None:
        super().__init__(message, payment_id=payment.pk)
        self.payment = payment


def start_attempt(*, link_id: int, account_code: str, even_if_another_is_open: bool = False) -> Payment:
    """
    Start an attempt at a bank and return it with the bank's page in `page_url`.

    The row with our order number is committed before the bank is asked, and the bank is asked outside any transaction. An open
    attempt at the same account is offered again while its session lasts; one at another bank raises OtherAttemptOpen unless
    the student chose to go on. Raises LinkNotPayable, AccountUnavailable, BankUnavailable.
    """
    payment, is_new = _claim(link_id, account_code, even_if_another_is_open)
    if not is_new:
        payment = _wait_for_page(payment)
        if payment.page_url:
            return payment
        # The click that came first died on the way, or its bank said no: this one makes an attempt of its own.
        payment, is_new = _claim(link_id, account_code, even_if_another_is_open)
        if not is_new:
            return payment
    crash.point("attempt.after_create")
    start = _start_of(payment)
    try:
        page = accounts.adapter_of(payment.account).start_payment(start)
    except ProviderUnavailable as error:
        _lose(payment, maybe_done=error.maybe_done)
        raise BankUnavailable(
            _(
                "The bank does not answer now. Nothing was taken. Try again in a minute or choose another bank."
            )
        ) from error
    except ProviderRefused as error:
        _refuse(payment, error)
        raise BankUnavailable(_("This bank cannot take the payment now. Choose another one.")) from error
    crash.point("attempt.after_bank")
    accounts.mark_reached(account_id=payment.account_id)
    return _hand_over(payment, page)


def _claim(link_id: int, account_code: str, even_if_another_is_open: bool) -> tuple[Payment, bool]:
    with transaction.atomic():
        link = links.lock_link(link_id=link_id)
        if link.state != PaymentLink.State.ACTIVE or link.expires_at <= clock.now():
            raise LinkNotPayable(_("This link can no longer be paid."))
        account = accounts.require_offered(link=link, account_code=account_code)
        now = clock.now()
        for attempt in (
            link.payments.filter(state__in=Payment.OPEN_STATES).select_related("account").order_by("-id")
        ):
            if attempt.account_id == account.pk and _is_being_made(attempt, now):
                return attempt, False  # another click got there first and asks the bank right now
            if attempt.session_ends_at <= now or not attempt.page_url:
                continue
            if attempt.account_id == account.pk:
                return attempt, False
            if not even_if_another_is_open:
                raise OtherAttemptOpen(
                    _(
                        "A payment at %(bank)s is still open. Finish it there, or go on only if you did not pay."
                    )
                    % {"bank": attempt.account.name},
                    payment=attempt,
                )
        return _create(link, account, now), True


def _is_being_made(attempt: Payment, now: dt.datetime) -> bool:
    return (
        attempt.state == Payment.State.CREATED
        and attempt.created_at > now - BEING_MADE
        and not attempt.page_url
    )


def _wait_for_page(payment: Payment) -> Payment:
    """Give the click that came first the time to bring the bank's page, so that both go to the same one."""
    while _is_being_made(payment, clock.now()):
        time.sleep(0.1)
        payment = Payment.objects.select_related("account", "link").get(pk=payment.pk)
    return payment


def _create(link: PaymentLink, account: MerchantAccount, now: dt.datetime) -> Payment:
    payment = Payment.objects.create(
        link=link,
        student_id=link.student_id,
        course_id=link.course_id,
        group_id=link.group_id,
        account=account,
        order_number=next_order_number(account),
        amount_minor=link.amount_minor,
        currency=link.currency,
        session_ends_at=now + dt.timedelta(seconds=_session_seconds(link, now)),
        next_lookup_at=now + FIRST_LOOKUP_AFTER,
    )
    crash.point("attempt.after_row")
    timeline.record([_event(payment, "attempt_started", timeline.STUDENT)])
    crash.point("attempt.before_commit")
    return payment


def _session_seconds(link: PaymentLink, now: dt.datetime) -> int:
    """The bank's session lasts at most 20 minutes, and not beyond the link unless the link ends within a minute."""
    left = int((link.expires_at - now).total_seconds())
    return max(60, min(1200, left))


def next_order_number(account: MerchantAccount) -> int:
    """Take and return the account's next order number. Raises AccountUnavailable when its range is used up."""
    taken = MerchantAccount.objects.filter(
        pk=account.pk, next_order_number__lte=F("order_number_last")
    ).update(next_order_number=F("next_order_number") + 1)
    if not taken:
        raise accounts.AccountUnavailable(
            _("This bank has no order numbers left. Choose another one."), field="account"
        )
    return MerchantAccount.objects.values_list("next_order_number", flat=True).get(pk=account.pk) - 1


def _start_of(payment: Payment) -> PaymentStart:
    link = payment.link
    return PaymentStart(
        order_number=payment.order_number,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        description=f"Invoice {link.invoice.number}, order {payment.order_number}",
        return_url=settings.PUBLIC_URL + reverse("pay-return", args=[link.token]),
        language=link.student.language,
        opaque=f"mutq-{payment.pk}",
        session_seconds=int((payment.session_ends_at - payment.created_at).total_seconds()),
    )


def _hand_over(payment: Payment, page: HostedPage) -> Payment:
    with transaction.atomic():
        links.lock_link(link_id=payment.link_id)
        fresh = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if fresh.state == Payment.State.CREATED:
            kind = fsm.timeline_kind(fresh.hand_over, fresh.state)
            fresh.hand_over(provider_ref=page.provider_ref, page_url=page.url)
            fresh.save()
            crash.point("attempt.after_page")
            timeline.record([_event(fresh, kind)])
        elif not fresh.provider_ref:
            # The sweeper asked before the bank's answer reached us; the page is good all the same.
            fresh.provider_ref, fresh.page_url = page.provider_ref, page.url
            fresh.save(update_fields=["provider_ref", "page_url"])
        crash.point("attempt.before_hand_over")
    crash.point("attempt.after_hand_over")
    return fresh


def _lose(payment: Payment, *, maybe_done: bool) -> None:
    """The bank's answer did not come. Nobody holds the page of this attempt; it is looked up until it is final."""
    with transaction.atomic():
        links.lock_link(link_id=payment.link_id)
        fresh = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if fresh.state != Payment.State.CREATED:
            return
        edge = fresh.lose_sight if maybe_done else fresh.fail
        kind = fsm.timeline_kind(edge, fresh.state)
        edge()
        fresh.next_lookup_at = fresh.next_lookup_at if maybe_done else None
        fresh.save()
        timeline.record([_event(fresh, kind)])


def _refuse(payment: Payment, error: ProviderRefused) -> None:
    if error.credentials:
        accounts.mark_refused(account_id=payment.account_id, code=error.code, message=str(error))
    with transaction.atomic():
        links.lock_link(link_id=payment.link_id)
        fresh = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        if fresh.state != Payment.State.CREATED:
            return
        kind = fsm.timeline_kind(fresh.fail, fresh.state)
        fresh.fail()
        fresh.next_lookup_at = None
        fresh.save()
        timeline.record([_event(fresh, kind, raw_code=error.code)])


def _event(
    payment: Payment, kind: str, actor: timeline.Actor | None = None, **data: object
) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=payment.student_id,
        actor=actor or timeline.Actor.provider(payment.account.code),
        data={
            "account": payment.account.code,
            "order_number": payment.order_number,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            **data,
        },
        subject_kind="billing.payment",
        subject_id=payment.pk,
    )
