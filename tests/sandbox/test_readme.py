"""The README tells all there is."""

import dataclasses
import re

import pytest

from tests.sandbox_server import ROOT
from vpos_sandbox import buyer, fault_kinds, merchant_options, merchants
from vpos_sandbox.control import routes

README = (ROOT / "vpos_sandbox" / "README.md").read_text()


@pytest.mark.parametrize("kind", fault_kinds.KINDS)
def test_every_fault_is_told_with_its_parameters(kind: str) -> None:
    section = README.split("\n## Faults\n")[1]
    (row,) = [
        line for line in section.splitlines() if line.startswith("|") and f"`{kind}`" in line.split("|")[1]
    ]
    for parameter in fault_kinds.KINDS[kind][1]:
        assert f"`{parameter}`" in row


@pytest.mark.parametrize("option", [field.name for field in dataclasses.fields(merchant_options.Options)])
def test_every_option_is_told(option: str) -> None:
    assert re.search(rf"^\|[^|]*`{option}`", README, flags=re.MULTILINE)


def test_every_profile_outcome_and_kind_of_control_address_is_told() -> None:
    for word in (*merchants.FAMILY_OF_PROFILE, *buyer.OUTCOMES):
        assert f"`{word}`" in README
    for _, path, _ in routes.ROUTES:
        last = [part for part in path.split("/") if not part.startswith("<")][-1]
        assert last in README
