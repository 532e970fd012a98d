"""Who is inside: the signed cookie names an entry, the entry's row says whether it still holds."""

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from billing.pay_page import languages
from students import entering
from students.models import Student, StudentEntry

COOKIE, SALT, PATH = "mutq_my", "config.my_page.door", "/my/"
SECONDS = entering.SESSION_HOURS * 3600

StudentView = Callable[..., HttpResponse]


def entry_of(request: HttpRequest) -> StudentEntry | None:
    """Return the running entry of this browser, or None: no cookie, a forged one, one whose time is over, one that was ended."""
    held = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=SECONDS)
    return entering.session_of(entry_id=int(held)) if held and held.isdigit() else None


def let_in(request: HttpRequest, response: HttpResponse, entry: StudentEntry) -> HttpResponse:
    """Give this browser the entry."""
    response.set_signed_cookie(
        COOKIE,
        str(entry.pk),
        salt=SALT,
        max_age=SECONDS,
        path=PATH,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def show_out(response: HttpResponse) -> HttpResponse:
    """Take the entry from this browser, if it has one."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def of_student(view: StudentView) -> StudentView:
    """Call the view with the student who is inside, in her language; whoever is not is led to the door."""

    @functools.wraps(view)
    def door(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        entry = entry_of(request)
        if entry is None:
            return show_out(HttpResponseRedirect(reverse("my-page"), status=303))
        student: Student = entry.student
        languages.speak(request, default=student.language)
        return private(view(request, student, *args, **kwargs))

    return door


def private(response: HttpResponse) -> HttpResponse:
    """
    Let nobody store the answer. Its address stays with us by the policy of all pages ("same-origin").

    A stricter one would make browsers hide where the forms come from, and their tokens would be refused.
    """
    response["Cache-Control"] = "no-store, private"
    return response
