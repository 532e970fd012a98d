"""The PostgreSQL server of one test run."""

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from config.local.postgres import Cluster


def start_test_cluster() -> Cluster:
    """Start an empty throwaway server in a temporary folder and return it, running.

    Call it once in the process that controls the test run and give the addresses to the others; end with
    `remove()`. The kernel stops the server when that process is killed.
    """
    cluster = Cluster(folder=Path(tempfile.mkdtemp(prefix="mutq-tests-")), throwaway=True)
    cluster.start()
    atexit.register(cluster.remove)  # also when a mistake in the settings ends the run before it began
    return cluster


def make_database(*, name: str) -> None:
    """Create a migrated database `name`, copied from a template that the first caller of the run migrates."""
    with psycopg.connect(os.environ["MUTQ_TEST_SUPERUSER_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'migrated'").fetchone()
        if not exists:
            _migrate_template(connection)
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE migrated OWNER mutq_owner STRATEGY FILE_COPY')


def _migrate_template(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE DATABASE migrating OWNER mutq_owner TEMPLATE template0 ENCODING 'UTF8'"
        " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'"
    )
    address = os.environ["MUTQ_TEST_OWNER_URL"].replace("DATABASE", "migrating")
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        check=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "DATABASE_OWNER_URL": address},
    )
    connection.execute("ALTER DATABASE migrating RENAME TO migrated")


KEPT_TABLES = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}


def empty_all_tables() -> None:
    """Empty every table but those that migrations fill. The owner does it: the app role may not."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        tables = [
            row[0]
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            if row[0] not in KEPT_TABLES
        ]
        names = ", ".join(f'"{table}"' for table in tables)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
