"""What `make run` answers when this machine stands in the way: one sentence, nothing started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.local import data_folder, environment, ports, server_identity
from config.local.refusal import Refusal

ROOT = Path(__file__).parent.parent.parent


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    return subprocess.run(
        [sys.executable, "-m", "config.local.run"],
        cwd=ROOT,
        env={**given, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_one_sentence(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    assert all(word in answer.stderr for word in words), answer.stderr


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_taken_port_is_named(tmp_path: Path, variable: str) -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = str(server.getsockname()[1])
        others = {name: str(ports.choose_free_port()) for name in ("PORT", "SANDBOX_PORT")}
        answer = run(**{**others, variable: port, "MUTQ_DATA": str(tmp_path)})
    assert_one_sentence(answer, f"Port {port}", f"{variable}=<number>")
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("text", ["eighty", "0", "70000", "-1", "8 0"])
def test_port_that_is_no_port_is_named(tmp_path: Path, text: str) -> None:
    assert_one_sentence(run(MUTQ_DATA=str(tmp_path), PORT=text), f"PORT={text} is not a port")


def test_one_port_for_two_servers_is_refused(tmp_path: Path) -> None:
    assert_one_sentence(run(MUTQ_DATA=str(tmp_path), PORT="8123", SANDBOX_PORT="8123"), "both 8123")


def test_unwritable_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    assert_one_sentence(run(MUTQ_DATA=str(folder)), f"{folder} cannot be written", "MUTQ_DATA=<folder>")


def test_second_run_with_the_same_data_is_refused(tmp_path: Path) -> None:
    with data_folder.occupy(tmp_path):
        assert_one_sentence(run(MUTQ_DATA=str(tmp_path)), f"already runs with the data folder {tmp_path}")


def test_half_of_the_database_addresses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/mutq")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    with pytest.raises(Refusal, match="DATABASE_OWNER_URL is not set"):
        environment.read_given_databases()


def test_folder_is_free_again_after_its_holder(tmp_path: Path) -> None:
    with data_folder.occupy(tmp_path) as left_behind:
        assert not left_behind
    with data_folder.occupy(tmp_path) as left_behind:
        assert not left_behind


def test_folder_of_a_killed_holder_says_so(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from config.local import data_folder\n"
    code += "with data_folder.occupy(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, cwd=ROOT)
    with data_folder.occupy(tmp_path) as left_behind:
        assert left_behind


def test_root_without_any_way_is_told_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_identity, "_works", lambda _identity: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Refusal, match="run the command as an ordinary user, or set DATABASE_URL"):
        server_identity.choose_identity()


def test_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    key = data_folder.read_secret_key(tmp_path)
    assert data_folder.read_secret_key(tmp_path) == key
    assert len(key) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_environment_written_down_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    databases = environment.Databases(app_url="postgresql://a:it's@h/d", owner_url="postgresql://o@h/d")
    built = environment.build_environment(data=tmp_path, databases=databases, port=1, sandbox_port=2)
    environment.write_environment(built, data=tmp_path)
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
    assert environment.read_environment(data=tmp_path) == built


def test_banks_are_always_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMERIA_BASE_URL", "https://bank.example/VPOS/")
    databases = environment.Databases(app_url="postgresql://a@h/d", owner_url="postgresql://o@h/d")
    built = environment.build_environment(data=tmp_path, databases=databases, port=1, sandbox_port=2)
    assert built["AMERIA_BASE_URL"] == "http://127.0.0.1:2/VPOS/"
    assert built["ARCA_BASE_URL"] == built["INECO_BASE_URL"] == "http://127.0.0.1:2/payment/rest/"
