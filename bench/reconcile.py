"""
One month of an account: statement file and comparison beside a bare COPY and FULL JOIN of the same file.

The floor copies the file as it stands into an unlogged table, joins it with the payments and keeps the breaks; nothing is
checked, translated or remembered. Ours looks at the file, keeps the original and every row once, and every break with its event
and task. At most twice the floor is the goal, three times is a failure; the process stays below 150 MB, and a row of a large
month costs what it costs in a smaller one.

Sizes grow tenfold up to 1 000 000, or what ARGS says (`ARGS=100000` is quick); each has a server and a process of its own.
"""

import datetime as dt
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import stage
from settle import plant

SMALLEST, LARGEST = 10_000, 1_000_000
GOAL, FAILURE = 2.0, 3.0  # times the floor
LIMIT_MB = 150
LINEAR = 2.0  # times what a row costs at a tenth of the size; a small month costs more for what does not depend on rows
ROUNDS = 3
ONE_SIZE = "--one-size"

VERIFY = """
UPDATE billing_payment SET state = 'verified', captured_minor = amount_minor, next_lookup_at = NULL,
       verified_at = %(start)s::timestamptz + (id %% 2500000) * interval '1 second'
"""
ALLOCATE = """
INSERT INTO billing_allocation (payment_id, installment_id, amount_minor, made_at, reason)
SELECT p.id, n.installment_id, p.amount_minor, now(), 'settled' FROM billing_payment p
JOIN billing_paymentlinkline n ON n.link_id = p.link_id
"""
# A two-hundredth of each kind of damage, in the order of time as banks write it.
STATEMENT = """
SELECT to_char(verified_at AT TIME ZONE 'Asia/Yerevan', 'YYYY-MM-DD HH24:MI:SS') AS "Date", order_number AS "Order",
       provider_ref AS "Reference", CASE WHEN id %% 200 = 1 THEN 1 ELSE amount_minor / 100 END AS "Amount",
       currency AS "Currency", CASE WHEN id %% 200 = 2 THEN 'Declined' ELSE 'Approved' END AS "Result"
FROM (SELECT * FROM billing_payment WHERE id %% 200 <> 3
      UNION ALL SELECT * FROM billing_payment WHERE id %% 200 = 4) AS named ORDER BY verified_at, id
"""
FLOOR = """
CREATE UNLOGGED TABLE floor_breaks AS
SELECT coalesce(p.order_number, f.order_number) AS order_number,
       CASE WHEN f.order_number IS NULL THEN 'missing_there' WHEN p.id IS NULL THEN 'missing_here'
            WHEN f.lines > 1 THEN 'duplicate'
            WHEN f.amount * 100 <> p.captured_minor OR f.currency <> p.currency THEN 'amount'
            ELSE 'status' END AS kind,
       p.id, p.captured_minor, f.amount
FROM (SELECT * FROM billing_payment WHERE account_id = %(account)s AND verified_at >= %(start)s AND verified_at < %(stop)s) p
FULL JOIN (SELECT order_number, min(amount) AS amount, min(currency) AS currency, min(result) AS result, count(*) AS lines
           FROM floor_file GROUP BY order_number) f ON f.order_number = p.order_number
WHERE f.order_number IS NULL OR p.id IS NULL OR f.lines > 1 OR f.amount * 100 <> p.captured_minor OR f.currency <> p.currency
   OR f.result <> 'Approved'
"""


def main() -> None:
    if ONE_SIZE in sys.argv:
        print(json.dumps(measure(int(sys.argv[-1]))))
        return
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST
    sizes = [size for size in (SMALLEST, 100_000, LARGEST) if size < largest] + [largest]
    found = [measured_apart(size) for size in sizes]
    for size, seen in zip(sizes, found, strict=True):
        print(
            f"reconcile rows={size} per_1000_rows: ours={seen['ours'] / size * 1e6:.2f}ms"
            f" floor={seen['floor'] / size * 1e6:.2f}ms ratio={seen['ours'] / seen['floor']:.2f}"
            f" peak={seen['peak_mb']:.0f}MB"
        )
    last = found[-1]
    ratio, peak = last["ours"] / last["floor"], max(seen["peak_mb"] for seen in found)
    growth = 1.0 if len(found) == 1 else last["ours"] / sizes[-1] / (found[-2]["ours"] / sizes[-2])
    print(f"reconcile peak={peak:.0f}MB limit={LIMIT_MB}MB growth={growth:.2f} goal={GOAL}")
    stage.verdict("reconcile", floor=last["floor"], ours=last["ours"], unit="s")
    if ratio > FAILURE or peak > LIMIT_MB or growth > LINEAR:
        raise SystemExit("too slow, too large or not linear")


