"""The folder in which one installation on one machine keeps everything."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from config.local import private_file
from config.local.refusal import Refusal

ROOT = Path(__file__).resolve().parent.parent.parent


def find_data_folder() -> Path:
    """Return the folder named by MUTQ_DATA, by default `.mutq` in the repository."""
    return Path(os.environ.get("MUTQ_DATA") or ROOT / ".mutq").resolve()


@contextlib.contextmanager
def occupy(data: Path) -> Iterator[bool]:
    """Make the folder and hold it for this process alone; raise Refusal when it cannot be written or is held.

    Gives True when the last holder was killed before it could tidy up. The hold ends with the process in any case.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        (data / "logs").mkdir(exist_ok=True)
        lock = (data / "lock").open("a")
    except OSError as error:
        raise Refusal(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "make it writable for you, or choose another with MUTQ_DATA=<folder>."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                f"Mutq already runs with the data folder {data}: stop that one, "
                "or choose another folder with MUTQ_DATA=<folder> and other ports with PORT and SANDBOX_PORT."
            ) from None
        left_behind = lock.tell() > 0
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield left_behind
        finally:
            lock.truncate(0)


def read_secret_key(data: Path) -> str:
    """Return the installation's secret key, made once and kept with mode 0600."""
    kept = data / "secret_key"
    if not kept.exists():
        private_file.write_private(kept, secrets.token_urlsafe(50))
    return kept.read_text()
