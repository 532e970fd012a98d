"""Give the roles their rights to reminders and their steps."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0006_lms_rights"), ("billing", "0007_reminders")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
