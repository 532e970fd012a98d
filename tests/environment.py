"""
Gets a test run its own PostgreSQL before Django reads its settings (loaded with `-p tests.environment`).

The controlling process starts an empty throwaway server; xdist workers find its addresses in their environment. Each worker
has a database of its own, copied from one that was migrated once, and serves from it with the app role's rights.
"""

import os
import tempfile
from pathlib import Path

import pytest

from config.local.postgres import Cluster
from tests import database

_cluster: Cluster | None = None
_own_folder: tempfile.TemporaryDirectory[str] | None = None


def _prepare() -> None:
    global _cluster, _own_folder
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if "MUTQ_TEST_SUPERUSER_URL" not in os.environ:
        _cluster = database.start_test_cluster()
        os.environ["MUTQ_TEST_SUPERUSER_URL"] = _cluster.superuser_url
        os.environ["MUTQ_TEST_OWNER_URL"] = _cluster.owner_url("DATABASE")
        os.environ["MUTQ_TEST_APP_URL"] = _cluster.app_url("DATABASE")
    _own_folder = tempfile.TemporaryDirectory(prefix=f"mutq-{worker}-")
    folder = Path(_own_folder.name)
    (folder / "static").mkdir()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        MUTQ_ENV="test",
        MUTQ_DATA=str(folder),
        MUTQ_CLOCK_FILE=str(folder / "clock"),
        STATIC_ROOT=str(folder / "static"),
        SECRET_KEY="only-for-tests-0123456789-0123456789-0123456789",
        DATABASE_URL=os.environ["MUTQ_TEST_APP_URL"].replace("DATABASE", f"test_{worker}"),
        DATABASE_OWNER_URL=os.environ["MUTQ_TEST_OWNER_URL"].replace("DATABASE", f"test_{worker}"),
        PUBLIC_URL="http://127.0.0.1:8000",
        LANGUAGE_CODE="en",
    )
    for name in ("REDIS_URL", "EMAIL_HOST", "MUTQ_CRASH_AT"):
        os.environ.pop(name, None)


_prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _cluster is not None:
        _cluster.remove()
    if _own_folder is not None:
        _own_folder.cleanup()
