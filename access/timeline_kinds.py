"""What happens to access, as sentences."""

from django.utils.translation import gettext_lazy as _

from access.models import AccessGrant, AccessSync
from students import telling
from students.models import TimelineEvent


def _until(event: TimelineEvent, *, bounded: object, unbounded: object) -> object:
    return bounded if (event.data or {}).get("until") else unbounded


def _ground(event: TimelineEvent) -> dict[str, str]:
    data = event.data or {}
    code = data.get("ground") or _kind_in(data.get("source", ""))
    return {"ground": str(dict(AccessGrant.Kind.choices).get(code, code))}


def _kind_in(source: str) -> str:
    """Return the kind of ground that a source names: "installment:12:grace", "installment:12:partly:…", "manual:…"."""
    first, _colon, rest = source.partition(":")
    named = [first, *rest.split(":")]
    return next((kind for kind in AccessGrant.Kind.values if kind in named), AccessGrant.Kind.PAID)


def _difference(event: TimelineEvent) -> object:
    data = event.data or {}
    drift, by_hand = data.get("drift"), data.get("changed_there")
    if drift == AccessSync.Drift.WINDOW_THERE:
        return _("In the LMS the course is open until another day than here")
    if drift == AccessSync.Drift.OPEN_THERE:
        return (
            _("Opened by hand in the LMS, without a ground")
            if by_hand
            else _("Open in the LMS without a ground")
        )
    return (
        _("Closed by hand in the LMS, although it should be open")
        if by_hand
        else _("Closed in the LMS, although it should be open")
    )


KINDS = {
    "access_granted": telling.kind_by(
        "access",
        "key",
        lambda event: _until(
            event,
            bounded=_("Ground for access: %(ground)s, from %(from)s until %(until)s"),
            unbounded=_("Ground for access: %(ground)s, from %(from)s on"),
        ),
        also=_ground,
    ),
    "access_moved": telling.kind_by(
        "access",
        "key",
        lambda event: _until(
            event,
            bounded=_("Days of access moved: %(ground)s, from %(from)s until %(until)s"),
            unbounded=_("Days of access moved: %(ground)s, from %(from)s on"),
        ),
        also=_ground,
    ),
    "access_withdrawn": telling.kind(
        "access", "key", _("Ground for access withdrawn: %(ground)s"), tone="warn", also=_ground
    ),
    "access_opened_by_hand": telling.kind_by(
        "access",
        "hand",
        lambda event: _until(
            event,
            bounded=_("Access opened by hand until %(until)s"),
            unbounded=_("Access opened by hand, without an end"),
        ),
        tone="warn",
    ),
    "free_place_given": telling.kind_by(
        "access",
        "hand",
        lambda event: _until(
            event,
            bounded=_("Free place given until %(until)s"),
            unbounded=_("Free place given, without an end"),
        ),
        tone="warn",
    ),
    "free_place_taken": telling.kind("access", "hand", _("The free place is taken back"), tone="warn"),
    "access_closed_by_hand": telling.kind(
        "access", "hand", _("What was opened by hand is closed again"), tone="warn"
    ),
    "access_opened": telling.kind_by(
        "access",
        "open",
        lambda event: _until(
            event, bounded=_("Access is open until %(until)s"), unbounded=_("Access is open")
        ),
        tone="good",
    ),
    "access_in_grace": telling.kind_by(
        "access",
        "open",
        lambda event: _until(
            event,
            bounded=_("Access stays open in grace until %(until)s"),
            unbounded=_("Access stays open in grace"),
        ),
        tone="warn",
    ),
    "access_suspended": telling.kind("access", "closed", _("Access closed, nothing is deleted"), tone="bad"),
    "access_paused": telling.kind("access", "pause", _("Access paused")),
    "access_ended": telling.kind("access", "flag", _("Access ended")),
    "lms_confirmed": telling.kind_by(
        "access",
        "check",
        lambda event: (
            _("The LMS confirmed: closed")
            if not (event.data or {}).get("open")
            else _until(
                event,
                bounded=_("The LMS confirmed: open until %(until)s"),
                unbounded=_("The LMS confirmed: open"),
            )
        ),
    ),
    "lms_differs": telling.kind_by("access", "alert", _difference, tone="warn"),
    "lms_agrees": telling.kind("access", "check", _("The LMS agrees again")),
    "lms_failed": telling.kind("access", "alert", _("The LMS did not take over access"), tone="bad"),
    "lms_asked_again": telling.kind("access", "key", _("Sent to the LMS again")),
}
