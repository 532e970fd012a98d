"""`python -m config.local.manage ARGUMENTS`: Django's command line inside the installation of `make run`."""

import os
import sys

from config.local import data_folder, environment
from config.local.refusal import Refusal, refuse


def main() -> None:
    """Become `manage.py` with the environment of the installation in MUTQ_DATA, which must be running."""
    try:
        variables = environment.read_environment(data=data_folder.find_data_folder())
    except Refusal as refusal:
        refuse(refusal)
    command = [sys.executable, str(data_folder.ROOT / "manage.py"), *sys.argv[1:]]
    os.execve(sys.executable, command, variables)  # noqa: S606 -- a program of ours, no shell


if __name__ == "__main__":
    main()
