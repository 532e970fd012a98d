"""Under whose name PostgreSQL runs, which refuses to be root.

An ordinary user runs it under the own name. Root (and a user without an entry in the password file, as
containers have) runs it in a fresh user namespace: there our number looks like an ordinary one, while the
files stay ours, so no user is made and no folder is opened to others. Where namespaces are forbidden, root
lends it the name `nobody`.
"""

import ctypes
import dataclasses
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from config.local.refusal import Refusal

_CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerIdentity:
    """How a child takes on the identity (`assume`, run before its program) and who owns its files."""

    kind: str  # "own", "namespace" or "nobody"
    assume: Callable[[], None]
    file_owner: tuple[int, int] | None = None  # uid and gid, when not ours

    def can_enter(self, folder: Path) -> bool:
        """Say whether the identity gets into this folder; only `nobody` may be stopped on the way."""
        if self.file_owner is None:
            return True
        return all(step.stat().st_mode & 0o001 for step in [folder, *folder.parents])

    def give(self, path: Path) -> None:
        """Make the identity the owner of a file or folder of ours."""
        if self.file_owner is not None:
            os.chown(path, *self.file_owner)


def choose_identity() -> ServerIdentity:
    """Return the first identity that works here; raise Refusal when none does."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return ServerIdentity(kind="own", assume=_change_nothing)
    candidates = [_namespace_identity()]
    if os.geteuid() == 0:
        candidates.append(_nobody_identity())
    for candidate in candidates:
        if candidate is not None and _works(candidate):
            return candidate
    raise Refusal(
        "PostgreSQL refuses to run as root and this machine allows no other way: "
        "run the command as an ordinary user, "
        "or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 18 of yours."
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _change_nothing() -> None:
    """Stay who we are."""


def _namespace_identity() -> ServerIdentity | None:
    if _libc is None:
        return None
    uid, gid = os.geteuid(), os.getegid()
    # The number needs a name in the password file; `nobody` last: the kernel shows it for all strangers.
    named = sorted((user.pw_name == "nobody", user.pw_uid) for user in pwd.getpwall() if user.pw_uid > 0)
    if not named:
        return None
    inside = named[0][1]

    def enter_namespace() -> None:
        if _libc.unshare(_CLONE_NEWUSER) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{inside} {uid} 1")
        _write("/proc/self/gid_map", f"{inside} {gid} 1")

    return ServerIdentity(kind="namespace", assume=enter_namespace)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _nobody_identity() -> ServerIdentity | None:
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return None

    def become_nobody() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return ServerIdentity(kind="nobody", assume=become_nobody, file_owner=(nobody.pw_uid, nobody.pw_gid))


def _works(identity: ServerIdentity) -> bool:
    try:
        subprocess.run(["/bin/sh", "-c", "exit"], check=True, preexec_fn=identity.assume)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
