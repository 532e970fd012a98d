"""What the server that forks test processes holds ready: Django and everything the jobs call. Never touches the database."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.urls import get_resolver  # noqa: E402 -- what follows needs Django first

from billing import settlement_rows  # noqa: E402
from billing.providers import registry as registry  # noqa: E402
from tests.faults import jobs as jobs  # noqa: E402
from tests.faults import simulation as simulation  # noqa: E402

get_resolver().url_patterns  # noqa: B018 -- every address leads to imports, which cost each process a second


def take_the_lock_out() -> None:
    """Let settlements of this process run without the student's lock: for tests that show what the lock is for."""
    settlement_rows.lock_student_of = lambda *, payment_id: None
