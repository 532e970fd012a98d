"""`manage.py demo_payment`: the journey of one payment, for `make demo`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.backoffice.demo import bank
from config.backoffice.demo.journey_of_one_payment import Journey, JourneyBroken


class Command(BaseCommand):
    help = "Walk one payment from the request to the open course; exit with 0 only if it opened by rule."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo is for trying Mutq out: MUTQ_ENV=production keeps it away.")
        try:
            Journey(bank=bank.sandbox(), say=self._say).walk()
        except (bank.NoSandbox, JourneyBroken, OSError) as error:
            raise CommandError(f"The course did not open: {error}") from error
        self._say("\nA verified payment opened the course by rule; the forged return opened nothing.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
