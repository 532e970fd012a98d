"""Give the roles their right to move students between groups."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from config.backoffice import roles


def give_rights(apps: Any, editor: Any) -> None:
    create_permissions(
        installed.get_app_config("courses"), verbosity=0, interactive=False, using=editor.connection.alias
    )
    roles.write_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0007_reminder_rights"), ("courses", "0004_transfers")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
