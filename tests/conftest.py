"""What every test may use."""

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.test import TransactionTestCase
from django.utils import translation

from common import clock
from tests import database
from tests.sandbox_server import SandboxServer
from tests.world import World

# A loaded machine is slow, not wrong.
hypothesis.settings.register_profile("mutq", deadline=None)
hypothesis.settings.load_profile("mutq")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> None:
    """Give this worker a migrated database, served with the app role's rights."""
    name = os.environ["DATABASE_URL"].rsplit("/", 1)[1].partition("?")[0]
    database.make_database(name=name)
    case: Any = TransactionTestCase
    case._fixture_teardown = lambda _self: database.empty_all_tables()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Begin in English: a page that was asked for in Armenian leaves its language behind in this thread."""
    translation.activate("en")
    yield
    translation.deactivate()


@pytest.fixture
def shift_clock() -> Iterator[object]:
    """Move the clock of rules, in this process and in those it starts; moved back at the end."""
    yield clock.shift
    clock.shift(seconds=0)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    """The banks: one real server process for this worker."""
    server = SandboxServer().start(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3")
    yield server
    server.stop()


@pytest.fixture
def world(db: None, sandbox: SandboxServer) -> Iterator[World]:
    """A small school whose banks answer."""
    kept = dict(os.environ)
    yield World(sandbox)
    os.environ.clear()
    os.environ.update(kept)
