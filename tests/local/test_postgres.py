"""The embedded PostgreSQL, driven for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import errors

from config.local import ports
from config.local.postgres import Cluster
from config.local.refusal import Refusal


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder=tmp_path / "postgres", throwaway=True)
    cluster.start()
    cluster.create_database("mutq")
    yield cluster
    cluster.remove()


def kill_at_once(cluster: Cluster) -> None:
    assert cluster.process is not None
    cluster.process.kill()
    cluster.process.wait()


def write_note(cluster: Cluster) -> None:
    with psycopg.connect(cluster.owner_url()) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('kept')")


def read_note(cluster: Cluster) -> str:
    with psycopg.connect(cluster.owner_url()) as connection:
        row = connection.execute("SELECT text FROM note").fetchone()
        assert row is not None
        return str(row[0])


def test_letters_of_the_school_have_an_upper_case(cluster: Cluster) -> None:
    with psycopg.connect(cluster.app_url()) as connection:
        row = connection.execute(
            "SELECT upper('մուտք вход'), current_setting('server_encoding'), current_setting('TimeZone')"
        ).fetchone()
    assert row == ("ՄՈՒՏՔ ВХОД", "UTF8", "UTC")


def test_app_role_owns_and_creates_nothing(cluster: Cluster) -> None:
    with psycopg.connect(cluster.app_url(), autocommit=True) as connection:
        for statement in (
            "CREATE TABLE mine ()",
            "CREATE DATABASE mine",
            "CREATE ROLE mine",
            "CREATE SCHEMA mine",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)


def test_owner_role_is_no_superuser(cluster: Cluster) -> None:
    with psycopg.connect(cluster.owner_url(), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = 'mutq_owner'"
        ).fetchone()
        assert row == (False, False, False, False)
        connection.execute("CREATE TABLE mine ()")


def test_a_password_is_asked_of_everybody(cluster: Cluster) -> None:
    for url in (cluster.app_url(), cluster.owner_url(), cluster.superuser_url):
        user, _, address = url.removeprefix("postgresql://").partition("@")
        wrong = f"postgresql://{user.partition(':')[0]}:guess@{address}"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_passwords_are_for_their_owner_only(cluster: Cluster) -> None:
    assert (cluster.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert cluster.folder.stat().st_mode & 0o077 == 0


def test_nobody_outside_this_machine_can_connect(cluster: Cluster) -> None:
    assert cluster.process is not None
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(cluster.process.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_committed_data_survive_a_kill(cluster: Cluster) -> None:
    write_note(cluster)
    port, url = (cluster.folder / "port").read_text(), cluster.app_url()
    kill_at_once(cluster)
    assert not cluster.is_running
    cluster.start()
    assert read_note(cluster) == "kept"
    assert ((cluster.folder / "port").read_text(), cluster.app_url()) == (port, url)


def test_another_program_with_the_old_number_is_left_alone(cluster: Cluster) -> None:
    write_note(cluster)
    kill_at_once(cluster)
    pid_file = cluster.folder / "data" / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        cluster.start()
        assert stranger.poll() is None
        stranger.kill()
    assert read_note(cluster) == "kept"


def test_taken_port_is_chosen_anew(cluster: Cluster) -> None:
    cluster.stop()
    port = int((cluster.folder / "port").read_text())
    with socket.create_server((ports.HOST, port)):
        cluster.start()
        assert int((cluster.folder / "port").read_text()) != port
        with psycopg.connect(cluster.app_url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_second_start_is_quick(cluster: Cluster) -> None:
    cluster.stop()
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 2


def test_a_server_that_works_elsewhere_is_not_disturbed(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.local.postgres._PREDECESSOR_SECONDS", 0.5)
    with pytest.raises(Refusal, match="Another PostgreSQL"):
        Cluster(folder=cluster.folder, throwaway=True).start()
    assert cluster.is_running


def test_data_of_another_version_are_refused(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.folder / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refusal, match="written by PostgreSQL 17, not 18"):
        cluster.start()


def test_interrupted_initialisation_is_begun_anew(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    cluster = Cluster(folder=tmp_path / "postgres", throwaway=True)
    cluster.initialise()
    assert not unfinished.exists()
    assert (tmp_path / "postgres" / "data" / "base").is_dir()


def test_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config.local.postgres import Cluster\n"
        "cluster = Cluster(folder=Path(sys.argv[1]), throwaway=True); cluster.start()\n"
        "print(cluster.process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "postgres")], stdout=subprocess.PIPE
    )
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    server.wait(timeout=10)
