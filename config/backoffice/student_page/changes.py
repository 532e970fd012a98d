"""What an event changed, before and after, in the words of the record's own fields."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from students import telling
from students.models import TimelineEvent


class Change(NamedTuple):
    """One fact: its name, what it was, what it is."""

    name: str
    before: str
    after: str


def changes_of(event: TimelineEvent) -> list[Change]:
    """Return what the event changed; a fact that stayed the same is left out."""
    before, after = _facts(event.before), _facts(event.after)
    words = telling.words_of(event)
    return [
        Change(
            name=_name(event.subject_kind, fact),
            before=_word(event.subject_kind, fact, before.get(fact), words),
            after=_word(event.subject_kind, fact, after.get(fact), words),
        )
        for fact in [*before, *(fact for fact in after if fact not in before)]
        if before.get(fact) != after.get(fact)
    ]


def _facts(stored: Any) -> Mapping[str, Any]:
    if stored is None:
        return {}
    return stored if isinstance(stored, Mapping) else {"state": stored}


def _name(subject_kind: str, fact: str) -> str:
    field = _field(subject_kind, fact)
    return str(field.verbose_name) if field is not None else fact.removesuffix("_minor").replace("_", " ")


def _word(subject_kind: str, fact: str, value: Any, words: telling.Words) -> str:
    if fact.endswith("_minor") and isinstance(value, int):
        return words.money(value)
    field = _field(subject_kind, fact)
    choices = dict(field.flatchoices) if field is not None and field.choices else {}
    return str(choices[value]) if value in choices else words.plain(value)


def _field(subject_kind: str, fact: str) -> Any:
    if not subject_kind:
        return None
    try:
        return apps.get_model(subject_kind)._meta.get_field(fact)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None  # an old event may speak of a record or field that is gone
