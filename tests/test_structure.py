"""The shape of the house: keys point down, states move along their edges, one clock, no drawer."""

import ast
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).parent.parent
LAYERS = ["common", "students", "courses", "access", "billing", "refunds", "reconciliation", "backoffice"]
APPS = ["common", "students", "courses", "access", "billing", "refunds", "reconciliation", "config"]
DRAWERS = {"utils", "helpers", "services", "signals", "misc", "core"}


def sources():
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def test_keys_point_downwards():
    for model in apps.get_models():
        own = model._meta.app_label
        if own not in LAYERS:
            continue
        for field in model._meta.get_fields():
            if not (field.concrete and field.is_relation and field.related_model):
                continue
            other = field.related_model._meta.app_label
            if other in LAYERS:
                assert LAYERS.index(other) <= LAYERS.index(own), f"{model.__name__}.{field.name} points up"


def test_history_is_protected_by_its_keys():
    """Promise 3: nothing disappears because something else was deleted."""
    for model in apps.get_models():
        if model._meta.app_label not in LAYERS:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                assert field.remote_field.on_delete is models.PROTECT, f"{model.__name__}.{field.name}"


def test_states_move_along_their_edges_only():
    for path, tree in sources():
        for call in calls(tree):
            if call.func.attr in {"update", "bulk_update"}:
                named = {keyword.arg for keyword in call.keywords}
                listed = {
                    item.value
                    for argument in call.args
                    for item in getattr(argument, "elts", [])
                    if isinstance(item, ast.Constant)
                }
                assert "state" not in named | listed, f"{path}:{call.lineno} sets a state for a set"


def test_rules_have_one_clock():
    for path, tree in sources():
        if path.name == "clock.py" or {"local", "demo"} & set(path.parts):  # they bend it, or stand below it
            continue
        for call in calls(tree):
            owner = ast.unparse(call.func.value)
            is_wall_clock = (owner, call.func.attr) in {
                ("timezone", "now"),
                ("dt.datetime", "now"),
                ("datetime", "now"),
                ("dt.date", "today"),
                ("date", "today"),
            }
            assert not is_wall_clock, f"{path}:{call.lineno} asks another clock than common.clock"


def test_there_is_no_drawer():
    for path, _tree in sources():
        assert path.stem not in DRAWERS, f"{path} is a drawer"
        assert path.parent.name not in DRAWERS, f"{path.parent} is a drawer"
