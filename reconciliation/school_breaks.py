"""What the newest list of the CRM or the LMS for a month, and our payments and grounds for access, say differently."""

# The CRM: which of its invoices are closed. A row names a payment by our order number, or by the deal, the invoice or the bank's
# reference.
CRM_BREAKS = """
WITH rows AS MATERIALIZED (
    SELECT * FROM reconciliation_sourcerow WHERE side = 'crm' AND file_id = %(file)s
), candidates AS (
    SELECT r.id AS row_id, p.id AS payment_id,
           coalesce(r.student_ref <> '' AND r.student_ref = CASE WHEN %(by_our_ids)s THEN s.id::text ELSE s.crm_id END, false)
               OR (r.reference <> '' AND r.reference IN (p.provider_ref, k.crm_deal_id, i.number)) AS is_told,
           coalesce(r.amount_minor = p.amount_minor AND r.currency = p.currency, false) AS is_sum,
           dense_rank() OVER (PARTITION BY r.order_number ORDER BY r.line)
               = dense_rank() OVER (PARTITION BY r.order_number ORDER BY p.id) AS is_place
    FROM rows r JOIN billing_payment p ON p.order_number = r.order_number
    JOIN billing_paymentlink k ON k.id = p.link_id JOIN billing_invoice i ON i.id = k.invoice_id
    JOIN students_student s ON s.id = p.student_id
), numbered AS (  -- two accounts may have given out one number: a row names the payment that agrees best and no other row tells
    SELECT row_id, payment_id,
           row_number() OVER (PARTITION BY row_id ORDER BY is_told DESC, is_anothers, is_sum DESC, is_place DESC, payment_id)
               AS choice
    FROM (SELECT *, bool_or(is_told) OVER (PARTITION BY payment_id) AS is_anothers FROM candidates) c
), named AS MATERIALIZED (
    SELECT row_id, payment_id FROM numbered WHERE choice = 1
    UNION
    SELECT r.id, p.id FROM rows r JOIN billing_payment p ON p.provider_ref = r.reference
    WHERE r.order_number IS NULL AND r.reference <> ''
    UNION
    SELECT r.id, p.id FROM rows r JOIN billing_paymentlink k ON k.crm_deal_id = r.reference
    JOIN billing_payment p ON p.link_id = k.id WHERE r.order_number IS NULL AND r.reference <> ''
    UNION
    SELECT r.id, p.id FROM rows r JOIN billing_invoice i ON i.number = r.reference
    JOIN billing_paymentlink k ON k.invoice_id = i.id JOIN billing_payment p ON p.link_id = k.id
    WHERE r.order_number IS NULL AND r.reference <> ''
), ours AS MATERIALIZED (
    SELECT p.*, (SELECT count(*) FROM billing_payment o WHERE o.link_id = p.link_id AND o.verified_at IS NOT NULL) AS of_link
    FROM billing_payment p
    WHERE p.verified_at >= %(start)s AND p.verified_at < %(stop)s
      AND p.state IN ('verified', 'partly_refunded', 'refunded', 'disputed')
), told AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.id AS payment_id, r.amount_minor, r.currency, r.student_ref, r.order_number, r.line
    FROM ours p JOIN named n ON n.payment_id = p.id JOIN rows r ON r.id = n.row_id
    WHERE r.status = 'done' ORDER BY p.id, r.line DESC
), judged AS (
    SELECT p.id, p.account_id, p.student_id, p.order_number, p.captured_minor, p.currency, p.state,
           t.amount_minor AS theirs_minor, t.currency AS their_currency, t.student_ref, t.line,
           CASE WHEN t.payment_id IS NULL THEN 'missing_in_crm'
                WHEN t.amount_minor IS NOT NULL AND t.currency <> p.currency THEN 'currency_mismatch'
                WHEN t.amount_minor <> p.captured_minor AND (t.order_number IS NOT NULL OR p.of_link = 1) THEN 'amount_mismatch'
                WHEN t.student_ref <> '' AND t.student_ref <> CASE WHEN %(by_our_ids)s THEN s.id::text
                     ELSE coalesce(s.crm_id, '') END THEN 'data_mismatch' END AS kind
    FROM ours p JOIN students_student s ON s.id = p.student_id LEFT JOIN told t ON t.payment_id = p.id
)
SELECT j.kind, 'payment:' || j.id AS key, j.account_id, j.id AS payment_id, j.student_id, NULL::bigint AS course_id,
       j.captured_minor AS ours_minor, j.theirs_minor, j.currency,
       jsonb_strip_nulls(jsonb_build_object('order_number', j.order_number, 'our_state', j.state, 'line', j.line,
           'their_currency', j.their_currency, 'student_ref', j.student_ref, 'file', %(file)s::bigint)) AS facts,
       0::bigint AS their_rows
FROM judged j WHERE j.kind IS NOT NULL
UNION ALL
SELECT CASE WHEN n.payment_id IS NULL THEN 'missing_in_ledger' ELSE 'status_mismatch' END,
       'crm:' || coalesce(r.order_number::text, r.reference), n.account_id, n.payment_id, n.student_id, NULL::bigint,
       NULL::bigint, max(r.amount_minor), max(r.currency),
       jsonb_strip_nulls(jsonb_build_object('order_number', r.order_number, 'their_reference', nullif(r.reference, ''),
           'our_state', n.state, 'line', max(r.line), 'file', %(file)s::bigint)), 0::bigint
FROM rows r
LEFT JOIN LATERAL (
    SELECT p.id AS payment_id, p.account_id, p.student_id, p.state FROM named n JOIN billing_payment p ON p.id = n.payment_id
    WHERE n.row_id = r.id ORDER BY p.verified_at IS NULL, p.id DESC LIMIT 1
) n ON true
WHERE r.status = 'done' AND (n.payment_id IS NULL OR n.state NOT IN ('verified', 'partly_refunded', 'refunded', 'disputed'))
GROUP BY n.payment_id, r.order_number, r.reference, n.account_id, n.student_id, n.state
"""

