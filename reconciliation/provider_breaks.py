"""
What a bank's statement and our payments of one account and month say differently, in SQL on sets.

Each month answers for what the statement dates in it; a payment of ours that no statement names answers for the month of its
verification. A pair whose two dates lie in different months is a pair. First one full join of the month finds the few orders that
are not a perfect pair; only these are judged, with every row and payment of theirs, whatever its date. An account's rows are its
statements'; those of the CRM and the LMS belong to no account.
"""

from reconciliation.provider_rows import Told, pieces

STATEMENT_BREAKS = """
    SELECT j.kind, 'order:' || j.order_number AS key, j.payment_id, j.student_id, NULL::bigint AS course_id,
           j.ours_minor, j.theirs_minor, coalesce(j.their_currency, j.our_currency) AS currency,
           jsonb_strip_nulls(jsonb_build_object(
               'order_number', j.order_number, 'our_state', j.state, 'our_currency', j.our_currency,
               'our_reference', j.our_reference, 'our_day', j.our_day, 'their_currency', j.their_currency,
               'their_reference', j.their_reference, 'their_day', j.their_day, 'lines', j.done_all, 'declined', j.not_done_all,
               'file', j.file_id, 'line', j.line)) AS facts,
           j.done_here AS their_rows
    FROM (
        SELECT s.order_number, coalesce(p.id, q.id) AS payment_id, coalesce(p.student_id, q.student_id) AS student_id,
               CASE WHEN p.state IN {captured} THEN p.captured_minor END AS ours_minor, t.amount_minor AS theirs_minor,
               p.state, p.currency AS our_currency, p.provider_ref AS our_reference,
               (p.verified_at AT TIME ZONE 'Asia/Yerevan')::date AS our_day, t.currency AS their_currency,
               t.reference AS their_reference, (t.occurred_at AT TIME ZONE 'Asia/Yerevan')::date AS their_day,
               coalesce(t.done_all, 0) AS done_all, coalesce(t.done_here, 0) AS done_here,
               coalesce(t.not_done_all, 0) AS not_done_all, t.file_id, t.line,
               CASE
                 WHEN t.done_here > 0 THEN CASE
                   WHEN t.done_all > 1 THEN 'duplicate'
                   WHEN p.id IS NULL AND q.id IS NOT NULL THEN 'data_mismatch'
                   WHEN p.id IS NULL THEN 'missing_in_ledger'
                   WHEN t.currency <> p.currency THEN 'currency_mismatch'
                   WHEN t.amount_minor <> CASE WHEN p.state IN {captured} THEN p.captured_minor ELSE p.amount_minor END
                     THEN 'amount_mismatch'
                   WHEN p.state IN {open} AND t.occurred_at >= %(edge)s THEN 'timing'
                   WHEN p.state NOT IN {captured} THEN 'status_mismatch'
                   WHEN t.reference <> '' AND p.provider_ref <> '' AND lower(t.reference) <> lower(p.provider_ref)
                     THEN 'data_mismatch'
                   END
                 WHEN coalesce(t.done_all, 0) = 0 AND p.state IN {captured} AND p.verified_at >= %(start)s
                      AND p.verified_at < %(stop)s AND NOT p.is_named THEN CASE
                   WHEN t.not_done_all > 0 THEN 'status_mismatch'
                   WHEN p.verified_at < %(edge)s THEN 'missing_at_provider'
                   WHEN %(is_final)s THEN 'timing'
                   END
               END AS kind
        FROM suspects s
        LEFT JOIN their_story t ON t.order_number = s.order_number
        LEFT JOIN our_story p ON p.order_number = s.order_number
        LEFT JOIN LATERAL (  -- looked up one by one: only an order that we do not know may be another one's reference
            SELECT id, student_id FROM billing_payment
            WHERE p.id IS NULL AND account_id = %(account)s AND provider_ref = t.reference AND t.reference <> '' LIMIT 1
        ) q ON true
    ) j
    WHERE j.kind IS NOT NULL
"""

NAMELESS_BREAKS = """
    SELECT 'missing_in_ledger', 'ref:' || r.reference, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
           sum(r.amount_minor)::bigint, min(r.currency),
           jsonb_build_object('their_reference', r.reference, 'lines', count(*), 'file', min(r.file_id), 'line', min(r.line)),
           count(*)
    FROM ({rows_of_month}) AS r WHERE r.order_number IS NULL AND r.status = 'done' GROUP BY r.reference
"""

REFUND_BREAKS = """
    SELECT CASE WHEN greatest(t.last_at, o.last_at) >= %(edge)s AND %(is_final)s THEN 'timing' ELSE 'refund_drift' END,
           'refund:' || coalesce(p.order_number::text, t.order_number::text, t.reference),
           p.id, p.student_id, NULL::bigint, coalesce(o.amount_minor, 0), coalesce(t.amount_minor, 0),
           coalesce(p.currency, t.currency),
           jsonb_strip_nulls(jsonb_build_object(
               'order_number', coalesce(p.order_number, t.order_number), 'their_reference', t.reference,
               'file', t.file_id, 'line', t.line)), 0::bigint
    FROM (
        SELECT order_number, CASE WHEN order_number IS NULL THEN reference END AS bare, min(reference) AS reference,
               sum(amount_minor)::bigint AS amount_minor, min(currency) AS currency, max(occurred_at) AS last_at,
               min(file_id) AS file_id, min(line) AS line
        FROM ({refund_rows}) AS r WHERE status = 'done' GROUP BY 1, 2
    ) t
    FULL JOIN (
        SELECT p.order_number, p.id, g.amount_minor, g.last_at FROM ({our_refunds}) g
        JOIN billing_payment p ON p.id = g.payment_id WHERE p.account_id = %(account)s {only_payment}
    ) o ON o.order_number = t.order_number
    LEFT JOIN billing_payment p ON p.account_id = %(account)s AND p.order_number = coalesce(t.order_number, o.order_number)
    LEFT JOIN ({found_later}) l ON l.payment_id = p.id
    WHERE coalesce(t.amount_minor, 0) <> coalesce(o.amount_minor, 0)
      AND NOT (coalesce(t.amount_minor, 0) > coalesce(o.amount_minor, 0)
               AND coalesce(t.amount_minor, 0) <= coalesce(o.amount_minor, 0) + coalesce(l.amount_minor, 0))
      AND (t.last_at >= %(start)s OR o.last_at >= %(start)s)
      AND (%(is_final)s OR greatest(t.last_at, o.last_at) < %(edge)s)
"""

