"""Start the sandbox: `python -m vpos_sandbox --port 8100 --storage sandbox.sqlite3`."""

import argparse
import errno
import pathlib
import signal
import socket
import sys
import threading
from types import FrameType

from vpos_sandbox import app, server, storage
from vpos_sandbox.callbacks import sender

USAGE_ERROR = 2


class CannotListenError(Exception):
    """The address cannot be listened at; the text says why and what to do."""


def main() -> int:
    """Serve until SIGTERM or SIGINT, and answer the exit code."""
    arguments = _arguments()
    store = storage.Storage(path=arguments.storage.resolve())
    try:
        listener = listen(host=arguments.host, port=arguments.port)
        store.prepare()
    except (CannotListenError, storage.StorageUnusableError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE_ERROR
    _serve(listener, store)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="vpos_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port to listen at; 0 takes a free one")
    parser.add_argument("--storage", type=pathlib.Path, required=True, help="SQLite file, made if missing")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    return parser.parse_args()


def listen(*, host: str, port: int) -> socket.socket:
    """Answer a bound and listening socket. Raises CannotListenError with a sentence for people."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error})"
        raise CannotListenError(
            f"The port {port} at {host} {reason}. Choose another one with --port."
        ) from error
    return listener


def _serve(listener: socket.socket, store: storage.Storage) -> None:
    web = server.Server(listener=listener, app=app.App(store=store), store=store)
    callbacks = sender.Sender(store=store)

    def stop(number: int, frame: FrameType | None) -> None:
        # shutdown() waits for the serving loop, which runs in this very thread.
        threading.Thread(target=web.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    callbacks.start()
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"vpos_sandbox is ready at http://{shown}:{port}/ with {store.path}\n")
    sys.stdout.flush()
    web.serve_forever(poll_interval=0.1)
    callbacks.stop()
    listener.close()
    store.close_thread_connection()


if __name__ == "__main__":
    sys.exit(main())
