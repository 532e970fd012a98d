"""The way in and out: asking for a link, the page behind it with its button, leaving."""

from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from billing import tasks as billing_tasks
from billing.pay_page import languages
from config.my_page import door
from students import entering
from students import tasks as student_tasks

MOST_ASKED, PER_SECONDS = 30, 60


def ask_page(request: HttpRequest) -> HttpResponse:
    """Show where the e-mail address is asked for."""
    languages.speak(request, default=settings.LANGUAGE_CODE)
    return languages.remember(request, door.private(render(request, "my/ask.html")))


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Note what was asked and answer the same sentence to everybody; who asks very often is slowed."""
    languages.speak(request, default=settings.LANGUAGE_CODE)
    if _count(request) > MOST_ASKED:
        return render(request, "my/too_many.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    entering.ask_for_link(email=request.POST.get("email", "")[:254])
    billing_tasks.wake(student_tasks.mail_entry_links)
    return door.private(render(request, "my/asked.html", {"minutes": entering.LINK_MINUTES}))


@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show the button to whoever follows the link, also to a scanner; its press lets in."""
    languages.speak(request, default=settings.LANGUAGE_CODE)
    try:
        if request.method == "POST":
            entry = entering.open_entry(token=token)
            response = HttpResponseRedirect(reverse("my-page"), status=HTTPStatus.SEE_OTHER)
            return door.private(door.let_in(request, response, entry))
        entry = entering.entry_of_link(token=token)
    except entering.EntryRefused as refused:
        return door.private(render(request, "my/refused.html", {"why": refused}, status=HTTPStatus.FORBIDDEN))
    languages.speak(request, default=entry.student.language)
    context = {"token": token, "name": entry.student.full_name, "hours": entering.SESSION_HOURS}
    return languages.remember(request, door.private(render(request, "my/open.html", context)))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session in every browser that holds it."""
    entry = door.entry_of(request)
    if entry is not None:
        entering.leave(entry_id=entry.pk)
    return door.private(door.show_out(HttpResponseRedirect(reverse("my-page"), status=HTTPStatus.SEE_OTHER)))


def _count(request: HttpRequest) -> int:
    key = f"my-page-asked:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(key, 1, PER_SECONDS):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the minute ended between the two calls
        return 1
