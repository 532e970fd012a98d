from django.db import migrations

from common import grants


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial"), ("common", "0002_app_role")]
    operations = [
        grants.append_only(
            "courses_accessruleversion", "courses_refundpolicyversion", "courses_paymentplanversion"
        ),
        grants.never_deleted("courses_enrollment"),
    ]
