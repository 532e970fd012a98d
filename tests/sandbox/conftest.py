"""One sandbox process for all tests here; each test has a login of its own."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox_server import SandboxServer


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    server = SandboxServer().start(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3")
    yield server
    assert server.stop() == 0


@pytest.fixture
def login() -> str:
    return f"edu-{uuid.uuid4().hex[:12]}"


class AmeriaShop:
    """A merchant's server that speaks to Ameriabank."""

    def __init__(self, sandbox: SandboxServer, login: str) -> None:
        self.sandbox = sandbox
        self.login = login
        self.client_id = f"client-{login}"
        self.password = "right"

    def post(self, operation: str, **fields: Any) -> httpx.Response:
        body = {"Username": self.login, "Password": self.password, **fields}
        return self.sandbox.client.post(f"/VPOS/api/VPOS/{operation}", json=body)

    def ask(self, operation: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(operation, **fields)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def init(self, order_id: int = 2350301, **fields: Any) -> dict[str, Any]:
        usual = {
            "ClientID": self.client_id,
            "Amount": "10.00",
            "OrderID": order_id,
            "Currency": "051",
            "Description": "Course 12, invoice 7",
            "BackURL": "https://shop.example/return?school=1",
            "Opaque": "inv-7",
        }
        return self.ask("InitPayment", **(usual | fields))

    def registered(self, order_id: int = 2350301, **fields: Any) -> str:
        return str(self.init(order_id, **fields)["PaymentID"])

    def paid(self, order_id: int = 2350301, **fields: Any) -> str:
        payment_id = self.registered(order_id, **fields)
        self.sandbox.pay(payment_id)
        return payment_id

    def details(self, payment_id: str) -> dict[str, Any]:
        return self.ask("GetPaymentDetails", PaymentID=payment_id)


class ArcaShop:
    """A merchant's server that speaks to ArCa or Inecobank."""

    def __init__(self, sandbox: SandboxServer, login: str) -> None:
        self.sandbox = sandbox
        self.login = login
        self.password = "right"

    def ask(self, method: str, **fields: Any) -> dict[str, Any]:
        body = {"userName": self.login, "password": self.password, **fields}
        answer = self.sandbox.client.post(f"/payment/rest/{method}.do", data=body)
        assert answer.status_code == 200, answer.text
        answered: dict[str, Any] = answer.json()
        return answered

    def register(self, number: str = "EDU20261", method: str = "register", **fields: Any) -> dict[str, Any]:
        usual = {
            "orderNumber": number,
            "amount": "1000",
            "currency": "051",
            "returnUrl": "https://shop.example/return?school=1",
            "description": "Course 12",
            "language": "en",
        }
        kept = {name: value for name, value in (usual | fields).items() if value is not None}
        return self.ask(method, **kept)

    def registered(self, number: str = "EDU20261", **fields: Any) -> str:
        return str(self.register(number, **fields)["orderId"])

    def paid(self, number: str = "EDU20261", **fields: Any) -> str:
        order_id = self.registered(number, **fields)
        self.sandbox.pay(order_id)
        return order_id

    def status(self, order_id: str, **fields: Any) -> dict[str, Any]:
        return self.ask("getOrderStatusExtended", orderId=order_id, **fields)


@pytest.fixture
def ameria(sandbox: SandboxServer, login: str) -> AmeriaShop:
    return AmeriaShop(sandbox, login)


@pytest.fixture
def arca(sandbox: SandboxServer, login: str) -> ArcaShop:
    return ArcaShop(sandbox, login)


@pytest.fixture
def configured(sandbox: SandboxServer, login: str) -> Callable[..., None]:
    """Give the test's login a configuration."""

    def configure(profile: str, **options: Any) -> None:
        client_id = f"client-{login}" if profile == "ameria" else None
        sandbox.merchant(login, profile=profile, password="right", client_id=client_id, **options)

    return configure
