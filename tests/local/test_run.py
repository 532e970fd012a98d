"""`make run` as its users see it: starts, comes back to life, stops and leaves nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.local import data_folder, ports

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

# The aims are 180 and 10 seconds on a machine that does nothing else; other tests run beside these.
FIRST_START_SECONDS = 180
NEXT_START_SECONDS = 30


class Run:
    """One `make run` with ports and a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = f"http://{ports.HOST}:{ports.choose_free_port()}"
        self.sandbox_url = f"http://{ports.HOST}:{ports.choose_free_port()}"
        self.output = ""
        self.make: subprocess.Popen[str] | None = None
        self.family: list[psutil.Process] = []

    @property
    def environment(self) -> dict[str, str]:
        foreign = ("DATABASE_", "MUTQ_", "SECRET_KEY", "PUBLIC_URL", "LANGUAGE_CODE", "MAKE", "PYTEST_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {
            **inherited,
            "MUTQ_DATA": str(self.data),
            "PORT": self.url.rpartition(":")[2],
            "SANDBOX_PORT": self.sandbox_url.rpartition(":")[2],
        }

    def start(self) -> float:
        """Start it and wait until it says where to click; return the seconds that took."""
        began = time.monotonic()
        self.make = subprocess.Popen(
            ["make", "run", f"PYTHON={sys.executable}"],
            cwd=data_folder.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.make.stdout is not None
        self.output = ""
        for line in self.make.stdout:
            self.output += line
            if "Ctrl-C" in line:
                break
        assert "Ctrl-C" in self.output, self.output
        self.family = psutil.Process(self.make.pid).children(recursive=True)
        return time.monotonic() - began

    def ready(self) -> bool:
        """Say whether the web answers that it is ready, database included."""
        return answers(f"{self.url}/readyz")

    def one(self, *words: str) -> psutil.Process:
        """Return the oldest process of the run whose command has all these words."""
        return min(self._all(*words), key=lambda process: process.create_time())

    def has(self, *words: str) -> bool:
        """Say whether such a process is there."""
        return bool(self._all(*words))

    def _all(self, *words: str) -> list[psutil.Process]:
        assert self.make is not None
        found = []
        for process in psutil.Process(self.make.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if all(word in " ".join(process.cmdline()) for word in words):
                    found.append(process)
        return found

    def stop(self, stop: Callable[[int], None]) -> list[psutil.Process]:
        """Stop it by what `stop` does to make's number; return what is left of it 20 s later."""
        assert self.make is not None
        stop(self.make.pid)
        self.make.communicate(timeout=60)
        self.make = None
        left: list[psutil.Process] = psutil.wait_procs(self.family, timeout=20)[1]
        return left


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own address
            return True
    except OSError:
        return False


def wait_until(condition: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("run") / "data")
    assert run.start() < FIRST_START_SECONDS
    yield run
    if run.make is not None:
        run.stop(lambda pid: os.kill(pid, signal.SIGTERM))


@pytest.fixture
def running(run: Run) -> Run:
    if run.make is None:
        run.start()
    return run


def test_terminal_says_where_to_click(running: Run) -> None:
    for address in (f"{running.url}/admin/", f"{running.url}/api/schema/", f"{running.sandbox_url}/"):
        assert address in running.output
        assert answers(address), address
    assert str(running.data / "mails") in running.output


@pytest.mark.parametrize(
    "words", [("celery", "worker"), ("celery", "beat"), ("gunicorn",), ("vpos_sandbox",), ("bin/postgres",)]
)
def test_killed_part_comes_back(running: Run, words: tuple[str, ...]) -> None:
    wait_until(lambda: running.has(*words), seconds=20)  # may still be coming back from the test before
    victim = running.one(*words)
    victim.kill()
    wait_until(lambda: not victim.is_running(), seconds=5)

    wait_until(lambda: running.has(*words) and running.one(*words) != victim and running.ready(), seconds=20)


def test_django_commands_reach_the_running_installation(running: Run) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "config.local.manage",
            "shell",
            "--command",
            "print(__import__('students').__name__)",
        ],
        cwd=data_folder.ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip().endswith("students"), done.stderr


def test_second_run_on_the_same_data_is_refused(running: Run) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.local.run"],
        cwd=data_folder.ROOT,
        env=running.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "already runs" in done.stderr
    assert running.ready()


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(lambda pid: os.kill(pid, signal.SIGTERM), id="SIGTERM to make"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGINT), id="SIGINT to make alone"),
        pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), id="Ctrl-C"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGKILL), id="SIGKILL to make"),
    ],
)
def test_stop_leaves_no_process_and_the_next_start_is_quick(
    running: Run, stop: Callable[[int], None]
) -> None:
    assert running.stop(stop) == []
    assert running.start() < NEXT_START_SECONDS
    assert running.ready()


def test_stop_leaves_others_alone(running: Run) -> None:
    with subprocess.Popen(["sleep", "60"]) as neighbour:
        running.stop(lambda pid: os.kill(pid, signal.SIGTERM))
        assert neighbour.poll() is None
        neighbour.kill()


def test_killed_run_leaves_no_process(running: Run) -> None:
    running.one("config.local.run").kill()
    assert running.stop(lambda _pid: None) == []
