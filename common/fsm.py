"""
States: one way to declare an edge, one way to move a row, one way to move a set.

Every edge names the kind of its timeline event (`timeline=`), so that no change of state is dumb; a test walks all edges.
"""

from collections.abc import Callable
from typing import Any

import django_fsm
from django.db import models


class StateField(django_fsm.FSMField):
    """A state that only its transitions may change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("protected", True)
        kwargs.setdefault("max_length", 20)
        super().__init__(*args, **kwargs)


def transition(
    *, field: StateField, source: Any, target: str, timeline: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an edge of a state machine together with the timeline kind that tells of it."""
    sources = [str(item) for item in source] if isinstance(source, (list, tuple, set)) else str(source)
    return django_fsm.transition(
        field=field, source=sources, target=str(target), custom={"timeline": timeline}
    )


class Stateful(django_fsm.ConcurrentTransitionMixin, models.Model):
    """A record with a state; saving it when another process moved it first raises ConcurrentTransition."""

    class Meta:
        abstract = True


def edges(model: type[models.Model], field_name: str = "state") -> list[Any]:
    """Return every declared edge of the model's state machine."""
    field: Any = model._meta.get_field(field_name)
    return list(field.get_all_transitions(model))


def timeline_kind(method: Callable[..., Any], source: str) -> str:
    """Return the timeline kind of a declared transition when it starts in `source`."""
    declared: Any = method
    return str(declared._django_fsm.get_transition(source).custom["timeline"])
