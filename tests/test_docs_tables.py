"""The tables of the docs that repeat something of the code: settings, rights, accounts, checks, schedules, protected tables."""

import ast
import re
from pathlib import Path
from typing import Any

from billing import check_ledger
from billing.accounts import SECRET_NAMES
from billing.models import LedgerLine
from config.backoffice import roles
from config.celery import app
from students import task_types

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def test_settings_page_names_every_variable_with_its_default():
    of_the_program = [
        cells for cells in reversed(rows("settings.md")) if len(cells) == 3
    ]  # stands above the rest
    told = {name: cells[1] for cells in of_the_program for name in spans(cells[0])}
    asked = variables_of_settings()
    assert set(asked) - set(told) == set()
    wrong = {name: told[name] for name, default in asked.items() if not says(told[name], default)}
    assert wrong == {}


def test_settings_page_names_no_variable_that_nothing_reads():
    code = "\n".join(
        file.read_text()
        for file in [
            ROOT / "config" / "settings.py",
            ROOT / "docker-compose.yml",
            ROOT / "Makefile",
            *(ROOT / "config" / "local").glob("*.py"),
        ]
    )
    secrets = {f"<PREFIX>_{name.upper()}" for name in ("base_url", *SECRET_NAMES)}
    named = {name for cells in rows("settings.md") for name in spans(cells[0])}
    assert {name for name in named - secrets if not re.search(rf"\b{re.escape(name)}\b", code)} == set()
    assert secrets <= named


def test_settings_page_names_every_variable_of_the_compose_file():
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - {name for cells in rows("settings.md") for name in spans(cells[0])} == set()


def test_security_page_shows_every_right_of_every_role():
    table = [cells for cells in rows("security.md") if len(cells) == 1 + len(roles.ROLES)]
    head, told = table[0][1:], {spans(cells[0])[0]: cells[1:] for cells in table if spans(cells[0])}
    assert head == list(roles.ROLES)
    assert set(told) == {right for rights in roles.ROLES.values() for right in rights}
    for right, cells in told.items():
        assert [cell == "yes" for cell in cells] == [right in rights for rights in roles.ROLES.values()], (
            right
        )


def test_ledger_page_names_every_account_and_every_check():
    text = (DOCS / "ledger.md").read_text()
    named = {name for cells in rows("ledger.md") for name in spans(cells[0])}
    assert set(LedgerLine.Account.values) <= named
    told = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
    assert told == list(check_ledger.CHECKS)


def test_architecture_page_names_every_scheduled_task():
    told = {span for cells in rows("architecture.md") if len(cells) == 3 for span in spans(cells[1])}
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= told


def test_runbook_says_what_to_do_about_every_task():
    told = {spans(cells[0])[0] for cells in rows("runbook.md") if len(cells) == 4 and spans(cells[0])}
    assert told == set(task_types.all_types())


def test_database_page_names_every_protected_table():
    protected = {"append_only": set[str](), "never_deleted": set[str]()}
    for migration in ROOT.glob("*/migrations/*.py"):
        for call in calls_of(migration):
            if isinstance(call.func, ast.Attribute) and call.func.attr in protected:
                protected[call.func.attr] |= {str(ast.literal_eval(table)) for table in call.args}
    text = (DOCS / "database-roles.md").read_text()
    for words, tables in (("No UPDATE, no DELETE", "append_only"), ("No DELETE", "never_deleted")):
        section = text.split(f"| {words} |")[1].split("\n\n")[0]
        told = {span for line in section.splitlines() if line.startswith("| `") for span in spans(line)}
        assert told == protected[tables]


def rows(page: str) -> list[list[str]]:
    lines = (DOCS / page).read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and not set(line) <= set("|-: ")
    ]


def spans(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def calls_of(file: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]


def variables_of_settings() -> dict[str, Any]:
    """Return the variables that settings read, with their defaults: None without one, ... where it is worked out."""
    found: dict[str, Any] = {}
    for call in calls_of(ROOT / "config" / "settings.py"):
        reads = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        if not reads or call.func.value.id != "env":  # type: ignore[attr-defined]
            continue
        defaults = [word.value for word in call.keywords if word.arg == "default"]
        default: Any = None
        if defaults:
            default = defaults[0].value if isinstance(defaults[0], ast.Constant) else ...
        names = [node.value for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)]
        found |= {str(name): default for name in names if str(name).isupper()}
    return found


def says(cell: str, default: Any) -> bool:
    if default is None:
        return cell == "none"
    if default is ...:
        return bool(spans(cell))
    return cell == "empty" if default == "" else spans(cell)[:1] == [str(default)]
