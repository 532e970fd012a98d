"""Give the roles their right to move students between groups."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0007_reminder_rights"), ("courses", "0004_transfers")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
