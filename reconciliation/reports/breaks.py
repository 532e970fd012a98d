"""Every break of a month with its decision: what the counts of the reconciliation are made of."""

from django.utils.translation import gettext_lazy as _

from reconciliation.break_ends.registry import RESOLUTIONS
from reconciliation.models import Discrepancy, Side
from reconciliation.reports import columns
from reconciliation.reports.base import Column, Kind, Report
from reconciliation.reports.people import name_of

OUTCOMES = {
    "open": _("open"),
    "closed_by_facts": _("closed by the facts"),
    **{resolution.code: resolution.label for resolution in RESOLUTIONS},
}
# A decision is told by its resolution.
OUTCOME = "CASE WHEN b.state = 'resolved' THEN b.resolution ELSE b.state END"

SQL = f"""
SELECT b.id AS break, b.side, coalesce(m.code, '') AS merchant_account, b.kind, b.key, {OUTCOME} AS outcome,
       b.state = 'open' AND b.kind = 'timing' AS carried_over, b.student_id, s.full_name AS student, p.order_number AS payment,
       b.payment_id, b.ours_minor AS ours, b.theirs_minor AS theirs, b.currency, b.opened_at, b.closed_at,
       {name_of("decider")} AS decided_by, {name_of("owner")} AS owner, b.reason
FROM reconciliation_discrepancy b
LEFT JOIN billing_merchantaccount m ON m.id = b.account_id
LEFT JOIN students_student s ON s.id = b.student_id
LEFT JOIN billing_payment p ON p.id = b.payment_id
LEFT JOIN auth_user decider ON decider.id = b.resolved_by_id
LEFT JOIN auth_user owner ON owner.id = b.owner_id
WHERE b.month = date_trunc('month', %(first)s::date)
"""  # noqa: S608 -- our own text

REPORT = Report(
    code="breaks",
    title=_("Breaks"),
    lead=_("Every difference that the comparison of the month found, and what was decided."),
    nothing=_(
        "The comparison found nothing, or has not run. Load the bank's statement and compare the month."
    ),
    rights=["reconciliation.view_discrepancy"],
    columns=[
        Column(
            code="break",
            title=_("break"),
            kind=Kind.COUNT,
            record="reconciliation.discrepancy",
            record_id="break",
        ),
        Column(
            code="kind", title=_("kind"), kind=Kind.CHOICE, words=dict(Discrepancy.Kind.choices), filter=True
        ),
        Column(code="side", title=_("side"), kind=Kind.CHOICE, words=dict(Side.choices), filter=True),
        columns.merchant_account(),
        Column(code="key", title=_("about"), kind=Kind.TEXT, on_screen=False),
        columns.student(),
        columns.payment(),
        Column(code="ours", title=_("ours"), kind=Kind.MONEY),
        Column(code="theirs", title=_("theirs"), kind=Kind.MONEY),
        columns.currency(),
        Column(code="outcome", title=_("decision"), kind=Kind.CHOICE, words=OUTCOMES, filter=True),
        Column(code="reason", title=_("reason"), kind=Kind.TEXT),
        Column(code="decided_by", title=_("decided by"), kind=Kind.TEXT),
        Column(code="owner", title=_("owner"), kind=Kind.TEXT, on_screen=False),
        Column(code="opened_at", title=_("found"), kind=Kind.MOMENT, on_screen=False),
        Column(code="closed_at", title=_("closed"), kind=Kind.MOMENT, on_screen=False),
    ],
    sql=SQL,
    key=["break"],
    group="kind",
)
