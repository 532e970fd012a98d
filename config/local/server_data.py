"""The empty data of a new PostgreSQL server."""

import shutil
import subprocess
from pathlib import Path

from config.local import private_file, server_programs
from config.local.refusal import Refusal
from config.local.server_identity import ServerIdentity
from config.local.server_place import ServerPlace

MAJOR_VERSION = "18"


def require_data(
    *, place: ServerPlace, identity: ServerIdentity, superuser: str, password: str, durable: bool
) -> None:
    """Lay out empty data unless there are some; raise Refusal when that fails or another version wrote them.

    Safe to repeat; an interrupted run is begun anew.
    """
    version = place.data / "PG_VERSION"
    if not version.exists():
        # Under another name first: data that bears its final name is complete.
        unfinished = place.data.with_name("data.new")
        _lay_out(
            data=unfinished,
            place=place,
            identity=identity,
            superuser=superuser,
            password=password,
            durable=durable,
        )
        unfinished.rename(place.data)
    found = version.read_text().strip()
    if found != MAJOR_VERSION:
        raise Refusal(
            f"The data in {place.data} was written by PostgreSQL {found}, not {MAJOR_VERSION}: "
            "move the folder away, or choose another with MUTQ_DATA."
        )


def _lay_out(
    *, data: Path, place: ServerPlace, identity: ServerIdentity, superuser: str, password: str, durable: bool
) -> None:
    password_file = data.with_name("superuser.password")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    private_file.write_private(password_file, password)
    for path in (data, password_file):
        identity.give(path)
    command = [
        str(place.programs / "initdb"),
        f"--pgdata={data}",
        f"--username={superuser}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        # Without this locale Armenian and Russian letters have no upper case.
        "--locale-provider=builtin",
        "--builtin-locale=PG_UNICODE_FAST",
        "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]
    try:
        done = subprocess.run(
            command,
            env=server_programs.ENVIRONMENT,
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            preexec_fn=identity.assume,
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        reason = server_programs.last_line(done.stderr)
        raise Refusal(
            f"PostgreSQL could not lay out its data in {data.parent} ({reason}): choose another MUTQ_DATA."
        )
