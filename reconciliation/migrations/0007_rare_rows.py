from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0006_rows_without_lookups")]
    operations = [
        migrations.AddIndex(
            model_name="sourcerow",
            index=models.Index(
                fields=["account", "order_number"],
                condition=models.Q(kind="refund") | models.Q(order_number__isnull=True),
                name="rare_source_rows",
            ),
        ),
    ]
