"""A PostgreSQL 18 of our own, from the programs bundled in a wheel, listening on 127.0.0.1 only."""

import functools
import json
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil

from config.local import (
    offspring,
    ports,
    private_file,
    server_data,
    server_identity,
    server_place,
    server_programs,
)
from config.local.refusal import Refusal

SUPERUSER = "postgres"
OWNER = "mutq_owner"
APP = "mutq_app"

_SQL = Path(__file__).parent.parent / "postgres"

_SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# For data that nobody misses: a crash of the machine may lose it, a crash of the server does not.
_THROWAWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

_START_SECONDS = 60
_PREDECESSOR_SECONDS = 10
_STOPS = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))


class Cluster:
    """One PostgreSQL server with its data, passwords (mode 0600) and remembered port in one folder.

    With `throwaway` the data need not survive a crash of the machine, and `mutq_owner` may create databases:
    for tests.
    """

    def __init__(self, *, folder: Path, log: Path | None = None, throwaway: bool = False) -> None:
        self.folder = folder.resolve()
        self.log = log or self.folder / "postgres.log"
        self.throwaway = throwaway
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def superuser_url(self) -> str:
        """Address for the superuser; for provisioning and tests of provisioning only."""
        return self._url(role=SUPERUSER, database="postgres")

    def owner_url(self, database: str = "mutq") -> str:
        """Address under which migrations run."""
        return self._url(role=OWNER, database=database)

    def app_url(self, database: str = "mutq") -> str:
        """Address under which pages and workers run."""
        return self._url(role=APP, database=database)

    @property
    def is_running(self) -> bool:
        """Say whether the server that this object started is alive."""
        return self.process is not None and self.process.poll() is None

    def initialise(self) -> None:
        """Create passwords and empty data, once; a repeat changes nothing, an interrupted run begins anew."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = self.folder / "passwords.json"
        if not kept.exists():
            passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
            private_file.write_private(kept, json.dumps(passwords))
        server_data.require_data(
            place=self._place,
            identity=self._identity,
            superuser=SUPERUSER,
            password=self._passwords()[SUPERUSER],
            durable=not self.throwaway,
        )

    def start(self) -> None:
        """Start the server and make sure of the two roles; raise Refusal when it does not come up.

        A repeat while it runs does nothing. PostgreSQL recovers by itself from a server killed earlier.
        """
        if self.is_running:
            return
        self.initialise()
        self._clear_predecessor()
        deadline = time.monotonic() + _START_SECONDS
        while not self._try_to_start(deadline=deadline):
            # Children of a killed server still hold its memory, or another program just took the port.
            time.sleep(0.2)
        self._psql("--file", str(_SQL / "roles.sql"))
        if self.throwaway:
            self._psql("--command", f"ALTER ROLE {OWNER} CREATEDB")

    def create_database(self, name: str) -> None:
        """Create a database owned by `mutq_owner` where `mutq_app` may connect; a repeat changes nothing."""
        self._psql("--file", str(_SQL / "database.sql"), MUTQ_DATABASE=name)

    def stop(self) -> None:
        """Stop the server that this object started, rolling back what is open; a repeat does nothing."""
        if self.process is None:
            return
        for stop, seconds in _STOPS:
            if self.process.poll() is None:
                self.process.send_signal(stop)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                continue
            break
        self.process = None

    def remove(self) -> None:
        """Stop the server and delete everything that it kept."""
        self.stop()
        if self._place.outside is not None:
            shutil.rmtree(self._place.outside, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @functools.cached_property
    def _identity(self) -> server_identity.ServerIdentity:
        return server_identity.choose_identity()

    @functools.cached_property
    def _place(self) -> server_place.ServerPlace:
        return server_place.find_place(folder=self.folder, identity=self._identity)

    def _passwords(self) -> dict[str, str]:
        kept: dict[str, str] = json.loads((self.folder / "passwords.json").read_text())
        return kept

    def _clear_predecessor(self) -> None:
        """See to it that no server of an earlier run, whose starter was killed, stands in the way."""
        pid_file = self._place.data / "postmaster.pid"
        predecessor = _server_named_in(pid_file, data=self._place.data)
        if predecessor is None:
            # Its number may belong to some other program by now, which PostgreSQL cannot know.
            pid_file.unlink(missing_ok=True)
            return
        parent = predecessor.parent()
        if parent is None or parent.pid == 1:
            predecessor.send_signal(signal.SIGINT)
        try:
            predecessor.wait(timeout=_PREDECESSOR_SECONDS)
        except psutil.TimeoutExpired:
            raise Refusal(
                f"Another PostgreSQL (process {predecessor.pid}) works in {self.folder}: "
                "stop the program that started it, or choose another folder with MUTQ_DATA."
            ) from None

    def _try_to_start(self, *, deadline: float) -> bool:
        log_start = self.log.stat().st_size if self.log.exists() else 0
        self.process = self._launch(port=self._choose_port())
        while self.process.poll() is None:
            if _says_ready(self._place.data / "postmaster.pid", pid=self.process.pid):
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise Refusal(
                    f"PostgreSQL did not get ready within {_START_SECONDS} seconds: see {self.log}."
                )
            time.sleep(0.02)
        said = self.log.read_bytes()[log_start:].decode(errors="replace")
        if "in use" in said and time.monotonic() < deadline:
            return False
        raise Refusal(f"PostgreSQL did not start ({server_programs.last_line(said)}): see {self.log}.")

    def _choose_port(self) -> int:
        """Prefer the port of the last run, so that addresses written down stay good."""
        kept = self.folder / "port"
        if kept.exists() and ports.is_free(port=int(kept.read_text())):
            return int(kept.read_text())
        port = ports.choose_free_port()
        kept.write_text(f"{port}\n")
        return port

    def _launch(self, *, port: int) -> subprocess.Popen[bytes]:
        settings = _SETTINGS | (_THROWAWAY_SETTINGS if self.throwaway else {}) | {"port": str(port)}
        end_with_parent = offspring.end_with_parent(by=signal.SIGINT)

        def become_server() -> None:
            self._identity.assume()
            end_with_parent()  # last, because a change of identity undoes it

        with self.log.open("ab") as log:
            return subprocess.Popen(
                [
                    str(self._place.programs / "postgres"),
                    f"-D{self._place.data}",
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                env=server_programs.ENVIRONMENT,
                cwd=self._place.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=become_server,
            )

    def _url(self, *, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._passwords()[role]}@{ports.HOST}:{self._port()}/{database}"

    def _port(self) -> int:
        return int((self.folder / "port").read_text())

    def _psql(self, *arguments: str, **variables: str) -> None:
        passwords = self._passwords()
        # Passwords travel in the environment, because everybody can read the arguments of a process.
        environment = server_programs.ENVIRONMENT | {
            "PGHOST": ports.HOST,
            "PGPORT": str(self._port()),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": passwords[SUPERUSER],
            "PGDATABASE": "postgres",
            "MUTQ_OWNER_PASSWORD": passwords[OWNER],
            "MUTQ_APP_PASSWORD": passwords[APP],
        }
        done = subprocess.run(
            [str(self._place.programs / "psql"), "--no-psqlrc", "--quiet", *arguments],
            env=environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            reason = server_programs.last_line(done.stderr)
            raise Refusal(f"PostgreSQL refused its set-up ({reason}): see {self.log}.")


def _server_named_in(pid_file: Path, *, data: Path) -> psutil.Process | None:
    try:
        server = psutil.Process(int(pid_file.read_text().split("\n")[0]))
        if server.status() != psutil.STATUS_ZOMBIE and Path(server.cwd()) == data:
            return server
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return None


def _says_ready(pid_file: Path, *, pid: int) -> bool:
    try:
        lines = pid_file.read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"
