"""
The state machines of all apps as one page of words and pictures (docs/states.md), read from the code alone.

Edges come from the declared transitions. When a state holds is the comment beside it in the model's source, so that the sentence
stands in one place: where a state is made.
"""

import dataclasses
import enum
import inspect
import io
import tokenize
from collections.abc import Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import translation

from common import fsm

HEAD = """\
# States

Drawn from the code by `make states` (`manage.py draw_states`); a test compares. Change the model and draw again, never this page.
A transition touches its own row only and names the kind of event that it leaves in the timeline; verbs combine transitions, lock
and save.
"""


class UntoldState(LookupError):  # noqa: N818
    """A state has no comment beside it that says when it holds."""


@dataclasses.dataclass(frozen=True, slots=True)
class Edge:
    """One transition: its method, where it may start, where it ends, its timeline kind, and what it says of itself."""

    method: str
    sources: tuple[str, ...]
    target: str
    kind: str
    meaning: str


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """One model with a state: its states with the words people read and the sentence when each holds, and its edges."""

    label: str
    module: str
    meaning: str
    first: str
    states: Mapping[str, tuple[str, str]]
    edges: Sequence[Edge]


def machines() -> list[Machine]:
    """Return every state machine of the installed apps, from the bottom of the house upwards. Raises UntoldState."""
    with translation.override("en"):
        return [
            _machine(model)
            for model in apps.get_models()
            if issubclass(model, fsm.Stateful) and not model._meta.proxy
        ]


def page() -> str:
    """Return the whole page, ending with a line break."""
    return "\n".join([HEAD, *(_section(machine) for machine in machines())]).rstrip() + "\n"


def comments_of(choices: type[enum.Enum]) -> dict[str, str]:
    """Return the comment beside each member in the source of its class; a member without one is left out."""
    found: dict[str, str] = {}
    name, depth = "", 0
    tokens = tokenize.generate_tokens(io.StringIO(inspect.getsource(choices)).readline)
    for token in tokens:
        if token.type == tokenize.NAME and not depth and not name:
            name = token.string
        elif token.type == tokenize.OP and token.string in "([{":
            depth += 1
        elif token.type == tokenize.OP and token.string in ")]}":
            depth -= 1
        elif token.type == tokenize.COMMENT and not depth and name in choices.__members__:
            found[name] = token.string.lstrip("# ").strip()
        elif token.type == tokenize.NEWLINE:
            name = ""
    return found


def _machine(model: type[models.Model]) -> Machine:
    choices: Any = model.State  # type: ignore[attr-defined]
    comments = comments_of(choices)
    untold = [member.name for member in choices if member.name not in comments]
    if untold:
        raise UntoldState(f"{model._meta.label}: no comment beside {', '.join(untold)}")
    states = {member.value: (str(member.label), comments[member.name]) for member in choices}
    field: Any = model._meta.get_field("state")
    return Machine(
        label=model._meta.label,
        module=model.__module__.replace(".", "/") + ".py",
        meaning=_first_sentence(model),
        first=str(field.default),
        states=states,
        edges=_edges(model, list(states)),
    )


def _edges(model: type[models.Model], order: list[str]) -> list[Edge]:
    by_method: dict[str, list[Any]] = {}
    for declared in fsm.edges(model):
        by_method.setdefault(declared.name, []).append(declared)
    edges = [
        Edge(
            method=method,
            sources=tuple(sorted((str(one.source) for one in declared), key=order.index)),
            target=str(declared[0].target),
            kind=declared[0].custom["timeline"],
            meaning=_first_sentence(getattr(model, method)),
        )
        for method, declared in by_method.items()
    ]
    return sorted(edges, key=lambda edge: (order.index(edge.target), edge.method))


def _first_sentence(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _section(machine: Machine) -> str:
    return "\n".join(
        [
            f"## {machine.label}",
            "",
            f"{machine.meaning} (`{machine.module}`)",
            "",
            *_diagram(machine),
            "",
            *_state_table(machine),
            "",
            *_edge_table(machine),
            "",
        ]
    )


def _diagram(machine: Machine) -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {machine.first}"]
    for edge in machine.edges:
        if set(edge.sources) == set(machine.states):
            lines.append(f"    any_state --> {edge.target}: {edge.kind}")
        else:
            lines += [f"    {source} --> {edge.target}: {edge.kind}" for source in edge.sources]
    return [*lines, "```"]


def _state_table(machine: Machine) -> list[str]:
    reached = {machine.first, *(edge.target for edge in machine.edges)}
    rows = [
        f"| `{state}` | {word} | {sentence}{'' if state in reached else '; nothing leads here yet'} |"
        for state, (word, sentence) in machine.states.items()
    ]
    return ["| State | People read | It holds when |", "|---|---|---|", *rows]


def _edge_table(machine: Machine) -> list[str]:
    rows = []
    for edge in machine.edges:
        every = set(edge.sources) == set(machine.states)
        sources = "any state" if every else ", ".join(f"`{source}`" for source in edge.sources)
        rows.append(f"| `{edge.method}` | {sources} | `{edge.target}` | `{edge.kind}` | {edge.meaning} |")
    return ["| Transition | From | To | Timeline kind | Meaning |", "|---|---|---|---|---|", *rows]
