"""One whole Mutq on this machine: database, sandbox, web, worker, beat."""

import logging
import sys
import time
import urllib.request
from pathlib import Path

from config.local import data_folder, environment, postgres, server_programs, supervisor
from config.local.refusal import Refusal
from config.local.stopping import StopWatch

logger = logging.getLogger(__name__)

DATABASE = "mutq"
_READY_SECONDS = 60
_POLL_SECONDS = 0.1


class Installation:
    """Starts the parts of Mutq in order, keeps them alive, stops them in order.

    Every waiting step ends with StopAsked as soon as the watch says so.
    """

    def __init__(
        self, *, data: Path, port: int, sandbox_port: int, watch: StopWatch, throwaway: bool = False
    ) -> None:
        self.data = data
        self.logs = data / "logs"
        self.port = port
        self.sandbox_port = sandbox_port
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        self.environment: dict[str, str] = {}
        self._watch = watch
        self._throwaway = throwaway
        self._cluster: postgres.Cluster | None = None
        self._programs: list[supervisor.Program] = []

    def start_database(self) -> None:
        """Start our PostgreSQL, unless the caller brought one, and settle the environment of all programs."""
        databases = environment.read_given_databases()
        if databases is None:
            self._cluster = postgres.Cluster(
                folder=self.data / "postgres", log=self.logs / "postgres.log", throwaway=self._throwaway
            )
            self._cluster.start()
            self._cluster.create_database(DATABASE)
            databases = environment.Databases(
                app_url=self._cluster.app_url(DATABASE), owner_url=self._cluster.owner_url(DATABASE)
            )
        self.environment = environment.build_environment(
            data=self.data, databases=databases, port=self.port, sandbox_port=self.sandbox_port
        )
        environment.write_environment(self.environment, data=self.data)
        self._watch.check()

    def start_sandbox(self) -> None:
        """Start the server that plays the banks; it needs a moment until `wait_for_sandbox`."""
        storage = self.data / "sandbox.sqlite3"
        self._start("sandbox", ["vpos_sandbox", "--port", str(self.sandbox_port), "--storage", str(storage)])

    def wait_for_sandbox(self) -> None:
        """Wait until the sandbox answers; raise Refusal when it does not come up."""
        self._wait_for_answer("sandbox", f"{self.sandbox_url}/_control/schema")

    def start_web(self) -> None:
        """Start the pages and the API; they need a moment until `wait_for_web`."""
        serve = ["gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        threads = ["--worker-class", "gthread", "--workers", "2", "--threads", "8"]
        self._start("web", [*serve, *threads, "--preload", "--no-control-socket", "--access-logfile", "-"])

    def wait_for_web(self) -> None:
        """Wait until the pages answer and the database is ready for them; raise Refusal when not."""
        self._wait_for_answer("web", f"{self.url}/readyz")

    def start_background(self) -> None:
        """Start the worker, and the beat that wakes it."""
        celery = ["celery", "-A", "config"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        self._start("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", *quiet])
        schedule = ["--schedule", str(self.data / "beat-schedule"), "--pidfile", ""]
        self._start("beat", [*celery, "beat", "--loglevel", "INFO", *schedule])

    def manage(self, *arguments: str) -> str:
        """Run one Django command to its end and return what it printed; raise Refusal when it failed."""
        log = self.logs / f"{arguments[0]}.log"
        log.unlink(missing_ok=True)
        code = self._run([sys.executable, "manage.py", *arguments], log=log)
        said = log.read_text(errors="replace")
        if code != 0:
            reason = server_programs.last_line(said)
            raise Refusal(f"`manage.py {arguments[0]}` failed ({reason}): see {log}.")
        return said

    def show(self, *arguments: str) -> int:
        """Run one Django command on the terminal and return its exit code."""
        return self._run([sys.executable, "manage.py", *arguments], log=None)

    def keep_alive(self) -> None:
        """Start again whatever dies, until the watch ends this with StopAsked."""
        while True:
            self._watch.check()
            self._revive_cluster()
            for program in self._programs:
                program.revive()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop all that was started here and nothing else, the database last. Safe to repeat."""
        supervisor.stop(self._programs)
        self._programs.clear()
        if self._cluster is not None:
            self._cluster.stop()

    def remove(self) -> None:
        """Stop everything and delete the database."""
        self.stop()
        if self._cluster is not None:
            self._cluster.remove()

    def _start(self, name: str, module: list[str]) -> None:
        program = self._program(name, [sys.executable, "-m", *module], log=self.logs / f"{name}.log")
        program.start()
        self._programs.append(program)

    def _run(self, command: list[str], *, log: Path | None) -> int:
        program = self._program(command[-1], command, log=log)
        program.start()
        try:
            while not program.has_ended():
                self._watch.check()
                time.sleep(_POLL_SECONDS)
        except BaseException:
            supervisor.stop([program])
            raise
        return program.finish()

    def _program(self, name: str, command: list[str], *, log: Path | None) -> supervisor.Program:
        return supervisor.Program(
            name=name, command=command, environment=self.environment, log=log, folder=data_folder.ROOT
        )

    def _wait_for_answer(self, name: str, url: str) -> None:
        program = next(program for program in self._programs if program.name == name)
        deadline = time.monotonic() + _READY_SECONDS
        while not _answers(url):
            self._watch.check()
            if program.has_ended() or time.monotonic() > deadline:
                log = self.logs / f"{name}.log"
                reason = server_programs.last_line(log.read_text(errors="replace"))
                raise Refusal(f"The {name} server did not come up ({reason}): see {log}.")
            time.sleep(_POLL_SECONDS)

    def _revive_cluster(self) -> None:
        if self._cluster is None or self._cluster.is_running:
            return
        logger.warning("PostgreSQL ended; starting it again, see %s", self._cluster.log)
        try:
            self._cluster.start()
        except Refusal as refusal:
            logger.warning("%s", refusal)
            time.sleep(1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 -- our own address
            return True
    except OSError:  # no server yet, or one that says that it is not ready
        return False
