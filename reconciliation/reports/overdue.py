"""What is overdue at the end of a day, by age. What is left of an installment is told by the books, not by its state."""

from django.utils.translation import gettext_lazy as _

from reconciliation.reports import columns
from reconciliation.reports.base import Column, Kind, Report, Source

AGES = {
    "in_grace": _("grace still runs"),
    "to_30": _("up to 30 days"),
    "to_60": _("31 to 60 days"),
    "to_90": _("61 to 90 days"),
    "over_90": _("more than 90 days"),
}

# The invoice is booked as a whole; every later line names its installment.
SQL = """
SELECT told.*, CASE WHEN grace_date >= %(last)s THEN 'in_grace' WHEN days <= 30 THEN 'to_30' WHEN days <= 60 THEN 'to_60'
                    WHEN days <= 90 THEN 'to_90' ELSE 'over_90' END AS age
FROM (
    SELECT n.id AS installment_id, n.number AS installment, i.id AS invoice_id, i.number AS invoice, i.student_id,
           s.full_name AS student, c.title AS course, i.currency, n.due_date, n.grace_date,
           (%(last)s::date - n.due_date) AS days, n.expected_minor AS expected,
           (n.expected_minor + coalesce(booked.moved, 0))::bigint AS remaining
    FROM billing_installment n
    JOIN billing_invoice i ON i.id = n.invoice_id
    JOIN billing_ledgertransaction t ON t.key = 'invoice:' || i.id AND t.booked_on <= %(last)s
    JOIN students_student s ON s.id = i.student_id
    JOIN courses_enrollment e ON e.id = i.enrollment_id
    JOIN courses_group g ON g.id = e.group_id
    JOIN courses_course c ON c.id = g.course_id
    LEFT JOIN (
        SELECT l.installment_id, sum(l.amount_minor) AS moved
        FROM billing_ledgerline l JOIN billing_ledgertransaction t ON t.id = l.transaction_id
        WHERE l.account = 'receivable' AND l.installment_id IS NOT NULL AND t.booked_on <= %(last)s
        GROUP BY l.installment_id
    ) AS booked ON booked.installment_id = n.id
    WHERE n.due_date < %(last)s AND n.expected_minor + coalesce(booked.moved, 0) > 0
      AND (i.cancelled_at IS NULL OR i.cancelled_at >= %(stop)s)
) AS told
"""

REPORT = Report(
    code="overdue",
    title=_("Overdue"),
    lead=_("What should have been paid before the day and is not, by how long ago."),
    nothing=_("Nothing is overdue on this day: everybody paid what was due."),
    rights=["billing.view_invoice", "billing.view_installment"],
    at_day=True,
    columns=[
        columns.student(),
        columns.invoice(filter=True),
        Column(
            code="installment",
            title=_("installment"),
            kind=Kind.COUNT,
            record="billing.installment",
            record_id="installment_id",
        ),
        Column(code="course", title=_("course"), kind=Kind.TEXT, filter=True),
        Column(code="due_date", title=_("due"), kind=Kind.DATE),
        Column(code="grace_date", title=_("grace until"), kind=Kind.DATE, on_screen=False),
        Column(code="days", title=_("days late"), kind=Kind.COUNT),
        Column(code="age", title=_("age"), kind=Kind.CHOICE, words=AGES, filter=True),
        Column(code="expected", title=_("expected"), kind=Kind.MONEY, total=True, on_screen=False),
        Column(
            code="remaining",
            title=_("remaining"),
            kind=Kind.MONEY,
            total=True,
            source=Source(
                report="ledger_lines",
                fixed={"account": "receivable"},
                same={"invoice": "invoice", "currency": "currency"},
                span="until",
            ),
        ),
        Column(code="currency", title=_("currency"), kind=Kind.CODE),
    ],
    sql=SQL,
    key=["due_date", "installment_id"],
    group="age",
)
