"""
One verified payment: `settle_payment` beside one psycopg statement that writes the same rows.

The floor locks, checks and writes in a single CTE over the same tables, triggers and indexes; nobody can be faster with this
schema. Both keep every commit (synchronous_commit on). At most 5 times the floor is the goal, 3 is the aim.
"""

import itertools
import os
from typing import Any

import stage

ROUNDS, PER_ROUND = 8, 150

FLOOR = """
WITH l AS (
    SELECT p.id AS pid, p.student_id AS sid, p.course_id AS cid, p.link_id AS lid, p.account_id AS aid, k.invoice_id AS iid,
           k.enrollment_id AS eid, n.installment_id AS nid, p.amount_minor AS amount, s.period_to
    FROM billing_payment p JOIN billing_paymentlink k ON k.id = p.link_id
    JOIN billing_paymentlinkline n ON n.link_id = k.id JOIN billing_installment s ON s.id = n.installment_id
    JOIN students_student u ON u.id = p.student_id
    WHERE p.id = %s AND p.state = 'at_provider' AND p.amount_minor = 9000000 AND p.currency = 'AMD'
      AND s.state IN ('due', 'scheduled')
    FOR NO KEY UPDATE OF u, p
), p AS (
    UPDATE billing_payment x SET state = 'verified', verified_at = now(), captured_minor = l.amount, next_lookup_at = NULL
    FROM l WHERE x.id = l.pid
), k AS (UPDATE billing_paymentlink x SET state = 'paid', closed_at = now() FROM l WHERE x.id = l.lid
), s AS (UPDATE billing_installment x SET state = 'paid' FROM l WHERE x.id = l.nid
), a AS (
    INSERT INTO billing_allocation (payment_id, installment_id, amount_minor, made_at, reason)
    SELECT pid, nid, amount, now(), 'settled' FROM l
), t AS (
    INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, student_id, recorded_at)
    SELECT 'payment:' || pid, 'payment_verified', now(), now(), sid, now() FROM l RETURNING id
), b AS (
    INSERT INTO billing_ledgerline (transaction_id, account, amount_minor, currency, student_id, invoice_id, installment_id,
                                    payment_id, merchant_account_id)
    SELECT t.id, v.account, v.sign * l.amount, 'AMD', l.sid, l.iid, l.nid, l.pid, l.aid
    FROM t, l, (VALUES ('provider_clearing', 1), ('receivable', -1)) AS v(account, sign)
), g AS (
    INSERT INTO access_accessgrant (student_id, course_id, enrollment_id, kind, source, opens_at, closes_at, rule, reason,
                                    granted_at, withdrawn_reason)
    SELECT sid, cid, eid, 'paid', 'installment:' || nid || ':paid', now(), period_to + 1, 'standard v1', '', now(), '' FROM l
    ON CONFLICT (source) WHERE withdrawn_at IS NULL DO NOTHING
), c AS (
    INSERT INTO access_courseaccess (student_id, course_id, state, opens_at, closes_at, next_change_at, changed_at)
    SELECT sid, cid, 'open', now(), period_to + 1, period_to + 1, now() FROM l
    ON CONFLICT (student_id, course_id) DO UPDATE SET state = excluded.state
), e AS (
    INSERT INTO students_timelineevent (student_id, kind, at, actor_kind, actor_name, reason, before, after, data,
                                        subject_kind, subject_id, recorded_at)
    SELECT sid, kind, now(), 'system', '', '', '{"state": "a"}', '{"state": "b"}', '{"amount_minor": 1}', 'billing.payment',
           pid, now()
    FROM l, unnest(ARRAY['payment_verified', 'link_paid', 'installment_paid', 'access_granted', 'access_opened']) AS kind
    RETURNING id, student_id
), d AS (INSERT INTO students_timelinedispatch (event_id, student_id) SELECT id, student_id FROM e)
SELECT pid FROM l
"""


def main() -> None:
    with stage.database():
        import django

        django.setup()
        import psycopg
        from django.db import connection

        from billing import check_ledger, settlement
        from billing.providers.base import PaymentReport, ReportedStatus

        wanted = 2 * (ROUNDS + 1) * PER_ROUND
        payments = iter(seed(connection, wanted))
        floor_connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=3)

        def floor() -> int:
            for payment_id, _order in itertools.islice(payments, PER_ROUND):
                if floor_connection.execute(FLOOR, [payment_id]).fetchone() is None:
                    raise SystemExit("the floor settled nothing")
            return PER_ROUND

        def ours() -> int:
            for payment_id, order_number in itertools.islice(payments, PER_ROUND):
                settlement.settle_payment(
                    payment_id=payment_id,
                    report=PaymentReport(
                        status=ReportedStatus.PAID,
                        order_number=order_number,
                        provider_ref=f"REF-{order_number}",
                        amount_minor=9_000_000,
                        currency="AMD",
                    ),
                )
            return PER_ROUND

        floor(), ours()  # warm: plans prepared, caches filled
        measured = stage.interleaved(ROUNDS, floor=floor, ours=ours)
        floor_connection.close()
        if found := check_ledger.problems():
            raise SystemExit(f"the books are wrong: {found[:3]}")
        stage.verdict("settle", floor=measured["floor"], ours=measured["ours"])


