"""The page on which a cashier enters cash and transfers, and the way to a document's scan."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing import balances, manual_payments
from billing.models import Invoice, ManualEntry, Payment, PaymentLink
from common import admin_display, clock, money
from common.admin_widgets import DayInput
from common.errors import DomainError
from common.verb_admin import add_refusal
from students import timeline
from students.models import Student

RIGHT = "billing.enter_manual_payment"
CLOSED_LINKS = 10


class EntryForm(forms.Form):
    """What stands on the document, and what the money is for."""

    purpose = forms.ChoiceField(label=_("what it pays"), widget=UnfoldAdminSelectWidget)
    account = forms.ChoiceField(label=_("where the money came"), widget=UnfoldAdminSelectWidget)
    amount = forms.CharField(
        label=_("amount on the document"),
        help_text=_("A sum that differs from what was asked is held until a second person decides."),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    document_number = forms.CharField(
        label=_("document number"),
        help_text=_("Receipt or transfer number; each is entered once."),
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    document_date = forms.DateField(label=_("document date"), widget=DayInput)
    scan = forms.FileField(
        label=_("scan"),
        help_text=_("PDF, JPEG or PNG, up to 5 MB."),
        required=False,
        max_length=120,
        widget=UnfoldAdminFileFieldWidget,
    )

    def __init__(self, *args: Any, student: Student, invoice: Invoice | None, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.fields["purpose"].choices = _purposes(student, invoice)  # type: ignore[attr-defined]
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (account.code, f"{account.name} · {account.legal_entity}")
            for account in manual_payments.manual_accounts()
        ]

    def clean_amount(self) -> int:
        try:
            return money.from_typed(self.cleaned_data["amount"], "AMD")
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error


def page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Show the form for a student or an invoice; what is entered is settled at once."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    student, invoice = _whose(request)
    context = {**model_admin.admin_site.each_context(request), "title": _now("Enter cash or a transfer")}
    if student is None:
        return TemplateResponse(request, "admin/billing/payment/enter.html", context)
    form = EntryForm(
        request.POST or None,
        request.FILES or None,
        student=student,
        invoice=invoice,
        initial={"document_date": clock.today()},
    )
    if request.method == "POST" and form.is_valid() and (payment := _enter(request, form)):
        return _told(request, payment)
    context |= {
        "student": student,
        "form": form,
        "media": model_admin.media + form.media,
        "has_purpose": bool(form.fields["purpose"].choices),  # type: ignore[attr-defined]
        "has_account": bool(form.fields["account"].choices),  # type: ignore[attr-defined]
    }
    return TemplateResponse(request, "admin/billing/payment/enter.html", context)


def scan(request: HttpRequest, payment_id: int) -> HttpResponse:
    """Send the scan of a payment that was entered by hand; never shown inside our own pages."""
    if not request.user.has_perm("billing.view_payment"):
        raise PermissionDenied
    entry = get_object_or_404(ManualEntry, payment_id=payment_id)
    if not entry.scan:
        raise Http404
    kind = entry.scan_type.partition("/")[2]
    return HttpResponse(
        bytes(entry.scan),
        content_type=entry.scan_type,
        headers={
            "Content-Disposition": f'attachment; filename="document-{payment_id}.{kind}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _whose(request: HttpRequest) -> tuple[Student | None, Invoice | None]:
    invoice_id, student_id = request.GET.get("invoice", ""), request.GET.get("student", "")
    if invoice_id.isascii() and invoice_id.isdigit() and len(invoice_id) < 19:
        invoice = get_object_or_404(Invoice.objects.select_related("student"), pk=invoice_id)
        return invoice.student, invoice
    if student_id.isascii() and student_id.isdigit() and len(student_id) < 19:
        return get_object_or_404(Student, pk=student_id), None
    return None, None


def _purposes(student: Student, invoice: Invoice | None) -> list[tuple[str, str]]:
    """Return the open installments, those of the given invoice first, then payment requests that are closed."""
    invoices = list(
        student.invoices.filter(cancelled_at__isnull=True).select_related("enrollment__group__course")
    )
    invoices.sort(key=lambda one: one != invoice)
    schedules = balances.schedules(invoice_ids=[one.pk for one in invoices])
    found = [
        (
            f"installment:{line.installment.pk}",
            _now("%(course)s, installment %(number)s: %(amount)s remains")
            % {
                "course": one.enrollment.group.course.title,
                "number": line.installment.number,
                "amount": _money(line.remaining_minor, one.currency),
            },
        )
        for one in invoices
        for line in schedules[one.pk]
        if line.remaining_minor
    ]
    closed = student.links.exclude(state=PaymentLink.State.ACTIVE).select_related("course")
    return found + [
        (
            f"link:{link.pk}",
            _now("closed request of %(day)s: %(course)s, %(amount)s")
            % {
                "day": admin_display.day(clock.day_of(link.created_at)),
                "course": link.course.title,
                "amount": _money(link.amount_minor, link.currency),
            },
        )
        for link in closed[:CLOSED_LINKS]
    ]


def _money(amount_minor: int, currency: str) -> str:
    return money.format_money(amount_minor, currency, admin_display.language())


def _enter(request: HttpRequest, form: EntryForm) -> Payment | None:
    facts = form.cleaned_data
    what, _colon, number = facts["purpose"].partition(":")
    upload = facts["scan"]
    try:
        return manual_payments.enter_payment(
            account_code=facts["account"],
            amount_minor=facts["amount"],
            document_number=facts["document_number"],
            document_date=facts["document_date"],
            installment_id=int(number) if what == "installment" else None,
            link_id=int(number) if what == "link" else None,
            scan=_scan(upload) if upload else None,
            actor=timeline.Actor.person(request.user),
        )
    except DomainError as error:
        add_refusal(form, error)
    except IntegrityError:
        form.add_error("document_number", _now("This document was entered by a colleague just now."))
    return None


def _scan(upload: Any) -> manual_payments.Scan:
    """Read a little more than the limit: the verb refuses what is too large, and nobody fills the memory."""
    return manual_payments.Scan(name=upload.name, content=upload.read(manual_payments.LARGEST_SCAN + 1))


def _told(request: HttpRequest, payment: Payment) -> HttpResponse:
    if payment.state == Payment.State.HELD:
        messages.warning(
            request,
            _now(
                "Entered and held: the sum differs from what was asked. A second person decides at the desk."
            ),
        )
    else:
        messages.success(request, _now("Entered and verified, order %s.") % payment.order_number)
    return HttpResponseRedirect(f"{reverse('student-page', args=[payment.student_id])}#payment-{payment.pk}")
