"""
The timeline of one student, newest first, a page at a time.

Pages are found by the key (at, id) of the last entry that was read, never by counting, so that the hundredth page is as fast
as the first.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import clock, dates
from config.backoffice.student_page import changes, records
from students import kinds
from students.models import TimelineEvent
from students.models.timeline_event import ActorKind

PAGE_LENGTH = 30
OWN_RECORDS = {"students.student", "students.crmnote"}

GROUPS = {
    "payment": (gettext_lazy("Payments"), "card"),
    "access": (gettext_lazy("Access"), "open"),
    "link": (gettext_lazy("Links"), "link"),
    "invoice": (gettext_lazy("Invoices"), "invoice"),
    "enrollment": (gettext_lazy("Enrollments"), "group"),
    "note": (gettext_lazy("Notes"), "note"),
    "task": (gettext_lazy("Tasks"), "task"),
    "reconciliation": (gettext_lazy("Reconciliation"), "search"),
    "student": (gettext_lazy("Student"), "person"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One event, ready to print."""

    at: dt.datetime
    time: str
    day: str  # what to write above it; empty below an entry of the same day
    sentence: str
    tone: str
    icon: str
    actor: str
    reason: str
    text: str
    about: str
    url: str
    changes: list[changes.Change]


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """Some entries, and the key after which older ones are found (empty at the end)."""

    entries: list[Entry]
    older: str


def read_page(*, student_id: int, group: str, before: str, viewer: Any, continues: bool = False) -> Page:
    """
    Return the entries of a group (all if empty or unknown) that come before a key (the newest if empty or unreadable).

    With `continues` they will stand right below the entry with that key, so its day is not written again. The number of queries
    depends on which kinds of records the entries are about, never on how many entries there are.
    """
    events = list(_events(student_id, group, before)[: PAGE_LENGTH + 1])
    shown = events[:PAGE_LENGTH]
    older = key_of(shown[-1]) if len(events) > PAGE_LENGTH else ""
    key = _read_key(before) if continues else None
    return Page(entries=entries_of(shown, viewer, clock.day_of(key[0]) if key else None), older=older)


def _events(student_id: int, group: str, before: str) -> Any:
    events = TimelineEvent.objects.filter(student_id=student_id).select_related("actor")
    if group in GROUPS:
        wanted = [name for name, kind in kinds.all_kinds().items() if kind.group == group]
        events = events.filter(kind__in=wanted)
    key = _read_key(before)
    if key is not None:
        at, event_id = key
        # The first condition alone is enough for the index; the second is exact within one moment.
        events = events.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=event_id))
    return events.order_by("-at", "-id")


def key_of(event: TimelineEvent) -> str:
    """Return the key after which the entries older than this event come."""
    return f"{event.at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}-{event.pk}"


def _read_key(text: str) -> tuple[dt.datetime, int] | None:
    moment, _dash, number = text.partition("-")
    try:
        at = dt.datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=dt.UTC)
    except ValueError:
        return None  # an address that somebody cut: show the newest
    return (at, int(number)) if number.isascii() and number.isdigit() and len(number) < 19 else None


def entries_of(events: list[TimelineEvent], viewer: Any, day_above: dt.date | None = None) -> list[Entry]:
    """Return events, newest first, ready to print for a reader."""
    names = records.names_of(events)
    titles = records.course_titles(events)
    accounts = records.account_names(events)
    notes = records.note_texts(events) if viewer.has_perm("students.view_crmnote") else {}
    entries = []
    for event in events:
        kind = kinds.all_kinds().get(event.kind)
        course = titles.get((event.data or {}).get("course", 0), "")
        is_note = event.subject_kind == "students.crmnote"
        day = clock.day_of(event.at)
        entries.append(
            Entry(
                at=event.at,
                time=f"{event.at.astimezone(clock.SCHOOL_ZONE):%H:%M}",
                day="" if day == day_above else _day_words(day),
                sentence=kinds.sentence(event),
                tone=kind.tone if kind else "mute",
                icon=kind.icon if kind else "info",
                actor=_actor(event, accounts),
                reason=event.reason,
                text=notes.get(event.subject_id or 0, "") if is_note else "",
                about=_about(event, names) or course,
                url=kind.link(event) if kind and _may_read(viewer, event) else "",
                changes=changes.changes_of(event),
            )
        )
        day_above = day
    return entries


def _about(event: TimelineEvent, names: Mapping[tuple[str, int], str]) -> str:
    if event.subject_kind in OWN_RECORDS:
        return ""  # the page itself shows it
    return names.get((event.subject_kind, event.subject_id or 0), "")


def _day_words(day: dt.date) -> str:
    ago = (clock.today() - day).days
    written = dates.format_day(day, (get_language() or "en").split("-")[0])
    if ago == 0:
        return _("Today, %s") % written
    return _("Yesterday, %s") % written if ago == 1 else written


def _may_read(viewer: Any, event: TimelineEvent) -> bool:
    app, _dot, model = event.subject_kind.partition(".")
    return bool(viewer.has_perm(f"{app}.view_{model}"))


def _actor(event: TimelineEvent, accounts: Mapping[str, str]) -> str:
    match event.actor_kind:
        case ActorKind.PERSON:
            return (event.actor.get_full_name() if event.actor else "") or event.actor_name
        case ActorKind.STUDENT:
            return _("the student")
        case ActorKind.PROVIDER:
            return _("answer of %s") % accounts.get(event.actor_name, event.actor_name)
        case ActorKind.PROGRAM:
            return _("program %s") % event.actor_name
        case _:
            return _("by rule")


def chips(*, current: str, address: str) -> list[dict[str, Any]]:
    """Return the filter chips of the timeline; `address` is that of the page without a query."""
    everything = {"url": f"{address}#timeline", "text": _("Everything"), "current": current not in GROUPS}
    return [everything] + [
        {"url": f"{address}?kind={group}#timeline", "text": words, "icon": icon, "current": group == current}
        for group, (words, icon) in GROUPS.items()
    ]
