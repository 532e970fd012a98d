"""`manage.py draw_states`: docs/states.md, drawn from the code."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.backoffice import state_drawing

PAGE = settings.BASE_DIR / "docs" / "states.md"


class Command(BaseCommand):
    requires_system_checks = []  # it reads classes and asks no database
    help = (
        "Draw every state machine into docs/states.md; with --check only say whether the page is up to date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit with 1 if the page is old"
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        drawn = state_drawing.page()
        is_same = PAGE.exists() and PAGE.read_text() == drawn
        if check and not is_same:
            raise CommandError("docs/states.md is not what the code says: run “make states”.")
        if not is_same:
            PAGE.write_text(drawn)
        self.stdout.write("docs/states.md says what the code says.")