# The LMS: which student has which course open, at the moment that the list speaks of.
LMS_BREAKS = """
WITH theirs AS MATERIALIZED (
    SELECT r.line, r.student_ref, r.course_ref, s.id AS student_id, c.id AS course_id
    FROM reconciliation_sourcerow r
    LEFT JOIN students_student s ON CASE WHEN %(by_our_ids)s THEN s.id::text ELSE s.lms_id END = r.student_ref
    LEFT JOIN LATERAL (
        SELECT c.id FROM courses_course c WHERE CASE WHEN %(by_our_ids)s THEN c.id::text ELSE c.lms_id END = r.course_ref
        UNION
        SELECT g.course_id FROM courses_group g WHERE NOT %(by_our_ids)s AND g.lms_id = r.course_ref
    ) c ON true
    WHERE r.side = 'lms' AND r.file_id = %(file)s AND r.status = 'done'
), ours AS MATERIALIZED (
    SELECT student_id, course_id, min(source) AS source FROM access_accessgrant
    WHERE opens_at <= %(taken_at)s AND (closes_at IS NULL OR closes_at > %(taken_at)s)
      AND (withdrawn_at IS NULL OR withdrawn_at > %(taken_at)s) AND granted_at <= %(taken_at)s AND kind <> 'pause'
    GROUP BY student_id, course_id
)
SELECT 'access_missing' AS kind, 'access:' || o.student_id || ':' || o.course_id AS key, NULL::bigint AS account_id,
       NULL::bigint AS payment_id, o.student_id, o.course_id, NULL::bigint AS ours_minor, NULL::bigint AS theirs_minor,
       '' AS currency, jsonb_build_object('ground', o.source, 'file', %(file)s::bigint) AS facts, 0::bigint AS their_rows
FROM ours o WHERE NOT EXISTS (SELECT FROM theirs t WHERE t.student_id = o.student_id AND t.course_id = o.course_id)
UNION ALL
SELECT 'access_without_money',
       CASE WHEN t.student_id IS NULL OR t.course_id IS NULL THEN 'lms:' || t.student_ref || ':' || t.course_ref
            ELSE 'access:' || t.student_id || ':' || t.course_id END,
       NULL::bigint, NULL::bigint, t.student_id, t.course_id, NULL::bigint, NULL::bigint, '',
       jsonb_build_object('student_ref', t.student_ref, 'course_ref', t.course_ref, 'line', max(t.line),
                          'file', %(file)s::bigint),
       0::bigint
FROM theirs t LEFT JOIN ours o ON o.student_id = t.student_id AND o.course_id = t.course_id
WHERE o.student_id IS NULL
GROUP BY t.student_id, t.course_id, t.student_ref, t.course_ref
"""
