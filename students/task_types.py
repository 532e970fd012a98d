"""
Which kinds of tasks for a person exist, what each is called, what to do about it, and which ends it may have.

Each app registers its own at start from its `task_types.py`; a task of an unregistered kind shows its bare name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a task names its kind in words, so its model imports this file
    from students.models import OperatorTask


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """
    One thing that a resolution (of a task, or of a break in reconciliation) asks for: a choice among `choices(task)`, an amount
    in minor units, or a line of text.

    `advice` says in one sentence what belongs there.
    """

    name: str
    label: Any
    kind: str  # choice, amount, text
    choices: Callable[[Any], Sequence[tuple[Any, str]]] = lambda _task: ()
    currency: Callable[[Any], str] = lambda _task: "AMD"
    required: bool = True
    advice: Any = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """
    One end that a task may have.

    `preview` says what would happen, a sentence a line, and raises DomainError where it cannot happen; `apply` calls the ordinary
    verb. Only who has `permission` may choose it. `is_offered` hides what makes no sense for this task. With `by_facts` it asks
    and closes nothing by itself; with `address` it is a link to where the matter is decided.
    """

    code: str
    label: Any
    permission: str = ""
    fields: Sequence[Field] = ()
    preview: Callable[[OperatorTask, Mapping[str, Any]], Sequence[str]] = lambda _task, _data: ()
    apply: Callable[[OperatorTask, Mapping[str, Any], Any, str], None] = (
        lambda _task, _data, _actor, _reason: None
    )
    is_offered: Callable[[OperatorTask], bool] = lambda _task: True
    by_facts: bool = False
    address: Callable[[OperatorTask], str] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TaskType:
    """One kind of task: its name in a few words, one sentence that says what a person does, and its ends."""

    name: Any
    advice: Any
    resolutions: Sequence[Resolution] = ()
    facts: Callable[[OperatorTask], Sequence[tuple[Any, Any]]] = lambda _task: ()

    def resolution(self, code: str) -> Resolution | None:
        """Return the resolution with this code, if the type has it."""
        return next((one for one in self.resolutions if one.code == code), None)


_types: dict[str, TaskType] = {}
_doubles: list[str] = []


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
