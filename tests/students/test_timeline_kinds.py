"""Every change of state and every recorded event is told by a sentence, in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import checks as django_checks
from django.utils import translation

from common import fsm
from students import checks, kinds, task_types, telling
from students.models import OperatorTask, TimelineEvent

ROOT = Path(__file__).parent.parent.parent
APPS = ["students", "courses", "access", "billing", "refunds", "reconciliation", "config"]
TONES = {"good", "wait", "warn", "bad", "mute"}


def calls() -> Iterator[ast.Call]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def words(node: ast.AST) -> set[str]:
    found = {item.value for item in ast.walk(node) if isinstance(item, ast.Constant)}
    return {word for word in found if isinstance(word, str) and word.isidentifier()}


def recorded_kinds() -> set[str]:
    """Kinds that verbs write literally: `Event(kind="…")` and `_event(record, "…")`."""
    found: set[str] = set()
    for call in calls():
        if name_of(call).lower().endswith("event"):
            for argument in call.args[1:2] + [k.value for k in call.keywords if k.arg == "kind"]:
                if isinstance(argument, ast.Constant | ast.IfExp):
                    found |= words(argument) - words(getattr(argument, "test", ast.Pass()))
    return found


def opened_tasks() -> set[str]:
    found: set[str] = set()
    for call in calls():
        if name_of(call) in {"open_task", "open_payment_task"}:
            for argument in call.args[1:2] + [k.value for k in call.keywords if k.arg == "kind"]:
                found |= words(argument) if isinstance(argument, ast.Constant) else set()
    return found


def test_every_edge_names_a_kind_that_is_told():
    edges = dict(checks.edge_kinds())
    assert len(edges) > 20
    assert {edge: kind for edge, kind in edges.items() if kind not in kinds.all_kinds()} == {}


def test_every_recorded_kind_is_told():
    recorded = recorded_kinds()
    assert {"student_registered", "enrolled", "invoice_issued", "link_created", "credit_kept"} <= recorded
    assert recorded - set(kinds.all_kinds()) == set()


def test_every_opened_task_is_named():
    opened = opened_tasks()
    assert "payment_held" in opened
    assert opened - set(task_types.all_types()) == set()


def test_no_kind_is_registered_twice():
    assert kinds.doubles() == []
    assert task_types.doubles() == []


def test_the_system_check_is_silent_now():
    assert checks.every_kind_is_told_once() == []


def test_the_system_check_reports_an_edge_that_nobody_tells(monkeypatch):
    told = dict(kinds.all_kinds())
    del told["task_taken"]
    monkeypatch.setattr(kinds, "_kinds", told)
    found = checks.every_kind_is_told_once()
    assert [(error.id, error.level) for error in found] == [("students.E001", django_checks.ERROR)]
    assert "task_taken" in found[0].msg


def test_the_system_check_reports_a_double_kind(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", dict(kinds.all_kinds()))
    monkeypatch.setattr(kinds, "_doubles", [])
    kinds.register({"enrolled": kinds.all_kinds()["note_added"]})
    assert [error.id for error in checks.every_kind_is_told_once()] == ["students.E002"]


def test_the_system_check_reports_a_double_task_type(monkeypatch):
    monkeypatch.setattr(task_types, "_doubles", ["payment_held"])
    assert [error.id for error in checks.every_kind_is_told_once()] == ["students.E003"]


def test_the_system_check_reads_edges_through_the_state_machine():
    names = {edge for edge, _kind in checks.edge_kinds()}
    assert len([name for name in names if name.startswith("students.OperatorTask.")]) == len(
        {edge.name for edge in fsm.edges(OperatorTask)}
    )


@pytest.mark.parametrize("language", ["hy", "ru", "en"])
def test_every_kind_can_be_told_even_of_an_event_that_holds_nothing(language):
    with translation.override(language):
        for name, kind in kinds.all_kinds().items():
            sentence = kind.sentence(TimelineEvent(kind=name, data={}))
            assert sentence, name
            assert "%(" not in sentence, name
            assert kind.tone in TONES, name


def test_every_icon_is_drawn():
    drawn = (ROOT / "static" / "mutq" / "icons.svg").read_text()
    assert [name for name, kind in kinds.all_kinds().items() if f'id="{kind.icon}"' not in drawn] == []


def test_an_unknown_kind_shows_its_name():
    assert kinds.sentence(TimelineEvent(kind="from_the_future", data={})) == "from_the_future"


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (
            "enrolled",
            {"period_from": "2026-09-01", "period_to": "2026-12-31"},
            "Enrolled for 1 September – 31 December 2026",
        ),
        (
            "invoice_issued",
            {"number": "1001", "amount_minor": 9_000_000, "currency": "AMD"},
            "Invoice 1001 issued: 90,000\u00a0֏",
        ),
        ("access_opened", {"until": "2026-12-31T20:00:00+00:00"}, "Access is open until 31 December 2026"),
        (
            "access_opened",
            {"until": "2026-12-31T12:30:00+00:00"},
            "Access is open until 31 December 2026, 16:30",
        ),
        ("access_opened", {"until": None}, "Access is open"),
        ("access_withdrawn", {"source": "installment:7:grace"}, "Ground for access withdrawn: grace period"),
        ("access_withdrawn", {"source": "manual:1:2:3.5"}, "Ground for access withdrawn: opened by hand"),
        (
            "access_withdrawn",
            {"source": "installment:7:partly:2026-01-01"},
            "Ground for access withdrawn: paid period",
        ),
        ("student_changed", {"fields": ["email", "crm_id"]}, "Changed: e-mail, CRM id"),
        ("task_opened", {"task_kind": "second_payment"}, "For a person: Paid twice"),
        ("task_opened", {"task_kind": "100%"}, "For a person: 100%"),
        (
            "payment_held",
            {
                "difference": "amount",
                "currency": "AMD",
                "expected_minor": 100_00,
                "reported_minor": 90_00,
                "reported_currency": "AMD",
            },
            "Payment held, the amount differs: asked 100\u00a0֏, came 90\u00a0֏",
        ),
    ],
)
def test_a_sentence_says_what_the_event_holds(kind, data, sentence):
    assert kinds.sentence(TimelineEvent(kind=kind, data=data)) == sentence


def test_text_that_is_no_date_stays_as_it_is():
    words = telling.words_of(TimelineEvent(data={"code": "2026-13-45", "other": "2026-13-45T99:99"}))
    assert (words["code"], words["other"], words["nothing"]) == ("2026-13-45", "2026-13-45T99:99", "–")
