"""
A statement's rows read by columns: what many rows say alike is understood once, by the functions that read single rows.

Where something cannot be read, or wants a second look, its row is odd and left to the reader of single rows, which is the
authority; what is read here says the same as it would (tests/reconciliation/test_columns.py).
"""

import collections
import dataclasses
import datetime as dt
import itertools
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from reconciliation.models import MappingProfile
from reconciliation.sources import base, cells, meaning, said
from reconciliation.sources.batches import Batch
from reconciliation.sources.layout import Layout
from reconciliation.sources.refusals import BadCell

KEPT = 50_000  # distinct cells that are remembered
SECONDS = {f":{second:02}": f":{second:02}+00" for second in range(60)}
OTHER_MARKS = "\\\t\n\r"

Texts = Sequence[str | None]  # as COPY reads it; None is odd


class Plain(list[str]):
    """Texts of which none is odd and none is missing, as most columns of most files are; nobody looks for odd ones there."""


class Meanings(dict[str, str | None]):
    """What each distinct cell of a column means, found when it is met first; None where it cannot be read."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> str | None:
        if len(self) >= KEPT:
            self.clear()
        try:
            self[cell] = self._read(cell)
        except BadCell:
            self[cell] = None
        return self[cell]

    def of(self, column: Sequence[str]) -> Texts:
        return list(map(self.__getitem__, column))


@dataclasses.dataclass(frozen=True, slots=True)
class ReadColumns:
    """The rows of a batch that could be read, what they add up to, and the places of the odd ones."""

    bulk: said.Bulk
    odd: Sequence[int]
    sums: Mapping[tuple[str, str], int]  # by kind and status


class StatementColumns:
    """Reads batches of a bank's statement by its profile. Order numbers among `own_numbers` are never foreign."""

    def __init__(
        self, profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool], own_numbers: range
    ) -> None:
        self._places = layout.places
        self._is_foreign, self._own_numbers = is_foreign, own_numbers
        self._common = _Common(profile, layout)
        self._moments = _Moments(profile)

    def read(self, batch: Batch) -> ReadColumns:
        """Read a batch that has columns."""
        count = len(batch.lines)

        def told(field: str) -> Sequence[str] | None:
            place = self._places.get(field)
            return None if place is None else batch.columns[place]

        numbers, references = told("order_number"), told("reference")
        facts: list[Texts] = [
            self._common.of(batch.columns),
            [said.NULL] * count if numbers is None else self._numbers(numbers),
            Plain([""] * count) if references is None else _references(references),
            self._moments.of(told("date") or (), told("time")),
        ]
        odd = self._odd(batch, *facts)
        lines: Sequence[int] = batch.lines
        if odd:
            kept = bytearray(b"\1" * count)
            for place in odd:
                kept[place] = 0
            facts = [list(itertools.compress(values, kept)) for values in facts]
            lines = list(itertools.compress(lines, kept))
        texts = cast(list[Sequence[str]], facts)  # None is odd, and those rows are out
        return ReadColumns(said.Bulk(lines, texts, texts[-1]), odd, _sums_of(texts[0]))

    def _odd(
        self, batch: Batch, common: Texts, numbers: Texts, references: Texts, moments: Texts
    ) -> list[int]:
        """Return the places of rows that could not be read here, are to be ignored, name nothing or may be totals."""
        odd: set[int] = set()
        for values in (common, numbers, references, moments):
            odd.update(_places(values, None))
        unnumbered = _places(numbers, said.NULL)
        odd.update(place for place in unnumbered if not references[place])
        first = {field for field, place in self._places.items() if place == 0}
        if not (first & {"date", "amount"} or (first == {"order_number"} and not unnumbered)):
            odd.update(_perhaps_totals(batch.columns[0]))
        return sorted(odd)

    def _numbers(self, column: Sequence[str]) -> Texts:
        if _are_bare_numbers(column):
            least, most = min(column), max(column)  # of one length, so that texts are ordered as numbers are
            if least >= "1" and int(least) in self._own_numbers and int(most) in self._own_numbers:
                return Plain(column)
        return [self._number(cell.strip()) for cell in column]

    def _number(self, cell: str) -> str | None:
        if not cell:
            return said.NULL
        try:
            number = cells.order_number_of(cell)
        except BadCell:
            return None
        return None if self._is_foreign(number) else str(number)


Key = tuple[str, ...]
Sums = collections.Counter[tuple[str, str]]


