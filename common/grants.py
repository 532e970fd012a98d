"""
Rights of the serving role, given by migrations.

Two roles use the database: the owner migrates, the app role serves. The app role may neither truncate nor own anything, and
on append-only tables it may neither update nor delete (docs/database-roles.md).
"""

from django.conf import settings
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython


def _role() -> str:
    return connection.ops.quote_name(settings.DATABASE_APP_ROLE)


def serve_all_tables() -> RunPython:
    """Return the operation that lets the app role read and write today's tables and those to come."""

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        role = _role()
        editor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        for words in ("", "ALTER DEFAULT PRIVILEGES IN SCHEMA public "):
            tables = "ON TABLES" if words else "ON ALL TABLES IN SCHEMA public"
            sequences = "ON SEQUENCES" if words else "ON ALL SEQUENCES IN SCHEMA public"
            editor.execute(f"{words}GRANT SELECT, INSERT, UPDATE, DELETE {tables} TO {role}")
            editor.execute(f"{words}GRANT USAGE, SELECT {sequences} TO {role}")
        editor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}")

    return RunPython(forwards, RunPython.noop)


def append_only(*tables: str) -> RunPython:
    """Return the operation that takes UPDATE and DELETE on the tables from the app role."""

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            editor.execute(f"REVOKE UPDATE, DELETE ON {connection.ops.quote_name(table)} FROM {_role()}")

    return RunPython(forwards, RunPython.noop)


def never_deleted(*tables: str) -> RunPython:
    """Return the operation that takes DELETE on the tables from the app role: such rows end, they do not vanish."""

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            editor.execute(f"REVOKE DELETE ON {connection.ops.quote_name(table)} FROM {_role()}")

    return RunPython(forwards, RunPython.noop)


def read_only(*tables: str) -> RunPython:
    """Return the operation that lets the app role read the tables and nothing else: a trigger of the owner writes them."""

    def forwards(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            editor.execute(
                f"REVOKE INSERT, UPDATE, DELETE ON {connection.ops.quote_name(table)} FROM {_role()}"
            )

    return RunPython(forwards, RunPython.noop)
