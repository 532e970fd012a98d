"""
The reconciliation of a month: what our books and each bank's statement count and sum, what was found to differ and what was
decided, and what is carried over into the next month by name.
"""

from django.utils.translation import gettext_lazy as _

from reconciliation.models import Discrepancy, Side
from reconciliation.reports import breaks, columns, kinds
from reconciliation.reports.base import Column, Kind, Report, Source

SECTIONS = {"sums": _("counts and sums"), "breaks": _("breaks"), "carried": _("carried over")}
ITEMS = {
    "payments": _("payments"),
    "refunds": _("refunds"),
    "fees": _("fees"),
    "held": _("held money"),
    "other": _("anything else"),
    **dict(Discrepancy.Kind.choices),
}
# What the statement's rows stand against in our books; held money is a row of the statement like any other payment.
OURS = {"captured": "payments", "held": "held", "refunds": "refunds", "fees": "fees"}

SQL = f"""
WITH ours AS (
    SELECT account_id, currency, item, count(DISTINCT coalesce(payment_id, -transaction_id)) AS count,
           sum(CASE WHEN item IN ('refunds', 'fees') THEN -amount_minor ELSE amount_minor END)::bigint AS sum
    FROM (
        SELECT l.merchant_account_id AS account_id, l.currency, l.payment_id, l.transaction_id, l.amount_minor,
               CASE {kinds.column_of(kinds.CLEARING)}
                    {" ".join(f"WHEN '{part}' THEN '{item}'" for part, item in OURS.items())} ELSE 'other' END AS item
        FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
        WHERE l.account = 'provider_clearing' AND t.booked_on BETWEEN %(first)s AND %(last)s
    ) AS line
    GROUP BY account_id, currency, item
), theirs AS (
    SELECT r.account_id, r.currency, v.item, count(*) AS count, sum(v.amount)::bigint AS sum
    FROM reconciliation_sourcerow r
    CROSS JOIN LATERAL (VALUES (CASE r.kind WHEN 'refund' THEN 'refunds' ELSE 'payments' END, r.amount_minor),
                               ('fees', nullif(r.fee_minor, 0))) AS v (item, amount)
    WHERE r.side = 'provider' AND r.status = 'done' AND r.kind IN ('payment', 'refund') AND v.amount IS NOT NULL
      AND r.occurred_at >= %(start)s AND r.occurred_at < %(stop)s
    GROUP BY r.account_id, r.currency, v.item
), broken AS (
    SELECT b.id, b.side, b.account_id, b.kind, b.key, {breaks.OUTCOME} AS outcome, b.currency, b.ours_minor, b.theirs_minor,
           s.full_name, b.student_id, b.state = 'open' AND b.kind = 'timing' AS is_carried
    FROM reconciliation_discrepancy b LEFT JOIN students_student s ON s.id = b.student_id
    WHERE b.month = date_trunc('month', %(first)s::date)
), told AS (
    SELECT 1 AS position, 'sums' AS section, 'provider' AS side, account_id, item, '' AS outcome, currency, 0 AS break_id,
           '' AS about, NULL AS student, NULL::bigint AS student_id, coalesce(ours.count, 0) AS our_count,
           coalesce(ours.sum, 0) AS our_sum, coalesce(theirs.count, 0) AS their_count, coalesce(theirs.sum, 0) AS their_sum
    FROM ours FULL JOIN theirs USING (account_id, currency, item)
    UNION ALL
    SELECT 2, 'breaks', side, account_id, kind, outcome, currency, 0, '', NULL, NULL, count(*),
           sum(ours_minor)::bigint, NULL, sum(theirs_minor)::bigint
    FROM broken GROUP BY side, account_id, kind, outcome, currency
    UNION ALL
    SELECT 3, 'carried', side, account_id, kind, outcome, currency, id, key, full_name, student_id, 1,
           ours_minor, NULL, theirs_minor
    FROM broken WHERE is_carried
)
SELECT told.*, coalesce(m.code, '') AS merchant_account, coalesce(our_sum, 0) - coalesce(their_sum, 0) AS difference
FROM told LEFT JOIN billing_merchantaccount m ON m.id = told.account_id
"""  # noqa: S608 -- our own text

_ACCOUNT = {"merchant_account": "merchant_account", "currency": "currency"}
_BREAKS = Source(
    report="breaks",
    same={**_ACCOUNT, "side": "side", "kind": "item", "outcome": "outcome"},
    only={"section": ["breaks", "carried"]},
)
_PARTS = {item: part for part, item in OURS.items()}
_BOOKED = Source(
    report="ledger_lines",
    fixed={"account": "provider_clearing"},
    same={**_ACCOUNT, "part": "item"},
    only={"section": ["sums"]},
    words={"part": _PARTS},
)
_STATED = Source(
    report="statement_rows",
    fixed={"status": "done"},
    same={**_ACCOUNT, "kind": "item"},
    only={"section": ["sums"], "item": ["payments", "refunds"]},
    words={"kind": {"payments": "payment", "refunds": "refund"}},
)

REPORT = Report(
    code="reconciliation",
    title=_("Reconciliation of the month"),
    lead=_(
        "What our books and the banks' statements say, account by account, what differs and what was decided."
    ),
    nothing=_(
        "Nothing to compare in this month: no money moved and no statement was loaded. Load the bank's statement."
    ),
    rights=["reconciliation.view_run", "reconciliation.view_discrepancy", "billing.view_ledgerline"],
    columns=[
        Column(code="section", title=_("section"), kind=Kind.CHOICE, words=SECTIONS, filter=True),
        Column(
            code="side",
            title=_("side"),
            kind=Kind.CHOICE,
            words=dict(Side.choices),
            filter=True,
            on_screen=False,
        ),
        columns.merchant_account(),
        Column(code="item", title=_("what"), kind=Kind.CHOICE, words=ITEMS, filter=True),
        Column(code="outcome", title=_("decision"), kind=Kind.CHOICE, words=breaks.OUTCOMES, filter=True),
        Column(code="about", title=_("about"), kind=Kind.TEXT, on_screen=False),
        columns.student(on_screen=False),
        Column(code="our_count", title=_("our count"), kind=Kind.COUNT, source=_BOOKED, other_source=_BREAKS),
        Column(code="their_count", title=_("their count"), kind=Kind.COUNT, source=_STATED),
        Column(code="our_sum", title=_("our sum"), kind=Kind.MONEY, source=_BOOKED, other_source=_BREAKS),
        Column(code="their_sum", title=_("their sum"), kind=Kind.MONEY, source=_STATED, other_source=_BREAKS),
        Column(code="difference", title=_("difference"), kind=Kind.MONEY),
        columns.currency(),
    ],
    sql=SQL,
    key=["position", "merchant_account", "side", "item", "outcome", "currency", "break_id"],
    group="section",
)
