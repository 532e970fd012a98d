"""Calls end, answers are bounded, nothing is kept or repeated."""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from common import http

SHORT = http.Timeouts(connect=0.5, read=0.3, total=0.6)
Serve = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server whose every connection is handled by a function; return its address."""
    with contextlib.ExitStack() as stack:

        def start(handle: Callable[[socket.socket], None]) -> str:
            listener = socket.create_server(("127.0.0.1", 0))
            stack.callback(listener.close)

            def accept() -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    threading.Thread(target=talk, args=(connection,), daemon=True).start()

            def talk(connection: socket.socket) -> None:
                with connection, contextlib.suppress(OSError):
                    handle(connection)

            threading.Thread(target=accept, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/path"

        yield start


def heard(connection: socket.socket) -> bytes:
    """Read one request."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*headers: str, body: bytes = b"{}", status: str = "200 OK") -> Callable[[socket.socket], None]:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])

    def handle(connection: socket.socket) -> None:
        while heard(connection):
            connection.sendall(head.encode() + body)

    return handle


def test_json_and_forms_are_sent_as_they_should(serve: Serve) -> None:
    requests: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        requests.append(heard(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    url = serve(handle)
    assert http.post_json(url=url, fields={"a": "ա"}).body == b"{}"
    assert http.post_form(url=url, fields={"a": "ա &"}).status == 200
    assert b"application/json" in requests[0]
    assert requests[0].endswith(b'{"a": "\\u0561"}')
    assert b"application/x-www-form-urlencoded" in requests[1]
    assert requests[1].endswith(b"a=%D5%A1+%26")
    assert b"Accept-Encoding: identity" in requests[0]


def test_a_redirect_is_an_answer_and_not_followed(serve: Serve) -> None:
    url = serve(answering("Location: http://127.0.0.1:1/", status="302 Found"))
    assert http.post_json(url=url, fields={}).status == 302


def test_no_cookie_is_sent_back(serve: Serve) -> None:
    requests: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        for _ in range(2):
            requests.append(heard(connection))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: session=1\r\n\r\n{}")

    url = serve(handle)
    http.post_json(url=url, fields={})
    http.post_json(url=url, fields={})
    assert b"ookie" not in b"".join(requests)


def test_connections_are_used_again(serve: Serve) -> None:
    connections: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        connections.append(connection)
        answering()(connection)

    url = serve(handle)
    for _ in range(3):
        http.post_json(url=url, fields={})
    assert len(connections) == 1


@pytest.mark.parametrize("url", ["", "bank", "ftp://bank/", "http://", "http://[", "https:///x"])
def test_what_is_no_address_is_not_sent(url: str) -> None:
    with pytest.raises(http.NotSent):
        http.post_json(url=url, fields={})


def test_a_refused_connection_and_an_unknown_name_are_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(http.NotSent):
        http.post_json(url=f"http://127.0.0.1:{port}/", fields={}, timeouts=SHORT)
    with pytest.raises(http.NotSent):
        http.post_json(url="http://no-such-bank.invalid/", fields={}, timeouts=SHORT)


def test_failed_encryption_is_not_sent(serve: Serve) -> None:
    url = serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(http.NotSent):
        http.post_json(url=url.replace("http:", "https:"), fields={}, timeouts=SHORT)


def silence(connection: socket.socket) -> None:
    heard(connection)
    time.sleep(3)


def hang_up(connection: socket.socket) -> None:
    heard(connection)


def half(connection: socket.socket) -> None:
    heard(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def nonsense(connection: socket.socket) -> None:
    heard(connection)
    connection.sendall(b"\x00\x01\x02\r\n\r\n")


def dripping_head(connection: socket.socket) -> None:
    heard(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        connection.sendall(b"X")
        time.sleep(0.1)


def dripping_body(connection: socket.socket) -> None:
    heard(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b"{")
        time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    heard(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


@pytest.mark.parametrize("handle", [silence, hang_up, half, nonsense, dripping_head, dripping_body, endless])
def test_what_was_sent_and_not_answered_may_have_been_done(
    serve: Serve, handle: Callable[[socket.socket], None]
) -> None:
    url = serve(handle)
    started = time.monotonic()
    with pytest.raises(http.NoAnswer) as failure:
        http.post_json(url=url, fields={"Password": "secret"}, timeouts=SHORT)
    assert time.monotonic() - started < 1.5
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None


def test_nothing_secret_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answered = serve(answering(body=b'{"echo": "secret"}'))
    http.post_json(url=f"{answered}?token=secret", fields={"Password": "secret"})
    with pytest.raises(http.NoAnswer):
        http.post_form(url=serve(hang_up), fields={"password": "secret"}, timeouts=SHORT)
    ours = [record.getMessage() for record in caplog.records if record.name == "common.http"]
    assert len(ours) == 2
    assert "secret" not in " ".join(ours)
    assert "echo" not in caplog.text


def test_a_host_has_one_client_a_process_and_a_child_starts_afresh() -> None:
    first = http.client(base_url="http://127.0.0.1:9/a")
    assert http.client(base_url="http://127.0.0.1:9/b") is first
    assert http.client(base_url="http://127.0.0.1:10/a") is not first
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(http.client(base_url="http://127.0.0.1:11/")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_shares_no_connection() -> None:
    first = http.client(base_url="http://127.0.0.1:9/")
    with http._pool.lock:  # another thread may hold it at the moment of the fork
        child = os.fork()
        if child == 0:
            os._exit(0 if http.client(base_url="http://127.0.0.1:9/") is not first else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_proxies_of_the_environment_are_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert http.post_json(url=serve(answering()), fields={}).status == 200
