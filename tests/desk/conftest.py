"""People at the desk."""

import pytest

from tests.backoffice.people import person


@pytest.fixture
def manager(db):
    return person(role="manager")


@pytest.fixture
def support(db):
    return person(role="support")


@pytest.fixture
def cashier(db):
    return person(role="cashier")
