"""`manage.py check_ledger`: proof that the books, the allocations and the payments say the same."""

from typing import Any

from django.core.management.base import BaseCommand

from billing import check_ledger


class Command(BaseCommand):
    help = (
        "Compare ledger, allocations, payments and schedules; exit with 1 and a line for each contradiction."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        problems = check_ledger.problems()
        for problem in problems:
            self.stdout.write(str(problem))
        if problems:
            raise SystemExit(1)
        self.stdout.write("Ledger, allocations, payments and schedules agree.")
