"""docs/states.md is what the code says, and the drawing misses no state and no edge."""

import enum
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from common import fsm
from config.backoffice import state_drawing
from config.backoffice.management.commands import draw_states


class Light(enum.Enum):
    RED = "red"  # cars wait
    GREEN = (
        "green",
        "go",
    )  # cars drive
    DARK = "dark"


def test_the_page_is_what_the_command_draws():
    assert (settings.BASE_DIR / "docs" / "states.md").read_text() == state_drawing.page(), "run `make states`"


def test_the_comment_beside_a_state_is_read_also_over_several_lines():
    assert state_drawing.comments_of(Light) == {"RED": "cars wait", "GREEN": "cars drive"}


def test_every_machine_state_and_edge_is_drawn():
    drawn = {machine.label: machine for machine in state_drawing.machines()}
    model: Any
    for model in apps.get_models():
        if not issubclass(model, fsm.Stateful):
            continue
        machine = drawn[model._meta.label]
        assert set(machine.states) == set(model.State.values)
        declared = {(edge.name, str(edge.source), str(edge.target)) for edge in fsm.edges(model)}
        shown = {(edge.method, source, edge.target) for edge in machine.edges for source in edge.sources}
        assert shown == declared


def test_every_edge_says_its_meaning():
    dumb = [edge.method for machine in state_drawing.machines() for edge in machine.edges if not edge.meaning]
    assert dumb == []


def test_an_old_page_is_told_and_drawn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old = tmp_path / "states.md"
    old.write_text("old")
    monkeypatch.setattr(draw_states, "PAGE", old)
    with pytest.raises(CommandError, match="make states"):
        call_command("draw_states", "--check")
    assert old.read_text() == "old"
    call_command("draw_states", verbosity=0)
    assert old.read_text() == state_drawing.page()
    call_command("draw_states", "--check")
