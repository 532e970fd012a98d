"""The page that enrolls a student with a plan: what it will cost when is shown before anything is stored."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
)

from billing import invoicing
from billing.models import Invoice
from common.admin_widgets import DayInput, search_as_you_type
from common.errors import DomainError
from common.verb_admin import add_refusal
from courses import terms
from courses.models import Enrollment, Group, PaymentPlan
from students import timeline
from students.models import Payer, Student


class GroupChoice(forms.ModelChoiceField[Group]):
    """Names the group, its course and how many places are left."""

    def label_from_instance(self, group: Any) -> str:
        free = gettext("%(count)s free") % {"count": max(group.capacity - group.taken, 0)}
        return f"{group.course.title} · {group.name} ({free})"


class EnrollForm(forms.Form):
    """Who, into which group, on which plan; dates and payer only where they differ from the usual."""

    student = forms.ModelChoiceField(label=_("student"), queryset=Student.objects.filter(erased_at=None))
    group = GroupChoice(
        label=_("group"),
        queryset=Group.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=_("Choose"),
    )
    plan = forms.ModelChoiceField(
        label=_("payment plan"),
        queryset=PaymentPlan.objects.none(),
        widget=UnfoldAdminSelectWidget,
        to_field_name="code",
        empty_label=_("Choose"),
    )
    period_from = forms.DateField(
        label=_("from"),
        required=False,
        help_text=_("Empty: from the group's first day."),
        widget=DayInput,
    )
    period_to = forms.DateField(
        label=_("to"),
        required=False,
        help_text=_("Empty: to the group's last day."),
        widget=DayInput,
    )
    payer = forms.ModelChoiceField(
        label=_("payer"),
        queryset=Payer.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        empty_label=_("The student"),
        help_text=_("Payers are written down on the student's page."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        search_as_you_type(self.fields["student"], Enrollment._meta.get_field("student"))
        fields["group"].queryset = open_groups()
        fields["plan"].queryset = PaymentPlan.objects.filter(
            is_active=True, versions__isnull=False
        ).distinct()
        student_id = str(self["student"].value() or "")
        if student_id.isdecimal():
            fields["payer"].queryset = Payer.objects.filter(student_id=student_id)

    def verb_facts(self) -> dict[str, Any]:
        """Return what `invoicing.enroll_and_invoice` takes."""
        facts = self.cleaned_data
        return {
            "student_id": facts["student"].pk,
            "group_id": facts["group"].pk,
            "plan_code": facts["plan"].code,
            "period_from": facts["period_from"],
            "period_to": facts["period_to"],
            "payer_id": facts["payer"].pk if facts["payer"] else None,
        }


def open_groups() -> Any:
    """Return the groups that are open for enrollment, with how many places are taken."""
    return (
        Group.objects.filter(is_active=True, course__is_active=True)
        .select_related("course")
        .annotate(taken=Count("enrollments", filter=~Q(enrollments__state="ended")))
        .order_by("course__title", F("starts_on").desc(), "name")
    )


def page(request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> HttpResponse:
    """Ask, show what it means, and on confirmation enroll and bill in one transaction."""
    require_rights(request)
    form = EnrollForm(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        invoice = _enroll(request, form)
        if invoice is not None:
            return HttpResponseRedirect(reverse("admin:billing_invoice_change", args=[invoice.pk]))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Enroll a student"),
        "form": form,
        "media": model_admin.media + form.media,
        **_preview(form.data or form.initial),
    }
    return TemplateResponse(request, "admin/billing/enroll.html", context)


def preview(request: HttpRequest) -> HttpResponse:
    """Show the schedule that the chosen group and plan would make; stores nothing."""
    require_rights(request)
    payers = EnrollForm(initial={"student": request.GET.get("student", "")}).fields["payer"]
    payers.widget.attrs["hx-swap-oob"] = "true"  # takes the place of the field with the same id
    return TemplateResponse(
        request,
        "admin/billing/enroll_preview.html",
        {**_preview(request.GET), "payers": payers.get_bound_field(EnrollForm(), "payer")},
    )


def require_rights(request: HttpRequest) -> None:
    """Raise PermissionDenied unless the person may both enroll and bill."""
    if not request.user.has_perms(["courses.add_enrollment", "billing.add_invoice"]):
        raise PermissionDenied


def _enroll(request: HttpRequest, form: EnrollForm) -> Invoice | None:
    try:
        invoice = invoicing.enroll_and_invoice(actor=timeline.Actor.person(request.user), **form.verb_facts())
    except DomainError as error:
        add_refusal(form, error)
        return None
    messages.success(
        request,
        gettext("%(student)s is enrolled, invoice %(number)s is issued. Now create the payment link.")
        % {"student": invoice.enrollment.student, "number": invoice.number},
    )
    return invoice


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Return what the address already says: pages of a student or a group lead here."""
    return {name: request.GET[name] for name in ("student", "group") if request.GET.get(name, "").isdecimal()}


def _preview(data: Any) -> dict[str, Any]:
    form = EnrollForm({name: data.get(name) for name in ("group", "plan", "period_from", "period_to")})
    form.fields["student"].required = False  # who it is does not matter to the price
    if not form.is_valid():
        chosen = bool(data.get("group") and data.get("plan"))
        return {"problems": [error for errors in form.errors.values() for error in errors] if chosen else []}
    facts = form.cleaned_data
    try:
        parts = invoicing.preview_schedule(
            group=facts["group"],
            version=terms.current_plan_version(plan_code=facts["plan"].code),
            period_from=facts["period_from"],
            period_to=facts["period_to"],
        )
    except DomainError as error:
        return {"problems": [str(error)]}
    return {
        "parts": parts,
        "total_minor": sum(part.amount_minor for part in parts),
        "currency": facts["group"].currency,
        "group": facts["group"],
        "is_full": facts["group"].taken >= facts["group"].capacity,
    }
