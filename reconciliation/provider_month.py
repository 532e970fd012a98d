"""
The one look at a whole month of an account: sums of both sides, and the few orders and payments that are to be judged.

First one full join of the month finds what is not a perfect pair; only that is judged (`provider_breaks`), with every row and
payment of theirs, whatever its date.
"""

from reconciliation.provider_rows import Told, pieces

# What reads the whole month, once: sums of both sides, the few orders and references to judge, and payments that may stand for
# less than they brought. One allocation that is all of the money leaves nothing, unless some was taken back.
MONTH = """
    SELECT count(p.id) AS our_count, coalesce(sum(p.captured_minor), 0) AS our_minor,
           count(r.line) AS their_count, coalesce(sum(r.amount_minor), 0) AS their_minor,
           coalesce(sum(r.fee_minor), 0) AS fee_minor,
           count(*) FILTER (WHERE r.amount_minor - r.fee_minor <> r.net_minor) AS odd_fees,
           array_agg(coalesce(r.order_number, p.order_number)) FILTER (
               WHERE {is_told} AND coalesce(r.order_number, p.order_number) IS NOT NULL
                 AND (r.line IS NULL OR p.id IS NULL OR r.amount_minor <> p.captured_minor OR r.currency <> p.currency
                      OR (r.reference <> p.provider_ref AND r.reference <> '' AND p.provider_ref <> ''
                          AND lower(r.reference) <> lower(p.provider_ref)))
           ) AS unpaired,
           array_agg(p.provider_ref) FILTER (WHERE {is_told} AND r.line IS NULL AND p.provider_ref <> '')
               AS lacking_references,
           array_agg(p.id) FILTER (WHERE p.id IS NOT NULL AND p.is_covered IS NULL) AS not_covered
    FROM (SELECT * FROM ({rows_of_month}) AS them WHERE status = 'done') AS r
    FULL JOIN (
        SELECT p.*, a.payment_id AS is_covered FROM ({ours}) p
        LEFT JOIN (
            SELECT payment_id, amount_minor FROM billing_allocation
            WHERE amount_minor > 0 AND payment_id NOT IN ({taken_back})
        ) a ON a.payment_id = p.id AND a.amount_minor = p.captured_minor AND p.refunded_minor = 0
    ) p ON p.order_number = r.order_number
"""
REPEATED = """
    SELECT order_number, count(*) AS lines FROM ({rows_of_month}) AS them WHERE status = 'done' AND order_number IS NOT NULL
    GROUP BY order_number HAVING count(*) > 1
"""
# A payment that stands in several rows was counted in each of them.
COUNTED_TWICE = """
    SELECT coalesce(sum(r.lines - 1), 0), coalesce(sum((r.lines - 1) * p.captured_minor), 0)
    FROM repeated r JOIN ({ours}) p ON p.order_number = r.order_number
"""
UNNUMBERED = """
    SELECT EXISTS (SELECT FROM reconciliation_sourcerow WHERE account_id = %(account)s AND order_number IS NULL)
"""
REFUNDS_TOLD = """
    SELECT count(*), coalesce(sum(amount_minor), 0), coalesce(sum(fee_minor), 0) FROM reconciliation_sourcerow
    WHERE account_id = %(account)s AND kind = 'refund' AND status = 'done'
      AND occurred_at >= %(start)s AND occurred_at < %(stop)s
"""

ASKED_FOR = """
    SELECT coalesce((SELECT array_agg(order_number) FROM suspects), '{}'),
           coalesce((SELECT lacking_references FROM month_seen), '{}')
"""
SUSPECTS = "SELECT unnest(unpaired) AS order_number FROM month_seen UNION SELECT order_number FROM repeated"
# Every row of an order to judge, and rows where the reference of one that lacks stands at another order. Orders and references
# are written into the question, so that processes can share it, which they cannot with temporary tables.
THEIR_ROWS = """
    SELECT r.* FROM ({rows_ever}) AS r
    WHERE r.order_number = ANY(%(orders)s::bigint[]) OR r.reference = ANY(%(references)s::text[])
"""


def searches(told: Told, *, only_order: bool) -> dict[str, str]:
    """
    Return what reads the whole month, by the temporary tables to fill in turn: sums, and the few orders and payments to judge.

    `only_order` limits it to one order number.
    """
    asked = {"month_seen": MONTH}
    if told.has_source:
        asked |= {"repeated": REPEATED, "suspects": SUSPECTS}
    facts = pieces(told, only_order=only_order)
    return {name: query.format(**facts) for name, query in asked.items()}


def their_rows(told: Told, *, only_order: bool) -> str:
    """Return the query for every row of the orders to judge; they and the lacking references are asked for by value."""
    return THEIR_ROWS.format(**pieces(told, only_order=only_order))


def counted_twice(told: Told) -> str:
    """Return the query for how many of our payments, and how much, `month_seen` counts beyond once."""
    return COUNTED_TWICE.format(**pieces(told, only_order=False))
