"""What the database itself refuses: changed requests, unbalanced books, rewritten history."""

from django.db import migrations

from common import grants

FROZEN = """
CREATE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is fixed: cancel it and make a new one', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER paymentlink_is_fixed BEFORE UPDATE ON billing_paymentlink FOR EACH ROW
WHEN ((OLD.student_id, OLD.invoice_id, OLD.enrollment_id, OLD.course_id, OLD.group_id, OLD.period_from, OLD.period_to,
       OLD.amount_minor, OLD.currency, OLD.expires_at, OLD.token_id, OLD.token_secret, OLD.created_at)
      IS DISTINCT FROM
      (NEW.student_id, NEW.invoice_id, NEW.enrollment_id, NEW.course_id, NEW.group_id, NEW.period_from, NEW.period_to,
       NEW.amount_minor, NEW.currency, NEW.expires_at, NEW.token_id, NEW.token_secret, NEW.created_at))
EXECUTE FUNCTION billing_refuse_change();

CREATE TRIGGER paymentlinkline_is_fixed BEFORE UPDATE ON billing_paymentlinkline FOR EACH ROW
WHEN ((OLD.link_id, OLD.installment_id, OLD.amount_minor) IS DISTINCT FROM (NEW.link_id, NEW.installment_id, NEW.amount_minor))
EXECUTE FUNCTION billing_refuse_change();

CREATE TRIGGER payment_is_fixed BEFORE UPDATE ON billing_payment FOR EACH ROW
WHEN ((OLD.link_id, OLD.student_id, OLD.course_id, OLD.group_id, OLD.account_id, OLD.order_number, OLD.amount_minor,
       OLD.currency, OLD.created_at)
      IS DISTINCT FROM
      (NEW.link_id, NEW.student_id, NEW.course_id, NEW.group_id, NEW.account_id, NEW.order_number, NEW.amount_minor,
       NEW.currency, NEW.created_at))
EXECUTE FUNCTION billing_refuse_change();

CREATE TRIGGER invoice_is_fixed BEFORE UPDATE ON billing_invoice FOR EACH ROW
WHEN ((OLD.number, OLD.enrollment_id, OLD.student_id, OLD.legal_entity_id, OLD.currency, OLD.full_minor,
       OLD.plan_version_id, OLD.access_rule_version_id, OLD.refund_policy_version_id)
      IS DISTINCT FROM
      (NEW.number, NEW.enrollment_id, NEW.student_id, NEW.legal_entity_id, NEW.currency, NEW.full_minor,
       NEW.plan_version_id, NEW.access_rule_version_id, NEW.refund_policy_version_id))
EXECUTE FUNCTION billing_refuse_change();
"""

OPEN_LINES = """
CREATE FUNCTION billing_link_lines_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing_paymentlinkline SET is_open = (NEW.state = 'active') WHERE link_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER paymentlink_lines_follow AFTER UPDATE OF state ON billing_paymentlink FOR EACH ROW
WHEN ((OLD.state = 'active') IS DISTINCT FROM (NEW.state = 'active'))
EXECUTE FUNCTION billing_link_lines_follow();
"""

BALANCED = """
CREATE FUNCTION billing_ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_ledgerline WHERE transaction_id = NEW.transaction_id
               GROUP BY currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON billing_ledgerline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_ledger_balances();
"""

INVOICE_NUMBERS = "CREATE SEQUENCE billing_invoice_number START 1001"

UNDO = """
DROP SEQUENCE IF EXISTS billing_invoice_number;
DROP FUNCTION IF EXISTS billing_refuse_change CASCADE;
DROP FUNCTION IF EXISTS billing_link_lines_follow CASCADE;
DROP FUNCTION IF EXISTS billing_ledger_balances CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("common", "0002_app_role")]
    operations = [
        migrations.RunSQL(FROZEN + OPEN_LINES + BALANCED + INVOICE_NUMBERS, UNDO),
        grants.append_only(
            "billing_ledgertransaction",
            "billing_ledgerline",
            "billing_allocation",
            "billing_adjustment",
            "billing_paymentlookup",
        ),
        grants.never_deleted(
            "billing_invoice",
            "billing_installment",
            "billing_paymentlink",
            "billing_paymentlinkline",
            "billing_payment",
            "billing_webhookdelivery",
            "billing_merchantaccount",
        ),
    ]