def seed(connection: Any, count: int) -> list[tuple[int, int]]:
    """Make payments and return the id and the order number of each."""
    plant(connection, count)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, order_number FROM billing_payment ORDER BY id")
        return cursor.fetchall()


def plant(connection: Any, count: int) -> None:
    """Make `count` payments at a bank, each of a student of its own, in a few statements."""
    import datetime as dt

    from common import clock
    from courses import terms
    from courses.models import AccessRule, Course, Group, LegalEntity, PaymentPlan, RefundPolicy

    entity = LegalEntity.objects.create(code="bench", name="Bench")
    rule = terms.add_access_rule_version(
        rule=AccessRule.objects.create(code="standard", name="standard"), grace_days=5
    )
    policy = terms.add_refund_policy_version(
        policy=RefundPolicy.objects.create(code="standard", name="standard")
    )
    plan = terms.add_plan_version(
        plan=PaymentPlan.objects.create(code="one-off", name="one-off"),
        kind="one_off",
        access_rule_version=rule,
        refund_policy_version=policy,
    )
    today = clock.today()
    group = Group.objects.create(
        course=Course.objects.create(title="Bench"),
        name="Bench",
        legal_entity=entity,
        starts_on=today,
        ends_on=today + dt.timedelta(days=90),
        capacity=1,
        price_minor=9_000_000,
    )
    from billing.models import MerchantAccount

    account = MerchantAccount.objects.create(
        code="bench", name="Bench", provider="ameria", legal_entity=entity, order_number_first=1,
        order_number_last=2_000_000, secrets_prefix="BENCH",
    )  # fmt: skip
    facts = {
        "count": count, "group": group.pk, "course": group.course_id, "first": group.starts_on, "last": group.ends_on,
        "plan": plan.pk, "rule": rule.pk, "policy": policy.pk, "entity": entity.pk, "account": account.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in SEED:
            cursor.execute(statement, facts)


SEED = [
    """INSERT INTO students_student (full_name, email, phone, language, representative_name, representative_email,
                                     representative_phone, created_at)
       SELECT 'Student ' || n, '', '', 'hy', '', '', '', now() FROM generate_series(1, %(count)s) n""",
    """INSERT INTO courses_enrollment (student_id, group_id, period_from, period_to, plan_version_id, state, created_at,
                                       end_reason)
       SELECT id, %(group)s, %(first)s, %(last)s, %(plan)s, 'active', now(), '' FROM students_student""",
    """INSERT INTO billing_invoice (number, enrollment_id, student_id, legal_entity_id, currency, full_minor, plan_version_id,
                                    access_rule_version_id, refund_policy_version_id, issued_at, cancel_reason)
       SELECT 'B-' || id, id, student_id, %(entity)s, 'AMD', 9000000, %(plan)s, %(rule)s, %(policy)s, now(), ''
       FROM courses_enrollment""",
    """INSERT INTO billing_installment (invoice_id, number, period_from, period_to, expected_minor, due_date, grace_date, state)
       SELECT id, 1, %(first)s, %(last)s, 9000000, %(first)s, %(last)s, 'due' FROM billing_invoice""",
    """WITH t AS (INSERT INTO billing_ledgertransaction (key, kind, occurred_at, booked_on, student_id, recorded_at)
                  SELECT 'invoice:' || id, 'invoice_issued', now(), now(), student_id, now() FROM billing_invoice
                  RETURNING id, key, student_id)
       INSERT INTO billing_ledgerline (transaction_id, account, amount_minor, currency, student_id, invoice_id)
       SELECT t.id, v.account, v.sign * 9000000, 'AMD', t.student_id, split_part(t.key, ':', 2)::bigint
       FROM t, (VALUES ('receivable', 1), ('deferred_revenue', -1)) AS v(account, sign)""",
    """INSERT INTO billing_paymentlink (student_id, invoice_id, enrollment_id, course_id, group_id, period_from, period_to,
                                        amount_minor, currency, expires_at, token_id, token_secret, state, crm_deal_id,
                                        created_at, close_reason)
       SELECT student_id, id, enrollment_id, %(course)s, %(group)s, %(first)s, %(last)s, 9000000, 'AMD',
              now() + interval '7 days', 'b' || id, 'secret', 'active', '', now(), ''
       FROM billing_invoice""",
    """INSERT INTO billing_paymentlinkline (link_id, installment_id, amount_minor, is_open)
       SELECT l.id, s.id, 9000000, true
       FROM billing_paymentlink l JOIN billing_installment s ON s.invoice_id = l.invoice_id""",
    """INSERT INTO billing_payment (link_id, student_id, course_id, group_id, account_id, order_number, provider_ref,
                                    amount_minor, currency, state, page_url, created_at, session_ends_at, captured_minor,
                                    provider_refunded_minor, refunded_minor, hold_reason, lookups, was_attempted, next_lookup_at)
       SELECT id, student_id, course_id, group_id, %(account)s, id, 'REF-' || id, 9000000, 'AMD', 'at_provider', '', now(),
              now() + interval '20 minutes', 0, 0, 0, '', 0, false, now()
       FROM billing_paymentlink""",
]


if __name__ == "__main__":
    main()
