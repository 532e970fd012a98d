from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0003_uploads")]
    operations = [
        migrations.AddField(
            model_name="sourcefile",
            name="rows_ignored",
            field=models.PositiveIntegerField(default=0, verbose_name="ignored rows"),
        ),
    ]
