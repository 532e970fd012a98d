"""
A month's lines of the books as files: CSV beside a bare COPY of the same rows, XLSX beside openpyxl's write-only mode.

The floor of CSV copies the rows as they stand: no words, no school's clock, no amounts in whole units, and what looks like a
formula goes out as one. At most one and a half times that is the goal. openpyxl gets the rows from a server-side cursor and
writes the same columns; the goal is to be at least five times faster. Memory stays flat. `ARGS=1000000` is the whole size, usual
is 50 000.
"""

import contextlib
import multiprocessing
import os
import resource
import sys
import tempfile
import zipfile
from typing import IO, Any

import stage
from settle import seed

ROUNDS = 3
LIMIT_MB = 150
CSV_AT_MOST, XLSX_AT_LEAST = 1.5, 5.0


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    with stage.database():
        import django

        django.setup()
        import psycopg
        from django.db import connection

        from common import clock
        from reconciliation.reports import base, reading, registry

        planting = multiprocessing.get_context("fork").Process(
            target=seed, args=(connection, count // 2)
        )  # an invoice is two lines
        planting.start()  # in a process of its own: what planting takes is no part of what writing takes
        planting.join()
        if planting.exitcode:
            raise SystemExit("the rows were not planted")
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
            # Names as people have them, and now and then one that wants to be a formula.
            owner.execute(
                "UPDATE students_student SET full_name = CASE WHEN id % 1000 = 0 THEN '=HYPERLINK(\"x\") ' || id"
                " ELSE 'Անի Սարգսյան ' || id END"
            )
            owner.execute("VACUUM ANALYZE")
        report, month = registry.REPORTS["ledger_lines"], clock.today().replace(day=1)
        facts = base.period(report, month).facts
        plain = reading.select(report, ", ".join(f"r.{column.code}" for column in report.columns))

        def floor() -> int:
            with (
                scratch() as out,
                connection.connection.cursor() as cursor,
                cursor.copy(f"COPY ({plain}) TO STDOUT (FORMAT csv, HEADER)", facts) as copy,
            ):
                for row in copy:
                    out.write(row)
            return 1

        def csv() -> int:
            with scratch() as out:
                base.write_csv(report, month, out)
            return 1

        def xlsx() -> int:
            with scratch() as out:
                base.write_xlsx(report, month, out)
                require_whole(out)
            return count

        def openpyxl() -> int:
            with psycopg.connect(os.environ["DATABASE_URL"]) as reader, scratch() as out:
                write_with_openpyxl(reader, plain, facts, out)
            return count

        connection.ensure_connection()
        measured = stage.interleaved(ROUNDS, floor=floor, csv=csv, xlsx=xlsx)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        against = stage.interleaved(1, openpyxl=openpyxl)["openpyxl"]
        faster = against / measured["xlsx"]
        print(
            f"export {count} rows: xlsx {measured['xlsx'] * count:.2f}s, openpyxl {against * count:.2f}s, peak={peak:.0f}MB"
        )
        print(
            f"export-xlsx faster={faster:.2f} openpyxl={against * 1e6:.3f}us ours={measured['xlsx'] * 1e6:.3f}us"
        )
        stage.verdict("export-csv", floor=measured["floor"], ours=measured["csv"], unit="s")
        print(
            f"export ratio={faster:.2f} floor={against * count:.3f}s ours={measured['xlsx'] * count:.3f}s"
            " (openpyxl's time over ours: higher is better)"
        )
        if peak > LIMIT_MB:
            raise SystemExit("the process is too large")
        if count >= 1_000_000 and (
            measured["csv"] > CSV_AT_MOST * measured["floor"] or faster < XLSX_AT_LEAST
        ):
            raise SystemExit("slower than the goal")


def scratch() -> "contextlib.AbstractContextManager[IO[bytes]]":
    return tempfile.TemporaryFile()


def require_whole(out: IO[bytes]) -> None:
    """Stop if what was written is no workbook."""
    with zipfile.ZipFile(out) as package:
        if "xl/worksheets/sheet1.xml" not in package.namelist():
            raise SystemExit("the workbook is not whole")


def write_with_openpyxl(reader: Any, statement: str, facts: Any, out: IO[bytes]) -> None:
    """Write the rows the way the library is meant for large files."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("lines")
    with reader.cursor(name="lines") as cursor:
        cursor.itersize = 5000
        cursor.execute(statement, facts)
        for row in cursor:
            sheet.append([value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row])
    book.save(out)


if __name__ == "__main__":
    main()
