"""Access that was opened by hand, and free places: for whom, by whom, why, until when, and how it ended."""

from django.utils.translation import gettext_lazy as _

from reconciliation.reports import columns
from reconciliation.reports.base import Column, Kind, Report
from reconciliation.reports.people import name_of

STANDINGS = {
    "in_force": _("in force"),
    "later": _("begins later"),
    "ended": _("ended by itself"),
    "closed": _("closed by a person"),
}

GROUNDS = {"manual": _("opened by hand"), "free": _("free place")}

SQL = f"""
SELECT told.*, CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN until < %(stop)s THEN 'ended'
                    WHEN opens_at >= %(stop)s THEN 'later' ELSE 'in_force' END AS standing
FROM (
    SELECT a.id AS opening, a.kind AS ground, a.student_id, s.full_name AS student, a.course_id, c.title AS course,
           d.title AS module, a.granted_at, {name_of("giver")} AS granted_by, a.reason, a.opens_at, a.closes_at AS until,
           CASE WHEN a.withdrawn_at < %(stop)s THEN a.withdrawn_at END AS closed_at,
           CASE WHEN a.withdrawn_at < %(stop)s THEN {name_of("closer")} END AS closed_by,
           CASE WHEN a.withdrawn_at < %(stop)s THEN a.withdrawn_reason END AS close_reason
    FROM access_accessgrant a
    JOIN students_student s ON s.id = a.student_id
    JOIN courses_course c ON c.id = a.course_id
    LEFT JOIN courses_module d ON d.id = a.module_id
    LEFT JOIN auth_user giver ON giver.id = a.granted_by_id
    LEFT JOIN auth_user closer ON closer.id = a.withdrawn_by_id
    WHERE a.kind IN ('manual', 'free') AND a.granted_at < %(stop)s
      AND (a.granted_at >= %(start)s
           OR (a.withdrawn_at IS NULL OR a.withdrawn_at >= %(start)s)
              AND (a.closes_at IS NULL OR a.closes_at > %(start)s))
) AS told
"""  # noqa: S608 -- our own text

REPORT = Report(
    code="openings",
    title=_("Opened by hand"),
    lead=_("Access that somebody opened without money: who, why, until when, and how it ended."),
    nothing=_("No access was opened by hand in this month, and none from before was in force."),
    rights=["access.view_accessgrant"],
    columns=[
        columns.student(),
        Column(code="course", title=_("course"), kind=Kind.TEXT),
        Column(code="module", title=_("module"), kind=Kind.TEXT, on_screen=False),
        Column(code="standing", title=_("state"), kind=Kind.CHOICE, words=STANDINGS, filter=True),
        Column(code="ground", title=_("ground"), kind=Kind.CHOICE, words=GROUNDS, filter=True),
        Column(code="granted_by", title=_("opened by"), kind=Kind.TEXT, filter=True),
        Column(code="granted_at", title=_("opened"), kind=Kind.MOMENT),
        Column(code="reason", title=_("reason"), kind=Kind.TEXT),
        Column(code="opens_at", title=_("from"), kind=Kind.MOMENT, on_screen=False),
        Column(code="until", title=_("until"), kind=Kind.MOMENT),
        Column(code="closed_at", title=_("closed"), kind=Kind.MOMENT),
        Column(code="closed_by", title=_("closed by"), kind=Kind.TEXT),
        Column(code="close_reason", title=_("why closed"), kind=Kind.TEXT, on_screen=False),
        Column(code="opening", title=_("number"), kind=Kind.COUNT, on_screen=False),
    ],
    sql=SQL,
    key=["opening"],
    group="standing",
)
