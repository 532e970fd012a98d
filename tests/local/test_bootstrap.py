"""What bootstrap.py answers on machines where Mutq cannot be installed. Each answer is one sentence."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BOOTSTRAP = "config/local/bootstrap.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the repository as far as bootstrap looks at it, with one package that exists nowhere."""
    (tmp_path / "config/local").mkdir(parents=True)
    (tmp_path / BOOTSTRAP).write_text((ROOT / BOOTSTRAP).read_text())
    (tmp_path / "requirements.lock").write_text(f"mutq-unheard-of==1 --hash=sha256:{'0' * 64}\n")
    return tmp_path


def bootstrap(checkout: Path, *, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"import runpy, sys\n{before}\nrunpy.run_path('{BOOTSTRAP}', run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def assert_one_sentence(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    assert answer.returncode != 0
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    for word in words:
        assert word in answer.stderr


def test_old_python_is_named_with_the_remedy(checkout: Path) -> None:
    answer = bootstrap(checkout, before="sys.version_info = (3, 9, 2)")
    assert_one_sentence(answer, "Python 3.11 or newer", "PYTHON=python3.12")


def test_old_python_can_read_the_file() -> None:
    tree = ast.parse((ROOT / BOOTSTRAP).read_text(), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.JoinedStr, ast.AnnAssign))]


@pytest.mark.parametrize("module", ["ensurepip", "venv"])
def test_missing_module_is_named_with_its_package(checkout: Path, module: str) -> None:
    answer = bootstrap(checkout, before=f"sys.modules['{module}'] = None")
    assert_one_sentence(answer, module, "apt install python3.", "-venv")


def test_unwritable_folder_is_named(checkout: Path) -> None:
    (checkout / ".venv").touch()  # in the way of the folder, for root as well
    assert_one_sentence(bootstrap(checkout), f"{checkout}/.venv cannot be written")


def test_unreachable_index_is_named_and_a_repeat_tries_again(checkout: Path) -> None:
    offline = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "1",
    }
    for _attempt in range(2):
        assert_one_sentence(bootstrap(checkout, **offline), "package index cannot be reached", "HTTPS_PROXY")
    assert not list((checkout / ".venv").glob("*.installed"))


def test_nothing_to_install_is_done_once(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("# nothing\n")
    first, second = bootstrap(checkout), bootstrap(checkout)
    assert first.returncode == second.returncode == 0
    assert "Making .venv" in first.stdout
    assert second.stdout == ""


def test_changed_lock_is_installed_again(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text("# nothing\n")
    bootstrap(checkout)
    (checkout / "requirements.lock").write_text("# nothing else\n")
    assert "Installing what requirements.lock names" in bootstrap(checkout).stdout
