"""Let managers give a student's data to the student and erase them."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0011_free_place_rights"),
        ("students", "0008_contacts_in_one_place"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
