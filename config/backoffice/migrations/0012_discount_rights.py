"""Let managers give discounts."""

from django.db import migrations

from config.backoffice import roles


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0011_free_place_rights"), ("billing", "0013_discounts")]

    operations = [migrations.RunPython(roles.give_rights, migrations.RunPython.noop)]
