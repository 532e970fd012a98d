"""`make demo`: the journey of one payment, on a whole Mutq that lasts as long as the journey."""

import logging
import shutil
import tempfile
from pathlib import Path

from config.local import data_folder, ports
from config.local.installation import Installation
from config.local.refusal import Refusal, refuse
from config.local.stopping import StopAsked, StopWatch


def main() -> None:
    """Walk the journey and exit with its code: 0 only if the course opened by rule."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    watch = StopWatch()
    data = Path(tempfile.mkdtemp(prefix="mutq-demo-"))
    try:
        code = _walk(data=data, watch=watch)
    except StopAsked:
        code = 130
    except Refusal as refusal:
        refuse(refusal)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    raise SystemExit(code)


def _walk(*, data: Path, watch: StopWatch) -> int:
    with data_folder.occupy(data):
        installation = Installation(
            data=data,
            port=ports.choose_free_port(),
            sandbox_port=ports.choose_free_port(),
            watch=watch,
            throwaway=True,
        )
        try:
            installation.start_database()
            installation.start_sandbox()
            installation.manage("migrate", "--no-input", "--skip-checks")
            installation.start_web()
            installation.start_background()
            installation.wait_for_sandbox()
            installation.wait_for_web()
            return installation.show("demo_payment")
        finally:
            installation.remove()


if __name__ == "__main__":
    main()
