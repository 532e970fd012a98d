from django.db import migrations

from common import grants


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("common", "0002_app_role")]
    operations = [grants.never_deleted("access_accessgrant", "access_courseaccess")]
