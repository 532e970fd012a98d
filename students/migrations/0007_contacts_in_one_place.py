from django.db import migrations


class Migration(migrations.Migration):
    """What 0007 carried over."""

    dependencies = [("students", "0006_consent_and_erasure")]

    operations = [
        migrations.RemoveField(
            model_name="student",
            name="consent_at",
        ),
        migrations.RemoveField(
            model_name="student",
            name="consent_text_version",
        ),
        migrations.RemoveField(
            model_name="student",
            name="representative_contact",
        ),
    ]
