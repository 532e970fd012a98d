"""Make `.venv` with everything that Mutq needs: `python3 config/local/bootstrap.py [--dev]`.

Standard library only. The syntax is that of old Python 3 releases on purpose: an old interpreter shall read
this file and say what is wrong. A repeat with nothing changed does nothing.
"""

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import time

OLDEST_PYTHON = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
RUNNING_PYTHON = "{}.{}".format(*sys.version_info[:2])
NETWORK_WORDS = (
    "NewConnectionError",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "ConnectTimeoutError",
    "Read timed out",
    "ProxyError",
    "RemoteDisconnected",
    "Connection refused",
)


def main() -> None:
    """Check this machine and install what the lock files name; end with one sentence when that cannot be."""
    require_python()
    require_module("venv")
    require_module("ensurepip")
    names = ["requirements.lock"] + (["requirements-dev.lock"] if "--dev" in sys.argv[1:] else [])
    locks = [os.path.join(ROOT, name) for name in names]
    try:
        # Two make commands at once: the second waits here, then finds the work done.
        with open(locks[0]) as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            missing = [lock for lock in locks if not is_installed(lock)]
            if missing:
                make_venv()
                install(missing)
    except OSError as error:
        if error.filename is None or not str(error.filename).startswith(ROOT):
            raise
        refuse(
            "{} cannot be written ({}): make it writable for you, or clone into a folder that is.".format(
                error.filename, error.strerror
            )
        )


def require_python() -> None:
    """Refuse an interpreter that is too old to run the program."""
    if sys.version_info < OLDEST_PYTHON:
        refuse(
            "Python {}.{} or newer is needed and {} is {}: install a newer one "
            "and name it, for example `make run PYTHON=python3.12`.".format(
                OLDEST_PYTHON[0], OLDEST_PYTHON[1], sys.executable, sys.version.split()[0]
            )
        )


def require_module(name: str) -> None:
    """Refuse a Python from which the distributor has taken the parts that make a virtual environment."""
    if importlib.util.find_spec(name) is None:
        refuse(
            "Python's module {0} is missing: install it (on Debian and Ubuntu `apt install python{1}-venv`), "
            "then repeat the command.".format(name, RUNNING_PYTHON)
        )


def is_installed(lock: str) -> bool:
    """Say whether this lock file, as it is now, was installed for this version of Python."""
    if not os.path.exists(VENV_PYTHON):
        return False
    try:
        with open(stamp_of(lock)) as stamp:
            return stamp.read() == fingerprint(lock)
    except OSError:
        return False


def stamp_of(lock: str) -> str:
    """Return the path of the note that says what was installed from this lock file."""
    return os.path.join(VENV, os.path.basename(lock) + ".installed")


def fingerprint(lock: str) -> str:
    """Return a text that changes whenever the lock file or the version of Python does."""
    with open(lock, "rb") as content:
        return "python {} sha256 {}\n".format(RUNNING_PYTHON, hashlib.sha256(content.read()).hexdigest())


def make_venv() -> None:
    """Make `.venv`, unless there is one of this Python that works."""
    if version_of_venv() == RUNNING_PYTHON:
        return
    os.makedirs(VENV, exist_ok=True)
    with open(os.path.join(VENV, "writable"), "w"):
        pass  # a folder that cannot be written says so here, in words
    say("Making .venv with Python {} ...".format(sys.version.split()[0]))
    done = run([sys.executable, "-m", "venv", "--clear", VENV])
    if done.returncode != 0:
        refuse(
            "Python's module venv does not work here ({}): on Debian and Ubuntu `apt install python{}-venv`, "
            "then repeat the command.".format(last_line(done), RUNNING_PYTHON)
        )


def version_of_venv() -> str:
    """Return the version of the Python in `.venv`, or nothing when there is none that works."""
    if not os.path.exists(VENV_PYTHON):
        return ""
    done = run([VENV_PYTHON, "-c", "import pip, sys; print('{}.{}'.format(*sys.version_info[:2]))"])
    return done.stdout.strip() if done.returncode == 0 else ""


def install(locks: "list[str]") -> None:
    """Install exactly the packages and hashes that the lock files name, then note that it was done."""
    names = [os.path.basename(lock) for lock in locks]
    say("Installing what {} names ...".format(" and ".join(names)))
    began = time.time()
    command = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes"]
    for lock in locks:
        command += ["--requirement", lock]
    done = run(command)
    if done.returncode != 0:
        refuse(explain(done.stderr, last_line(done)))
    for lock in locks:
        with open(stamp_of(lock), "w") as stamp:
            stamp.write(fingerprint(lock))
    say("Installed in {:.0f} s.".format(time.time() - began))


def explain(output: str, last: str) -> str:
    """Turn what pip said into one sentence with a remedy."""
    if any(word in output for word in NETWORK_WORDS):
        return (
            "The package index cannot be reached: connect to the internet, or name your proxy in HTTPS_PROXY "
            "or your mirror in PIP_INDEX_URL, then repeat the command."
        )
    if "DO NOT MATCH THE HASHES" in output:
        return (
            "A downloaded package is not the one that the lock file names (its hash differs): "
            "check the mirror or cache it came from, then repeat the command."
        )
    if "No space left on device" in output:
        return "The disk is full: free 1 GB below {}, then repeat the command.".format(ROOT)
    return "pip could not install the packages ({}): mend that, then repeat the command.".format(last)


def run(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    """Run a command, keeping what it says for a refusal."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    """Return what a command said last."""
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else "exit code {}".format(done.returncode)


def say(text: str) -> None:
    """Show progress at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def refuse(sentence: str) -> None:
    """End with exit code 1 and one sentence."""
    sys.exit(sentence)


if __name__ == "__main__":
    main()
