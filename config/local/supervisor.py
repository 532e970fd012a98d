"""Keeps a few programs running: starts them, starts them again when they die, stops them all."""

import contextlib
import dataclasses
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from config.local import offspring

logger = logging.getLogger(__name__)

GRACE_SECONDS = 15
_FIRST_PAUSE_SECONDS = 1
_LONGEST_PAUSE_SECONDS = 30
_STEADY_SECONDS = 60


@dataclasses.dataclass(kw_only=True)
class Program:
    """One program: its command, its log (None: the terminal), and how it has fared so far."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path | None
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = _FIRST_PAUSE_SECONDS
    resume_at: float | None = None

    def start(self) -> None:
        """Start it in a process group of its own, so that a Ctrl-C on the terminal reaches only us."""
        with contextlib.ExitStack() as open_files:
            log = None if self.log is None else open_files.enter_context(self.log.open("ab"))
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=offspring.end_with_parent(by=signal.SIGTERM),
            )
        self.started_at = time.monotonic()
        self.resume_at = None

    def revive(self) -> None:
        """Start it again when it has died: soon at first, ever later when it keeps dying."""
        now = time.monotonic()
        if self.resume_at is not None:
            if now >= self.resume_at:
                self.start()
        elif self.process is not None and self.has_ended():
            if now - self.started_at > _STEADY_SECONDS:
                self.pause_seconds = _FIRST_PAUSE_SECONDS
            code = self.finish()
            logger.warning(
                "%s ended (exit code %s); starting it again in %g s, see %s",
                self.name,
                code,
                self.pause_seconds,
                self.log,
            )
            self.resume_at = now + self.pause_seconds
            self.pause_seconds = min(self.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)

    def has_ended(self) -> bool:
        """Say whether its first process is gone, leaving it unreaped so that its number stays ours."""
        if self.process is None or self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ask_to_end(self) -> None:
        """Send SIGTERM to its first process, which knows how to end its own children gently."""
        if self.process is not None and not self.has_ended():
            self.process.send_signal(signal.SIGTERM)

    def finish(self) -> int:
        """Kill what is left of its process group, then reap it; return its exit code (0: never started)."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return self.process.returncode


def stop(programs: list[Program], *, grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask all to end, wait for the grace, kill what is left. Safe to repeat."""
    for program in programs:
        program.resume_at = None
        program.ask_to_end()
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline and not all(program.has_ended() for program in programs):
        time.sleep(0.05)
    for program in programs:
        if not program.has_ended():
            logger.warning("%s did not end within %g s and was killed", program.name, grace_seconds)
        program.finish()
        program.process = None
