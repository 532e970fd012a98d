"""The page of one refund: what was asked, what it would do or did, who may go on how, and its whole story."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from common import clock
from common.errors import DomainError
from config.backoffice.desk import offers
from config.backoffice.refund_pages import effect, looks
from config.backoffice.refund_pages.forms import DecisionForm, DocumentForm, WhyForm
from config.backoffice.student_page import feed
from refunds import settlement, wishes
from refunds.models import Refund, RefundRequest
from students.models import OperatorTask, TimelineEvent

PartForm = tuple[int, str, forms.Form]  # of which part, for which act, as it was sent


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A refund of one payment as the page shows it, with the forms of what the reader may do about it."""

    refund: Refund
    may_ask: bool
    withdraw: forms.Form | None
    document: forms.Form | None
    conclude: forms.Form | None
    open_act: str  # the form that came back with an error


def show(
    request: HttpRequest,
    pk: int,
    *,
    decision_form: DecisionForm | None = None,
    part_form: PartForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of a request; a form that was refused comes back with its words and the reason."""
    wanted = get_object_or_404(
        RefundRequest.objects.select_related(
            "student",
            "invoice__enrollment__group__course",
            "payment__account",
            "policy_version__policy",
            "requested_by",
            "decided_by",
        ),
        pk=pk,
    )
    rows = _rows(wanted)
    context = {
        "wanted": wanted,
        "look": looks.look_of(wanted, rows),
        "lines": effect.stored_lines(wanted.suggestion),
        "parts": [_part(row, request.user, part_form) for row in rows],
        "is_waiting": wanted.state == RefundRequest.State.REQUESTED,
        "entries": feed.entries_of(_story(wanted, rows), request.user),
        "tasks": _tasks(rows) if request.user.has_perm("students.view_operatortask") else [],
        **_decision(wanted, request.user, decision_form),
    }
    return render(request, "refunds/refund.html", context, status=status)


def effect_of_request(wanted: RefundRequest) -> effect.Effect:
    """Return what a request would do if it were approved now."""
    return effect.effect_of(
        wishes.Wish(**{name: getattr(wanted, name) for name in wishes.Wish.__dataclass_fields__})
    )


def _rows(wanted: RefundRequest) -> Sequence[Refund]:
    has_scan = ExpressionWrapper(Q(evidence__isnull=False), output_field=BooleanField())
    return list(
        wanted.refunds.annotate(has_scan=has_scan)
        .defer("evidence")
        .select_related("payment__account", "entered_by")
        .order_by("pk")
    )


def _decision(wanted: RefundRequest, viewer: Any, form: DecisionForm | None) -> dict[str, Any]:
    """Return what the reader needs to decide, or why the reader does not."""
    if wanted.state != RefundRequest.State.REQUESTED:
        return {}
    refusal, shown = "", None
    try:
        shown = effect_of_request(wanted)
        wishes.require_within(
            amount_minor=wanted.amount_minor,
            available_minor=shown.shown.available_minor,
            currency=wanted.currency,
        )
    except DomainError as error:
        refusal = str(error)
    is_own = wanted.requested_by_id == viewer.pk
    may_decide = viewer.has_perm("refunds.approve_refund") and not is_own
    needs_administrator = shown is not None and shown.shown.needs_administrator
    return {
        "effect": shown,
        "is_other_today": shown is None or shown.shown.suggestion.amount_minor != wanted.suggested_minor,
        "refusal": refusal,
        "is_own": is_own,
        "may_decide": may_decide,
        "may_approve": may_decide
        and not refusal
        and (not needs_administrator or viewer.has_perm("refunds.approve_large_refund")),
        "by_whom": offers.by_whom(
            "refunds.approve_large_refund" if needs_administrator else "refunds.approve_refund"
        ),
        "decision_form": form or DecisionForm(),
    }


def _part(refund: Refund, viewer: Any, sent: PartForm | None) -> Part:
    act, form = (sent[1], sent[2]) if sent and sent[0] == refund.pk else ("", None)
    waits = refund.state == Refund.State.APPROVED
    concludes = (
        refund.state == Refund.State.UNKNOWN
        and refund.sent_at is not None
        and clock.now() >= refund.sent_at + settlement.PERSON_AFTER
    )

    def offered(name: str, right: str, made: type[forms.Form], *, when: bool) -> forms.Form | None:
        if not (when or act == name) or not viewer.has_perm(right):
            return None
        return form if act == name and form is not None else made(auto_id=f"{name}-{refund.pk}-%s")

    return Part(
        refund=refund,
        may_ask=refund.is_in_flight and viewer.has_perm("billing.ask_provider"),
        withdraw=offered("withdraw", "refunds.withdraw_refund", WhyForm, when=waits),
        document=offered("document", "refunds.enter_manual_refund", DocumentForm, when=waits),
        conclude=offered("conclude", "refunds.conclude_refund", WhyForm, when=concludes),
        open_act=act,
    )


def _story(wanted: RefundRequest, rows: Sequence[Refund]) -> list[TimelineEvent]:
    ids = [row.pk for row in rows]
    about = Q(subject_kind="refunds.refundrequest", subject_id=wanted.pk)
    about |= Q(subject_kind="refunds.refund", subject_id__in=ids)
    about |= Q(subject_kind="billing.payment", data__refund__in=ids)
    events = TimelineEvent.objects.filter(about, student_id=wanted.student_id)
    return list(events.select_related("actor").order_by("-at", "-id"))


def _tasks(rows: Sequence[Refund]) -> list[OperatorTask]:
    return list(
        OperatorTask.objects.filter(
            subject_kind="refunds.refund", subject_id__in=[row.pk for row in rows]
        ).exclude(state=OperatorTask.State.RESOLVED)
    )
