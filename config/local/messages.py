"""
Collects the texts of code and templates into locale/<language>/LC_MESSAGES/django.po and compiles them (make messages).

Babel does all of it, so that nobody needs gettext installed; the compiled files are committed, so that nobody needs to run
this to run Mutq. Texts that are new or changed come out empty: translate them and run it again.
"""

import ast
import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ["hy", "ru"]
HEADER = "# Texts of Mutq. Written by `make messages`; translate what is empty and run it again."
FIRST_DAY = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)  # files change with their texts, not with the day
FOLDERS = [
    "access",
    "billing",
    "common",
    "config",
    "courses",
    "reconciliation",
    "refunds",
    "students",
    "templates",
]
KEYWORDS = {
    **extract.DEFAULT_KEYWORDS,
    "_now": None,  # gettext, beside `_` for gettext_lazy in one file
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What templatize leaves of a template: calls with plain string arguments, one beside the other.
CALL = re.compile(
    r"\b(_|gettext|ngettext|pgettext|npgettext)\(((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?)+)"
)


def main() -> None:
    """Bring every language's file up to date, compile it and say what still wants translating."""
    missing = 0
    for language in LANGUAGES:
        catalog = update(read(language))
        save(language, catalog)
        wanting = untranslated(catalog)
        missing += len(wanting)
        print(f"{language}: {len(catalog)} texts, {len(wanting)} to translate")
        for text in wanting:
            print(f"  {text}")
    sys.exit(1 if missing else 0)


def path_of(language: str, suffix: str = ".po") -> Path:
    """Return where a language's texts are kept."""
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django{suffix}"


def read(language: str) -> Catalog:
    """Return a language's catalog, an empty one if there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="Mutq", fuzzy=False)
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language)


def update(catalog: Catalog) -> Catalog:
    """Take new texts into a catalog and drop those that nobody shows any more. Safe to repeat."""
    catalog.update(collect(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def save(language: str, catalog: Catalog) -> None:
    """Write a language's texts for people and compile them for the program, the same bytes for the same texts."""
    catalog.header_comment = HEADER
    catalog.creation_date = catalog.revision_date = FIRST_DAY
    catalog.project, catalog.version = "Mutq", "1"
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Mutq"
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        pofile.write_po(file, catalog, width=110, include_lineno=False, sort_output=True)
    with path_of(language, ".mo").open("wb") as file:
        mofile.write_mo(file, catalog)


def collect() -> Catalog:
    """Return every text of code and templates, without translations."""
    texts = Catalog(fuzzy=False)
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*")):
        place = str(path.relative_to(ROOT))
        if path.suffix == ".py" and "migrations" not in path.parts:
            _add_python(texts, path, place)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            for context, text in _texts_of_template(path):
                texts.add(text, context=context, locations=[(place, 1)])
    return texts


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts of a catalog that are empty, half translated or only guessed."""
    wanting = []
    for message in catalog:
        parts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if message.id and (message.fuzzy or not all(parts)):
            wanting.append(message.id if isinstance(message.id, str) else message.id[0])
    return wanting


def _add_python(texts: Catalog, path: Path, place: str) -> None:
    with path.open("rb") as file:
        for line, text, comments, context in extract.extract("python", file, KEYWORDS, ["Translators:"]):
            if text:
                texts.add(text, context=context, locations=[(place, line)], auto_comments=comments)


def _texts_of_template(path: Path) -> Iterator[tuple[str | None, str | tuple[str, str]]]:
    for function, arguments in CALL.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        strings = ast.literal_eval(f"[{arguments}]")
        context = strings.pop(0) if function in {"pgettext", "npgettext"} else None
        yield context, strings[0] if len(strings) == 1 else (strings[0], strings[1])


if __name__ == "__main__":
    main()
