"""Programs are kept alive, and nothing of them is left when they are stopped."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.local import supervisor
from config.local.supervisor import Program

SLEEP = "import time; time.sleep(60)"
WITH_CHILD = (
    f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', '{SLEEP}']); time.sleep(60)"
)
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    programs: list[Program] = []
    yield programs
    supervisor.stop(programs, grace_seconds=0)


def started(programs: list[Program], code: str, tmp_path: Path) -> Program:
    program = Program(
        name="program",
        command=[sys.executable, "-c", code],
        environment=dict(os.environ),
        log=tmp_path / "program.log",
        folder=tmp_path,
    )
    program.start()
    programs.append(program)
    return program


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def family(program: Program) -> list[psutil.Process]:
    assert program.process is not None
    parent = psutil.Process(program.process.pid)
    return [parent, *parent.children(recursive=True)]


def test_stop_leaves_no_process_of_the_group(programs: list[Program], tmp_path: Path) -> None:
    program = started(programs, WITH_CHILD, tmp_path)
    wait_until(lambda: len(family(program)) == 2)
    processes = family(program)
    supervisor.stop(programs)
    wait_until(lambda: not any(process.is_running() for process in processes))


def test_deaf_program_is_killed_after_the_grace(programs: list[Program], tmp_path: Path) -> None:
    program = started(programs, DEAF, tmp_path)
    wait_until(lambda: "deaf" in (tmp_path / "program.log").read_text())
    processes = family(program)
    began = time.monotonic()
    supervisor.stop(programs, grace_seconds=0.5)
    assert time.monotonic() - began < 3
    assert not any(process.is_running() for process in processes)


def test_dead_program_is_started_again_later_each_time(programs: list[Program], tmp_path: Path) -> None:
    program = started(programs, "print('here', flush=True)", tmp_path)
    program.pause_seconds = 0.1
    pauses = [program.pause_seconds]

    def started_three_times() -> bool:
        program.revive()
        if program.pause_seconds != pauses[-1]:
            pauses.append(program.pause_seconds)
        return (tmp_path / "program.log").read_text().count("here") == 3

    wait_until(started_three_times)
    assert pauses[:3] == pytest.approx([0.1, 0.2, 0.4])


def test_children_of_a_dead_program_do_not_meet_its_successor(
    programs: list[Program], tmp_path: Path
) -> None:
    program = started(programs, WITH_CHILD, tmp_path)
    wait_until(lambda: len(family(program)) == 2)
    first, child = family(program)
    first.kill()
    wait_until(program.has_ended)
    program.revive()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_living_program_is_left_alone(programs: list[Program], tmp_path: Path) -> None:
    program = started(programs, SLEEP, tmp_path)
    process = program.process
    program.revive()
    assert program.process is process


def test_stopped_program_stays_stopped(programs: list[Program], tmp_path: Path) -> None:
    program = started(programs, SLEEP, tmp_path)
    supervisor.stop(programs)
    program.revive()
    assert program.process is None
