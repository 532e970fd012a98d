"""Child processes that do not outlive us."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(*, by: signal.Signals) -> Callable[[], None]:
    """Return a step for a new child, run before its program: the kernel sends it `by` when we die.

    Even `kill -9` on us then leaves nothing behind. Only Linux offers this; elsewhere the step does nothing.
    The kernel watches the thread that starts the child, so start children from a thread that lasts.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            os.kill(os.getpid(), by)

    return ask_the_kernel
