"""`make run`: a whole Mutq with a demo school on this machine, until Ctrl-C."""

import logging
import os
import time

from config.local import data_folder, ports
from config.local.installation import Installation
from config.local.refusal import Refusal, refuse
from config.local.stopping import StopAsked, StopWatch

_PREDECESSOR_SECONDS = 5


def main() -> None:
    """Run until somebody asks to stop; end with one sentence when this machine does not allow it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    watch = StopWatch()
    try:
        _run(watch=watch)
    except StopAsked:
        pass
    except Refusal as refusal:
        refuse(refusal)


def _run(*, watch: StopWatch) -> None:
    data = data_folder.find_data_folder()
    port = ports.read_port(variable="PORT", text=os.environ.get("PORT") or "8000")
    sandbox_port = ports.read_port(variable="SANDBOX_PORT", text=os.environ.get("SANDBOX_PORT") or "8100")
    if port == sandbox_port:
        raise Refusal(f"PORT and SANDBOX_PORT are both {port}: choose another for one of them.")
    with data_folder.occupy(data) as left_behind:
        if left_behind:
            _wait_for_predecessor(port, sandbox_port)
        ports.require_free(variable="PORT", port=port)
        ports.require_free(variable="SANDBOX_PORT", port=sandbox_port)
        installation = Installation(data=data, port=port, sandbox_port=sandbox_port, watch=watch)
        try:
            _bring_up(installation)
            installation.keep_alive()
        finally:
            print("Stopping ...", flush=True)
            installation.stop()


def _wait_for_predecessor(*taken: int) -> None:
    """Give the children of a run that was killed the moment they need to end."""
    deadline = time.monotonic() + _PREDECESSOR_SECONDS
    while time.monotonic() < deadline and not all(ports.is_free(port=port) for port in taken):
        time.sleep(0.1)


def _bring_up(installation: Installation) -> None:
    print(f"Starting PostgreSQL in {installation.data} ...", flush=True)
    installation.start_database()
    print("Bringing the database up to date ...", flush=True)
    installation.start_sandbox()
    installation.manage("migrate", "--no-input", "--skip-checks")
    print("Loading the demo school ...", flush=True)
    installation.start_web()
    installation.wait_for_sandbox()
    demo_school = installation.manage("load_demo")
    print("Starting pages, worker and beat ...", flush=True)
    installation.start_background()
    installation.wait_for_web()
    print(_where_to_click(installation, demo_school=demo_school), flush=True)


def _where_to_click(installation: Installation, *, demo_school: str) -> str:
    url, mails = installation.url, installation.data / "mails"
    return f"""
Mutq runs.

  Start page, students, money   {url}/admin/
  API and its schema            {url}/api/schema/
  The banks' sandbox            {installation.sandbox_url}/
  Statements of the banks       {installation.sandbox_url}/cabinet
  Mails that were sent          {mails}
  Logs                          {installation.logs}

{demo_school.rstrip()}

Ctrl-C stops everything.
"""


if __name__ == "__main__":
    main()
