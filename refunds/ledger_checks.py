"""What the proof of the books asks about refunds (billing/check_ledger.py runs it with its own questions)."""

CHECKS = {
    "what is reserved of a payment is what its refunds take": """
        SELECT 'payment ' || p.id, p.refunded_minor, r.taken FROM billing_payment p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_minor), 0) AS taken FROM refunds_refund WHERE payment_id = p.id
              AND state IN ('approved', 'sent', 'unknown', 'settled', 'manual', 'external')) r
        WHERE p.refunded_minor <> r.taken""",
    "a refund is booked exactly while it counts": """
        SELECT 'refund ' || r.id, r.state, r.amount_minor, b.sent, b.back FROM refunds_refund r
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(l.amount_minor) FILTER (
                       WHERE t.key IN ('refund:' || r.id, 'reversed:refund:' || r.id)), 0) AS sent,
                   coalesce(sum(l.amount_minor) FILTER (WHERE t.key = 'refund-settled:' || r.id), 0) AS back
            FROM billing_ledgertransaction t JOIN billing_ledgerline l ON l.transaction_id = t.id
            WHERE t.key IN ('refund:' || r.id, 'reversed:refund:' || r.id, 'refund-settled:' || r.id)
              AND l.account = 'refunds_in_flight') b
        WHERE b.sent <> CASE WHEN r.state IN ('sent', 'unknown', 'settled', 'manual', 'external')
                             THEN r.amount_minor ELSE 0 END
           OR b.back <> CASE WHEN r.state IN ('settled', 'manual', 'external') THEN r.amount_minor ELSE 0 END""",
    "refunds in flight are what was sent and is not back": """
        SELECT 'payment ' || p.id, f.booked, r.sent FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(-sum(amount_minor), 0) AS booked FROM billing_ledgerline
                            WHERE payment_id = p.id AND account = 'refunds_in_flight') f
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS sent FROM refunds_refund
                            WHERE payment_id = p.id AND state IN ('sent', 'unknown')) r
        WHERE p.refunded_minor > 0 AND f.booked <> r.sent""",
    "a payment is refunded as far as its money is back": """
        SELECT 'payment ' || p.id, p.state, p.captured_minor, r.back FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS back FROM refunds_refund
                            WHERE payment_id = p.id AND state IN ('settled', 'manual', 'external')) r
        WHERE p.state IN ('verified', 'partly_refunded', 'refunded')
          AND p.state <> CASE WHEN r.back = 0 THEN 'verified' WHEN r.back < p.captured_minor
                              THEN 'partly_refunded' ELSE 'refunded' END""",
    "an approved request is carried out by its refunds": """
        SELECT 'request ' || q.id, q.state, q.amount_minor, r.made FROM refunds_refundrequest q
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS made FROM refunds_refund
                            WHERE request_id = q.id AND state <> 'failed') r
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS failed FROM refunds_refund
                            WHERE request_id = q.id AND state = 'failed') f
        WHERE r.made > CASE WHEN q.state = 'approved' THEN q.amount_minor ELSE 0 END
           OR q.state = 'approved' AND r.made + f.failed < q.amount_minor""",
    "access on refunded money is what was decided": """
        SELECT g.source, q.access_decision FROM access_accessgrant g
        JOIN billing_installment s ON g.source LIKE 'installment:' || s.id || ':%'
        JOIN refunds_refundrequest q ON q.invoice_id = s.invoice_id AND q.access_applied_at IS NOT NULL
        WHERE g.withdrawn_at IS NULL AND g.granted_at < q.access_applied_at AND q.access_decision = 'end_now'""",
}
