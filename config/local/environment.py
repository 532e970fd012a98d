"""The environment variables of an installation on one machine."""

import dataclasses
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from config.local import data_folder, ports, private_file
from config.local.refusal import Refusal

_FILE = "env"
# How the demo school is called unless the caller says otherwise.
_SCHOOL = {"SCHOOL_NAME": "Մուտք դպրոց", "SCHOOL_CONTACT": "school@example.am"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Databases:
    """The addresses of the database: one to serve, one to migrate."""

    app_url: str
    owner_url: str


def read_given_databases() -> Databases | None:
    """Return the database that the caller brings, or None when ours shall be started."""
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    missing = [name for name, value in given.items() if not value]
    if len(missing) == 1:
        raise Refusal(
            f"{missing[0]} is not set but its sister is: "
            "set both DATABASE_URL (role mutq_app) and DATABASE_OWNER_URL (role mutq_owner), or neither."
        )
    if missing:
        return None
    return Databases(app_url=given["DATABASE_URL"], owner_url=given["DATABASE_OWNER_URL"])


def build_environment(*, data: Path, databases: Databases, port: int, sandbox_port: int) -> dict[str, str]:
    """Return what `config/settings.py` reads, over the caller's own environment.

    The banks always point to the sandbox, whatever the caller has set: a demo school reaches no real bank.
    """
    own = {
        "MUTQ_ENV": "local",
        "MUTQ_DATA": str(data),
        "DATABASE_URL": databases.app_url,
        "DATABASE_OWNER_URL": databases.owner_url,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or data_folder.read_secret_key(data),
        "PUBLIC_URL": f"http://{ports.HOST}:{port}",
        "ALLOWED_HOSTS": f"{ports.HOST},localhost",
        "PYTHONUNBUFFERED": "1",
    }
    return {
        **_SCHOOL,
        **os.environ,
        **own,
        **_bank_secrets(sandbox_url=f"http://{ports.HOST}:{sandbox_port}"),
    }


def _bank_secrets(*, sandbox_url: str) -> dict[str, str]:
    """Secrets of the demo merchant accounts; the sandbox takes any that are not empty."""
    base_urls = {
        "AMERIA": f"{sandbox_url}/VPOS/",
        "ARCA": f"{sandbox_url}/payment/rest/",
        "INECO": f"{sandbox_url}/payment/rest/",
    }
    secrets = {}
    for prefix, base_url in base_urls.items():
        secrets[f"{prefix}_BASE_URL"] = base_url
        for name in ("CLIENT_ID", "USERNAME", "PASSWORD", "CALLBACK_KEY"):
            secrets[f"{prefix}_{name}"] = f"demo-{prefix.lower()}-{name.lower().replace('_', '-')}"
    return secrets


def write_environment(environment: Mapping[str, str], *, data: Path) -> None:
    """Write down what differs from the caller's environment, for `config.local.manage` and for a shell."""
    own = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(own.items())]
    private_file.write_private(data / _FILE, "".join(lines))


def read_environment(*, data: Path) -> dict[str, str]:
    """Return the environment of the last `make run` over our own; raise Refusal when there was none."""
    try:
        text = (data / _FILE).read_text()
    except FileNotFoundError:
        raise Refusal(
            f"{data} holds no installation: start one with `make run`, or name its folder with MUTQ_DATA."
        ) from None
    assignments = (shlex.split(line)[1].split("=", 1) for line in text.splitlines())
    return {**os.environ, **dict(assignments)}
