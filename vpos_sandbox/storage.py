"""The SQLite file of the sandbox: one connection a thread, short transactions, one writer at a time."""

import contextlib
import pathlib
import sqlite3
import threading
from collections.abc import Iterator

from vpos_sandbox import tables
from vpos_sandbox.lms import rows as lms_rows


class StorageUnusableError(Exception):
    """The storage file cannot be created, opened or written; the text says which file and what to do."""


class Storage:
    """Owns the file. Threads of one process take turns at writing; other processes wait on SQLite's own lock."""

    def __init__(self, *, path: pathlib.Path) -> None:
        self.path = path
        self._local = threading.local()
        self._writer = threading.Lock()

    def prepare(self) -> None:
        """Create the file and its tables; repeat-safe. Raises StorageUnusableError with a sentence for people."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self.connection()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(tables.TABLES)
            connection.executescript(lms_rows.TABLES)
            with self.write() as db:
                # A callback that was on its way when the server died goes out again: a duplicate is allowed, a loss is not.
                db.execute("UPDATE callbacks SET state = 'waiting' WHERE state = 'sending'")
        except (OSError, sqlite3.Error) as error:
            raise StorageUnusableError(
                f"The storage file {self.path} cannot be written ({error}). "
                "Name a file in a folder you may write with --storage, or remove it if it is not a sandbox storage."
            ) from error

    def connection(self) -> sqlite3.Connection:
        """Answer this thread's own connection, opened on first use."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=15, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
        return connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold a BEGIN IMMEDIATE transaction: committed at the end, rolled back on any exception."""
        # The lock spares threads SQLite's sleeping retries; the transaction guards against other processes.
        with self._writer:
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close_thread_connection(self) -> None:
        """Close the connection of the calling thread, if it has one; repeat-safe."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None
