"""Which kinds of events exist and how people read them. Each app registers its own at start."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from students.models import TimelineEvent


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of event is told: its filter group, its icon, its sentence, and the record it links to."""

    group: str  # enrollment, invoice, link, payment, access, note, task, student
    icon: str
    sentence: Callable[[TimelineEvent], str]
    link: Callable[[TimelineEvent], str] = lambda _event: ""
    tone: str = "mute"  # good, wait, warn, bad, mute: as everywhere in the look


_kinds: dict[str, Kind] = {}
_doubles: list[str] = []


def register(kinds: Mapping[str, Kind]) -> None:
    """Make kinds known; called once by each app at start. A double kind is reported by the system check."""
    for name, kind in kinds.items():
        if name in _kinds:
            _doubles.append(name)
        _kinds[name] = kind


def all_kinds() -> Mapping[str, Kind]:
    """Return every registered kind by name."""
    return _kinds


def doubles() -> list[str]:
    """Return the names that more than one app registered."""
    return list(_doubles)


def sentence(event: TimelineEvent) -> str:
    """Return the event as a sentence in the active language; an unregistered kind shows its bare name."""
    kind: Any = _kinds.get(event.kind)
    return kind.sentence(event) if kind else event.kind