class _Common(dict[Key, str | None]):
    """What rows say beside order and moment: a school has few prices, so that few combinations of these cells are met."""

    FIELDS = ("kind", "status", "amount", "fee", "net", "currency", "account")

    def __init__(self, profile: MappingProfile, layout: Layout) -> None:
        super().__init__()
        self._fields = [field for field in self.FIELDS if field in layout.places]
        self._places = [layout.places[field] for field in self._fields]
        self._words = {field: meaning.words(profile, field) for field in ("kind", "status")}
        self._own_names, self._usual_currency = meaning.own_names(profile), profile.currency
        self._amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
        self._has_odd = False  # from then on every batch is looked through

    def of(self, columns: Sequence[Sequence[str]]) -> Texts:
        """Return what each row says in these cells."""
        keys = zip(*(columns[place] for place in self._places), strict=True)
        texts = list(map(self.__getitem__, keys))
        return texts if self._has_odd else Plain(cast(list[str], texts))

    def __missing__(self, key: Key) -> str | None:
        if len(self) >= KEPT:
            self.clear()
        try:
            self[key] = self._understand(key)
        except BadCell:
            self[key], self._has_odd = None, True
        return self[key]

    def _understand(self, key: Key) -> str:
        told = dict(zip(self._fields, key, strict=True))
        if (
            self._own_names
            and "account" in told
            and told["account"].strip().casefold() not in self._own_names
        ):
            raise BadCell("account", told["account"])
        currency = cells.currency_of(told["currency"]) if told.get("currency") else self._usual_currency
        gross = self._amount(told["amount"], currency)
        kind = base.REFUND if gross < 0 else base.PAYMENT
        if "kind" in told:
            kind = meaning.translate(told["kind"], self._words["kind"], "kind")
        status = base.DONE
        if "status" in told:
            status = meaning.translate(told["status"], self._words["status"], "status")
        if base.IGNORE in (kind, status):
            raise BadCell("ignored", "")
        fee, net = (
            abs(self._amount(told[field], currency)) if told.get(field, "").strip() else None
            for field in ("fee", "net")
        )
        amounts = "\t".join(map(said.number, (abs(gross), fee, net)))
        return f"{kind}\t{status}\t\t\t{amounts}\t{currency}"


def _sums_of(texts: Sequence[str]) -> Sums:
    """Return what rows add up to, by what they say in common."""
    sums: Sums = collections.Counter()
    for text, times in collections.Counter(texts).items():
        kind, status, _student, _course, amount, _rest = text.split("\t", 5)
        sums[kind, status] += int(amount) * times
    return sums


class _Moments:
    """
    Reads dates. A file has few minutes and many seconds, so that a minute is understood once and seconds are put behind it.

    That holds for the two usual ways to write a date and for formats that end in seconds; others are read one by one.
    """

    def __init__(self, profile: MappingProfile) -> None:
        zone, told = zoneinfo.ZoneInfo(profile.zone), profile.date_format
        whole = cells.moment_reader(date_format=told, zone=zone)
        minute = cells.moment_reader(date_format=told.removesuffix(":%S"), zone=zone)
        self._is_told = bool(told)
        self._has_minutes = not told or (told.endswith("%M:%S") and "%z" not in told)
        self._whole = Meanings(lambda cell: said.moment(whole(cell)))
        self._minutes = Meanings(lambda cell: self._minute(cell, minute(cell)))

    def of(self, dates: Sequence[str], times: Sequence[str] | None) -> Texts:
        """Return the moments of a batch as texts in UTC."""
        if times is not None:
            dates = [f"{date.strip()} {time.strip()}" for date, time in zip(dates, times, strict=True)]
        if not self._has_minutes:
            return self._whole.of([cell.strip() for cell in dates])
        minutes = self._minutes
        try:
            return Plain([minutes[cell[:-3]] + SECONDS[cell[-3:]] for cell in dates])  # type: ignore[operator]
        except (KeyError, TypeError):  # some are written in another form
            return [self._moment(cell) for cell in dates]

    def _moment(self, cell: str) -> str | None:
        minute, second = self._minutes[cell[:-3]], SECONDS.get(cell[-3:])
        return minute + second if minute and second else self._whole[cell.strip()]

    def _minute(self, cell: str, moment: dt.datetime) -> str:
        """Return a minute as it begins in UTC. Raises BadCell where seconds behind it would mean something else."""
        text = said.moment(moment)
        is_usual = self._is_told or (len(cell) == 16 and cell[13] == ":" and cell[14:].isdigit())
        if not is_usual or not text.endswith(":00+00"):
            raise BadCell("date", cell)
        return text.removesuffix(":00+00")


def _places(values: Texts, wanted: str | None) -> list[int]:
    if isinstance(values, Plain) or wanted not in values:
        return []
    return [index for index, value in enumerate(values) if value == wanted]


def _are_bare_numbers(column: Sequence[str]) -> bool:
    """Return whether all cells are digits alone, and as many."""
    together = "".join(column)
    return together.isascii() and together.isdigit() and len(set(map(len, column))) == 1


def _references(column: Sequence[str]) -> Texts:
    together = f"-{''.join(column)}-"
    if len(together.split(maxsplit=1)) == 1 and "\\" not in together:
        return Plain(column)
    return Plain([said.text(cell.strip()) for cell in column])


def _perhaps_totals(column: Sequence[str]) -> list[int]:
    """Return the places of lines whose first cell is empty or may name totals. Numbers and dates do not, they are read."""
    if "" not in column and not meaning.names_totals("\n".join(column)):
        return []
    return [index for index, cell in enumerate(column) if not cell or meaning.names_totals(cell)]
