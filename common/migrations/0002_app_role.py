from django.db import migrations

from common import grants


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [grants.serve_all_tables()]
