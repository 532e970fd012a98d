from django.db import migrations

from common import grants


class Migration(migrations.Migration):
    dependencies = [("students", "0001_initial"), ("common", "0002_app_role")]
    operations = [
        grants.append_only("students_timelineevent"),
        grants.never_deleted("students_student", "students_operatortask"),
    ]
