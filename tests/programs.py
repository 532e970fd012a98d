"""The programs of an installation for tests: web server, worker, beat, Redis. Killed as a power cut does, started again."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.local import offspring, ports

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60


class Program:
    """One program with all its children in a process group of its own, and its log in the folder of the test."""

    def __init__(self, name: str, command: list[str], *, folder: Path, environ: dict[str, str] | None = None):
        self.name = name
        self.command = command
        self.environ = environ or {}
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: Callable[[], bool]) -> None:
        """Start it and wait until it is ready; fails with the end of its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=offspring.end_with_parent(by=signal.SIGKILL),
            )
        wait_until(ready, why=self.said)

    def kill(self) -> None:
        """End it and its children at once, as `kill -9` does. Safe to repeat."""
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def said(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def says(self, text: str) -> Callable[[], bool]:
        """Return a question: has it written this text since now?"""
        start = self.log.stat().st_size if self.log.exists() else 0
        return lambda: text.encode() in self.log.read_bytes()[start:]


def web(*, folder: Path, port: int, environ: dict[str, str] | None = None) -> Program:
    """Return a web server as production runs it, with one process."""
    serve = ["gunicorn", "config.wsgi:application", "--bind", f"{ports.HOST}:{port}"]
    threads = ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket"]
    return Program("web", [sys.executable, "-m", *serve, *threads], folder=folder, environ=environ)


def worker(*, folder: Path, environ: dict[str, str]) -> Program:
    """Return a Celery worker."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery = ["celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet]
    return Program("worker", [sys.executable, "-m", *celery], folder=folder, environ=environ)


def beat(*, folder: Path, environ: dict[str, str], name: str = "beat") -> Program:
    """Return a Celery beat."""
    celery = ["celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile", ""]
    schedule = ["--schedule", str(folder / f"{name}-schedule")]
    return Program(name, [sys.executable, "-m", *celery, *schedule], folder=folder, environ=environ)


def redis(*, folder: Path, port: int) -> Program:
    """Return a Redis server that keeps nothing on disk: killing it wipes it."""
    command = ["redis-server", "--bind", ports.HOST, "--port", str(port), "--save", "", "--dir", str(folder)]
    return Program("redis", command, folder=folder)


def answers(port: int) -> Callable[[], bool]:
    """Return a question: does something listen on this port?"""

    def ask() -> bool:
        with socket.socket() as asking:
            asking.settimeout(1)
            return asking.connect_ex((ports.HOST, port)) == 0

    return ask


def is_healthy(port: int) -> Callable[[], bool]:
    """Return a question: does the web server on this port answer its health check?"""

    def ask() -> bool:
        try:
            return request(port, "GET", "/healthz")[0] == 200
        except OSError:
            return False

    return ask


def request(
    port: int, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Ask a web server and return status and body."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until(
    condition: Callable[[], bool], *, seconds: float = READY_SECONDS, why: Callable[[], str]
) -> float:
    """Wait for a condition and return how long it took; fails with what `why` says."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, why()
        time.sleep(0.05)
    return time.monotonic() - started
