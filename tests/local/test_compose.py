"""Every service of docker-compose.yml as real processes of this machine: PostgreSQL, Redis and ours; then one payment."""

import functools
import http.client
import json
import secrets
import shutil
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.local import ports, postgres, server_programs
from tests.local import compose_file
from tests.local.compose_file import Machine, Service
from tests.local.test_compose_file import VARIABLES
from tests.sandbox_server import SandboxServer

pytestmark = [pytest.mark.long, pytest.mark.redis, pytest.mark.timeout(300)]

PUBLIC_HOST = VARIABLES["ALLOWED_HOSTS"]

# What an administrator enters in a new installation before its first course: the terms and the account at the bank.
ENTER_TERMS = """
from billing.models import MerchantAccount
from courses import terms
from courses.models import AccessRule, LegalEntity, PaymentPlan, PaymentPlanVersion, RefundPolicy

school = LegalEntity.objects.create(code="school", name="School", tax_id="00000001")
rule = terms.add_access_rule_version(rule=AccessRule.objects.create(code="usual", name="Usual"), grace_days=5)
policy = terms.add_refund_policy_version(policy=RefundPolicy.objects.create(code="usual", name="Usual"))
terms.add_plan_version(
    plan=PaymentPlan.objects.create(code="one-off", name="One-off"),
    kind=PaymentPlanVersion.Kind.ONE_OFF, access_rule_version=rule, refund_policy_version=policy,
)
MerchantAccount.objects.create(
    code="ameria", name="Ameriabank", provider="ameria", legal_entity=school, currency="AMD",
    order_number_first=1, order_number_last=1000000, secrets_prefix="AMERIA",
)
"""


class Deployment:
    """The services of the file, running on this machine."""

    def __init__(self, machine: Machine, services: dict[str, Service]) -> None:
        self.machine = machine
        self.services = services
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.own_addresses: dict[str, dict[str, str]] = {}

    def start(self, name: str, own_addresses: Callable[[int], dict[str, str]] = lambda _number: {}) -> None:
        """Start as many processes of a service as the file asks for."""
        for number in range(1, self.services[name].replicas + 1):
            instance = f"{name}-{number}"
            self.own_addresses[instance] = own_addresses(number)
            self.processes[instance] = self.machine.start(
                self.services[name], instance=instance, **self.own_addresses[instance]
            )

    def wait_until_healthy(self, name: str) -> None:
        """Run the service's own health check against each of its processes until it passes."""
        service = self.services[name]
        for instance in filter(lambda instance: instance.startswith(f"{name}-"), self.processes):
            is_healthy = functools.partial(self._is_healthy, instance, service)
            wait_until(is_healthy, why=self.machine.folder / f"{instance}.log")

    def _is_healthy(self, instance: str, service: Service) -> bool:
        here = self.own_addresses[instance]
        return self.machine.run(service, service.health_command, **here).returncode == 0

    def run_once(self, name: str) -> None:
        """Run a one-shot service to its end."""
        service = self.services[name]
        done = self.machine.run(service, service.command)
        assert done.returncode == 0, done.stderr

    def manage(self, *arguments: str) -> str:
        """Run a Django command inside the web service, as `docker compose exec web` does."""
        done = self.machine.run(self.services["web"], ["python", "manage.py", *arguments])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        """Stop all gently, then by force, with every child."""
        families = [
            psutil.Process(process.pid) for process in self.processes.values() if process.poll() is None
        ]
        families += [child for parent in families for child in parent.children(recursive=True)]
        for process in self.processes.values():
            process.terminate()
        _, alive = psutil.wait_procs(families, timeout=20)
        for left in alive:
            left.kill()
        for process in self.processes.values():
            process.wait()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed")
    folder = tmp_path_factory.mktemp("compose")
    (folder / "data").mkdir()
    variables = {**VARIABLES, "SECRET_KEY": "only-for-tests-0123456789-abcdefghij-ABCDEFGHIJ-0123456789"}
    services = compose_file.read_services(variables)
    cluster = start_postgres(services["postgres"], folder=folder)
    redis_port, sandbox_port = ports.choose_free_port(), ports.choose_free_port()
    machine = Machine(
        addresses={
            "0.0.0.0": ports.HOST,  # noqa: S104 -- inside a container; here the other way round
            "postgres:5432": cluster.app_url().partition("@")[2].partition("/")[0],
            "//redis:": f"//{ports.HOST}:",
            "6379": str(redis_port),
            "/data": str(folder / "data"),
            "8100": str(sandbox_port),
        },
        merchant_secrets={
            "AMERIA_BASE_URL": f"http://{ports.HOST}:{sandbox_port}/VPOS/",
            "AMERIA_CLIENT_ID": "client",
            "AMERIA_USERNAME": "login",
            "AMERIA_PASSWORD": "password",
        },
        folder=folder,
    )
    deployment = Deployment(machine, services)
    try:
        start_all(deployment)
        yield deployment
    finally:
        deployment.stop()
        cluster.remove()


