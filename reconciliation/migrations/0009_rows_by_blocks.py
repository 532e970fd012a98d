import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models

# A row's id is its file and line, which one verb writes once; an index of a million of them took a quarter of a file's loading,
# and nobody looks a row up by it.
NO_INDEX_OF_IDS = "ALTER TABLE reconciliation_sourcerow DROP CONSTRAINT reconciliation_sourcerow_pkey"
INDEX_OF_IDS = "ALTER TABLE reconciliation_sourcerow ADD PRIMARY KEY (id)"


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0008_rows_by_line")]
    operations = [
        migrations.RunSQL(NO_INDEX_OF_IDS, INDEX_OF_IDS),
        migrations.AddIndex(
            model_name="sourcerow",
            index=BrinIndex(autosummarize=True, fields=["id"], name="source_rows_by_id"),
        ),
        migrations.AlterField(
            model_name="discrepancy",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="discrepancies",
                to="billing.merchantaccount",
                verbose_name="merchant account",
            ),
        ),
        migrations.AlterField(
            model_name="discrepancy",
            name="last_run",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="discrepancies",
                to="reconciliation.run",
            ),
        ),
    ]
