"""Let managers give free places."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0010_pause_rights"),
        ("access", "0005_free_places"),
        ("courses", "0006_access_rules_by_share_and_day"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
