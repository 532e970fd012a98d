"""What the proof of the books asks about closed months (billing/check_ledger.py runs it with its own questions)."""

# A closed month has only closed ones before it, so that equal movements of all of them make equal balances.
CHECKS = {
    "a closed month is what was signed": """
        WITH signed AS (
            SELECT m.month, a.account, a.currency, a.debit_minor, a.credit_minor
            FROM reconciliation_monthclose m
            CROSS JOIN LATERAL jsonb_to_recordset(m.snapshot -> 'accounts') AS a(
                account text, currency text, debit_minor bigint, credit_minor bigint)
            WHERE m.state = 'closed'
        ), booked AS (
            SELECT m.month, l.account, l.currency,
                   coalesce(sum(l.amount_minor) FILTER (WHERE l.amount_minor > 0), 0) AS debit_minor,
                   coalesce(-sum(l.amount_minor) FILTER (WHERE l.amount_minor < 0), 0) AS credit_minor
            FROM reconciliation_monthclose m
            JOIN billing_ledgertransaction t ON t.booked_on >= m.month AND t.booked_on < m.month + interval '1 month'
            JOIN billing_ledgerline l ON l.transaction_id = t.id
            WHERE m.state = 'closed' GROUP BY 1, 2, 3
        )
        SELECT 'month ' || month, account, currency, s.debit_minor, s.credit_minor, b.debit_minor, b.credit_minor
        FROM signed s FULL JOIN booked b USING (month, account, currency)
        WHERE coalesce(s.debit_minor, 0) <> coalesce(b.debit_minor, 0)
           OR coalesce(s.credit_minor, 0) <> coalesce(b.credit_minor, 0)""",
    "the books are shut exactly for closed months": """
        SELECT 'month ' || coalesce(m.month, c.month), m.state, c.shut_at FROM billing_closedmonth c
        FULL JOIN (SELECT month, state FROM reconciliation_monthclose WHERE state = 'closed') m ON m.month = c.month
        WHERE m.month IS NULL OR c.month IS NULL""",
}
