"""Make the roles of people. Rights are rows that Django writes after all migrations, so they are written here first."""

from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

from config.backoffice import roles

WITH_RIGHTS = ["auth", "common", "students", "courses", "access", "billing"]


def make_roles(apps: Any, editor: Any) -> None:
    for label in WITH_RIGHTS:
        create_permissions(
            installed.get_app_config(label), verbosity=0, interactive=False, using=editor.connection.alias
        )
    roles.write_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("common", "0002_app_role"),
        ("students", "0002_append_only"),
        ("courses", "0002_versions_stay"),
        ("access", "0002_history_stays"),
        ("billing", "0002_money_rules"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
