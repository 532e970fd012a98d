"""
Named places where a test may end the process.

`point("settlement.after_lock")` does nothing unless MUTQ_CRASH_AT names it (or names it with a count, `name:3`, for the
third time); then the process dies as by `kill -9`, so that tests can prove what each instruction leaves behind.
"""

import collections
import os
import signal

from django.conf import settings

_seen: collections.Counter[str] = collections.Counter()


def point(name: str) -> None:
    """Die here if a test asked for it; otherwise nothing."""
    if not settings.CRASH_AT:
        return
    wanted, _, count = settings.CRASH_AT.partition(":")
    if wanted != name:
        return
    _seen[name] += 1
    if _seen[name] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
