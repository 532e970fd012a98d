"""Where the programs and the data of a PostgreSQL server lie."""

import dataclasses
import hashlib
import shutil
from pathlib import Path

from config.local import server_programs
from config.local.server_identity import ServerIdentity

# For the identity `nobody`, which cannot reach into folders that are closed to others.
_OUTSIDE = Path("/var/lib")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServerPlace:
    """Folder of the programs, folder of the data, and the one outside the cluster's own, if needed."""

    programs: Path
    data: Path
    outside: Path | None = None


def find_place(*, folder: Path, identity: ServerIdentity) -> ServerPlace:
    """Return the place of a cluster kept in `folder`, copying the programs where the identity needs that."""
    programs = server_programs.find_bundled_programs()
    if identity.file_owner is None:
        return ServerPlace(programs=programs, data=folder / "data")
    outside = _OUTSIDE / f"mutq-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    outside.mkdir(mode=0o711, exist_ok=True)
    if not identity.can_enter(programs):
        programs = _copy_programs(source=programs.parent, target=outside / "programs")
    return ServerPlace(programs=programs, data=outside / "data", outside=outside)


def _copy_programs(*, source: Path, target: Path) -> Path:
    if not target.exists():
        unfinished = target.with_name("programs.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(source / part, unfinished / part, symlinks=True)
        unfinished.rename(target)
    return target / "bin"
