"""The operator desk: what waits for a person, and deciding it with its whole effect in view."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import claims
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.desk import effect, forms, lists, offers
from students import deciding, record_address, task_types, timeline
from students.models import OperatorTask

SEES = "students.view_operatortask"
WORKS = [SEES, "students.change_operatortask"]


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def desk(request: HttpRequest) -> HttpResponse:
    """Show the tasks: mine, all, overdue or decided, of one kind or of every kind."""
    return render(request, "desk/page.html", _desk(request))


@require_POST
@login_required
@permission_required([SEES, "billing.ask_provider"], raise_exception=True)
def claim(request: HttpRequest) -> HttpResponse:
    """Find the payment that a student speaks of, ask its bank, and say what is true."""
    text = request.POST.get("text", "").replace("\0", " ").strip()[:2000]
    found = claims.find_claim(text=text, actor=timeline.Actor.person(request.user)) if text else []
    told = {"claimed": text, "answers": found, "asked": bool(text)}
    if request.headers.get("HX-Request"):
        return render(request, "desk/answers.html", told)
    return render(request, "desk/page.html", {**_desk(request), **told})


@never_cache
@require_GET
@login_required
@permission_required(SEES, raise_exception=True)
def task_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one task: its facts, its deadline, and the ends that it may have."""
    return _task_page(request, _task(pk))


@require_POST
@login_required
@permission_required(WORKS, raise_exception=True)
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a task, also from a colleague."""
    _task(pk)
    try:
        deciding.take_task(task_id=pk, actor=timeline.Actor.person(request.user))
        messages.success(request, _("The task is yours."))
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect("desk-task", pk=pk)


@require_POST
@login_required
@permission_required(WORKS, raise_exception=True)
def postpone(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a task's deadline with a reason."""
    task, form = _task(pk), forms.PostponeForm(request.POST)
    if form.is_valid():
        try:
            deciding.postpone_task(task_id=pk, actor=timeline.Actor.person(request.user), **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The task waits."))
            return redirect("desk-task", pk=pk)
    return _task_page(request, task, postpone_form=form, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(WORKS, raise_exception=True)
def resolve(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """
    Show what an end of a task would do, and do it when the person says so.

    The first POST shows the effect, the one with `do` does it; htmx asks for the effect alone while the form is filled.
    """
    task = _task(pk)
    resolution = task_types.type_of(task.kind).resolution(code)
    if resolution is None or resolution.address is not None:
        raise Http404
    if not offers.may_choose(request.user, resolution):
        raise PermissionDenied
    form = forms.ResolutionForm(request.POST or None, resolution=resolution, task=task)
    shown = effect.effect_of(task=task, resolution=resolution, form=form)
    if "do" in request.POST and _is_confirmed(request, form, shown) and _resolve(request, task, code, form):
        return _after(request, pk)
    context = {"task": task, "resolution": resolution, "form": form, **shown}
    if request.headers.get("HX-Request"):
        return render(request, "desk/effect.html", context)
    status = 422 if "do" in request.POST else 200
    return render(
        request, "desk/resolve.html", {**context, "type": task_types.type_of(task.kind)}, status=status
    )


def _is_confirmed(request: HttpRequest, form: forms.ResolutionForm, shown: dict[str, Any]) -> bool:
    """Return whether the form is whole and its effect is the one that the person saw."""
    if not form.is_valid() or shown["refusal"]:
        return False
    if request.POST.get("seen", "") != shown["seen"]:
        form.add_error(None, _("This is what would happen now. Look at it, then confirm."))
        return False
    return True


def _resolve(request: HttpRequest, task: OperatorTask, code: str, form: forms.ResolutionForm) -> bool:
    try:
        deciding.resolve_task(
            task_id=task.pk,
            resolution=code,
            data=form.data_of_resolution,
            reason=form.cleaned_data["reason"],
            actor=timeline.Actor.person(request.user),
        )
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


def _after(request: HttpRequest, pk: int) -> HttpResponseRedirect:
    task = _task(pk)
    if task.state == OperatorTask.State.RESOLVED:
        messages.success(request, _("Decided: %(task)s.") % {"task": task_types.type_of(task.kind).name})
        return redirect("desk")
    messages.info(request, _("Asked; the answer is not final yet, so the task stays."))
    return redirect("desk-task", pk=pk)


def _task(pk: int) -> OperatorTask:
    return get_object_or_404(OperatorTask.objects.select_related("student", "owner", "resolved_by"), pk=pk)


def _desk(request: HttpRequest) -> dict[str, Any]:
    start = request.GET.get("start", "")
    return {
        "desk": lists.read(
            viewer=request.user,
            whose=request.GET.get("whose", ""),
            kind=request.GET.get("kind", ""),
            start=int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
        ),
        "may_ask": request.user.has_perm("billing.ask_provider"),
    }


def _task_page(
    request: HttpRequest, task: OperatorTask, *, postpone_form: Any = None, status: int = 200
) -> HttpResponse:
    task_type = task_types.type_of(task.kind)
    is_open = task.state != OperatorTask.State.RESOLVED
    row = lists.row_of(task, request.user)
    facts = [{"name": name, "value": value} for name, value in task_type.facts(task)]
    done = task_type.resolution(task.resolution)
    context = {
        "task": task,
        "type": task_type,
        "row": row,
        "is_open": is_open,
        "facts": facts,
        "record": record_address.of_record(task.subject_kind, task.subject_id),
        "offers": offers.offers_of(task=task, viewer=request.user) if is_open else [],
        "done": done.label if done else "",
        "may_work": request.user.has_perm("students.change_operatortask"),
        "postpone_form": postpone_form or forms.PostponeForm(),
    }
    return render(request, "desk/task.html", context, status=status)
