"""
PostgreSQL restarted in mid-transaction, and killed under load: what was acknowledged is there, nothing is there by half.

On a server of its own, so that other tests are not disturbed.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.local.postgres import Cluster
from tests import processes
from tests.faults import database_jobs
from tests.processes import Job

pytestmark = pytest.mark.timeout(240)

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server that may be killed, with a migrated database."""
    cluster = Cluster(folder=Path(tempfile.mkdtemp(prefix="mutq-faults-")), throwaway=True)
    cluster.start()
    cluster.create_database("mutq")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        check=True,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": cluster.app_url(), "DATABASE_OWNER_URL": cluster.owner_url()},
    )
    yield cluster
    cluster.remove()


def in_it(cluster: Cluster, act, **arguments):
    """Do something in that database, in a process of its own."""
    return processes.values([processes.alone(act, database=cluster.app_url(), **arguments)])[0]


def kill_server(cluster: Cluster) -> None:
    """Kill the server and all its children at once, as a power cut does, and start it again."""
    assert cluster.process is not None
    server = psutil.Process(cluster.process.pid)
    family = [server, *server.children(recursive=True)]
    for member in family:
        member.kill()
    psutil.wait_procs(family, timeout=10)
    cluster.process.wait()
    cluster.start()


def restart_server(cluster: Cluster) -> None:
    """Restart the server at once, cutting every connection and rolling back what is open."""
    assert cluster.process is not None
    cluster.process.send_signal(signal.SIGINT)
    cluster.process.wait(timeout=30)
    cluster.start()


def test_a_server_killed_under_load_loses_nothing_that_was_acknowledged(cluster, sandbox, tmp_path):
    cases = in_it(cluster, database_jobs.make_payments, sandbox_url=sandbox.url, count=48)
    acknowledged = tmp_path / "acknowledged"
    acknowledged.touch()
    outcomes: list[processes.Outcome] = []
    settling = [
        Job(
            act=database_jobs.settle_and_note,
            arguments={"cases": cases[part::4], "note": str(acknowledged)},
            database=cluster.app_url(),
        )
        for part in range(4)
    ]
    load = threading.Thread(target=lambda: outcomes.extend(processes.together(settling)))
    load.start()
    for kills in (1, 2):
        until = time.monotonic() + 60
        while len(acknowledged.read_text().split()) < 12 * kills and time.monotonic() < until:
            time.sleep(0.005)
        kill_server(cluster)
    load.join()
    retries = sum(processes.values(outcomes))
    assert retries > 0, "the server was not killed under load"
    assert sorted(map(int, acknowledged.read_text().split())) == sorted(case[0] for case in cases)
    assert in_it(cluster, database_jobs.problems) == []
    assert {case[0] for case in cases} <= set(in_it(cluster, database_jobs.verified))


POINTS = ["settle.after_lock", "settle.after_ledger", "settle.before_commit", "settle.after_commit"]


@pytest.mark.parametrize("end", [restart_server, pytest.param(kill_server, marks=pytest.mark.long)])
def test_a_server_that_ends_in_mid_transaction_leaves_all_or_nothing(cluster, sandbox, end):
    """The process that was in the middle gets an error, and its next try, in the same process, succeeds."""
    cases = in_it(cluster, database_jobs.make_payments, sandbox_url=sandbox.url, count=len(POINTS))
    for case, point in zip(cases, POINTS, strict=True):
        end_in_the_middle(cluster, case, point, end)
    assert in_it(cluster, database_jobs.problems) == []


def end_in_the_middle(
    cluster: Cluster, case: database_jobs.Case, point: str, end: Callable[[Cluster], None]
) -> None:
    context = multiprocessing.get_context("forkserver")
    is_there, go_on = context.Event(), context.Event()
    outcomes: list[processes.Outcome] = []
    job = Job(
        act=database_jobs.settle_with_a_pause,
        arguments={
            "case": case,
            "point": point,
            "is_there": is_there,
            "go_on": go_on,
        },
        database=cluster.app_url(),
    )
    settling = threading.Thread(target=lambda: outcomes.extend(processes.together([job])))
    settling.start()
    assert is_there.wait(60)
    end(cluster)
    before = in_it(cluster, database_jobs.verified)
    assert (case[0] in before) == (point == "settle.after_commit")
    go_on.set()
    settling.join()
    failed = processes.values(outcomes)[0]
    assert failed == (point != "settle.after_commit")
    assert case[0] in in_it(cluster, database_jobs.verified)
