from django.db import migrations

from common import grants


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0001_initial"), ("common", "0002_app_role")]
    operations = [
        grants.append_only(
            "reconciliation_sourcefilepart", "reconciliation_sourcerow", "reconciliation_badrow"
        ),
        grants.never_deleted(
            "reconciliation_mappingprofile",
            "reconciliation_sourcefile",
            "reconciliation_run",
            "reconciliation_discrepancy",
            "reconciliation_monthclose",
        ),
    ]
