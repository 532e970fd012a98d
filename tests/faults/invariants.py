"""What no fault may break, as questions to the database whose answer must be empty."""

from django.db import connection

QUESTIONS = {
    "a payment is paid only on one accepted look-up, with what was fixed": """
        SELECT p.id, p.state FROM billing_payment p
        WHERE (p.state IN ('verified', 'partly_refunded', 'refunded', 'disputed'))
              <> (p.verified_at IS NOT NULL AND p.captured_minor = p.amount_minor)
           OR (p.state IN ('verified', 'partly_refunded', 'refunded', 'disputed'))::int
              <> (SELECT count(*) FROM students_timelineevent e WHERE e.subject_kind = 'billing.payment'
                  AND e.subject_id = p.id AND e.kind = 'payment_verified')""",
    "a paid installment has one paid ground, an unpaid one has none": """
        SELECT s.id, s.state, count(g.id) FROM billing_installment s
        JOIN billing_invoice i ON i.id = s.invoice_id
        JOIN courses_paymentplanversion v ON v.id = i.plan_version_id
        LEFT JOIN access_accessgrant g ON g.source = 'installment:' || s.id || ':paid' AND g.withdrawn_at IS NULL
        WHERE NOT v.manual_review
          AND NOT EXISTS (SELECT FROM billing_adjustment a WHERE a.installment_id = s.id AND a.reason LIKE 'transfer:%')
        GROUP BY s.id HAVING count(g.id) <> (s.state = 'paid')::int""",
    "a link is paid exactly when money was verified for it": """
        SELECT l.id, l.state FROM billing_paymentlink l
        WHERE (l.state = 'paid') <> EXISTS (SELECT FROM billing_payment p WHERE p.link_id = l.id
                                            AND p.state IN ('verified', 'partly_refunded', 'refunded', 'disputed'))""",
    "every event has its slip": """
        SELECT e.id, e.kind FROM students_timelineevent e
        LEFT JOIN students_timelinedispatch d ON d.event_id = e.id WHERE d.id IS NULL""",
    "money without an installment, and money that differs, is in front of a person": """
        SELECT p.id, p.state FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS allocated FROM billing_allocation
                            WHERE payment_id = p.id) a
        CROSS JOIN LATERAL (SELECT count(*) AS tasks FROM students_operatortask t
                            WHERE t.subject_kind = 'billing.payment' AND t.subject_id = p.id
                              AND t.kind IN ('second_payment', 'overpayment', 'payment_held')) t
        WHERE p.state = 'verified' AND p.captured_minor > a.allocated AND t.tasks = 0
           OR p.state = 'held' AND t.tasks <> 1""",
    "a person is asked about one fact once": """
        SELECT key, count(*) FROM students_operatortask GROUP BY key, kind HAVING count(*) > 1
           AND kind <> 'outcome_unknown'""",
    "every change of state starts where the one before ended, and the last is the stored state": """
        WITH moves AS (
            SELECT subject_kind, subject_id, id, before ->> 'state' AS was, after ->> 'state' AS became,
                   lag(after ->> 'state') OVER w AS had, lead(id) OVER w IS NULL AS is_last
            FROM students_timelineevent
            WHERE after ? 'state' AND subject_kind IN ('billing.payment', 'billing.paymentlink', 'billing.installment')
            WINDOW w AS (PARTITION BY subject_kind, subject_id ORDER BY id)
        ), stored AS (
            SELECT 'billing.payment' AS kind, id, state FROM billing_payment
            UNION ALL SELECT 'billing.paymentlink', id, state FROM billing_paymentlink
            UNION ALL SELECT 'billing.installment', id, state FROM billing_installment
        )
        SELECT m.subject_kind, m.subject_id, m.had, m.was, m.became, s.state
        FROM moves m JOIN stored s ON s.kind = m.subject_kind AND s.id = m.subject_id
        WHERE m.had IS NOT NULL AND m.had <> m.was OR m.is_last AND m.became <> s.state""",
    "paid money never becomes unpaid": """
        SELECT subject_id, kind FROM students_timelineevent
        WHERE subject_kind = 'billing.payment' AND before ->> 'state' = 'verified'
          AND after ->> 'state' NOT IN ('partly_refunded', 'refunded', 'disputed')""",
    "money in is what stands for installments, credit and what is held": """
        SELECT came.minor, stands.minor FROM
            (SELECT coalesce(sum(captured_minor), 0) AS minor FROM billing_payment
             WHERE state IN ('verified', 'held')) came,
            (SELECT (SELECT coalesce(sum(amount_minor), 0) FROM billing_allocation)
                  + (SELECT coalesce(-sum(amount_minor), 0) FROM billing_ledgerline
                     WHERE account IN ('student_credit', 'suspense')) AS minor) stands
        WHERE came.minor <> stands.minor""",
    "every delivery has a verdict": "SELECT id FROM billing_webhookdelivery WHERE verdict = 'new'",
    "what happens once is told once": """
        SELECT subject_kind, subject_id, kind, count(*) FROM students_timelineevent
        WHERE kind IN ('attempt_started', 'payment_at_provider', 'payment_verified', 'link_created', 'link_paid',
                       'installment_paid', 'credit_kept', 'payment_held')
        GROUP BY subject_kind, subject_id, kind HAVING count(*) > 1
        UNION ALL
        SELECT 'ground', student_id, data ->> 'source', count(*) FROM students_timelineevent
        WHERE kind = 'access_granted' GROUP BY student_id, data ->> 'source' HAVING count(*) > 1""",
}

EVIDENCE = """
    SELECT p.id FROM billing_payment p
    WHERE p.state IN ('verified', 'held') AND NOT EXISTS (
        SELECT FROM billing_paymentlookup k WHERE k.payment_id = p.id AND k.status = 'paid')
       OR p.lookups <> (SELECT count(*) FROM billing_paymentlookup k WHERE k.payment_id = p.id)"""


def broken(*, with_evidence: bool = False) -> list[str]:
    """Return every invariant that does not hold, with the rows that show it; `with_evidence` asks for look-ups too."""
    questions = {**QUESTIONS, "the evidence is kept": EVIDENCE} if with_evidence else QUESTIONS
    found = []
    with connection.cursor() as cursor:
        for name, question in questions.items():
            cursor.execute(question)
            found += [f"{name}: {row}" for row in cursor.fetchall()]
    return found
