"""How rows leave the database: one statement, one snapshot, in blocks, in flat memory."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from babel import core, numbers
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from reconciliation.reports.base import Column, Kind, Period, Report

BLOCK = 1 << 17
WORDS = "_words"
USUAL = "AMD"  # asked for first, because nearly every row has it


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Write words in the reader's language, or in the school's where none is asked for."""
    with translation.override(language or settings.LANGUAGE_CODE):
        yield


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """
    Read what is true at one moment: within the transaction that is open, or in a read-only one of its own.

    Dates are written as ISO days whatever the server's custom is.
    """
    own = not connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if own:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL datestyle TO 'ISO, YMD'")
        yield


def copied(statement: str, facts: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield what COPY … TO STDOUT writes, gathered into blocks. The caller holds the snapshot."""
    connection.ensure_connection()
    # COPY takes no parameters, so psycopg writes them into it as literals.
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(statement, facts) as rows,
    ):
        gathered = bytearray()
        for row in rows:
            gathered += row
            if len(gathered) >= BLOCK:
                yield bytes(gathered)
                gathered.clear()
        if gathered:
            yield bytes(gathered)


def select(report: Report, expressions: str) -> str:
    """Return a statement over the rows of a report, in its order; they are called `r`."""
    order = ", ".join(f"r.{code}" for code in report.key)
    return f"SELECT {expressions} FROM ({report.sql}) AS r ORDER BY {order}"  # noqa: S608 -- our own columns


def facts_of(report: Report, period: Period) -> dict[str, Any]:
    """Return everything that a statement over a report names: days, and words of choices in the active language."""
    words = {
        fact: str(said)
        for column in report.columns
        for fact, said in zip(_facts(column), (column.words or {}).values(), strict=True)
    }
    return {**period.facts, **words}


def cells(report: Report) -> list[Column]:
    """Return the columns of a file: a choice stands there twice, as its code and as its words."""
    found = []
    for column in report.columns:
        found.append(column)
        if column.kind == Kind.CHOICE:
            found.append(dataclasses.replace(column, code=column.code + WORDS))
    return found


def code_or_words(cell: Column) -> str:
    """Return SQL for a code, or for the words of a choice; a code without words stays as it is."""
    code = cell.code.removesuffix(WORDS)
    if code == cell.code or not cell.words:
        return f"r.{code}"
    whens = " ".join(
        f"WHEN '{choice}' THEN %({fact})s" for choice, fact in zip(cell.words, _facts(cell), strict=True)
    )
    return f"CASE r.{code} {whens} ELSE r.{code} END"


def major_units(cell: Column) -> str:
    """Return SQL for a money column in whole units of its row's currency, exact, with the currency's decimals."""
    value = f"r.{cell.code}"
    usual = f"r.currency = '{USUAL}' OR r.currency NOT IN ({', '.join(_unusual_exponents())})"
    others = " ".join(f"WHEN {currency} THEN {factor}" for currency, factor in _unusual_exponents().items())
    return f"CASE WHEN {usual} THEN {value} * 0.01 ELSE {value} * (CASE r.currency {others} END) END"


def local_moment(cell: Column) -> str:
    """Return SQL for a moment on the school's clock, to the second."""
    return f"date_trunc('second', r.{cell.code} AT TIME ZONE %(zone)s)"


def _facts(column: Column) -> list[str]:
    """Return the names under which the words of a choice are given to a statement."""
    code = column.code.removesuffix(WORDS)
    return [f"{code}_{number}" for number, _choice in enumerate(column.words or {})]


@functools.cache
def _unusual_exponents() -> dict[str, str]:
    """Return the currencies that have not two decimals, as SQL, with what their minor units are multiplied by."""
    exponents = {
        currency: numbers.get_currency_precision(currency)
        for currency in sorted(core.get_global("currency_fractions"))
        if len(currency) == 3
    }
    return {
        f"'{currency}'": f"{10**-exponent:.{exponent}f}"
        for currency, exponent in exponents.items()
        if exponent != 2
    }
