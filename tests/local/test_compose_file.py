"""What docker-compose.yml and Dockerfile promise, read without Docker."""

import re
from pathlib import Path

import pytest

from config.local import server_data
from tests.local import compose_file

ROOT = compose_file.ROOT
VARIABLES = {
    "SECRET_KEY": "a-long-random-text",
    "PUBLIC_URL": "https://pay.school.example",
    "ALLOWED_HOSTS": "pay.school.example",
    "EMAIL_HOST": "mail.school.example",
    "DEFAULT_FROM_EMAIL": "school@school.example",
    "SCHOOL_NAME": "School",
    "POSTGRES_PASSWORD": "superuser",
    "MUTQ_OWNER_PASSWORD": "owner",
    "MUTQ_APP_PASSWORD": "app",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_what_has_no_safe_default_is_asked_for(name: str) -> None:
    with pytest.raises(compose_file.VariableMissing, match=name):
        compose_file.read_services({**VARIABLES, name: ""})


def test_many_webs_and_workers_one_beat() -> None:
    services = compose_file.read_services(VARIABLES)
    assert (services["web"].replicas, services["worker"].replicas, services["beat"].replicas) == (2, 2, 1)


def test_only_the_migration_knows_the_owner() -> None:
    services = compose_file.read_services({**VARIABLES, "MUTQ_OWNER_PASSWORD": "the-owners-word"})
    knowing = {name for name, service in services.items() if "the-owners-word" in str(service.description)}
    assert knowing == {"migrate", "postgres"}


def test_nobody_of_ours_knows_the_superuser() -> None:
    services = compose_file.read_services({**VARIABLES, "POSTGRES_PASSWORD": "the-superusers-word"})
    knowing = {
        name for name, service in services.items() if "the-superusers-word" in str(service.description)
    }
    assert knowing == {"postgres"}


def test_every_server_says_whether_it_is_healthy() -> None:
    services = compose_file.read_services(VARIABLES)
    for name in ("web", "worker", "postgres", "redis", "sandbox"):
        assert services[name].health_command
    assert "/readyz" in " ".join(services["web"].health_command)


def test_redis_loses_and_evicts_no_message() -> None:
    command = " ".join(compose_file.read_services(VARIABLES)["redis"].command)
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_database_is_laid_out_as_the_embedded_one() -> None:
    postgres = compose_file.read_services(VARIABLES)["postgres"]
    assert postgres.description["image"] == f"postgres:{server_data.MAJOR_VERSION}"
    source = Path(server_data.__file__).read_text()
    for argument in postgres.environment["POSTGRES_INITDB_ARGS"].split():
        assert f'"{argument}"' in source
    for volume in postgres.description["volumes"][1:]:
        assert (ROOT / volume.split(":")[0]).is_file()


def test_sandbox_is_asked_for_by_name() -> None:
    services = compose_file.read_services(VARIABLES)
    assert [name for name, service in services.items() if "profiles" in service.description] == ["sandbox"]


def test_ports_are_published_to_this_machine_only() -> None:
    for service in compose_file.read_services(VARIABLES).values():
        assert all(port.startswith("127.0.0.1:") for port in service.description.get("ports", []))


def test_image_checks_hashes_and_runs_as_nobody_special() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"pip install .*--require-hashes", dockerfile)
    assert re.search(r"^USER mutq$", dockerfile, re.MULTILINE)
    assert dockerfile.index("collectstatic") < dockerfile.index("USER mutq")
