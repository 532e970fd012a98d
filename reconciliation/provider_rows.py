"""
The rows of a bank's statement and our payments of one account and month, as pieces of SQL that the questions about them share.

An account's rows are its statements'; those of the CRM and the LMS belong to no account.
"""

import dataclasses

# Rows of the account in our words; a row without our number is found by the bank's reference.
NUMBERED_ROWS = """
    SELECT r.order_number, r.reference, r.status, r.amount_minor, r.fee_minor, r.net_minor, r.currency, r.occurred_at,
           r.file_id, r.line
    FROM reconciliation_sourcerow r
    WHERE r.account_id = %(account)s AND r.kind = '{kind}' AND r.order_number IS NOT NULL {when} {only}
"""
UNNUMBERED_ROWS = """
    UNION ALL
    SELECT p.order_number, r.reference, r.status, r.amount_minor, r.fee_minor, r.net_minor, r.currency, r.occurred_at,
           r.file_id, r.line
    FROM reconciliation_sourcerow r
    LEFT JOIN billing_payment p ON p.account_id = r.account_id AND p.provider_ref = r.reference
    WHERE r.account_id = %(account)s AND r.kind = '{kind}' AND r.order_number IS NULL {when} {only_payment}
"""
IN_MONTH = "AND r.occurred_at >= %(start)s AND r.occurred_at < %(stop)s"
UNTIL_THEN = "AND r.occurred_at < %(stop)s"
CAPTURED = "('verified', 'partly_refunded', 'refunded', 'disputed')"
OPEN = "('created', 'at_provider', 'unknown')"
OURS = """
    SELECT p.id, p.student_id, p.link_id, p.order_number, p.provider_ref, p.captured_minor, p.refunded_minor, p.currency, p.state
    FROM billing_payment p
    WHERE p.account_id = %(account)s AND p.verified_at >= %(start)s AND p.verified_at < %(stop)s
      AND p.state IN {captured} {only_payment}
"""

TAKEN_BACK = "SELECT payment_id FROM billing_allocation WHERE amount_minor < 0"

# What we sent back through the provider, by payment.
OUR_REFUNDS = """
    SELECT payment_id, sum(amount_minor)::bigint AS amount_minor, max(coalesce(settled_at, created_at)) AS last_at
    FROM refunds_refund
    WHERE state IN ('settled', 'external') AND channel <> 'manual' AND coalesce(settled_at, created_at) < %(stop)s
    GROUP BY payment_id
"""

# Refunds made in the bank's cabinet that we found after the month: they explain what the statement says of it.
FOUND_LATER = """
    SELECT payment_id, sum(amount_minor)::bigint AS amount_minor FROM refunds_refund
    WHERE state = 'external' AND coalesce(settled_at, created_at) >= %(stop)s
    GROUP BY payment_id
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What the statement tells at all, so that nothing is searched for that is not there."""

    has_source: bool = True
    has_unnumbered_rows: bool = True
    has_odd_fees: bool = True


def pieces(told: Told, *, only_order: bool) -> dict[str, str]:
    """Return the pieces by the names that the questions call them. `only_order` limits them to one order number."""
    only = "AND r.order_number = %(only)s" if only_order else ""
    only_payment = "AND p.order_number = %(only)s" if only_order else ""

    def rows(kind: str, when: str) -> str:
        text = NUMBERED_ROWS + (UNNUMBERED_ROWS if told.has_unnumbered_rows else "")
        return text.format(kind=kind, when=when, only=only, only_payment=only_payment)

    return {
        "captured": CAPTURED,
        "open": OPEN,
        "only": only,
        "only_payment": only_payment,
        "ours": OURS.format(captured=CAPTURED, only_payment=only_payment),
        "is_told": "true" if told.has_source else "false",
        "rows_of_month": rows("payment", IN_MONTH),
        "rows_ever": rows("payment", ""),
        "refund_rows": rows("refund", UNTIL_THEN),
        "our_refunds": OUR_REFUNDS,
        "found_later": FOUND_LATER,
        "taken_back": TAKEN_BACK,
    }
