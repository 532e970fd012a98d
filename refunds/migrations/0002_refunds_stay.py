"""What the database itself refuses: refunds that vanish or become others."""

from django.db import migrations

from common import grants

FIXED = """
CREATE TRIGGER refundrequest_is_fixed BEFORE UPDATE ON refunds_refundrequest FOR EACH ROW
WHEN ((OLD.student_id, OLD.invoice_id, OLD.payment_id, OLD.currency, OLD.amount_minor, OLD.suggested_minor, OLD.suggestion,
       OLD.policy_version_id, OLD.reason, OLD.change_reason, OLD.school_cancels, OLD.keep_owed, OLD.prefer_cancel,
       OLD.access_decision, OLD.access_until, OLD.requested_by_id, OLD.requested_at)
      IS DISTINCT FROM
      (NEW.student_id, NEW.invoice_id, NEW.payment_id, NEW.currency, NEW.amount_minor, NEW.suggested_minor, NEW.suggestion,
       NEW.policy_version_id, NEW.reason, NEW.change_reason, NEW.school_cancels, NEW.keep_owed, NEW.prefer_cancel,
       NEW.access_decision, NEW.access_until, NEW.requested_by_id, NEW.requested_at))
EXECUTE FUNCTION billing_refuse_change();

CREATE TRIGGER refund_is_fixed BEFORE UPDATE ON refunds_refund FOR EACH ROW
WHEN ((OLD.request_id, OLD.payment_id, OLD.student_id, OLD.amount_minor, OLD.currency, OLD.created_at)
      IS DISTINCT FROM
      (NEW.request_id, NEW.payment_id, NEW.student_id, NEW.amount_minor, NEW.currency, NEW.created_at))
EXECUTE FUNCTION billing_refuse_change();
"""

UNDO = """
DROP TRIGGER IF EXISTS refundrequest_is_fixed ON refunds_refundrequest;
DROP TRIGGER IF EXISTS refund_is_fixed ON refunds_refund;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_initial"), ("billing", "0002_money_rules"), ("common", "0002_app_role")]
    operations = [
        migrations.RunSQL(FIXED, UNDO),
        grants.never_deleted("refunds_refundrequest", "refunds_refund"),
    ]
