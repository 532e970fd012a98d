from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models.deletion import PROTECT


class Migration(migrations.Migration):
    """What a million rows cost to keep: no key looked up for each, one summary of blocks, and originals not packed again."""

    dependencies = [("reconciliation", "0005_month_lock")]
    operations = [
        migrations.RemoveIndex(model_name="sourcerow", name="source_rows_by_time"),
        migrations.RemoveIndex(model_name="sourcerow", name="source_rows_by_order"),
        migrations.AlterField(
            model_name="sourcerow",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to="billing.merchantaccount",
            ),
        ),
        migrations.AlterField(
            model_name="sourcerow",
            name="file",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=PROTECT,
                related_name="rows",
                to="reconciliation.sourcefile",
            ),
        ),
        migrations.AddIndex(
            model_name="sourcerow",
            index=BrinIndex(
                autosummarize=True,
                fields=["file", "occurred_at", "order_number"],
                name="source_rows_by_blocks",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE reconciliation_sourcefilepart ALTER COLUMN data SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    ]
