"""`manage.py load_demo`: the demo school of `make run`."""

import logging
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.backoffice.demo import bank, guide, logins, school


class Command(BaseCommand):
    requires_system_checks = []  # a repeat at every start shall be quick; `migrate` has just checked
    help = "Make the demo school by the real verbs, at the sandbox; a second call only tells what is there."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("The demo school is for trying Mutq out: MUTQ_ENV=production keeps it away.")
        if not logins.are_open():
            self._arm_the_clock()
            # The banks of the demo fail on purpose; what our server says of it belongs to no terminal.
            logging.disable(logging.WARNING)
            try:
                school.load()
            except (bank.NoSandbox, school.LoadRuns) as error:
                raise CommandError(str(error)) from error
            finally:
                logging.disable(logging.NOTSET)
        for line in guide.lines():
            self.stdout.write(line)

    def _arm_the_clock(self) -> None:
        """Become the same command with a clock that can be bent: this process alone lives through the past."""
        if not settings.CLOCK_FILE:
            armed = {**os.environ, "MUTQ_CLOCK_FILE": str(settings.MUTQ_DATA / "demo-clock")}
            command = [sys.executable, sys.argv[0], "load_demo"]
            os.execve(sys.executable, command, armed)  # noqa: S606 -- the same program again, no shell
