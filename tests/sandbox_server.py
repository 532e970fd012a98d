"""The sandbox as a real process for tests, and a small client of its control API.

    server = SandboxServer().start(tmp_path / "sandbox.sqlite3")
    server.merchant("edu", profile="ameria", password="secret")
    …
    url = server.pay(payment_id)["return_url"]
    server.stop()

Every pytest worker starts its own on a free port; scope faults, clock and counts by merchant login or order
number and tests of one worker do not meet either.
"""

import pathlib
import re
import select
import subprocess
import sys
import time
from typing import Any, Self

import httpx

ROOT = pathlib.Path(__file__).resolve().parent.parent
READY_SECONDS = 20


class SandboxServer:
    """Starts and stops one sandbox process, and speaks to its control API."""

    def __init__(self, url: str = "") -> None:
        """Know a sandbox that runs already at `url`, or none yet."""
        self.url = url.rstrip("/")
        self.process: subprocess.Popen[str] | None = None
        self._client: httpx.Client | None = None

    def start(self, storage: pathlib.Path, *, port: int = 0) -> Self:
        """Start the process on a free port and wait for its ready line. Raises RuntimeError with what it said."""
        # Its stderr goes to a file: a pipe that nobody reads would hold the process up when it is full.
        errors = storage.with_suffix(".log")
        with errors.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vpos_sandbox", "--port", str(port), "--storage", str(storage)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._first_line(self.process)
        found = re.search(r"http://\S+?:\d+", line)
        if found is None:
            self.process.communicate(timeout=5)
            raise RuntimeError(f"The sandbox did not start: {line}{errors.read_text()}")
        self.url = found[0]
        return self

    def _first_line(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            ready, _, _ = select.select([process.stdout], [], [], 0.2)
            if ready:
                return process.stdout.readline()
        process.kill()
        return ""

    def stop(self) -> int | None:
        """End the process as an operator does, and answer its exit code; repeat-safe."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=15)
        return self.process.returncode

    def kill(self) -> None:
        """End the process as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=15)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def ameria_base_url(self) -> str:
        """What stands before `api/VPOS/` in Ameriabank's addresses."""
        return f"{self.url}/VPOS/"

    @property
    def arca_base_url(self) -> str:
        """What stands before `register.do` in ArCa's addresses."""
        return f"{self.url}/payment/rest/"

    @property
    def client(self) -> httpx.Client:
        """A client of this server, opened on first use."""
        if self._client is None:
            self._client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        return self._client

    def ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Call the control API and answer its JSON. Raises httpx.HTTPStatusError with the sentence it gave."""
        answer = self.client.request(method, f"/_control/{path}", **request)
        if answer.is_error:
            raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
        body: dict[str, Any] = answer.json()
        return body

    def merchant(
        self,
        login: str,
        *,
        profile: str,
        password: str | None = None,
        client_id: str | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Configure a login in place of earlier settings."""
        fields = {"profile": profile, "password": password, "client_id": client_id, "options": options}
        body: dict[str, Any] = self.ask("PUT", f"merchants/{login}", json=fields)["merchant"]
        return body

    def reset(self, login: str) -> None:
        """Forget orders, faults, calls and clock of a login; its settings stay."""
        self.ask("POST", f"merchants/{login}/reset")

    def order(self, ref: str) -> dict[str, Any]:
        """Answer an order with all its state, by the sandbox's id or the bank's id (PaymentID, mdOrder)."""
        body: dict[str, Any] = self.ask("GET", f"orders/{ref}")["order"]
        return body

    def orders(
        self, *, provider: str | None = None, login: str | None = None, order_number: str | int | None = None
    ) -> list[dict[str, Any]]:
        """Answer orders, newest first."""
        params = {"provider": provider, "login": login, "order_number": order_number}
        body: list[dict[str, Any]] = self.ask("GET", "orders", params=_given(params))["orders"]
        return body

    def outcome(self, ref: str, outcome: str, **more: Any) -> dict[str, Any]:
        """Do what a buyer does (pay, pay-and-close, decline, fail-3ds, close, wait).

        Answers {"order", "return_url"}; `return_url` is None when the browser is sent nowhere. More: `late=True`,
        `action_code=101`, `**{"return": False}`.
        """
        return self.ask("POST", f"orders/{ref}/outcome", json={"outcome": outcome, **more})

    def pay(self, ref: str, *, returns: bool = True, late: bool = False) -> dict[str, Any]:
        """Pay an order; `returns=False` closes the tab afterwards. Answers {"order", "return_url"}."""
        return self.outcome(ref, "pay", late=late, **{"return": returns})

    def correct(self, ref: str) -> dict[str, Any]:
        """Turn a declined order into a paid one, as bank staff may do."""
        body: dict[str, Any] = self.ask("POST", f"orders/{ref}/correction")["order"]
        return body

    def cabinet_refund(self, ref: str, amount_minor: int | None = None) -> dict[str, Any]:
        """Refund in the bank's cabinet, behind the merchant's back; without an amount all that is left."""
        fields = _given({"amount_minor": amount_minor})
        body: dict[str, Any] = self.ask("POST", f"orders/{ref}/cabinet-refund", json=fields)["order"]
        return body

    def forged_return(self, ref: str, *, claims_success: bool = True) -> str:
        """Answer a return address of an order that nothing happened to."""
        fields = {"claims_success": claims_success}
        return str(self.ask("POST", f"orders/{ref}/forged-return", json=fields)["return_url"])

    def callback(self, ref: str, **fields: Any) -> dict[str, Any]:
        """Send a callback of one's own making: operation, success, checksum (good, bad, none), params, url."""
        body: dict[str, Any] = self.ask("POST", f"orders/{ref}/callbacks", json=fields)["order"]
        return body

    def fault(
        self,
        kind: str,
        *,
        login: str | None = None,
        order_number: str | int | None = None,
        operation: str | None = None,
        times: int | None = 1,
        position: int = 0,
        **params: Any,
    ) -> dict[str, Any]:
        """Set a fault switch; `times=None` never runs out. `operation` is a name or an act such as "lookup"."""
        fields = {
            "kind": kind,
            "login": login,
            "order_number": None if order_number is None else str(order_number),
            "operation": operation,
            "times": times,
            "position": position,
            "params": params,
        }
        body: dict[str, Any] = self.ask("POST", "faults", json=fields)["fault"]
        return body

    def clear_faults(self, *, login: str | None = None, order_number: str | int | None = None) -> int:
        """Remove the switches of a scope, without a scope all, and answer how many there were."""
        params = _given({"login": login, "order_number": order_number}) or {"all": "true"}
        return int(self.ask("DELETE", "faults", params=params)["removed"])

    def clock(
        self,
        *,
        login: str | None = None,
        move_seconds: float | None = None,
        at: str | None = None,
        reset: bool = False,
    ) -> dict[str, Any]:
        """Move, set or reset the bank's time for a login or for everybody; without a change only read it."""
        change = _given({"move_seconds": move_seconds, "at": at, "reset": reset or None})
        if not change:
            return self.ask("GET", "clock", params=_given({"login": login}))
        return self.ask("POST", "clock", json=change | _given({"login": login}))

    def calls(
        self,
        *,
        login: str | None = None,
        order_number: str | int | None = None,
        order: str | None = None,
        operation: str | None = None,
    ) -> dict[str, Any]:
        """Answer {"total", "by_operation", "calls"} of a scope."""
        params = {"login": login, "order_number": order_number, "order": order, "operation": operation}
        return self.ask("GET", "calls", params=_given(params))

    def count(self, **scope: Any) -> int:
        """Answer how many calls of the merchant's server a scope holds."""
        return int(self.calls(**scope)["total"])


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