def measured_apart(size: int) -> dict[str, float]:
    """Measure one size in a process of its own, whose memory is that size's alone."""
    done = subprocess.run(
        [sys.executable, __file__, ONE_SIZE, str(size)], stdout=subprocess.PIPE, text=True, check=True
    )
    *told, last = done.stdout.splitlines()
    print("\n".join(told), flush=True)
    seen: dict[str, float] = json.loads(last)
    return seen


def measure(count: int) -> dict[str, float]:
    """Return the seconds of floor and ours for `count` payments, and the largest memory of this process."""
    with stage.database():
        import django

        django.setup()
        import psycopg
        from django.db import connection

        from billing.models import MerchantAccount
        from reconciliation.models import Discrepancy
        from reconciliation.months import Month

        plant(connection, count)
        month = Month(dt.date(2026, 6, 1))
        owner = psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True)
        owner.execute(VERIFY, {"start": month.start})
        owner.execute(ALLOCATE)
        owner.execute("VACUUM ANALYZE")
        account = MerchantAccount.objects.get()
        path = Path(os.environ["MUTQ_DATA"]) / "statement.csv"
        write_statement(owner, path)
        profile(account)
        facts = {"account": account.pk, "start": month.start, "stop": month.stop}

        def floor() -> int:
            owner.execute("DROP TABLE IF EXISTS floor_file, floor_breaks")
            owner.execute(
                "CREATE UNLOGGED TABLE floor_file (at text, order_number bigint, reference text, amount numeric(14, 2),"
                " currency text, result text)"
            )
            with (
                path.open("rb") as file,
                owner.cursor().copy("COPY floor_file FROM STDIN (FORMAT csv, HEADER)") as copy,
            ):
                while piece := file.read(1 << 18):
                    copy.write(piece)
            owner.execute("ANALYZE floor_file")
            owner.execute("SET work_mem = '256MB'")
            owner.execute(FLOOR, facts)
            return 1

        def ours() -> int:
            started = time.perf_counter()
            with path.open("rb") as file:
                load(account, file)
            loaded = time.perf_counter()
            run = compare(account, month.first)
            compared = time.perf_counter()
            print(
                f"rows={count} load={loaded - started:.2f}s compare={compared - loaded:.2f}s breaks={run.summary['breaks']}"
            )
            return 1

        def clean() -> int:
            owner.execute(
                "TRUNCATE reconciliation_discrepancy, reconciliation_run, reconciliation_sourcefile,"
                " reconciliation_sourcefilepart, reconciliation_sourcerow, reconciliation_badrow, students_timelineevent,"
                " students_timelinedispatch, students_operatortask CASCADE"
            )
            return 1

        measured = stage.interleaved(ROUNDS, clean=clean, floor=floor, ours=ours)
        want = {"amount_mismatch": 1, "status_mismatch": 2, "missing_at_provider": 3, "duplicate": 4}
        for kind, rest in want.items():
            found = Discrepancy.objects.filter(kind=kind).count()
            if found != len(range(rest, count + 1, 200)):
                raise SystemExit(f"{kind}: {found} found")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        owner.close()
        return {"floor": measured["floor"], "ours": measured["ours"], "peak_mb": peak}


def write_statement(owner: Any, path: Path) -> None:
    """Write the bank's file, in its order, without keeping it in memory."""
    statement = STATEMENT.replace("%%", "%")
    with (
        path.open("wb") as file,
        owner.cursor().copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)") as copy,
    ):
        for piece in copy:
            file.write(piece)


def profile(account: Any) -> None:
    from reconciliation import profiles

    names = {
        "date": "Date",
        "order_number": "Order",
        "reference": "Reference",
        "amount": "Amount",
        "currency": "Currency",
    }
    profiles.save_profile(
        side="provider",
        account=account,
        columns={**names, "status": "Result"},
        words={"status": {"Approved": "done", "Declined": "not_done"}},
    )


def load(account: Any, file: IO[bytes] | io.BytesIO) -> None:
    from reconciliation import loading
    from students import timeline

    loading.load_file(
        side="provider", account=account, stream=file, name="statement.csv", actor=timeline.SYSTEM
    )


def compare(account: Any, month: dt.date) -> Any:
    from reconciliation import runs

    return runs.run_month(month=month, side="provider", account=account)


if __name__ == "__main__":
    main()
