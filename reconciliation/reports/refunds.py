"""Refunds of a month: who asked, who decided, how the money went and what the books say of it."""

from django.utils.translation import gettext_lazy as _

from reconciliation.reports import columns
from reconciliation.reports.base import Check, Column, Kind, Report, Source
from reconciliation.reports.people import name_of
from refunds.models import Refund

STANDINGS = {
    "requested": _("waits for approval"),
    "rejected": _("rejected"),
    "approved": _("approved, not sent"),
    "withdrawn": _("taken back before it was sent"),
    "sent": _("sent, not confirmed"),
    "settled": _("money is back"),
    "failed": _("refused, booked back"),
}

# How things stood at the end of the last day is told by what was booked and decided until then, not by today's states.
SQL = f"""
SELECT told.*,
       CASE WHEN settled_on IS NOT NULL THEN 'settled' WHEN failed_on IS NOT NULL THEN 'failed'
            WHEN sent_on IS NOT NULL THEN 'sent' WHEN decided_at IS NULL AND request IS NOT NULL THEN 'requested'
            WHEN said_no THEN 'rejected' WHEN taken_back THEN 'withdrawn' ELSE 'approved' END AS standing,
       CASE WHEN sent_on >= %(first)s THEN booked END AS sent,
       CASE WHEN settled_on >= %(first)s THEN booked END AS settled,
       CASE WHEN failed_on >= %(first)s THEN booked END AS failed
FROM (
    SELECT coalesce(q.id, 0) AS request_key, coalesce(f.id, 0) AS refund_key, q.id AS request, f.id AS refund,
           coalesce(f.student_id, q.student_id) AS student_id, s.full_name AS student,
           coalesce(f.currency, q.currency) AS currency, i.number AS invoice, q.invoice_id, p.order_number AS payment,
           f.payment_id, m.code AS merchant_account, f.channel, q.amount_minor AS asked, f.amount_minor AS part,
           q.requested_at, {name_of("asker")} AS requested_by, q.reason,
           q.state = 'rejected' AS said_no, f.state = 'rejected' AS taken_back,
           CASE WHEN q.decided_at < %(stop)s THEN q.decided_at END AS decided_at,
           CASE WHEN q.decided_at < %(stop)s THEN {name_of("decider")} END AS decided_by,
           CASE WHEN q.decided_at < %(stop)s THEN q.decision_reason END AS decision_reason,
           sent.booked_on AS sent_on, settled.booked_on AS settled_on, failed.booked_on AS failed_on,
           (SELECT -sum(l.amount_minor)::bigint FROM billing_ledgerline l
            WHERE l.transaction_id = sent.id AND l.account = 'refunds_in_flight') AS booked,
           CASE WHEN settled.id IS NOT NULL THEN f.document_number END AS document_number,
           CASE WHEN settled.id IS NOT NULL THEN f.document_date END AS document_date,
           CASE WHEN settled.id IS NOT NULL THEN {name_of("enterer")} END AS entered_by
    FROM refunds_refundrequest q
    FULL JOIN refunds_refund f ON f.request_id = q.id
    LEFT JOIN billing_ledgertransaction sent ON sent.key = 'refund:' || f.id AND sent.booked_on <= %(last)s
    LEFT JOIN billing_ledgertransaction settled
           ON settled.key = 'refund-settled:' || f.id AND settled.booked_on <= %(last)s
    LEFT JOIN billing_ledgertransaction failed
           ON failed.key = 'reversed:refund:' || f.id AND failed.booked_on <= %(last)s
    LEFT JOIN students_student s ON s.id = coalesce(f.student_id, q.student_id)
    LEFT JOIN billing_invoice i ON i.id = q.invoice_id
    LEFT JOIN billing_payment p ON p.id = f.payment_id
    LEFT JOIN billing_merchantaccount m ON m.id = p.account_id
    LEFT JOIN auth_user asker ON asker.id = q.requested_by_id
    LEFT JOIN auth_user decider ON decider.id = q.decided_by_id
    LEFT JOIN auth_user enterer ON enterer.id = f.entered_by_id
    WHERE q.requested_at >= %(start)s AND q.requested_at < %(stop)s
       OR q.decided_at >= %(start)s AND q.decided_at < %(stop)s
       OR sent.booked_on >= %(first)s OR settled.booked_on >= %(first)s OR failed.booked_on >= %(first)s
) AS told
"""  # noqa: S608 -- our own text

