"""The whole demo school: made once, completed when a load was killed half-way, otherwise left alone."""

import contextlib
from collections.abc import Iterator

from django.db import connection

from billing.models import MerchantAccount
from common import clock
from config.backoffice.demo import accounting, bank, cast, courses, lists, logins, stranger, terms
from config.backoffice.demo.days import Days

LOCK = 7_205_759  # any number that no other advisory lock of ours has
OPENING_DAY = -135


class LoadRuns(Exception):  # noqa: N818 -- reads as the sentence it is
    """Another process is loading the demo school."""


def load() -> None:
    """
    Make the demo school with the clock bent through its last weeks.

    Safe to repeat: what is there stays, what a killed load left out is made. Raises LoadRuns and bank.NoSandbox.
    """
    with _alone():
        if logins.are_open():
            return
        with connection.cursor() as cursor:
            # What a power cut takes of a demo, the next load makes again.
            cursor.execute("SET synchronous_commit = off")
        days = Days(last_day=courses.last_day_of_an_earlier_run() or clock.today(), bank=bank.sandbox())
        try:
            days.go(days.moment(OPENING_DAY, 10))
            terms.set_up()
            courses.set_up(days)
            staff = logins.make_staff()
            for account in MerchantAccount.objects.filter(code__in=terms.BANKS):
                days.bank.introduce(account)
            cast.write_down(days=days, staff=staff)
            stranger.write_down(days)
            accounting.write_down(days=days, staff=staff, first_day=days.day(OPENING_DAY))
            days.live_through()
        finally:
            days.straighten()
        lists.write(last_day=days.last_day)
        logins.open_logins(staff)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise LoadRuns("Another process is loading the demo school; wait until it is done.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
