"""What the page of a payment link shows now: reads the rows, asks `screens` which answer they make."""

import dataclasses
import datetime as dt
from typing import Any

from access import rules
from access.models import AccessGrant
from billing import accounts
from billing.models import Payment, PaymentLink
from billing.pay_page import screens
from billing.pay_page.screens import Screen
from common import clock


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One screen with what its template needs."""

    screen: Screen
    context: dict[str, Any]

    @property
    def template(self) -> str:
        return f"pay/{self.screen}.html"

    def after_refusal(self) -> "Page":
        """Return the same page, saying that the bank just chosen gave us no page."""
        return Page(screen=self.screen, context={**self.context, "last": screens.Last.UNREACHABLE})


def page_of(*, link: PaymentLink, came_back: bool) -> Page:
    """Return what to show for a link; `came_back` asks for the outcome of the attempt instead of offering to go on."""
    now = clock.now()
    payment = _attempt_to_tell_of(link, now)
    attempt = None if payment is None else _as_attempt(payment, now)
    offered = accounts.offered_accounts(link=link) if link.state == PaymentLink.State.ACTIVE else []
    screen = screens.choose(
        link_state=link.state,
        link_over=link.expires_at <= now,
        attempt=attempt,
        came_back=came_back,
        has_accounts=bool(offered),
    )
    context: dict[str, Any] = {"link": link, "payment": payment, "accounts": offered}
    if screen == Screen.OFFER:
        context["last"] = screens.last_of(attempt)
        context["chosen"] = payment.account.code if payment else ""
    elif screen == Screen.CONTINUE and payment is not None:
        context["accounts"] = [account for account in offered if account.pk != payment.account_id]
    elif screen == Screen.PAID:
        context |= _access(link, now)
    return Page(screen=screen, context=context)


def _attempt_to_tell_of(link: PaymentLink, now: dt.datetime) -> Payment | None:
    """Money that came speaks first, then a bank page that is still open or an unknown outcome, then the newest attempt."""
    attempts = list(link.payments.select_related("account").order_by("-id"))
    came = [*Payment.CAPTURED_STATES, Payment.State.HELD]
    for payment in attempts:
        if payment.state in came:
            return payment
    for payment in attempts:
        unknown = payment.state == Payment.State.UNKNOWN
        if payment.is_open and payment.page_url and (unknown or payment.session_ends_at > now):
            return payment
    return attempts[0] if attempts else None


def _as_attempt(payment: Payment, now: dt.datetime) -> screens.Attempt:
    return screens.Attempt(
        state=payment.state, has_page=bool(payment.page_url), session_over=payment.session_ends_at <= now
    )


def _access(link: PaymentLink, now: dt.datetime) -> dict[str, Any]:
    """What the student may be promised: access on paid ground, not the days of grace that may follow it."""
    live = AccessGrant.objects.filter(
        student_id=link.student_id, course_id=link.course_id, withdrawn_at__isnull=True
    )
    grounds = [grant.ground for grant in live.exclude(kind=AccessGrant.Kind.GRACE)]
    verdict = rules.evaluate(grounds=grounds, at=now)
    if verdict.state == rules.OPEN:
        return {"access": "open", "access_until": _last_day(verdict.closes_at)}
    if verdict.opens_at is not None:
        return {"access": "later", "access_from": clock.day_of(verdict.opens_at)}
    return {"access": "none"}


def _last_day(closes_at: dt.datetime | None) -> dt.date | None:
    """Windows are half open; people count the last day in."""
    return None if closes_at is None else clock.day_of(closes_at - dt.timedelta(microseconds=1))
