"""Downloads from a real web server: what arrives is whole, or visibly not."""

import contextlib
import http.client
import io
import time
import zipfile
from collections.abc import Iterator

import pytest
from django.db import connection

from config.local import ports
from tests import programs
from tests.backoffice.people import person
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

ROWS, LETTERS = 400, 30_000  # more than sockets hold on the way


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real web server on this worker's database."""
    port = ports.choose_free_port()
    program = programs.web(folder=tmp_path_factory.mktemp("web"), port=port, environ={"LOG_LEVEL": "ERROR"})
    program.start(ready=programs.is_healthy(port))
    yield port
    program.kill()


@pytest.fixture
def many_openings(db):
    """Openings by hand with long reasons, which no spreadsheet program could pack away."""
    world = World()
    manager = person(role="manager")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_accessgrant (student_id, course_id, kind, source, rule, opens_at, reason, granted_at,"
            " granted_by_id, withdrawn_reason)"
            " SELECT %s, %s, 'manual', 'manual:' || n, '', now(),"
            " left((SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 1000) m), %s), now(), %s, ''"
            " FROM generate_series(1, %s) n",
            [world.student().pk, world.group().course_id, LETTERS, manager.user.pk, ROWS],
        )
    return manager


@contextlib.contextmanager
def ask(port, manager, form):
    """Begin a download and return the answer, of which nothing but the head is read."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    cookie = f"sessionid={manager.cookies['sessionid'].value}"
    caller.request("GET", f"/reports/openings.{form}", headers={"Cookie": cookie})
    with contextlib.closing(caller), caller.getresponse() as answer:
        assert answer.status == 200
        yield answer


def end_the_source():
    """End the statement that writes the report, as a database that is restarted does."""
    with connection.cursor() as cursor:
        for _attempt in range(100):
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'COPY%%' AND state = 'active' AND datname = current_database()"
            )
            if cursor.fetchall():
                return
            time.sleep(0.05)
    raise AssertionError("no report is being written")


def lines(port, manager):
    with ask(port, manager, "csv") as answer:
        return answer.read().count(b"\n")


def test_a_whole_file_arrives(web, many_openings):
    assert lines(web, many_openings) == ROWS + 2
    with (
        ask(web, many_openings, "xlsx") as answer,
        zipfile.ZipFile(io.BytesIO(answer.read())) as package,
    ):
        assert package.testzip() is None


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_whose_source_fails_breaks_off_visibly(web, many_openings, form):
    with ask(web, many_openings, form) as answer:
        begun = answer.read(1000)
        end_the_source()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            while piece := answer.read(1 << 20):
                begun += piece
    assert not zipfile.is_zipfile(io.BytesIO(begun))
    assert lines(web, many_openings) == ROWS + 2  # the next question is answered, on another connection


def test_a_reader_who_leaves_leaves_no_statement_behind(web, many_openings):
    with ask(web, many_openings, "csv") as answer:
        answer.read(1000)
    with connection.cursor() as cursor:
        for _attempt in range(200):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query LIKE 'COPY%%'"
                " AND datname = current_database()"
            )
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.05)
    raise AssertionError("the statement goes on")
