from django.db import migrations


class Migration(migrations.Migration):
    """Reports hand out many rows at once: reading them is a right of its own."""

    dependencies = [("reconciliation", "0007_rare_rows")]
    operations = [
        migrations.AlterModelOptions(
            name="run",
            options={
                "ordering": ["-started_at", "-id"],
                "permissions": [
                    ("start_run", "Can start a reconciliation run"),
                    ("download_reports", "Can read and download reports"),
                ],
                "verbose_name": "reconciliation run",
                "verbose_name_plural": "reconciliation runs",
            },
        )
    ]
