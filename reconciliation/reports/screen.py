"""What a page shows of a report: some of its rows, their number and sums, and the lines that prove it. Constant in queries."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from reconciliation.reports.base import Check, Kind, Period, Report

SHOWN = 50
LONGEST_OFFSET = 1_000_000
NUMBERS = {Kind.MONEY, Kind.COUNT}


@dataclasses.dataclass(frozen=True, slots=True)
class Totals:
    """How many rows there are, and the sums of the columns whose sums mean something, by currency."""

    count: int
    sums: Mapping[str, Mapping[str, int]]  # currency → column → sum


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """What a check says: for each currency what the report and what the other record hold."""

    check: Check
    sides: Sequence[tuple[str, int, int]]

    @property
    def holds(self) -> bool:
        return all(ours == theirs for _currency, ours, theirs in self.sides)


def rows(report: Report, period: Period, where: Mapping[str, str], start: int) -> list[dict[str, Any]]:
    """Return a page of rows by the codes of the SELECT, and one more if there is a next page."""
    order = ", ".join(f"r.{code}" for code in report.key)
    statement = (
        f"SELECT r.* FROM ({report.sql}) AS r {_condition(report, where)} ORDER BY {order}"  # noqa: S608 -- our own text
        " LIMIT %(many)s OFFSET %(passed)s"
    )
    facts = {"many": SHOWN + 1, "passed": min(start, LONGEST_OFFSET)}
    return _read(statement, _facts(period, where, **facts))


def totals(report: Report, period: Period, where: Mapping[str, str]) -> Totals:
    """Return number and sums of all rows."""
    summed = [column.code for column in report.columns if column.total]
    has_currency = any(column.code == "currency" for column in report.columns)
    currency = "r.currency" if has_currency else "''"
    sums = "".join(f", coalesce(sum(r.{code}), 0)::bigint AS {code}" for code in summed)
    statement = (
        f"SELECT {currency} AS currency, count(*) AS number{sums}"  # noqa: S608 -- our own text
        f" FROM ({report.sql}) AS r {_condition(report, where)} GROUP BY 1 ORDER BY 1"
    )
    found = _read(statement, _facts(period, where))
    return Totals(
        count=sum(row["number"] for row in found),
        sums={row["currency"]: {code: row[code] for code in summed} for row in found} if summed else {},
    )


def groups(report: Report, period: Period, where: Mapping[str, str]) -> list[tuple[str, int]]:
    """Return the values of the report's group and how many rows have each, whatever group is asked for."""
    if not report.group:
        return []
    others = {code: value for code, value in where.items() if code != report.group}
    statement = (
        f"SELECT coalesce(r.{report.group}::text, '') AS value, count(*) AS number"  # noqa: S608 -- our own text
        f" FROM ({report.sql}) AS r"
        f" {_condition(report, others)} GROUP BY 1 ORDER BY 1"
    )
    found = [(row["value"], row["number"]) for row in _read(statement, _facts(period, others))]
    words = list(report.column(report.group).words or {})
    return sorted(found, key=lambda item: (words.index(item[0]) if item[0] in words else len(words), item[0]))


def proofs(report: Report, period: Period) -> list[Proof]:
    """Return what the report's checks say."""
    return [
        Proof(
            check=check,
            sides=[
                (row["currency"], row["ours"], row["theirs"])
                for row in _read(
                    "SELECT p.currency, p.ours::bigint, p.theirs::bigint FROM ("  # noqa: S608 -- our own text
                    + check.sql.replace("{rows}", report.sql)
                    + ") AS p (currency, ours, theirs)",
                    period.facts,
                )
            ],
        )
        for check in report.checks
    ]


def _condition(report: Report, where: Mapping[str, str]) -> str:
    """Return the WHERE of the values asked for; only columns of the report are named."""
    known = {column.code for column in report.filters}
    asked = [f"r.{code} = %(is_{code})s" for code in where if code in known]
    return f"WHERE {' AND '.join(asked)}" if asked else ""


def _facts(period: Period, where: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return {**period.facts, **{f"is_{code}": value for code, value in where.items()}, **more}


def _read(statement: str, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
