"""The threaded HTTP/1.1 server: keeps connections alive, and can delay, cut and drop as a fault wants."""

import http
import io
import select
import socket
import sys
import threading
import time
import traceback
from typing import Any

from werkzeug import serving

from vpos_sandbox import delivery, storage

LARGEST_BODY = 10 * 1024 * 1024
IDLE_SECONDS = 75


class Handler(serving.WSGIRequestHandler):
    """Serves many requests of one connection in one thread.

    Werkzeug's own handler closes the connection after each answer and spends 10 ms on draining it.
    """

    server: "Server"
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Serve one request."""
        environ = self.make_environ()
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(environ)
        if body is None:
            self._send(http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE, [], b"", whole=0)
            self.close_connection = True
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        way = environ[delivery.ENVIRON_KEY] = delivery.Delivery()
        status, headers, answer = self._ask(environ)
        if way.delay_seconds and not self._wait(way.delay_seconds):
            self.close_connection = True
            return
        if way.drop:
            self.close_connection = True
            return
        sent = answer[: len(answer) // 2] if way.cut else answer
        self._send(status, headers, sent if self.command != "HEAD" else b"", whole=len(answer))
        if way.cut:
            self.close_connection = True

    def _read_body(self, environ: dict[str, Any]) -> bytes | None:
        if environ.get("wsgi.input_terminated"):
            read: bytes = environ["wsgi.input"].read(LARGEST_BODY + 1)
        else:
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit() or int(length) > LARGEST_BODY:
                return None
            read = self.rfile.read(int(length))
        return read if len(read) <= LARGEST_BODY else None

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started[:] = [status, headers]

        try:
            body = b"".join(self.server.app(environ, start_response))
        except Exception:  # noqa: BLE001 - the outermost door: a mistake of the sandbox must be seen, not guessed
            traceback.print_exc(file=sys.stderr)
            return "500", [("X-Sandbox-Mistake", "1")], b"The sandbox itself made a mistake; see its stderr."
        return started[0], started[1], body

    def _wait(self, seconds: float) -> bool:
        """Hold the answer back; False if the caller or the sandbox went away meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.server.stopping.is_set():
                return False
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.1))
            if readable:
                # A caller that gave up closes; one that sends more only waits.
                if not self.connection.recv(1, socket.MSG_PEEK):
                    return False
                time.sleep(min(left, 0.1))
        return True

    def _send(self, status: str | int, headers: list[tuple[str, str]], body: bytes, *, whole: int) -> None:
        code = int(status.split()[0]) if isinstance(status, str) else int(status)
        lines = [f"HTTP/1.1 {code} {http.HTTPStatus(code).phrase if code in _PHRASES else 'Unknown'}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
        lines.append(f"Content-Length: {whole}")
        lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def finish(self) -> None:
        """Close the connection, and with it this thread's connection to the storage."""
        super().finish()
        self.server.store.close_thread_connection()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing: the storage has the log, and idle or broken lines are everyday matters here."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing, for the same reason."""


_PHRASES = frozenset(status.value for status in http.HTTPStatus)


class Server(serving.ThreadedWSGIServer):
    """The sandbox's server on a socket that is already bound."""

    def __init__(self, *, listener: socket.socket, app: Any, store: storage.Storage) -> None:
        self.store = store
        self.stopping = threading.Event()
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, app, handler=Handler, fd=listener.fileno())

    def stop(self) -> None:
        """Let `serve_forever` return; repeat-safe, callable from any thread but the serving one."""
        self.stopping.set()
        self.shutdown()
