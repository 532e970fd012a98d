"""The process: start, stop, restart, keep-alive, parallel callers, bad input."""

import concurrent.futures
import pathlib
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from tests.sandbox.conftest import AmeriaShop, ArcaShop
from tests.sandbox_server import ROOT, SandboxServer


def start_and_fail(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "vpos_sandbox", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_taken_port_is_said_in_a_sentence(sandbox: SandboxServer, tmp_path: pathlib.Path) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    said = start_and_fail("--port", port, "--storage", str(tmp_path / "s.sqlite3"))
    assert f"The port {port} at 127.0.0.1 is taken" in said
    assert not (tmp_path / "s.sqlite3").exists()


@pytest.mark.parametrize("content", ["folder", "text"])
def test_storage_that_is_not_writable_is_said_in_a_sentence(tmp_path: pathlib.Path, content: str) -> None:
    storage = tmp_path / "storage"
    if content == "folder":
        storage.mkdir()
    else:
        storage.write_text("this is no database, and it is longer than a header\n" * 40)
    assert f"The storage file {storage} cannot be written" in start_and_fail(
        "--port", "0", "--storage", str(storage)
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_cleanly_even_while_an_answer_is_held_back(
    tmp_path: pathlib.Path, number: signal.Signals
) -> None:
    with SandboxServer().start(tmp_path / "s.sqlite3") as server:
        shop = AmeriaShop(server, "edu")
        payment_id = shop.paid()
        server.fault("timeout-after", login="edu")
        with pytest.raises(httpx.ReadTimeout):
            shop.sandbox.client.post(
                "/VPOS/api/VPOS/GetPaymentDetails",
                json={"Username": "edu", "PaymentID": payment_id},
                timeout=0.3,
            )
        assert server.process is not None
        server.process.send_signal(number)
        assert server.process.wait(timeout=10) == 0


def test_storage_survives_a_kill(tmp_path: pathlib.Path) -> None:
    storage = tmp_path / "s.sqlite3"
    with SandboxServer().start(storage) as server:
        payment_id = AmeriaShop(server, "edu").paid()
        server.clock(login="edu", move_seconds=100)
        server.kill()
    with SandboxServer().start(storage) as server:
        assert AmeriaShop(server, "edu").details(payment_id)["OrderStatus"] == "2"
        assert server.clock(login="edu")["offset_seconds"] > 99


def test_connections_are_kept_alive(sandbox: SandboxServer) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        for _ in range(3):
            line.sendall(b"GET /_control/clock HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while b"}" not in answer:
                answer += line.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"Connection: keep-alive" in answer


def test_chunked_bodies_are_read(sandbox: SandboxServer, login: str) -> None:
    def body() -> object:
        yield b'{"Username": "' + login.encode() + b'", "OrderID": 1, '
        yield b'"Amount": 10}'

    answer = sandbox.client.post("/VPOS/api/VPOS/InitPayment", content=body())  # type: ignore[arg-type]
    assert answer.json()["ResponseCode"] == 1


def test_bodies_beyond_ten_megabytes_are_refused(sandbox: SandboxServer) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(
            b"POST /payment/rest/register.do HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
        )
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_sixteen_parallel_refunds_move_no_more_than_was_paid(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda _: ameria.ask("RefundPayment", PaymentID=payment_id, Amount=1), range(16))
        codes = sorted(answer["ResponseCode"] for answer in answers)
    assert codes == ["00"] * 10 + ["07"] * 6


def test_parallel_registrations_of_one_number_register_it_once(ameria: AmeriaShop, arca: ArcaShop) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: ameria.registered(), range(8)))
        codes = sorted(pool.map(lambda _: arca.register()["errorCode"], range(8)))
    assert len(ids) == 1
    assert codes == [0] + [1] * 7


def test_several_tests_count_a_fault_exactly(ameria: AmeriaShop) -> None:
    payment_id = ameria.paid()
    ameria.sandbox.fault("fault500", login=ameria.login, times=5)

    def status(_: int) -> int:
        return ameria.post("GetPaymentDetails", PaymentID=payment_id).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(status, range(12)))
    assert statuses.count(500) == 5


def test_it_imports_nothing_of_the_apps_and_no_django() -> None:
    code = (
        "import sys, vpos_sandbox.__main__; own = ('django', 'billing', 'access', 'common', 'config', 'students');"
        "sys.exit(sum(name.split('.')[0] in own for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
