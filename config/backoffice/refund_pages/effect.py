"""What a refund would do, ready to print, and a mark of it: nobody confirms what he did not see (promise 16)."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from access import rules
from refunds import policy, policy_words, preview, sources
from refunds.models import RefundRequest
from refunds.wishes import Wish

Decision = RefundRequest.AccessDecision


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The calculation, where the money is taken from, what is owed and open afterwards; `seen` changes with any of it."""

    shown: preview.Preview
    lines: Sequence[Mapping[str, Any]]
    takes: Sequence[sources.Take]
    changed_parts: Sequence[preview.ScheduleAfter]
    owed_before_minor: int
    access: Sequence[str]
    cancels: bool
    seen: str

    @property
    def is_suggested(self) -> bool:
        return self.shown.amount_minor == self.shown.suggestion.amount_minor


def effect_of(wish: Wish, *, suggested: bool = False) -> Effect:
    """
    Return what a wish would do now; with `suggested` for the amount that the policy suggests. Reads only.

    Raises what `preview_refund` raises.
    """
    shown = preview.preview_refund(
        student_id=wish.student_id,
        invoice_id=wish.invoice_id,
        amount_minor=None if suggested else wish.amount_minor,
        payment_id=wish.payment_id,
        currency=wish.currency,
        school_cancels=wish.school_cancels,
        keep_owed=wish.keep_owed,
        access_decision=wish.access_decision,
        access_until=wish.access_until,
    )
    return Effect(
        shown=shown,
        lines=lines_of(shown.suggestion.lines),
        takes=shown.takes,
        changed_parts=[
            part
            for part in shown.schedule
            if (part.owed_before_minor, part.paid_before_minor)
            != (part.owed_after_minor, part.paid_after_minor)
        ],
        owed_before_minor=sum(
            max(0, part.owed_before_minor - part.paid_before_minor) for part in shown.schedule
        ),
        access=_access(wish, shown),
        cancels=wish.prefer_cancel,
        seen=_mark(wish, shown),
    )


def lines_of(lines: Sequence[policy.Line]) -> Sequence[Mapping[str, Any]]:
    """Return the lines of a suggestion as sentences with their amounts."""
    return [
        {
            "words": policy_words.sentence({"code": line.code, "data": line.data}),
            "amount_minor": line.amount_minor,
        }
        for line in lines
    ]


def stored_lines(lines: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the lines that were stored with a request as sentences with their amounts."""
    return [{"words": policy_words.sentence(line), "amount_minor": line["amount_minor"]} for line in lines]


def _access(wish: Wish, shown: preview.Preview) -> Sequence[str]:
    now, after = shown.access_now, shown.access_after
    if now is None or after is None:
        return [_("Credit opened nothing: access stays as it is.")]
    if wish.access_decision == Decision.KEEP or _is_same(now, after):
        return [_("Access stays as it is."), now.sentence]
    when = _("Once the money is back:")
    if after.state in (rules.OPEN, rules.IN_GRACE):
        return [f"{when} {after.sentence}", _("Now: %s") % now.sentence]
    return [
        _("Once the money is back, what this invoice opened is closed; the history stays."),
        _("Now: %s") % now.sentence,
    ]


def _is_same(now: Any, after: Any) -> bool:
    return (now.state, now.until, now.next_change_at) == (after.state, after.until, after.next_change_at)


def _mark(wish: Wish, shown: preview.Preview) -> str:
    facts = [
        shown.currency,
        shown.amount_minor,
        [[line.code, line.amount_minor] for line in shown.suggestion.lines],
        [[take.payment.pk, take.amount_minor, take.channel] for take in shown.takes],
        [dataclasses.astuple(part) for part in shown.schedule],
        dataclasses.astuple(shown.balance) if shown.balance else None,
        [
            [one.state, one.until, one.next_change_at] if one else None
            for one in (shown.access_now, shown.access_after)
        ],
        shown.needs_administrator,
        wish.prefer_cancel,
        wish.access_decision,
        wish.access_until,
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:32]