def start_postgres(service: Service, *, folder: Path) -> postgres.Cluster:
    """Start our PostgreSQL and run the scripts that the image would run, with the service's environment."""
    cluster = postgres.Cluster(folder=folder / "postgres", throwaway=True)
    cluster.start()
    for volume in service.description["volumes"][1:]:
        script = compose_file.ROOT / volume.split(":")[0]
        psql = str(server_programs.find_bundled_programs() / "psql")
        subprocess.run(
            [psql, "--no-psqlrc", "--quiet", "--dbname", cluster.superuser_url, "--file", str(script)],
            env={"PATH": "/usr/bin:/bin", **service.environment},
            check=True,
        )
    return cluster


def start_all(deployment: Deployment) -> None:
    """Start the services in the order that `depends_on` asks for."""
    deployment.start("redis")
    deployment.wait_until_healthy("redis")
    deployment.run_once("migrate")
    deployment.manage("collectstatic", "--no-input")
    deployment.start("sandbox")
    deployment.start("web", lambda _number: {"8000": str(ports.choose_free_port())})
    deployment.start("worker")
    deployment.start("beat")
    deployment.wait_until_healthy("sandbox")
    deployment.wait_until_healthy("web")


def wait_until(condition: Callable[[], object], *, seconds: float = 60, why: Path) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why.read_text(errors="replace")[-3000:]
        time.sleep(0.3)


class Proxy:
    """The proxy before the web services: takes them in turn and says that the student came over TLS."""

    def __init__(self, deployment: Deployment) -> None:
        self._ports = [
            here["8000"] for name, here in deployment.own_addresses.items() if name.startswith("web-")
        ]
        self.key = deployment.manage("create_api_key", "--name", "CRM", "--role", "manager")

    def ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        """Call the API and return its JSON; a refusal fails the test with its text."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        status, _headers, text = self._send(method, url, None if body is None else json.dumps(body), headers)
        assert status < 300, text
        return json.loads(text)

    def submit(self, url: str, **form: str) -> str:
        """Post a form as a browser does and return where it is sent."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, answer_headers, text = self._send("POST", url, urllib.parse.urlencode(form), headers)
        assert status in {302, 303}, text
        return str(answer_headers["Location"])

    def look(self, url: str) -> str:
        """Open a page."""
        status, _headers, text = self._send("GET", url, None, {})
        assert status == 200, text
        return text

    def _send(
        self, method: str, url: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, http.client.HTTPMessage, str]:
        self._ports.append(self._ports.pop(0))
        connection = http.client.HTTPConnection(ports.HOST, int(self._ports[0]), timeout=30)
        try:
            address = url.removeprefix(VARIABLES["PUBLIC_URL"])
            connection.request(
                method, address, body, {"Host": PUBLIC_HOST, "X-Forwarded-Proto": "https", **headers}
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()


def test_a_payment_opens_a_course_across_all_services(deployment: Deployment) -> None:
    deployment.manage("shell", "--command", ENTER_TERMS)
    proxy = Proxy(deployment)
    course = proxy.ask("POST", "/api/v1/courses", {"title": "Armenian", "crm_id": "armenian"})
    group = {"course": course["id"], "name": "A1", "starts_on": "2020-01-01", "ends_on": "2040-01-01"}
    proxy.ask("POST", "/api/v1/groups", {**group, "capacity": 10, "price": "25000", "crm_id": "a1"})
    student = {"external_id": "ani", "full_name": "Անի Սարգսյան", "email": "ani@school.example"}
    request = proxy.ask(
        "POST", "/api/v1/payment-requests", {"student": student, "group": "a1", "plan": "one-off"}
    )
    assert request["url"].startswith(VARIABLES["PUBLIC_URL"])
    assert "Անի" in proxy.look(request["url"])

    bank_page = urllib.parse.urlsplit(proxy.submit(request["url"].rstrip("/") + "/start", account="ameria"))
    with SandboxServer(f"{bank_page.scheme}://{bank_page.netloc}") as bank:
        # The student closes the tab after paying: only worker and beat can find out.
        bank.pay(bank.orders()[0]["id"], returns=False)

    def access() -> Any:
        return proxy.ask("GET", f"/api/v1/access?student={request['student']}&course={course['id']}")

    wait_until(
        lambda: access()["state"] == "open", seconds=90, why=deployment.machine.folder / "worker-1.log"
    )
    assert "paid" in json.dumps(proxy.ask("GET", f"/api/v1/payment-links/{request['id']}"))


def test_workers_answer_their_health_check(deployment: Deployment) -> None:
    deployment.wait_until_healthy("worker")


def test_nothing_secret_is_in_the_logs(deployment: Deployment) -> None:
    secrets = [value for name, value in VARIABLES.items() if name.endswith("PASSWORD")]
    for log in deployment.machine.folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if f":{secret}@" in text], log
