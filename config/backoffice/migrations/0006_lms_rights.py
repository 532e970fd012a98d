"""Give the roles their rights to the LMS."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0005_report_rights"),
        ("access", "0003_lms_sync"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
