"""Let managers give a student's data to the student and erase them."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0012_discount_rights"),
        ("students", "0007_contacts_in_one_place"),
    ]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
