from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_versions_stay")]
    operations = [
        migrations.AlterField(
            model_name="paymentplanversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("one_off", "all at once"),
                    ("equal_parts", "equal parts"),
                    ("monthly", "monthly over the course"),
                    ("prepayment", "a first part, then the rest"),
                    ("by_module", "a part for each module"),
                    ("free_dates", "on chosen dates"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        )
    ]
