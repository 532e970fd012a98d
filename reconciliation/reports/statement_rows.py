"""What banks' statements say of a month, row by row: what the other side's sums are made of."""

from django.utils.translation import gettext_lazy as _

from reconciliation.models import SourceRow
from reconciliation.reports import columns
from reconciliation.reports.base import Column, Kind, Report

SQL = """
SELECT r.id::text AS row, r.occurred_at, m.code AS merchant_account, r.kind, r.status, r.order_number, r.reference,
       r.amount_minor AS amount, r.fee_minor AS fee, r.net_minor AS net, r.currency, f.name AS file, r.file_id, r.line
FROM reconciliation_sourcerow r
JOIN reconciliation_sourcefile f ON f.id = r.file_id
LEFT JOIN billing_merchantaccount m ON m.id = r.account_id
WHERE r.side = 'provider' AND r.occurred_at >= %(start)s AND r.occurred_at < %(stop)s
"""

REPORT = Report(
    code="statement_rows",
    title=_("Rows of the banks' statements"),
    lead=_("What banks and wallets say of the month, with the file and the line it stands in."),
    nothing=_("No statement names a row of this month. Load the bank's statement."),
    rights=["reconciliation.view_sourcefile"],
    monthly=False,
    columns=[
        Column(code="occurred_at", title=_("at"), kind=Kind.MOMENT),
        columns.merchant_account(),
        Column(
            code="kind", title=_("kind"), kind=Kind.CHOICE, words=dict(SourceRow.Kind.choices), filter=True
        ),
        Column(
            code="status",
            title=_("status"),
            kind=Kind.CHOICE,
            words=dict(SourceRow.Status.choices),
            filter=True,
        ),
        Column(code="order_number", title=_("order number"), kind=Kind.COUNT, filter=True),
        Column(code="reference", title=_("reference"), kind=Kind.TEXT),
        Column(code="amount", title=_("amount"), kind=Kind.MONEY, total=True),
        Column(code="fee", title=_("fee"), kind=Kind.MONEY, total=True),
        Column(code="net", title=_("net"), kind=Kind.MONEY, total=True, on_screen=False),
        columns.currency(),
        Column(
            code="file",
            title=_("file"),
            kind=Kind.LINK,
            record="reconciliation.sourcefile",
            record_id="file_id",
        ),
        Column(code="line", title=_("line"), kind=Kind.COUNT),
        Column(code="row", title=_("row"), kind=Kind.CODE, on_screen=False),
    ],
    sql=SQL,
    key=["occurred_at", "row"],
    group="merchant_account",
)
