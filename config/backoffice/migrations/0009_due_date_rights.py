"""Let managers move due dates."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from config.backoffice import roles


def give_rights(apps: Any, editor: Any) -> None:
    create_permissions(
        installed.get_app_config("billing"), verbosity=0, interactive=False, using=editor.connection.alias
    )
    roles.write_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0008_transfer_rights"), ("billing", "0009_moved_due_dates")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
