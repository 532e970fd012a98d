"""The button that leads to the page where a student is enrolled and billed at once."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action


class EnrollRight:
    """Who may enroll must be allowed to bill too: one page does both."""

    def has_enroll_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perms(["courses.add_enrollment", "billing.add_invoice"])


class EnrollButton(EnrollRight):
    """Offers “Enroll a student” above a list; list it in `actions_list`."""

    @action(
        description=_("Enroll a student"),
        url_path="to-enroll",
        icon="person_add",
        permissions=["enroll"],
    )
    def enroll(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:billing_enroll"))
