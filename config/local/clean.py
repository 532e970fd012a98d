"""`make clean-data`: delete the installation of `make run` with all its data."""

import shutil
from pathlib import Path

from config.local import data_folder, postgres
from config.local.refusal import Refusal, refuse


def main() -> None:
    """Delete the folder in MUTQ_DATA; refuse while it is in use or when it holds no installation."""
    try:
        _delete(data_folder.find_data_folder())
    except Refusal as refusal:
        refuse(refusal)


def _delete(data: Path) -> None:
    if not (data / "lock").exists():
        raise Refusal(f"{data} holds no installation: nothing was deleted.")
    with data_folder.occupy(data):
        postgres.Cluster(folder=data / "postgres").remove()
        shutil.rmtree(data)
    print(f"Deleted {data}.")


if __name__ == "__main__":
    main()
