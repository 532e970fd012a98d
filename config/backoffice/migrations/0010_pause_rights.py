"""Let managers and administrators pause students."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0009_due_date_rights"),
        ("courses", "0005_pauses"),
        ("access", "0004_pause_grounds"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
