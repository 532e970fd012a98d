"""The parts of a refund, one for each payment: take back, note a document, ask the bank, conclude."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.refund_pages import page
from config.backoffice.refund_pages.forms import DocumentForm, WhyForm
from refunds import approval, manual, settlement
from refunds.models import Refund
from students import timeline

SEES = "refunds.view_refundrequest"


@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the page that tells of a refund: its request, or the student where the bank's cabinet sent it."""
    return _back(_refund(pk))


@require_POST
@login_required
@permission_required([SEES, "refunds.withdraw_refund"], raise_exception=True)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a refund that was not sent yet."""
    by: Any = request.user
    return _do(
        request,
        pk,
        WhyForm(request.POST),
        "withdraw",
        lambda facts: approval.withdraw_refund(refund_id=pk, by=by, reason=facts["reason"]),
    )


@require_POST
@login_required
@permission_required([SEES, "refunds.enter_manual_refund"], raise_exception=True)
def enter_document(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the bank transfer that sent a refund, with its document."""
    by: Any = request.user

    def enter(facts: dict[str, Any]) -> Refund:
        scan = facts["scan"]
        return manual.enter_manual_refund(
            refund_id=pk,
            document_number=facts["document_number"],
            document_date=facts["document_date"],
            by=by,
            evidence=scan.read(manual.LARGEST_EVIDENCE + 1) if scan else b"",
            evidence_name=scan.name[-120:] if scan else "",
        )

    return _do(request, pk, DocumentForm(request.POST, request.FILES), "document", enter)


@require_POST
@login_required
@permission_required([SEES, "refunds.conclude_refund"], raise_exception=True)
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide that a refund whose outcome stayed unknown never happened; the bank is asked once more first."""
    by: Any = request.user
    return _do(
        request,
        pk,
        WhyForm(request.POST),
        "conclude",
        lambda facts: settlement.conclude_refund(refund_id=pk, by=by, reason=facts["reason"]),
    )


@require_POST
@login_required
@permission_required([SEES, "billing.ask_provider"], raise_exception=True)
def ask_bank(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the bank what became of a refund; nothing is sent again."""
    refund = _refund(pk)
    if not refund.is_in_flight:
        messages.info(request, _("This refund is not on its way: there is nothing to ask."))
        return _back(refund)
    refund = settlement.refresh_refund(
        refund_id=pk, asked_by="operator", actor=timeline.Actor.person(request.user)
    )
    _tell(request, refund)
    return _back(refund)


@require_GET
@login_required
@permission_required(["refunds.view_refund"], raise_exception=True)
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the scan of a bank transfer; never shown inside our own pages."""
    refund = get_object_or_404(Refund, pk=pk)
    if not refund.evidence:
        raise Http404
    content = bytes(refund.evidence)
    kind = manual.type_of(content) or "application/octet-stream"
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="refund-{pk}.{kind.partition("/")[2]}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _do(
    request: HttpRequest,
    pk: int,
    form: forms.Form,
    act: str,
    verb: Callable[[dict[str, Any]], Refund],
) -> HttpResponse:
    """Call a verb with what a form says; what it refuses comes back at the field."""
    refund = _refund(pk)
    if refund.request_id is None:
        raise Http404
    if form.is_valid():
        try:
            done = verb(form.cleaned_data)
        except DomainError as error:
            now = _refund(pk)
            if now.state != refund.state or now.state not in (Refund.State.APPROVED, *Refund.IN_FLIGHT):
                messages.warning(request, str(error))
                return _back(now)
            add_refusal(form, error)
        else:
            _tell(request, done)
            return _back(done)
    return page.show(request, refund.request_id, part_form=(pk, act, form), status=422)


def _tell(request: HttpRequest, refund: Refund) -> None:
    match refund.state:
        case Refund.State.SETTLED:
            messages.success(request, _("The bank says: the money is back."))
        case Refund.State.MANUAL:
            messages.success(request, _("Noted. The student is told by e-mail."))
        case Refund.State.REJECTED:
            messages.success(request, _("Taken back. The money stands for what it stood for."))
        case Refund.State.FAILED:
            messages.success(
                request, _("Concluded: nothing moved, and the money stands for what it stood for.")
            )
        case _:
            messages.info(
                request, _("The bank's total does not show it yet. We go on asking; nothing is sent twice.")
            )


def _back(refund: Refund) -> HttpResponseRedirect:
    if refund.request_id is None:
        address = reverse("student-page", args=[refund.student_id])
        return HttpResponseRedirect(f"{address}#payment-{refund.payment_id}")
    return HttpResponseRedirect(f"{reverse('refund', args=[refund.request_id])}#part-{refund.pk}")


def _refund(pk: int) -> Refund:
    return get_object_or_404(Refund.objects.defer("evidence"), pk=pk)
