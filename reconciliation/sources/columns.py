"""
A statement's rows read by columns: each distinct cell is understood once, by the same functions that read single rows.

Where a cell cannot be read, or wants a second look, its row is odd and left to the reader of single rows, which is the
authority; what is read here says the same as it would (tests/reconciliation/test_columns.py).
"""

import collections
import dataclasses
import datetime as dt
import functools
import itertools
import zoneinfo
from collections.abc import Callable, Mapping, Sequence, Set
from typing import cast

from reconciliation.models import MappingProfile
from reconciliation.sources import base, cells, meaning, said
from reconciliation.sources.batches import Batch
from reconciliation.sources.layout import Layout
from reconciliation.sources.refusals import BadCell

KEPT_WORDS = 50_000  # distinct cells of a column that are remembered
SECONDS = {f":{second:02}": f":{second:02}+00" for second in range(60)}
OTHER_MARKS = "\\\t\n\r"

Texts = Sequence[str | None]  # as COPY reads it; None is odd
KIND, STATUS, NUMBER, REFERENCE, AMOUNT = 0, 1, 2, 3, 6  # places in said.COLUMNS


class Meanings(dict[str | None, str | None]):
    """What each distinct cell of a column means, found when it is met first; None where it cannot be read."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__({None: None})
        self._read = read

    def __missing__(self, cell: str) -> str | None:
        if len(self) >= KEPT_WORDS:
            self.clear()
            self[None] = None
        try:
            found: str | None = self._read(cell)
        except BadCell:
            found = None
        self[cell] = found
        return found

    def of(self, column: Texts) -> Texts:
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
        self._usual_currency = usual = profile.currency
        own_names, kinds, statuses = (
            meaning.own_names(profile),
            meaning.words(profile, "kind"),
            meaning.words(profile, "status"),
        )
        self._accounts = Meanings(lambda cell: _own(cell, own_names))
        self._kinds = Meanings(lambda cell: meaning.translate(cell, kinds, "kind"))
        self._statuses = Meanings(lambda cell: meaning.translate(cell, statuses, "status"))
        self._currencies = Meanings(lambda cell: cells.currency_of(cell) if cell else usual)
        self._kinds_by_sign = Meanings(lambda text: base.REFUND if text.startswith("-") else base.PAYMENT)
        self._without_sign = Meanings(lambda text: text.removeprefix("-"))
        self._amounts = _Amounts(profile)
        self._moments = _Moments(profile)

    def read(self, batch: Batch) -> ReadColumns:
        """Read a batch that has columns."""
        facts = self._facts(batch)
        odd = self._odd(batch, facts)
        lines: Sequence[int] = batch.lines
        if odd:
            kept = bytearray(b"\1" * len(lines))
            for index in odd:
                kept[index] = 0
            facts = [list(itertools.compress(values, kept)) for values in facts]
            lines = list(itertools.compress(lines, kept))
        texts = cast(list[Sequence[str]], facts)  # None is odd, and those rows are out
        rows = list(map("\t".join, zip(*texts, strict=True)))
        sums = _sums(texts[KIND], texts[STATUS], texts[AMOUNT])
        return ReadColumns(said.Bulk(lines, rows, texts[-1]), odd, sums)

    def _facts(self, batch: Batch) -> list[Texts]:
        """Return what the rows say, column by column, in the order of said.COLUMNS."""
        count = len(batch.lines)

        def told(field: str) -> Sequence[str] | None:
            place = self._places.get(field)
            return None if place is None else batch.columns[place]

        def read(field: str, meanings: Meanings, otherwise: str) -> Texts:
            column = told(field)
            return [otherwise] * count if column is None else meanings.of(column)

        currencies = read("currency", self._currencies, self._usual_currency)
        signed = self._amounts.signed(told("amount") or (), currencies)
        blanks = [""] * count
        kinds, numbers, references = told("kind"), told("order_number"), told("reference")
        return [
            self._kinds_by_sign.of(signed) if kinds is None else self._kinds.of(kinds),
            read("status", self._statuses, base.DONE),
            [said.NULL] * count if numbers is None else self._numbers(numbers),
            blanks if references is None else _references(references),
            blanks,
            blanks,
            self._without_sign.of(signed),
            *(
                [said.NULL] * count
                if (column := told(field)) is None
                else self._amounts.plain(column, currencies)
                for field in ("fee", "net")
            ),
            currencies,
            self._moments.of(told("date") or (), told("time")),
        ]

    def _odd(self, batch: Batch, facts: list[Texts]) -> list[int]:
        """Return the places of rows that could not be read here, are to be ignored, name nothing or may be totals."""
        odd: set[int] = set()
        checked = list(facts)
        account_at = self._places.get("account")
        if account_at is not None:
            checked.append(self._accounts.of(batch.columns[account_at]))
        for values in checked:
            odd.update(_places(values, None))
        for field in (KIND, STATUS):
            odd.update(_places(facts[field], base.IGNORE))
        references = facts[REFERENCE]
        unnumbered = _places(facts[NUMBER], said.NULL)
        odd.update(index for index in unnumbered if not references[index])
        first = {field for field, place in self._places.items() if place == 0}
        if not (first & {"date", "amount"} or (first == {"order_number"} and not unnumbered)):
            odd.update(_perhaps_totals(batch.columns[0]))
        return sorted(odd)

    def _numbers(self, column: Sequence[str]) -> Texts:
        if _are_bare_numbers(column):
            numbers = list(map(int, column))
            if min(numbers) in self._own_numbers and max(numbers) in self._own_numbers:
                return list(map(str, numbers)) if min(column) < "1" else column
        return [self._number(cell.strip()) for cell in column]

    def _number(self, cell: str) -> str | None:
        if not cell:
            return said.NULL
        try:
            number = cells.order_number_of(cell)
        except BadCell:
            return None
        return None if self._is_foreign(number) else str(number)


class _Amounts:
    """Reads sums, each in the currency of its row."""

    def __init__(self, profile: MappingProfile) -> None:
        self._read = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
        self._signed: dict[str, Meanings] = {}
        self._plain: dict[str, Meanings] = {}

    def signed(self, column: Sequence[str], currencies: Texts) -> Texts:
        return self._of(column, currencies, self._signed, self._with_sign)

    def plain(self, column: Sequence[str], currencies: Texts) -> Texts:
        """Return sums without their sign; an empty cell says nothing."""
        return self._of(column, currencies, self._plain, self._without_sign)

    def _of(
        self,
        column: Sequence[str],
        currencies: Texts,
        kept: dict[str, Meanings],
        read: Callable[[str, str], str],
    ) -> Texts:
        named = set(currencies)
        for currency in named - set(kept):
            if currency is not None:
                kept[currency] = Meanings(functools.partial(read, currency))
        if len(named) == 1 and None not in named:
            return kept[cast(str, named.pop())].of(column)
        return [
            None if currency is None else kept[currency][cell]
            for cell, currency in zip(column, currencies, strict=True)
        ]

    def _with_sign(self, currency: str, cell: str) -> str:
        return str(self._read(cell, currency))

    def _without_sign(self, currency: str, cell: str) -> str:
        return str(abs(self._read(cell, currency))) if cell.strip() else said.NULL


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
        minutes = self._minutes.of([cell[:-3] for cell in dates])
        seconds = [SECONDS.get(cell[-3:]) for cell in dates]
        if None not in minutes and None not in seconds:
            return list(map(str.__add__, cast(list[str], minutes), cast(list[str], seconds)))
        return [
            minute + second if minute and second else self._whole[cell.strip()]
            for cell, minute, second in zip(dates, minutes, seconds, strict=True)
        ]

    def _minute(self, cell: str, moment: dt.datetime) -> str:
        """Return a minute as it begins in UTC. Raises BadCell where seconds behind it would mean something else."""
        text = said.moment(moment)
        is_usual = self._is_told or (len(cell) == 16 and cell[13] == ":" and cell[14:].isdigit())
        if not is_usual or not text.endswith(":00+00"):
            raise BadCell("date", cell)
        return text.removesuffix(":00+00")


def _own(cell: str, own_names: Set[str]) -> str:
    if own_names and cell.strip().casefold() not in own_names:
        raise BadCell("account", cell)
    return cell


def _places(values: Texts, wanted: str | None) -> list[int]:
    return [index for index, value in enumerate(values) if value == wanted] if wanted in values else []


def _are_bare_numbers(column: Sequence[str]) -> bool:
    together = "".join(column)
    return together.isascii() and together.isdigit() and "" not in column and max(map(len, column)) <= 18


def _references(column: Sequence[str]) -> Texts:
    together = f"-{''.join(column)}-"
    if len(together.split(maxsplit=1)) == 1 and "\\" not in together:
        return column
    return [said.text(cell.strip()) for cell in column]


def _perhaps_totals(column: Sequence[str]) -> list[int]:
    """Return the places of lines whose first cell is empty or may name totals. Numbers and dates do not, they are read."""
    if "" not in column and not meaning.names_totals("\n".join(column)):
        return []
    return [index for index, cell in enumerate(column) if not cell or meaning.names_totals(cell)]


def _sums(
    kinds: Sequence[str], statuses: Sequence[str], amounts: Sequence[str]
) -> Mapping[tuple[str, str], int]:
    """Return what a batch's rows add up to, by kind and status."""
    numbers = map(int, amounts)
    sums: collections.Counter[tuple[str, str]] = collections.Counter()
    if len(set(kinds)) == len(set(statuses)) == 1:
        sums[kinds[0], statuses[0]] = sum(numbers)
    else:
        for key, amount in zip(zip(kinds, statuses, strict=True), numbers, strict=True):
            sums[key] += amount
    return sums