CHECK = """
SELECT coalesce(r.currency, b.currency), coalesce(r.told, 0), coalesce(b.booked, 0)
FROM (SELECT currency, sum(settled) AS told FROM ({rows}) AS r GROUP BY currency) AS r
FULL JOIN (SELECT l.currency, sum(l.amount_minor) AS booked
           FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
           WHERE l.account = 'refunds_in_flight' AND t.kind = 'refund_settled' AND t.booked_on BETWEEN %(first)s AND %(last)s
           GROUP BY l.currency) AS b
  ON b.currency = r.currency
WHERE coalesce(r.told, 0) <> 0 OR coalesce(b.booked, 0) <> 0
ORDER BY 1
"""


def _booked(kind: str) -> Source:
    return Source(
        report="ledger_lines",
        fixed={"kind": kind, "account": "refunds_in_flight"},
        same={"payment": "payment", "currency": "currency"},
    )


REPORT = Report(
    code="refunds",
    title=_("Refunds"),
    lead=_("Asked for, decided, sent and back: the way, the document and the people."),
    nothing=_(
        "Nobody asked for money back in this month, and none went back. Ask for a refund on a student's page."
    ),
    rights=["refunds.view_refund", "refunds.view_refundrequest"],
    columns=[
        columns.student(),
        Column(code="standing", title=_("state"), kind=Kind.CHOICE, words=STANDINGS, filter=True),
        Column(
            code="request",
            title=_("request"),
            kind=Kind.COUNT,
            record="refunds.refundrequest",
            record_id="request",
            filter=True,
        ),
        Column(code="refund", title=_("refund"), kind=Kind.COUNT, on_screen=False, filter=True),
        columns.invoice(on_screen=False),
        columns.payment(),
        columns.merchant_account(),
        Column(
            code="channel", title=_("way"), kind=Kind.CHOICE, words=dict(Refund.Channel.choices), filter=True
        ),
        Column(code="asked", title=_("asked for"), kind=Kind.MONEY, on_screen=False),
        Column(code="part", title=_("amount"), kind=Kind.MONEY),
        Column(
            code="sent",
            title=_("sent in the month"),
            kind=Kind.MONEY,
            total=True,
            source=_booked("refund_sent"),
        ),
        Column(
            code="settled",
            title=_("back in the month"),
            kind=Kind.MONEY,
            total=True,
            source=_booked("refund_settled"),
        ),
        Column(
            code="failed",
            title=_("booked back in the month"),
            kind=Kind.MONEY,
            total=True,
            source=_booked("refund_failed"),
            on_screen=False,
        ),
        Column(code="currency", title=_("currency"), kind=Kind.CODE),
        Column(code="requested_at", title=_("asked for at"), kind=Kind.MOMENT),
        Column(code="requested_by", title=_("asked for by"), kind=Kind.TEXT),
        Column(code="reason", title=_("reason"), kind=Kind.TEXT, on_screen=False),
        Column(code="decided_at", title=_("decided at"), kind=Kind.MOMENT, on_screen=False),
        Column(code="decided_by", title=_("decided by"), kind=Kind.TEXT),
        Column(code="decision_reason", title=_("reason of the decision"), kind=Kind.TEXT, on_screen=False),
        Column(code="sent_on", title=_("sent on"), kind=Kind.DATE, on_screen=False),
        Column(code="settled_on", title=_("back on"), kind=Kind.DATE),
        Column(code="failed_on", title=_("booked back on"), kind=Kind.DATE, on_screen=False),
        Column(code="document_number", title=_("document"), kind=Kind.TEXT),
        Column(code="document_date", title=_("date of the document"), kind=Kind.DATE, on_screen=False),
        Column(code="entered_by", title=_("entered by"), kind=Kind.TEXT, on_screen=False),
    ],
    sql=SQL,
    key=["request_key", "refund_key"],
    group="standing",
    checks=[
        Check(
            title=_("What is back in the month is what the books settled in it"),
            ours=_("this report"),
            theirs=_("the books"),
            sql=CHECK,
            source=Source(
                report="ledger_lines", fixed={"account": "refunds_in_flight", "kind": "refund_settled"}
            ),
        )
    ],
)
