"""Reads docker-compose.yml the way `docker compose` does, and starts its services as ordinary processes."""

import dataclasses
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<rule>:-|:\?)(?P<text>[^}]*))?\})")


class VariableMissing(Exception):  # noqa: N818 -- an answer of the file
    """A variable without a default was not given; the text is what the file asks for."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """One service of the file, its variables filled in."""

    name: str
    description: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.description.get("environment", {}).items()}

    @property
    def command(self) -> list[str]:
        return shlex.split(self.description["command"])

    @property
    def replicas(self) -> int:
        return int(self.description.get("deploy", {}).get("replicas", 1))

    @property
    def health_command(self) -> list[str]:
        kind, *test = self.description["healthcheck"]["test"]
        return ["/bin/sh", "-c", test[0]] if kind == "CMD-SHELL" else list(test)


def read_services(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services by name; raise VariableMissing as `docker compose` would refuse to start."""
    described = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return {
        name: Service(name=name, description=_fill_in(description, variables))
        for name, description in described["services"].items()
    }


def _fill_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill_in(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill_in(inner, variables) for inner in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _substitute(match, variables), value)
    return value


def _substitute(match: re.Match[str], variables: Mapping[str, str]) -> str:
    if match["dollar"]:
        return "$"
    given = variables.get(match["name"], "")
    if given:
        return given
    if match["rule"] == ":?":
        raise VariableMissing(f"{match['name']}: {match['text']}")
    return match["text"] or ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """This machine in place of the container network: what is called how, and where logs go."""

    addresses: Mapping[str, str]  # as the file writes them → as they are here
    merchant_secrets: Mapping[str, str]  # what a school writes into merchants.env
    folder: Path

    def start(self, service: Service, *, instance: str, **own_addresses: str) -> subprocess.Popen[bytes]:
        """Start the service's command with its environment; its words go to `<instance>.log`."""
        with (self.folder / f"{instance}.log").open("wb") as log:
            return subprocess.Popen(
                self.translate(service.command, own_addresses),
                env=self.environment(service, own_addresses),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(
        self, service: Service, command: list[str], **own_addresses: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one more command in the service's environment, as `docker compose exec` would."""
        return subprocess.run(
            self.translate(command, own_addresses),
            env=self.environment(service, own_addresses),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def environment(self, service: Service, own_addresses: Mapping[str, str]) -> dict[str, str]:
        names, values = service.environment.keys(), list(service.environment.values())
        translated = dict(zip(names, self.translate(values, own_addresses), strict=True))
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        image = {"STATIC_ROOT": str(self.folder / "static"), "PATH": path, "HOSTNAME": socket.gethostname()}
        return {**image, **self.merchant_secrets, **translated}

    def translate(self, words: list[str], own_addresses: Mapping[str, str]) -> list[str]:
        translated = []
        for word in words:
            for written, here in {**self.addresses, **own_addresses}.items():
                word = word.replace(written, here)
            translated.append(word)
        return translated
