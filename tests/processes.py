"""
Real processes for tests: several let go at one moment, or one that dies at a chosen place.

Each is forked from a server that holds Django ready (see `tests.preloaded`), so that a process costs milliseconds; it has its
own connection to the database of this test run and speaks to the sandbox like any other. What it is told to do is a function
of an importable module.
"""

import dataclasses
import functools
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

LONGEST_SECONDS = 90


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """
    What one process does.

    `crash_at` arms a named point (common.crash); `die_after` kills the process when its n-th statement is done;
    `without_lock` takes the student's lock out of settlements, so that a test can show that it would notice; `database` is the
    address of another database than that of this test run.
    """

    act: Callable[..., Any]
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)
    crash_at: str = ""
    die_after: int = 0
    without_lock: bool = False
    database: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a process ended: with a value, with an error's text, or killed."""

    value: Any = None
    error: str = ""
    was_killed: bool = False
    statements: int = 0


@functools.cache
def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    return context


def together(jobs: Sequence[Job]) -> list[Outcome]:
    """Run the jobs in processes of their own, let go at one moment, and return how each ended, in the order given."""
    start = _context().Barrier(len(jobs))
    running = [_launch(job, start) for job in jobs]
    return [_end(process, receiver) for process, receiver in running]


def alone(
    act: Callable[..., Any], *, crash_at: str = "", die_after: int = 0, database: str = "", **arguments: Any
) -> Outcome:
    """Run one job in a process of its own and return how it ended."""
    job = Job(act=act, arguments=arguments, crash_at=crash_at, die_after=die_after, database=database)
    return together([job])[0]


def values(outcomes: Sequence[Outcome]) -> list[Any]:
    """Return what the processes returned; an error in any of them fails the test with its text."""
    errors = [outcome.error or "killed" for outcome in outcomes if outcome.error or outcome.was_killed]
    assert not errors, errors[0]
    return [outcome.value for outcome in outcomes]


def _launch(job: Job, start: Any) -> tuple[ForkServerProcess, Connection]:
    receiver, sender = _context().Pipe(duplex=False)
    process = _context().Process(target=_work, args=(job, dict(os.environ), start, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _end(process: ForkServerProcess, receiver: Connection) -> Outcome:
    try:
        outcome: Outcome = (
            receiver.recv() if receiver.poll(LONGEST_SECONDS) else Outcome(error="it takes too long")
        )
    except EOFError:
        outcome = Outcome(was_killed=True)
    if outcome.error == "it takes too long":
        process.kill()
    process.join()
    receiver.close()
    killed = process.exitcode == -signal.SIGKILL
    assert killed == (outcome.was_killed or outcome.error == "it takes too long"), process.exitcode
    process.close()
    return outcome


def _work(job: Job, variables: dict[str, str], start: Any, sender: Connection) -> None:
    """Run in the new process."""
    import environ
    from django.conf import settings
    from django.db import connection, connections

    from tests import preloaded

    os.environ.clear()
    os.environ.update(variables)
    settings.CRASH_AT = job.crash_at
    if job.without_lock:
        preloaded.take_the_lock_out()
    if job.database:
        connection.settings_dict.update(environ.Env.db_url_config(job.database))
    counter = _Counter(die_after=job.die_after)
    connection.ensure_connection()
    start.wait(timeout=LONGEST_SECONDS)
    try:
        with connection.execute_wrapper(counter):
            value = job.act(**job.arguments)
        outcome = Outcome(value=value, statements=counter.done)
    except Exception:  # noqa: BLE001 -- the test that started this process judges it
        outcome = Outcome(error=traceback.format_exc())
    connections.close_all()
    sender.send(outcome)
    sender.close()


class _Counter:
    """Counts statements, and ends the process after one of them as by `kill -9`."""

    def __init__(self, *, die_after: int) -> None:
        self.die_after = die_after
        self.done = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.done += 1
        if self.done == self.die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
