"""How `make run` learns that it shall stop."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType


class StopAsked(Exception):  # noqa: N818 -- not an error
    """Somebody wants everything stopped."""


class StopWatch:
    """Notes SIGINT and SIGTERM, and whether the `make` that started us was interrupted or is gone."""

    def __init__(self) -> None:
        self._asked = False
        self._make = os.getppid() if os.environ.get("MAKELEVEL") else None
        self._make_was_open = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def check(self) -> None:
        """Raise StopAsked when it is time to stop."""
        if self._asked or self._make_has_given_up():
            raise StopAsked

    def _make_has_given_up(self) -> bool:
        """
        Say whether `make` is gone or in its handler for SIGINT.

        It passes SIGTERM on to its children but not SIGINT: it trusts that a terminal sent it to all, and waits for
        them inside the handler, with the signal blocked. `kill -INT` on `make` alone would wait for ever.
        """
        if self._make is None:
            return False
        blocked = _blocks_interrupts(self._make)
        self._make_was_open |= not blocked
        return os.getppid() != self._make or (self._make_was_open and blocked)


def _blocks_interrupts(pid: int) -> bool:
    """Say whether SIGINT is blocked in a process; only Linux tells."""
    if sys.platform != "linux":
        return False
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    blocked = next(line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked, 16) >> (signal.SIGINT - 1) & 1)
