"""The thread that keeps the bank's own time: sends due callbacks, ends sessions that are over."""

import concurrent.futures
import http.client
import json
import sqlite3
import sys
import threading
import traceback
from urllib import parse

from vpos_sandbox import buyer, clock, merchants, orders, storage
from vpos_sandbox.callbacks import queue

TICK_SECONDS = 0.2
TIMEOUT_SECONDS = 10
AT_ONCE = 4


class Sender:
    """Runs until stopped; all its work is rows, so a restart goes on where it stopped."""

    def __init__(self, *, store: storage.Storage) -> None:
        self._store = store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="callback")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop taking up work and let what is on its way end; repeat-safe."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._tick()
            except sqlite3.Error:
                # A storage that is locked or full for a moment must not end callbacks for good.
                traceback.print_exc(file=sys.stderr)
        self._store.close_thread_connection()

    def _tick(self) -> None:
        if _anything_to_end(self._store.connection()):
            with self._store.write() as db:
                end_sessions(db)
        while _anything_due(self._store.connection()):
            with self._store.write() as db:
                callback = queue.claim(db)
            if callback is None:
                return
            self._pool.submit(self._send, callback)

    def _send(self, callback: sqlite3.Row) -> None:
        try:
            status, answer = send(
                url=callback["url"], method=callback["method"], params=json.loads(callback["params"])
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            status, answer = None, f"{type(error).__name__}: {error}"
        with self._store.write() as db:
            queue.settle(db, callback=callback, status=status, answer=answer)


def end_sessions(db: sqlite3.Connection) -> None:
    """Decline every order whose page was opened and whose session is over; repeat-safe."""
    for row in db.execute(_OVER, {"real": clock.real_ms()}).fetchall():
        order = orders.by_id(db, order_id=row["id"])
        if order is not None:
            merchant = merchants.find(db, login=order.login, family=order.family)
            now_ms = clock.now_ms(db, login=order.login)
            buyer.end_session_if_over(db, merchant=merchant, order=order, now_ms=now_ms)


_OVER = (
    "SELECT id FROM orders AS o WHERE status IN (0, 5) AND opened_at_ms IS NOT NULL "
    "AND session_started_at_ms + session_seconds * 1000 <= :real + "
    "(SELECT total(offset_ms) FROM clock WHERE login IN ('', o.login)) LIMIT 100"
)


def _anything_to_end(db: sqlite3.Connection) -> bool:
    return db.execute(_OVER, {"real": clock.real_ms()}).fetchone() is not None


def _anything_due(db: sqlite3.Connection) -> bool:
    row = db.execute(
        "SELECT 1 FROM callbacks AS c WHERE state = 'waiting' AND due_at_ms <= :real + "
        "(SELECT total(offset_ms) FROM clock WHERE login IN ('', c.login)) LIMIT 1",
        {"real": clock.real_ms()},
    ).fetchone()
    return row is not None


def send(*, url: str, method: str, params: dict[str, str]) -> tuple[int, str]:
    """Call the merchant's address with the parameters and answer status and the beginning of the body.

    GET puts them into the query, POST into a form. Raises OSError, HTTPException, ValueError. Not repeat-safe.
    """
    parts = parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url} is no http address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    encoded = parse.urlencode(params)
    query = parts.query
    if method == "GET":
        query = f"{query}&{encoded}" if query else encoded
    address = parse.urlunsplit(("", "", parts.path or "/", query, ""))
    try:
        if method == "GET":
            connection.request("GET", address)
        else:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", address, body=encoded, headers=headers)
        answer = connection.getresponse()
        return answer.status, f"{answer.status} {answer.read(500).decode('utf-8', 'replace')}"
    finally:
        connection.close()