FEE_BREAKS = """
    SELECT 'fee_mismatch', 'fee:' || coalesce(r.order_number::text, r.reference) || ':' || r.id, p.id, p.student_id,
           NULL::bigint, r.amount_minor - r.fee_minor, r.net_minor, r.currency,
           jsonb_build_object('order_number', r.order_number, 'amount_minor', r.amount_minor, 'fee_minor', r.fee_minor,
                              'file', r.file_id, 'line', r.line), 0::bigint
    FROM reconciliation_sourcerow r
    LEFT JOIN billing_payment p ON p.account_id = r.account_id AND p.order_number = r.order_number
    WHERE r.account_id = %(account)s AND r.kind = 'payment' AND r.status = 'done'
      AND r.fee_minor IS NOT NULL AND r.net_minor IS NOT NULL AND r.amount_minor - r.fee_minor <> r.net_minor
      AND r.occurred_at >= %(start)s AND r.occurred_at < %(stop)s {only}
"""

# Our own side alone: money that stands for nothing, and why.
CREDIT_BREAKS = """
    SELECT CASE WHEN c.is_second THEN 'duplicate' ELSE 'unallocated' END AS kind, 'credit:' || c.order_number AS key,
           c.id AS payment_id, c.student_id, NULL::bigint AS course_id, c.left_minor AS ours_minor, NULL::bigint AS theirs_minor,
           c.currency, jsonb_build_object('order_number', c.order_number, 'our_state', c.state) AS facts, 0::bigint AS their_rows
    FROM (
        SELECT p.id, p.student_id, p.order_number, p.currency, p.state,
               p.captured_minor - p.refunded_minor - coalesce(a.allocated, 0) AS left_minor,
               coalesce(a.allocated, 0) = 0 AND EXISTS (
                   SELECT FROM billing_payment other WHERE other.link_id = p.link_id AND other.id <> p.id
                   AND other.verified_at IS NOT NULL) AS is_second
        FROM ({ours}) p
        LEFT JOIN LATERAL (SELECT sum(amount_minor) AS allocated FROM billing_allocation WHERE payment_id = p.id) a ON true
        WHERE p.id IN (SELECT unnest(not_covered) FROM month_seen UNION {taken_back})
          AND p.captured_minor - p.refunded_minor - coalesce(a.allocated, 0) > 0
    ) c
"""

FIND = """
WITH their_story AS MATERIALIZED (
    SELECT r.order_number, count(*) FILTER (WHERE r.status = 'done') AS done_all,
           count(*) FILTER (WHERE r.status = 'done' AND r.occurred_at >= %(start)s AND r.occurred_at < %(stop)s) AS done_here,
           count(*) FILTER (WHERE r.status <> 'done') AS not_done_all,
           min(r.amount_minor) FILTER (WHERE r.status = 'done') AS amount_minor,
           min(r.currency) FILTER (WHERE r.status = 'done') AS currency,
           coalesce(min(r.reference) FILTER (WHERE r.status = 'done'), '') AS reference,
           min(r.occurred_at) FILTER (WHERE r.status = 'done') AS occurred_at, max(r.file_id) AS file_id, max(r.line) AS line
    FROM their_rows r GROUP BY r.order_number
), our_story AS MATERIALIZED (
    SELECT p.id, p.student_id, p.order_number, p.provider_ref, p.amount_minor, p.captured_minor, p.currency, p.state,
           p.verified_at,  -- of an order that the bank does not name: its reference stands at another order's row
           p.provider_ref IN (SELECT reference FROM their_rows WHERE status = 'done' AND reference <> '') AS is_named
    FROM suspects s JOIN billing_payment p ON p.account_id = %(account)s AND p.order_number = s.order_number
)
"""

OF_ACCOUNT = "SELECT %(account)s::bigint AS account_id, b.* FROM ({breaks}) AS b"


def judgement(told: Told, *, only_order: bool) -> str:
    """Return the query that yields the breaks, each of the account, after the searches."""
    facts = pieces(told, only_order=only_order)
    if not told.has_source:
        return OF_ACCOUNT.format(breaks=CREDIT_BREAKS.format(**facts))
    parts = [STATEMENT_BREAKS, REFUND_BREAKS, CREDIT_BREAKS]
    parts += [NAMELESS_BREAKS] if told.has_unnumbered_rows else []
    parts += [FEE_BREAKS] if told.has_odd_fees else []
    return FIND + OF_ACCOUNT.format(breaks=" UNION ALL ".join(part.format(**facts) for part in parts))
