"""Where a table's heading is, and which of its cells holds what."""

import dataclasses
from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from reconciliation.sources.refusals import FileRefused

LOOKED_AT = 40  # lines in which a heading must come; banks put their name and the period above it
FIELDS = [
    "date",
    "time",
    "order_number",
    "reference",
    "amount",
    "fee",
    "net",
    "currency",
    "kind",
    "status",
    "account",
    "student",
    "course",
]
# What a side must tell at least; of a tuple, one.
REQUIRED: Mapping[str, list[tuple[str, ...]]] = {
    "provider": [("date",), ("amount",), ("order_number", "reference")],
    "crm": [("order_number", "reference")],
    "lms": [("student",), ("course",)],
}


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The heading's cells and the place of each field that the profile names."""

    heading: tuple[str, ...]
    places: Mapping[str, int]
    line: int

    def is_heading(self, cells: list[str]) -> bool:
        """Tell whether a line repeats the heading, as files made of pages do."""
        return tuple(_plain(cell) for cell in cells[: len(self.heading)]) == self.heading


def find_layout(lines: Iterator[tuple[int, list[str]]], columns: Mapping[str, str]) -> Layout:
    """
    Return the layout, having taken the lines up to and with the heading.

    Raises FileRefused if no line holds every column of the profile, or a heading stands twice and is needed.
    """
    wanted = {field: _plain(heading) for field, heading in columns.items()}
    line = 0
    for line, cells in lines:
        heading = tuple(_plain(cell) for cell in cells)
        if set(wanted.values()) <= set(heading):
            _require_single(heading, wanted, columns, line)
            return Layout(heading, {field: heading.index(name) for field, name in wanted.items()}, line)
        if line >= LOOKED_AT:
            break
    raise FileRefused(
        "no_heading",
        _("No line holds the columns %(columns)s. Is it another file, or has the bank changed it?")
        % {"columns": ", ".join(columns.values())},
        line=min(line, 1),
    )


def _require_single(
    heading: tuple[str, ...], wanted: Mapping[str, str], columns: Mapping[str, str], line: int
) -> None:
    for field, name in wanted.items():
        if heading.count(name) > 1:
            raise FileRefused(
                "double_heading",
                _("the column “%(column)s” stands twice.") % {"column": columns[field]},
                line=line,
            )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
