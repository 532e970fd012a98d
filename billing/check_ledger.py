"""Proof that the books, the allocations and the payments say the same (promise 7); run by tests and `manage.py check_ledger`."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db import connection


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One place where two of our own records disagree."""

    check: str
    subject: str
    facts: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.check}: {self.subject} {self.facts}"


# Where the money of a payment is: at the provider, at our bank, kept as a fee, less what is on its way back.
MONEY_ACCOUNTS = "'provider_clearing', 'bank', 'fees', 'refunds_in_flight'"
CAPTURED_STATES = "'verified', 'partly_refunded', 'refunded', 'disputed'"

CHECKS = {
    "every transaction sums to zero": """
        SELECT 'ledger ' || transaction_id, currency, sum(amount_minor) FROM billing_ledgerline
        GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0""",
    "every live invoice's schedule adds up to its price": """
        SELECT i.number, i.full_minor, sum(s.expected_minor) FROM billing_invoice i
        JOIN billing_installment s ON s.invoice_id = i.id
        WHERE i.cancelled_at IS NULL
        GROUP BY i.id HAVING sum(s.expected_minor) <> i.full_minor
           AND NOT bool_or(s.state IN ('cancelled', 'moved'))""",
    "receivable is full price less adjustments less paid": """
        SELECT i.number, r.booked, i.full_minor - a.adjusted - p.paid
        FROM billing_invoice i
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS booked FROM billing_ledgerline
                            WHERE invoice_id = i.id AND account = 'receivable') r
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS adjusted FROM billing_adjustment
                            WHERE invoice_id = i.id) a
        CROSS JOIN LATERAL (SELECT coalesce(sum(o.amount_minor), 0) AS paid FROM billing_allocation o
                            JOIN billing_installment s ON s.id = o.installment_id WHERE s.invoice_id = i.id) p
        WHERE i.cancelled_at IS NULL AND r.booked <> i.full_minor - a.adjusted - p.paid""",
    "no installment is paid beyond what is owed of it": """
        SELECT 'installment ' || s.id, s.expected_minor, d.lowered, sum(o.amount_minor) FROM billing_installment s
        JOIN billing_allocation o ON o.installment_id = s.id
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS lowered FROM billing_adjustment
                            WHERE installment_id = s.id) d
        GROUP BY s.id, d.lowered HAVING sum(o.amount_minor) NOT BETWEEN 0 AND s.expected_minor - d.lowered""",
    "no credit note lowers an installment below nothing or above its price": """
        SELECT 'installment ' || s.id, s.expected_minor, sum(d.amount_minor) FROM billing_installment s
        JOIN billing_adjustment d ON d.installment_id = s.id
        GROUP BY s.id HAVING sum(d.amount_minor) NOT BETWEEN 0 AND s.expected_minor""",
    "an installment's state says what is allocated": """
        SELECT 'installment ' || s.id, s.state, s.expected_minor, d.lowered, p.paid FROM billing_installment s
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS paid FROM billing_allocation
                            WHERE installment_id = s.id) p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS lowered FROM billing_adjustment
                            WHERE installment_id = s.id) d
        WHERE s.state IN ('scheduled', 'due', 'partly_paid', 'paid', 'overdue')
          AND (s.state = 'paid') <> (p.paid = s.expected_minor - d.lowered)
           OR s.state = 'partly_paid' AND p.paid = 0
           OR s.state NOT IN ('cancelled', 'moved') AND d.lowered = s.expected_minor
           OR s.state = 'moved' AND (d.lowered <> s.expected_minor OR p.paid <> 0)
           OR s.state = 'cancelled' AND d.lowered > 0 AND p.paid <> 0""",
    "no payment stands for more than it brought": """
        SELECT 'payment ' || p.id, m.here, a.allocated FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS allocated FROM billing_allocation
                            WHERE payment_id = p.id) a
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS here FROM billing_ledgerline
                            WHERE payment_id = p.id AND account IN (MONEY_ACCOUNTS)) m
        WHERE p.state IN (CAPTURED_STATES) AND a.allocated NOT BETWEEN 0 AND m.here
           OR p.state NOT IN (CAPTURED_STATES) AND a.allocated <> 0""",
    "every verified payment is booked once, with its amount": """
        SELECT 'payment ' || p.id, p.captured_minor, t.came, t.booked FROM billing_payment p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.amount_minor) FILTER (WHERE k.key = 'payment:' || p.id), 0) AS came,
                   coalesce(sum(l.amount_minor), 0) AS booked
            FROM billing_ledgerline l JOIN billing_ledgertransaction k ON k.id = l.transaction_id
            WHERE l.payment_id = p.id AND l.account IN (MONEY_ACCOUNTS)) t
        WHERE p.state IN (CAPTURED_STATES) AND t.came <> p.captured_minor
           OR p.state IN ('created', 'at_provider', 'unknown', 'failed', 'expired') AND t.booked <> 0""",
    "money that is still here is what came less what goes back": """
        SELECT 'payment ' || p.id, p.captured_minor, p.refunded_minor, m.here FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS here FROM billing_ledgerline
                            WHERE payment_id = p.id AND account IN (MONEY_ACCOUNTS)) m
        WHERE p.state IN (CAPTURED_STATES)
          AND m.here NOT BETWEEN p.captured_minor - p.refunded_minor AND p.captured_minor""",
    "credit in the books is money without an installment": """
        SELECT 'payment ' || p.id, m.here, a.allocated, -c.booked FROM billing_payment p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS here FROM billing_ledgerline
                            WHERE payment_id = p.id AND account IN (MONEY_ACCOUNTS)) m
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS allocated FROM billing_allocation
                            WHERE payment_id = p.id) a
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS booked FROM billing_ledgerline
                            WHERE payment_id = p.id AND account = 'student_credit') c
        WHERE p.state IN (CAPTURED_STATES) AND m.here - a.allocated <> -c.booked""",
    "a transfer carries what it says": """
        SELECT 'transfer ' || t.transfer_id, t.carried_minor, m.gone, m.came, d.lowered FROM billing_transfersettlement t
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(o.amount_minor) FILTER (WHERE s.invoice_id = t.old_invoice_id), 0) AS gone,
                   coalesce(sum(o.amount_minor) FILTER (WHERE s.invoice_id = t.new_invoice_id), 0) AS came
            FROM billing_allocation o JOIN billing_installment s ON s.id = o.installment_id
            WHERE o.reason = 'transfer:' || t.transfer_id) m
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS lowered FROM billing_adjustment
                            WHERE reason = 'transfer:' || t.transfer_id) d
        WHERE m.gone <> t.carried_minor OR m.came <> t.carried_minor - t.credit_minor
           OR d.lowered <> t.lowered_minor""",
    "open link lines belong to active links": """
        SELECT 'link ' || l.id, l.state FROM billing_paymentlinkline n JOIN billing_paymentlink l ON l.id = n.link_id
        WHERE n.is_open <> (l.state = 'active')""",
    "every ground from money rests on paid installments": """
        SELECT g.source, s.state FROM access_accessgrant g
        JOIN billing_installment s ON g.source = 'installment:' || s.id || ':paid'
        WHERE g.withdrawn_at IS NULL AND g.kind = 'paid' AND s.state <> 'paid'
          AND NOT EXISTS (SELECT FROM billing_allocation o WHERE o.installment_id = s.id AND o.amount_minor < 0
                          AND o.reason LIKE 'refund:%')""",
}


_further: dict[str, str] = {}


def register(checks: Mapping[str, str]) -> None:
    """Add an app's own questions to the proof; called once by each app at start. An answer that is a row is a problem."""
    _further.update(checks)


def names() -> list[str]:
    """Return what the proof asks, in its order."""
    return [*CHECKS, *_further]


def problems() -> list[Problem]:
    """Return every disagreement; an empty list is the proof. Reads only."""
    found: list[Problem] = []
    with connection.cursor() as cursor:
        for check, statement in {**CHECKS, **_further}.items():
            cursor.execute(_complete(statement))
            found += [
                Problem(check=check, subject=str(row[0]), facts=tuple(row[1:])) for row in cursor.fetchall()
            ]
    return found


def _complete(statement: str) -> str:
    """Fill in the lists that several questions share."""
    return statement.replace("MONEY_ACCOUNTS", MONEY_ACCOUNTS).replace("CAPTURED_STATES", CAPTURED_STATES)
