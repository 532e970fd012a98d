"""The side bar of the back office: by work, not by table, and only what the person may open."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

Item = tuple[str, str, str, str]  # words, icon, name of the address and perhaps a query, permission


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the side bar with the items that the person may open (`UNFOLD["SIDEBAR"]["navigation"]`)."""
    user: Any = request.user
    groups = []
    for title, items in _groups():
        allowed = [_item(item, request.path) for item in items if user.has_perm(item[3])]
        if allowed:
            groups.append({"title": title, "items": allowed, "separator": False})
    start = {"title": _("Start"), "icon": "home", "link": reverse("admin:index")}
    return [{"title": "", "items": [start]}, *groups]


def _groups() -> list[tuple[str, list[Item]]]:
    return [
        (
            _("Students"),
            [
                (_("Search"), "search", "student-search", "students.view_timeline"),
                (_("Students"), "school", "admin:students_student_changelist", "students.view_student"),
                (_("Desk"), "task_alt", "desk", "students.view_operatortask"),
                (
                    _("Access"),
                    "lock_open",
                    "admin:access_courseaccess_changelist",
                    "access.view_courseaccess",
                ),
                (
                    _("Opened by hand"),
                    "front_hand",
                    "admin:access_accessgrant_changelist?kind__exact=manual",
                    "access.view_accessgrant",
                ),
            ],
        ),
        (
            _("Courses and groups"),
            [
                (_("Courses"), "menu_book", "admin:courses_course_changelist", "courses.view_course"),
                (_("Groups"), "groups", "admin:courses_group_changelist", "courses.view_group"),
                (
                    _("Enrollments"),
                    "how_to_reg",
                    "admin:courses_enrollment_changelist",
                    "courses.view_enrollment",
                ),
                (_("Pauses"), "pause_circle", "admin:courses_pause_changelist", "courses.view_pause"),
            ],
        ),
        (
            _("Money"),
            [
                (_("Invoices"), "receipt_long", "admin:billing_invoice_changelist", "billing.view_invoice"),
                (
                    _("Installments"),
                    "event",
                    "admin:billing_installment_changelist",
                    "billing.view_installment",
                ),
                (
                    _("Payment links"),
                    "link",
                    "admin:billing_paymentlink_changelist",
                    "billing.view_paymentlink",
                ),
                (_("Payments"), "payments", "admin:billing_payment_changelist", "billing.view_payment"),
                (_("Reminders"), "mail", "admin:billing_reminder_changelist", "billing.view_reminder"),
                (_("Refunds"), "undo", "refunds", "refunds.view_refundrequest"),
                (_("Reports"), "summarize", "reports", "reconciliation.download_reports"),
                (
                    _("Books"),
                    "account_balance",
                    "admin:billing_ledgertransaction_changelist",
                    "billing.view_ledgertransaction",
                ),
            ],
        ),
        (
            _("Month"),
            [
                (_("Reconciliation"), "compare_arrows", "reconciliation", "reconciliation.view_run"),
                (
                    _("Differences"),
                    "difference",
                    "reconciliation-breaks",
                    "reconciliation.view_discrepancy",
                ),
                (_("Closing"), "event_available", "months", "reconciliation.view_monthclose"),
            ],
        ),
        (
            _("Terms"),
            [
                (
                    _("Payment plans"),
                    "calendar_month",
                    "admin:courses_paymentplan_changelist",
                    "courses.view_paymentplan",
                ),
                (_("Access rules"), "rule", "admin:courses_accessrule_changelist", "courses.view_accessrule"),
                (
                    _("Refund policies"),
                    "assignment_return",
                    "admin:courses_refundpolicy_changelist",
                    "courses.view_refundpolicy",
                ),
                (
                    _("Steps of reminders"),
                    "notifications",
                    "admin:billing_reminderstep_changelist",
                    "billing.view_reminderstep",
                ),
            ],
        ),
        (
            _("Settings"),
            [
                (
                    _("Merchant accounts"),
                    "contactless",
                    "admin:billing_merchantaccount_changelist",
                    "billing.view_merchantaccount",
                ),
                (
                    _("Legal entities"),
                    "domain",
                    "admin:courses_legalentity_changelist",
                    "courses.view_legalentity",
                ),
                (_("Colleagues"), "badge", "admin:auth_user_changelist", "auth.view_user"),
                (_("API keys"), "key", "admin:common_apikey_changelist", "common.view_apikey"),
                (
                    _("Deliveries"),
                    "move_to_inbox",
                    "admin:billing_webhookdelivery_changelist",
                    "billing.view_webhookdelivery",
                ),
            ],
        ),
    ]


def _item(item: Item, path: str) -> dict[str, Any]:
    title, icon, address, _permission = item
    name, question, query = address.partition("?")
    link = reverse(name) + question + query
    return {"title": title, "icon": icon, "link": link, "active": path.startswith(link)}
