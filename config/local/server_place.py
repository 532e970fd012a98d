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
        programs = _copy_programs(programs, folder=outside)
    return ServerPlace(programs=programs, data=outside / "data", outside=outside)


def _copy_programs(programs: Path, *, folder: Path) -> Path:
    """Copy them with the libraries that the wheel keeps beside its package, at the same distance."""
    installation, package = programs.parent, programs.parent.parent
    copy = folder / "programs"
    if not copy.exists():
        unfinished = folder / "programs.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(installation, unfinished / package.name / installation.name, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(copy)
    return copy / package.name / installation.name / programs.name
