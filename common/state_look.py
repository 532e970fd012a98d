"""
How each state looks: a tone and an icon beside its word, so that no state is told by colour alone.

Keyed by the stored value, or by "model.value" where one word means two things. What is not
listed shows as neutral; `tests/common/test_state_look.py` finds states that somebody forgot.
"""

from typing import NamedTuple


class Look(NamedTuple):
    """A tone of tokens.css (good, wait, warn, bad, mute) and a symbol of icons.svg."""

    tone: str
    icon: str


NEUTRAL = Look("mute", "info")

LOOKS = {
    # Payment links
    "active": Look("wait", "link"),
    "paid": Look("good", "check"),
    "expired": Look("mute", "clock"),
    "cancelled": Look("mute", "stop"),
    "superseded": Look("mute", "swap"),
    # Payments
    "created": Look("mute", "empty"),
    "at_provider": Look("wait", "bank"),
    "verified": Look("good", "check"),
    "failed": Look("bad", "cross"),
    "held": Look("warn", "hand"),
    "unknown": Look("warn", "question"),
    "partly_refunded": Look("warn", "back"),
    "refunded": Look("mute", "back"),
    "disputed": Look("bad", "alert"),
    # Installments
    "scheduled": Look("mute", "calendar"),
    "due": Look("wait", "clock"),
    "partly_paid": Look("warn", "half"),
    "overdue": Look("bad", "alert"),
    "moved": Look("mute", "swap"),
    # Access to a course
    "none": Look("mute", "closed"),
    "open": Look("good", "open"),
    "grace": Look("warn", "open"),
    "suspended": Look("bad", "closed"),
    "paused": Look("mute", "pause"),
    "ended": Look("mute", "flag"),
    # Refunds
    "requested": Look("wait", "clock"),
    "approved": Look("wait", "check"),
    "rejected": Look("mute", "cross"),
    "sent": Look("wait", "bank"),
    "settled": Look("good", "check"),
    "manual": Look("good", "note"),
    "external": Look("good", "away"),
    # Reminders
    "sending": Look("wait", "mail"),
    "reminder.sent": Look("good", "mail"),
    "skipped": Look("mute", "stop"),
    # Tasks, breaks of a month, months
    "operatortask.open": Look("warn", "task"),
    "in_progress": Look("wait", "half"),
    "resolved": Look("good", "check"),
    "discrepancy.open": Look("warn", "alert"),
    "closed_by_facts": Look("good", "check"),
    "monthclose.open": Look("mute", "open"),
    "in_review": Look("wait", "half"),
    "closed": Look("good", "closed"),
    "reopened": Look("warn", "open"),
}


def look_of(*, model: str, value: str) -> Look:
    """Return the look of a stored state value on a model (its lower-case name)."""
    value = value.lower()
    return LOOKS.get(f"{model.lower()}.{value}") or LOOKS.get(value, NEUTRAL)
