"""Let managers move due dates."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0008_transfer_rights"), ("billing", "0009_moved_due_dates")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
