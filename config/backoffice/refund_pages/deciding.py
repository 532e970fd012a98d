"""Another person's decision about a request, with what it would do today in view."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.refund_pages import page
from config.backoffice.refund_pages.forms import DecisionForm
from refunds import approval
from refunds.models import RefundRequest
from students import locking

RIGHTS = ["refunds.view_refundrequest", "refunds.approve_refund"]
APPROVE, REJECT = "approve", "reject"


@require_POST
@login_required
@permission_required(RIGHTS, raise_exception=True)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or reject. What would happen must be what the person saw; otherwise it is shown anew and nothing is done."""
    wanted = get_object_or_404(RefundRequest, pk=pk)
    form = DecisionForm(request.POST)
    decision = request.POST.get("decision", "")
    if decision not in (APPROVE, REJECT):
        form.add_error(None, _("Choose whether it is approved or rejected."))
    if not form.is_valid():
        return page.show(request, pk, decision_form=form, status=422)
    if _is_mine_already(request, wanted, decision):
        return redirect("refund", pk=pk)
    try:
        done = _decide(request, wanted, decision, form.cleaned_data["reason"])
    except DomainError as error:
        wanted.refresh_from_db()
        if wanted.state != RefundRequest.State.REQUESTED:
            messages.warning(request, str(error))
            return redirect("refund", pk=pk)
        add_refusal(form, error)
        return page.show(request, pk, decision_form=form, status=422)
    if not done:
        form.add_error(None, _("This is what would happen now. Look at it, then decide."))
        return page.show(request, pk, decision_form=form, status=422)
    messages.success(
        request,
        _("Approved. The money is reserved and on its way.") if decision == APPROVE else _("Rejected."),
    )
    return redirect("refund", pk=pk)


def _is_mine_already(request: HttpRequest, wanted: RefundRequest, decision: str) -> bool:
    """A second click on the same button finds what the first one did."""
    states = {APPROVE: RefundRequest.State.APPROVED, REJECT: RefundRequest.State.REJECTED}
    return wanted.decided_by_id == request.user.pk and wanted.state == states[decision]


def _decide(request: HttpRequest, wanted: RefundRequest, decision: str, reason: str) -> bool:
    by: Any = request.user
    if decision == REJECT:
        approval.reject_refund(request_id=wanted.pk, by=by, reason=reason)
        return True
    with transaction.atomic():
        locking.lock_student(student_id=wanted.student_id)
        if RefundRequest.objects.get(pk=wanted.pk).state == RefundRequest.State.REQUESTED and (
            by.pk != wanted.requested_by_id
            and request.POST.get("seen", "") != page.effect_of_request(wanted).seen
        ):
            return False
        approval.approve_refund(request_id=wanted.pk, by=by, reason=reason)
    return True
