from django.db import migrations, models

# A row's name is its file and line: names that grow are quick to keep, and a million random ones are not.
BY_LINE = """
ALTER TABLE reconciliation_sourcerow DROP COLUMN id;
ALTER TABLE reconciliation_sourcerow ADD COLUMN id bigint;
UPDATE reconciliation_sourcerow SET id = file_id * 4294967296 + line;
ALTER TABLE reconciliation_sourcerow ALTER COLUMN id SET NOT NULL, ADD PRIMARY KEY (id);
"""


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0007_right_to_reports")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(BY_LINE)],
            state_operations=[
                migrations.AlterField(
                    model_name="sourcerow",
                    name="id",
                    field=models.BigIntegerField(primary_key=True, serialize=False),
                )
            ],
        )
    ]
