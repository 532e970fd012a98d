"""The books line by line: what the numbers of every report about money are made of."""

from django.utils.translation import gettext_lazy as _

from billing.models import LedgerLine
from reconciliation.reports import columns, kinds
from reconciliation.reports.base import Column, Kind, Report

FACTS = {
    "invoice_issued": _("invoice issued"),
    "payment_verified": _("payment verified"),
    "payment_held": _("money held: facts differ"),
    "payment_released": _("held money decided"),
    "payment_not_ours": _("held money is not ours"),
    "credit_used": _("credit used"),
    "transferred": _("moved to another group"),
    "transfer_lowered": _("owed no more after a transfer"),
    "discount_given": _("discount"),
    "discount_withdrawn": _("discount taken back"),
    "refund_sent": _("refund sent"),
    "refund_settled": _("refund is back"),
    "refund_failed": _("refund failed, booked back"),
    "refund_still_owed": _("refunded, still owed"),
    "fee_noted": _("fee of the bank"),
}

SQL = f"""
SELECT l.id AS line, t.booked_on, t.kind, l.account, {kinds.column_of_line()} AS part, l.amount_minor AS amount, l.currency,
       s.full_name AS student, l.student_id, i.number AS invoice, l.invoice_id, p.order_number AS payment, l.payment_id,
       m.code AS merchant_account, t.occurred_at, t.key AS transaction, t.id AS transaction_id
FROM billing_ledgerline l
JOIN billing_ledgertransaction t ON t.id = l.transaction_id
LEFT JOIN students_student s ON s.id = l.student_id
LEFT JOIN billing_invoice i ON i.id = l.invoice_id
LEFT JOIN billing_payment p ON p.id = l.payment_id
LEFT JOIN billing_merchantaccount m ON m.id = l.merchant_account_id
WHERE t.booked_on BETWEEN %(first)s AND %(last)s
"""  # noqa: S608 -- our own text

REPORT = Report(
    code="ledger_lines",
    title=_("Lines of the books"),
    lead=_("Every line booked in the month: the rows that the other reports' amounts are made of."),
    nothing=_("Nothing was booked in these days."),
    rights=["billing.view_ledgerline"],
    monthly=False,
    columns=[
        Column(code="line", title=_("line"), kind=Kind.COUNT, on_screen=False),
        Column(code="booked_on", title=_("booked on"), kind=Kind.DATE, filter=True),
        Column(code="kind", title=_("fact"), kind=Kind.CHOICE, words=FACTS, filter=True),
        Column(
            code="account",
            title=_("account of the books"),
            kind=Kind.CHOICE,
            words=dict(LedgerLine.Account.choices),
            filter=True,
        ),
        Column(
            code="part", title=_("column"), kind=Kind.CODE, words=kinds.WORDS, filter=True, on_screen=False
        ),
        Column(code="amount", title=_("amount"), kind=Kind.MONEY, total=True),
        columns.currency(),
        columns.student(),
        columns.invoice(filter=True),
        columns.payment(filter=True),
        columns.merchant_account(),
        Column(code="occurred_at", title=_("happened"), kind=Kind.MOMENT, on_screen=False),
        Column(
            code="transaction",
            title=_("transaction"),
            kind=Kind.CODE,
            record="billing.ledgertransaction",
            record_id="transaction_id",
            filter=True,
        ),
    ],
    sql=SQL,
    key=["booked_on", "line"],
    group="account",
)
