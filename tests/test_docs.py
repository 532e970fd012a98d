"""
What README and docs name exists.

Links lead somewhere; files, modules, functions, models, commands and make targets are there; addresses are of hosts that belong
here. What is checked is what stands between backticks or in a link.
"""

import functools
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
)
APPS = [
    "config",
    "reconciliation",
    "refunds",
    "billing",
    "access",
    "courses",
    "students",
    "common",
    "vpos_sandbox",
]
HOSTS = re.compile(
    r"127\.0\.0\.1(:\d+)?|sandbox:8100|([\w-]+\.)*(school|shop)\.(am|example)|keepachangelog\.com|semver\.org"
    r"|[\w-]+\.(ameriabank|arca|inecoecom)\.am(:\d+)?"
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(home|root|work|Users|tmp|mnt|workspace)/|file://|[A-Z]:\\")
FILE_ENDINGS = "cfg|css|example|html|js|json|lock|md|mo|po|py|sql|svg|toml|txt|yml"
# Words of PostgreSQL's own, and fields of a request's body, which look like ours.
NOT_OURS = {"archive_mode", "pg_basebackup", "student.external_id", "student.full_name"}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_the_pages_a_newcomer_needs_are_there():
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    wanted = (
        "architecture payment-path ledger access money states settings deployment runbook testing security"
    )
    assert {f"docs/{name}.md" for name in wanted.split()} <= names


@pages
def test_links_lead_to_files_and_headings(page: Path):
    broken = []
    for target, anchor in _links(page):
        if target.endswith(".png"):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pages
def test_pictures_are_there(page: Path):
    pictures = [target for target, _anchor in _links(page) if target.endswith(".png")]
    assert [picture for picture in pictures if not (page.parent / picture).exists()] == []


@pages
def test_named_files_exist(page: Path):
    assert [name for name in _spans(page) if _is_file_name(name) and not _file_exists(name, page)] == []


@pages
def test_named_modules_functions_and_models_exist(page: Path):
    dotted = [name for name in _spans(page) if re.fullmatch(r"[a-z_]\w*(\.[A-Za-z_]\w*)+", name)]
    assert [name for name in dotted if not _is_file_name(name) and not _is_known(name)] == []


@pages
def test_named_words_stand_in_the_code(page: Path):
    """A name with an underscore, in capitals or in CamelCase is a name of the program, so the program knows it."""
    words = [
        name
        for name in _spans(page)
        if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+|[A-Z]+(_[A-Z0-9]+)+|([A-Z][a-z]+){2,}", name)
    ]
    assert [name for name in words if name not in _words()] == []


@pages
def test_named_commands_exist(page: Path):
    text = page.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    benches = {f"bench-{file.stem}" for file in (ROOT / "bench").glob("*.py")}
    named = set(re.findall(r"(?:^|\s)make ([a-z][a-z-]+)(?=\s|$)", _code(text), re.MULTILINE))
    assert named - targets - benches == set()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text)) | set(
        re.findall(r'ARGS="?([a-z]\w+_\w+)', text)
    )
    assert commands - set(get_commands()) == set()


@pages
def test_addresses_are_of_hosts_that_belong_here(page: Path):
    hosts = re.findall(r"https?://([^/\s`)>\"'…]+)", page.read_text())
    assert [host for host in hosts if not HOSTS.fullmatch(host)] == []


@pages
def test_no_page_names_a_path_of_somebodys_machine(page: Path):
    assert MACHINE_PATHS.findall(page.read_text()) == []


def test_files_that_the_code_points_to_exist():
    folders = "|".join([*APPS, "docs", "tests", "templates", "static", "bench"])
    pointer = re.compile(rf"(?<![\w/.{{}}$-])((?:{folders})/[\w./-]+\.(?:py|md|html|css|sql|js))\b")
    roots = [ROOT, ROOT / "templates"]  # a folder of templates may be called like its app
    missing = [
        name for name in pointer.findall(_source()) if not any((root / name).exists() for root in roots)
    ]
    assert missing == ["bench/NAME.py"]


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        waiting += [(page.parent / target).resolve() for target, _ in _links(page) if target.endswith(".md")]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in seen] == []


def _links(page: Path) -> Iterator[tuple[str, str]]:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            file, _hash, anchor = target.partition("#")
            yield file, anchor


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _code(text: str) -> str:
    """Return what stands in blocks of code and between backticks."""
    found = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    return "\n".join(block + span for block, span in found)


def _spans(page: Path) -> list[str]:
    """Return what stands between backticks, without the arguments of a call."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", text)
    names = [re.sub(r"\(.*\)$", "", span).strip() for span in spans]
    return [name for name in names if name not in NOT_OURS]


def _is_file_name(name: str) -> bool:
    if re.fullmatch(rf"[\w./*-]+\.({FILE_ENDINGS})", name):
        return True
    return bool(re.fullmatch(r"[\w.-]+(/[\w.*-]+)*/", name)) and (ROOT / name.split("/")[0]).is_dir()


def _file_exists(name: str, page: Path) -> bool:
    if name.startswith((".mutq", ".env", "/")):
        return True  # data and addresses
    if "/" in name:
        bases = (ROOT, page.parent, ROOT / "templates", ROOT / "static")
        return any(True for base in bases for _file in base.glob(name.rstrip("/")))
    return any(file.rpartition("/")[2] == name for file in _tracked())


@functools.cache
def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    return [name for name in listed if name] or [str(file.relative_to(ROOT)) for file in ROOT.rglob("*.*")]


def _is_known(name: str) -> bool:
    return _resolves(name) or re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", _source()) is not None


def _resolves(name: str) -> bool:
    """Say whether the name can be imported, from the top or from any module whose last part it begins with."""
    first, rest = name.split(".")[0], name.split(".")[1:]
    if first in APPS:
        return _import(name.split("."))
    modules = [module for module in _modules() if module.rpartition(".")[2] == first]
    if not modules:
        return f"{first}." in _source()  # a name of the standard library, or of a library that we use
    return any(_import([*module.split("."), *rest]) for module in modules)


def _import(parts: list[str]) -> bool:
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@functools.cache
def _modules() -> list[str]:
    found = []
    for app in APPS:
        package = importlib.import_module(app)
        found += [module.name for module in pkgutil.walk_packages(package.__path__, f"{app}.")]
    return found


@functools.cache
def _source() -> str:
    endings = (".py", ".sql", ".html", ".yml", ".toml", ".css", ".js", "Makefile", "Dockerfile", ".ci/run")
    files = [ROOT / name for name in _tracked() if name.endswith(endings) and name != "tests/test_docs.py"]
    return "\n".join(file.read_text() for file in files if file.exists())


@functools.cache
def _words() -> set[str]:
    return set(re.findall(r"\w+", _source()))
