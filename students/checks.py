"""What must hold before the program starts: every change of state can be told, by one sentence."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks

from common import fsm
from students import kinds, task_types


@checks.register
def every_kind_is_told_once(**_further: Any) -> list[checks.CheckMessage]:
    """Report transitions whose timeline kind has no sentence, and kinds that two apps registered."""
    found: list[checks.CheckMessage] = [
        checks.Error(
            f"{edge} names the timeline kind {kind!r}, which no app registers.",
            hint="Add it to the app's timeline_kinds.py.",
            id="students.E001",
        )
        for edge, kind in dict(edge_kinds()).items()
        if kind not in kinds.all_kinds()
    ]
    found += [
        checks.Error(f"Two apps register the timeline kind {kind!r}.", id="students.E002")
        for kind in kinds.doubles()
    ]
    found += [
        checks.Error(f"Two apps register the task type {kind!r}.", id="students.E003")
        for kind in task_types.doubles()
    ]
    return found


def edge_kinds() -> Iterator[tuple[str, str]]:
    """Yield every edge of every state machine as "app.Model.method", with the kind it names; once for each of its sources."""
    for model in apps.get_models():
        if not issubclass(model, fsm.Stateful):
            continue
        for edge in fsm.edges(model):
            yield f"{model._meta.label}.{edge.name}", edge.custom.get("timeline", "")
