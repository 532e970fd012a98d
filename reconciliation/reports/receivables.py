"""What students owe: from the opening of the month to its end, invoice by invoice, proven against the books."""

from django.utils.translation import gettext_lazy as _

from reconciliation.reports import columns, kinds
from reconciliation.reports.base import Check, Column, Kind, Report, Source

SQL = f"""
SELECT s.full_name AS student, i.student_id, i.number AS invoice, o.invoice_id, c.title AS course, o.currency, o.opening,
       o.invoiced, o.adjustments, o.paid, o.from_credit, o.refunded, o.other, o.closing
FROM (
    SELECT invoice_id, currency,
           coalesce(sum(amount_minor) FILTER (WHERE booked_on < %(first)s), 0)::bigint AS opening,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'invoiced'), 0)::bigint AS invoiced,
           coalesce(-sum(amount_minor) FILTER (WHERE part = 'adjustments'), 0)::bigint AS adjustments,
           coalesce(-sum(amount_minor) FILTER (WHERE part = 'paid'), 0)::bigint AS paid,
           coalesce(-sum(amount_minor) FILTER (WHERE part = 'from_credit'), 0)::bigint AS from_credit,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'refunded'), 0)::bigint AS refunded,
           coalesce(sum(amount_minor) FILTER (WHERE part = 'other'), 0)::bigint AS other,
           sum(amount_minor)::bigint AS closing
    FROM (
        SELECT l.invoice_id, l.currency, l.amount_minor, t.booked_on,
               CASE WHEN t.booked_on >= %(first)s THEN {kinds.column_of(kinds.RECEIVABLE)} END AS part
        FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
        WHERE l.account = 'receivable' AND t.booked_on <= %(last)s
    ) AS line
    GROUP BY invoice_id, currency
    HAVING sum(amount_minor) FILTER (WHERE booked_on < %(first)s) <> 0 OR bool_or(booked_on >= %(first)s)
) AS o
LEFT JOIN billing_invoice i ON i.id = o.invoice_id
LEFT JOIN students_student s ON s.id = i.student_id
LEFT JOIN courses_enrollment e ON e.id = i.enrollment_id
LEFT JOIN courses_group g ON g.id = e.group_id
LEFT JOIN courses_course c ON c.id = g.course_id
"""  # noqa: S608 -- our own text

CHECK = """
SELECT coalesce(r.currency, b.currency), coalesce(r.told, 0), coalesce(b.booked, 0)
FROM (SELECT currency, sum(opening + invoiced - adjustments - paid - from_credit + refunded) AS told
      FROM ({rows}) AS r GROUP BY currency) AS r
FULL JOIN (SELECT l.currency, sum(l.amount_minor) AS booked
           FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
           WHERE l.account = 'receivable' AND t.booked_on <= %(last)s GROUP BY l.currency) AS b
  ON b.currency = r.currency
WHERE coalesce(r.told, 0) <> 0 OR coalesce(b.booked, 0) <> 0
ORDER BY 1
"""


def _lines(part: str = "", span: str = "") -> Source:
    fixed = {"account": "receivable", **({"part": part} if part else {})}
    return Source(
        report="ledger_lines", fixed=fixed, same={"invoice": "invoice", "currency": "currency"}, span=span
    )


def _amount(code: str, title: object, *, span: str = "") -> Column:
    source = _lines(span=span) if span else _lines(code)
    return Column(code=code, title=title, kind=Kind.MONEY, total=True, source=source)


REPORT = Report(
    code="receivables",
    title=_("What students owe"),
    lead=_("Opening, invoiced, lowered, paid, refunded and closing, invoice by invoice."),
    nothing=_(
        "Nobody owed anything in this month, and nothing was invoiced. Choose a month in which invoices were issued."
    ),
    rights=["billing.view_ledgerline", "billing.view_invoice"],
    columns=[
        columns.student(),
        columns.invoice(filter=True),
        Column(code="course", title=_("course"), kind=Kind.TEXT, filter=True, on_screen=False),
        _amount("opening", _("opening"), span="before"),
        _amount("invoiced", kinds.WORDS["invoiced"]),
        _amount("adjustments", kinds.WORDS["adjustments"]),
        _amount("paid", kinds.WORDS["paid"]),
        _amount("from_credit", kinds.WORDS["from_credit"]),
        _amount("refunded", kinds.WORDS["refunded"]),
        Column(
            code="other",
            title=kinds.WORDS["other"],
            kind=Kind.MONEY,
            total=True,
            source=_lines("other"),
            on_screen=False,
        ),
        _amount("closing", _("closing"), span="until"),
        columns.currency(),
    ],
    sql=SQL,
    key=["invoice_id", "currency"],
    checks=[
        Check(
            title=_(
                "Opening + invoiced − lowered − paid − paid from credit + refunded is what the books say students owe"
            ),
            ours=_("this report"),
            theirs=_("the books"),
            sql=CHECK,
            source=Source(report="ledger_lines", fixed={"account": "receivable"}, span="until"),
        )
    ],
)
