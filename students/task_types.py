"""
Which kinds of tasks for a person exist, what each is called and what to do about it.

Each app registers its own at start from its `task_types.py`; a task of an unregistered kind shows its bare name.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

_types: dict[str, "TaskType"] = {}
_doubles: list[str] = []


@dataclasses.dataclass(frozen=True, slots=True)
class TaskType:
    """One kind of task: its name in a few words, and one sentence that says what a person does."""

    name: Any
    advice: Any


def register(types: Mapping[str, TaskType]) -> None:
    """Make types known; called once by each app at start. A double type is reported by the system check."""
    for kind, task_type in types.items():
        if kind in _types:
            _doubles.append(kind)
        _types[kind] = task_type


def all_types() -> Mapping[str, TaskType]:
    """Return every registered type by its kind."""
    return _types


def doubles() -> list[str]:
    """Return the kinds that more than one app registered."""
    return list(_doubles)


def type_of(kind: str) -> TaskType:
    """Return the type of a task's kind."""
    return _types.get(kind) or TaskType(name=kind, advice="")
