"""Give the rights that came with the desk: doubtful money, money entered by hand, access closed by hand."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from config.backoffice import roles


def give_rights(apps: Any, editor: Any) -> None:
    for label in ["access", "billing"]:
        create_permissions(
            installed.get_app_config(label), verbosity=0, interactive=False, using=editor.connection.alias
        )
    roles.write_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0001_roles"), ("billing", "0003_doubtful_and_manual_money")]

    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
