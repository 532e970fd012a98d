"""The breaks: the list, one break with what both sides say, and deciding about it with its effect in view."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.admin_display import page_of
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.desk import effect, offers
from config.backoffice.desk.forms import ResolutionForm
from config.backoffice.reconciliation_pages import break_facts, break_list, views
from reconciliation import resolutions, words
from reconciliation.break_ends import base, registry
from reconciliation.models import Discrepancy
from students import timeline

SEES = "reconciliation.view_discrepancy"
DECIDES = "reconciliation.resolve_discrepancy"


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def breaks(request: HttpRequest) -> HttpResponse:
    """Show the breaks, narrowed by month, source, kind and owner; by default all that are open."""
    shown = break_list.read(viewer=request.user, asked=request.GET.dict())
    return render(request, "reconciliation/breaks.html", {"shown": shown, **views.rights_of(request)})


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def break_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one break: its cause, what both sides say with file and line, its owner, and the ends that it may have."""
    item = _break(pk)
    is_open = item.state == Discrepancy.State.OPEN
    may_decide = request.user.has_perm(DECIDES)
    context = {
        "item": item,
        "row": break_list.row_of(item, request.user),
        "cause": words.cause_of(item.kind),
        "facts": break_facts.facts_of(item),
        "lines": break_facts.rows_of(item),
        "payment_url": page_of(item.payment)
        if item.payment and request.user.has_perm("billing.view_payment")
        else "",
        "is_open": is_open,
        "ends": _ends(request.user, item) if is_open and may_decide else [],
        "done": _done_words(item),
        "colleagues": _deciders().exclude(pk=item.owner_id or 0) if is_open and may_decide else [],
        **views.rights_of(request),
    }
    return render(request, "reconciliation/break.html", context)


@require_POST
@login_required
@permission_required([SEES, DECIDES], raise_exception=True)
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a break, give it to a colleague who may decide about breaks, or to nobody."""
    item = _break(pk)
    text = request.POST.get("owner", "")
    chosen = None
    if text:
        chosen = (
            _deciders().filter(pk=int(text)).first()
            if text.isascii() and text.isdigit() and len(text) < 10
            else None
        )
        if chosen is None:
            messages.warning(request, _("This colleague does not decide about differences."))
            return redirect("reconciliation-break", pk=item.pk)
    try:
        resolutions.take_discrepancy(discrepancy_id=item.pk, owner_id=chosen.pk if chosen else None)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _owner_words(request, chosen))
    return redirect("reconciliation-break", pk=item.pk)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required([SEES, DECIDES], raise_exception=True)
def resolve(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """
    Show what an end of a break would do, and do it when the person says so; then the two sides are compared again.

    The first POST shows the effect, the one with `do` does it; htmx asks for the effect alone while the form is filled.
    """
    item = _break(pk)
    resolution = next((one for one in registry.RESOLUTIONS if one.code == code), None)
    if resolution is None or item.kind not in resolution.kinds:
        raise Http404
    if not _may(request.user, resolution):
        raise PermissionDenied
    is_open = item.state == Discrepancy.State.OPEN
    if is_open and resolution not in resolutions.offered(discrepancy=item):
        raise Http404
    if not is_open:
        messages.warning(request, _("This difference is closed already."))
        return redirect("reconciliation-break", pk=item.pk)
    form = ResolutionForm(request.POST or None, resolution=resolution, task=item)
    form.fields["reason"].required = not resolution.only_asks
    shown = effect.effect_of(task=item, resolution=resolution, form=form)
    if (
        "do" in request.POST
        and _is_confirmed(request, form, shown, item)
        and _decide(request, item, code, form)
    ):
        return redirect("reconciliation-break", pk=item.pk)
    context = {
        "item": item,
        "resolution": resolution,
        "form": form,
        "name": words.name_of(item.kind),
        "stand": _stand(item),
        **shown,
    }
    if request.headers.get("HX-Request"):
        return render(request, "desk/effect.html", context)
    return render(
        request, "reconciliation/resolve.html", context, status=422 if "do" in request.POST else 200
    )


def _is_confirmed(
    request: HttpRequest, form: ResolutionForm, shown: dict[str, Any], item: Discrepancy
) -> bool:
    """Return whether the form is whole, and its effect and the break's sums are those that the person saw."""
    if not form.is_valid() or shown["refusal"]:
        return False
    if request.POST.get("seen", "") != shown["seen"] or request.POST.get("stand", "") != _stand(item):
        form.add_error(None, _("This is what would happen now. Look at it, then confirm."))
        return False
    return True


def _decide(request: HttpRequest, item: Discrepancy, code: str, form: ResolutionForm) -> bool:
    try:
        after = resolutions.resolve_discrepancy(
            discrepancy_id=item.pk,
            code=code,
            data=form.data_of_resolution,
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
        )
    except resolutions.AlreadyDecided as error:  # a double click, a colleague or a run was faster
        messages.warning(request, str(error))
        return True
    except DomainError as error:
        add_refusal(form, error)
        return False
    if after.state == Discrepancy.State.OPEN:
        messages.info(request, _("Asked and compared again: the two sides still differ."))
    elif after.state == Discrepancy.State.CLOSED_BY_FACTS:
        messages.success(request, _("Compared again: the two sides agree now. The difference is closed."))
    else:
        messages.success(request, _("Decided. The difference is closed with your reason."))
    return True


def _stand(item: Discrepancy) -> str:
    """Return what a person decides on: other sums are another decision."""
    return f"{item.kind}:{item.ours_minor}:{item.theirs_minor}"


def _break(pk: int) -> Discrepancy:
    found = Discrepancy.objects.select_related(
        "student", "account", "payment", "linked_payment", "owner", "resolved_by", "course", "last_run"
    )
    return get_object_or_404(found, pk=pk)


def _ends(viewer: Any, item: Discrepancy) -> list[dict[str, Any]]:
    return [
        {
            "resolution": resolution,
            "is_allowed": _may(viewer, resolution),
            "by_whom": offers.by_whom(resolution.permission) if resolution.permission else "",
        }
        for resolution in resolutions.offered(discrepancy=item)
    ]


def _may(viewer: Any, resolution: base.Resolution) -> bool:
    return bool(viewer.has_perms([right for right in (DECIDES, resolution.permission) if right]))


def _done_words(item: Discrepancy) -> str:
    return next(
        (str(one.label) for one in registry.RESOLUTIONS if one.code == item.resolution), item.resolution
    )


def _deciders() -> QuerySet[Any]:
    """Return the colleagues who may decide about breaks, by name."""
    right = {"codename": "resolve_discrepancy", "content_type__app_label": "reconciliation"}
    by_role = {f"groups__permissions__{name}": value for name, value in right.items()}
    by_right = {f"user_permissions__{name}": value for name, value in right.items()}
    return (
        get_user_model()
        .objects.filter(Q(**by_role) | Q(**by_right) | Q(is_superuser=True), is_active=True)
        .distinct()
        .order_by("first_name", "last_name", "username")
    )


def _owner_words(request: HttpRequest, chosen: Any) -> str:
    if chosen is None:
        return _("The difference is nobody's now.")
    if chosen.pk == request.user.pk:
        return _("The difference is yours.")
    return _("The difference is given to %(name)s.") % {
        "name": chosen.get_full_name() or chosen.get_username()
    }
