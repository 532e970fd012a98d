"""Links for a group, or for all that is due: choose, look at how many and how much, confirm, and read what became of each."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing import bulk_links, tasks
from billing.models import LinkBatch
from common.errors import DomainError
from common.verb_admin import add_refusal
from config.backoffice.bulk_link_pages import results
from config.backoffice.bulk_link_pages.forms import BulkLinksForm

MAKES = ["billing.add_paymentlink", "billing.view_paymentlink", "billing.view_installment"]
SENDS = "billing.send_paymentlink"
EARLIER = 10


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
@permission_required(MAKES, raise_exception=True)
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form, then how many links it means, then ask for them: the first POST shows, the one with `do` asks."""
    user: Any = request.user
    form = BulkLinksForm(request.POST if request.method == "POST" else None, may_send=user.has_perm(SENDS))
    if request.method != "POST" or not form.is_valid():
        return _choose(request, form)
    if "change" in request.POST:
        return _choose(request, BulkLinksForm(initial=form.cleaned_data, may_send=user.has_perm(SENDS)))
    facts = form.cleaned_data
    if "do" not in request.POST:
        return _effect(request, form)
    try:
        asked = bulk_links.ask(
            request_id=facts["request_id"],
            group=facts["group"],
            due_until=facts["due_until"],
            sends_mail=facts.get("sends_mail", False),
            user=user,
        )
    except DomainError as error:
        add_refusal(form, error)
        return _choose(request, form)
    tasks.wake(tasks.make_wanted_links)
    return redirect("link-batch", pk=asked.pk)


@never_cache
@require_GET
@login_required
@permission_required(MAKES, raise_exception=True)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far the links of a batch are, and what became of each installment."""
    found = get_object_or_404(LinkBatch.objects.select_related("group__course", "asked_by"), pk=pk)
    context = results.read(found, which=request.GET.get("which", ""), number=request.GET.get("page", "1"))
    is_part = bool(request.headers.get("HX-Request"))
    if is_part and found.finished_at:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "bulk_links/progress.html" if is_part else "bulk_links/batch.html", context)


def _choose(request: HttpRequest, form: BulkLinksForm) -> HttpResponse:
    earlier = (
        LinkBatch.objects.select_related("group__course", "asked_by")
        .annotate(asked_for=Count("lines"), made=Count("lines", filter=Q(lines__outcome="made")))
        .order_by("-pk")[:EARLIER]
    )
    return render(
        request,
        "bulk_links/choose.html",
        {"form": form, "earlier": earlier},
        status=422 if form.errors else 200,
    )


def _effect(request: HttpRequest, form: BulkLinksForm) -> HttpResponse:
    facts = form.cleaned_data
    chosen = bulk_links.wanted(group=facts["group"], due_until=facts["due_until"])
    sums = list(
        chosen.order_by()
        .values(currency=F("invoice__currency"))
        .annotate(
            count=Count("pk"),
            amount_minor=Sum(F("expected_minor") - F("adjusted") - F("paid")),
            students=Count("invoice__student", distinct=True),
        )
        .order_by("currency")
    )
    if not sums:
        messages.info(request, _("Nothing due until that day waits for a link."))
        return _choose(request, form)
    context = {
        "form": form,
        "group": facts["group"],
        "due_until": facts["due_until"],
        "sends_mail": facts.get("sends_mail", False),
        "sums": sums,
        "count": sum(one["count"] for one in sums),
        "no_address": chosen.filter(invoice__student__email="").count(),
    }
    return render(request, "bulk_links/effect.html", context)
