"""What the records that events speak of are called: one query for each kind of record on a page of the timeline."""

import collections
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.apps import apps
from django.utils.translation import gettext as _

from billing.models import MerchantAccount
from students.models import CrmNote, TimelineEvent
from students.models.timeline_event import ActorKind


class Naming(NamedTuple):
    """How to call a record: what to read with it, and its name."""

    joined: tuple[str, ...]
    name: Callable[[Any], str]


def _installment_name(record: Any) -> str:
    return _("Invoice %(number)s, installment %(part)s") % {
        "number": record.invoice.number,
        "part": record.number,
    }


NAMINGS = {
    "courses.enrollment": Naming(("group__course",), lambda record: str(record.group)),
    "billing.invoice": Naming((), lambda record: _("Invoice %s") % record.number),
    "billing.installment": Naming(("invoice",), _installment_name),
    "billing.paymentlink": Naming(("group__course",), lambda record: str(record.group)),
    "billing.payment": Naming(
        ("account", "course"), lambda record: f"{record.account.name} {record.order_number} · {record.course}"
    ),
    "access.courseaccess": Naming(("course",), lambda record: record.course.title),
    "access.accessgrant": Naming(("course",), lambda record: record.course.title),
}


def names_of(events: Iterable[TimelineEvent]) -> dict[tuple[str, int], str]:
    """Return a name for every record that the events are about."""
    wanted: dict[str, set[int]] = collections.defaultdict(set)
    for event in events:
        if event.subject_kind and event.subject_id is not None:
            wanted[event.subject_kind].add(event.subject_id)
    return {
        (kind, record_id): name
        for kind, ids in wanted.items()
        for record_id, name in _names(kind, ids).items()
    }


def _names(kind: str, ids: set[int]) -> dict[int, str]:
    naming = NAMINGS.get(kind)
    if naming is None:
        return dict.fromkeys(ids, _plain_name(kind))
    records = apps.get_model(kind)._default_manager.filter(pk__in=ids).select_related(*naming.joined)
    return {record.pk: naming.name(record) for record in records}


def _plain_name(kind: str) -> str:
    try:
        return str(apps.get_model(kind)._meta.verbose_name).capitalize()
    except (LookupError, ValueError):
        return kind


def course_titles(events: Iterable[TimelineEvent]) -> dict[int, str]:
    """Return the titles of courses that events name by id, for events whose record was not numbered yet."""
    ids = {event.data["course"] for event in events if isinstance((event.data or {}).get("course"), int)}
    if not ids:
        return {}
    return dict(apps.get_model("courses.course").objects.filter(pk__in=ids).values_list("pk", "title"))


def note_texts(events: Iterable[TimelineEvent]) -> dict[int, str]:
    """Return the texts of notes that the events speak of; events themselves hold none."""
    ids = {event.subject_id or 0 for event in events if event.subject_kind == "students.crmnote"}
    if not ids:
        return {}
    return dict(CrmNote.objects.filter(pk__in=ids).values_list("pk", "text"))


def account_names(events: Iterable[TimelineEvent]) -> dict[str, str]:
    """Return the names of merchant accounts that spoke in the events, by their codes."""
    codes = {event.actor_name for event in events if event.actor_kind == ActorKind.PROVIDER}
    if not codes:
        return {}
    return dict(MerchantAccount.objects.filter(code__in=codes).values_list("code", "name"))
