"""The first page after the login: what needs attention, the day in figures, and where work begins."""

import functools
import importlib
import importlib.util
from typing import Any, NamedTuple

from django.apps import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from common.start_panel import Attention, StartPanel


class QuickAction(NamedTuple):
    """Work that a person may begin from here."""

    text: str
    url: str
    icon: str


@functools.cache
def panels() -> list[StartPanel]:
    """Return every panel that an installed app offers in its `start_panels.PANELS`, in the order of their places."""
    found: list[StartPanel] = []
    for app in apps.get_app_configs():
        name = f"{app.name}.start_panels"
        if importlib.util.find_spec(name):
            found += importlib.import_module(name).PANELS
    return sorted(found, key=lambda panel: panel.place)


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Put what the person may see into the context of the admin's index (`UNFOLD["DASHBOARD_CALLBACK"]`)."""
    user: Any = request.user
    loaded = [panel.load(user) for panel in panels() if user.has_perm(panel.permission)]
    attention = [item for item in loaded if isinstance(item, Attention)]
    return {
        **context,
        "title": _("Start"),
        "attention": [item for item in attention if item.count],
        "calm": [item for item in attention if not item.count],
        "figures": [item for item in loaded if not isinstance(item, Attention)],
        "quick_actions": quick_actions(user),
        "may_search": user.has_perm("students.view_timeline"),
        "search_url": reverse("student-search"),
    }


def quick_actions(user: Any) -> list[QuickAction]:
    """Return the work that this person may begin."""
    offers = [
        (
            ["courses.add_enrollment", "billing.add_invoice"],
            _("Enroll a student"),
            "admin:billing_enroll",
            "",
            "plus",
        ),
        (["students.add_student"], _("New student"), "admin:students_student_add", "", "person"),
        (
            ["billing.add_paymentlink"],
            _("New payment link"),
            "admin:billing_installment_changelist",
            "?when=open",
            "link",
        ),
        (
            ["billing.add_paymentlink", "billing.view_paymentlink", "billing.view_installment"],
            _("Links for all that is due"),
            "bulk-links",
            "",
            "link",
        ),
        (["students.import_students"], _("Import students"), "admin:students_student_import", "", "download"),
    ]
    return [
        QuickAction(text=text, url=reverse(name) + query, icon=icon)
        for rights, text, name, query, icon in offers
        if user.has_perms(rights)
    ]
