"""
Which answer a payment link gives now. Pure: values in, the screen out; the view fetches, the template prints.

Money comes first: a paid link says so whatever else is true, money that is being asked about or checked comes before the
link's own end, and only then does "expired" or "cancelled" speak.
"""

import dataclasses
import enum


class Screen(enum.StrEnum):
    """One template in templates/pay/ each."""

    OFFER = "offer"  # amount, facts, banks, one button
    CONTINUE = "continue"  # a bank's page is open for this link
    WAITING = "waiting"  # the student is back and the bank has not decided
    PAID = "paid"
    HELD = "held"  # money came and differs; a person decides
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    UNAVAILABLE = "unavailable"  # no bank can be offered


class Last(enum.StrEnum):
    """What became of the attempt before, said above a new offer."""

    NONE = ""
    DECLINED = "declined"  # the bank said no
    NOT_PAID = "not_paid"  # never finished, and surely not paid
    UNREACHABLE = "unreachable"  # the bank gave us no page
    UNFINISHED = "unfinished"  # its page was opened and is closed by now; the bank has told of no money


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """The latest attempt at the link."""

    state: str  # a value of Payment.State
    has_page: bool  # the bank gave us its page, so somebody may have paid there
    session_over: bool


OPEN = frozenset({"created", "at_provider", "unknown"})
CLOSED_LINKS = {
    "expired": Screen.EXPIRED,
    "cancelled": Screen.CANCELLED,
    "superseded": Screen.SUPERSEDED,
}


def choose(
    *, link_state: str, link_over: bool, attempt: Attempt | None, came_back: bool, has_accounts: bool
) -> Screen:
    """
    Return the screen for a link.

    `link_over` is whether its expiry has passed by the clock, stored state or not; `came_back` whether the student comes
    from the bank (or says so) and asks for the outcome.
    """
    if link_state == "paid":
        return Screen.PAID
    if attempt is not None and attempt.state == "held":
        return Screen.HELD
    if attempt is not None and attempt.state in OPEN and attempt.has_page:
        if came_back or attempt.state == "unknown":
            return Screen.WAITING
        if link_state == "active" and not attempt.session_over:
            return Screen.CONTINUE
    if link_state in CLOSED_LINKS:
        return CLOSED_LINKS[link_state]
    if link_over:
        return Screen.EXPIRED
    return Screen.OFFER if has_accounts else Screen.UNAVAILABLE


def last_of(attempt: Attempt | None) -> Last:
    """Return what to say of the attempt before, above an offer."""
    if attempt is None:
        return Last.NONE
    if attempt.state in OPEN:
        return Last.UNFINISHED if attempt.has_page else Last.UNREACHABLE
    return {"failed": Last.DECLINED, "expired": Last.NOT_PAID}.get(attempt.state, Last.NONE)
