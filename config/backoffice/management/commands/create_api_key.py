"""`manage.py create_api_key --name N --role R`: a program's way in."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from common import api_keys


class Command(BaseCommand):
    help = "Create an API key and print it once: the key alone on standard output, notes on standard error."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what uses the key, for example “CRM”")
        parser.add_argument(
            "--role", required=True, help="the role whose rights it has, for example “manager”"
        )

    def handle(self, *args: Any, name: str, role: str, **options: Any) -> None:
        if not name.strip() or len(name) > 100:
            raise CommandError("Give the key a name of 1 to 100 characters.")
        try:
            new = api_keys.create_key(name=name.strip(), role=role)
        except api_keys.UnknownRole as error:
            roles = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"{error} Roles: {roles or 'none; run “manage.py migrate” first'}.") from None
        self.stderr.write(f"Key “{new.row.name}” with the role {role}. It is shown this once: keep it safe.")
        self.stdout.write(new.text)
