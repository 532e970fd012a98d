"""The doors of the student's own page: show, pay a part, ask for something. Each calls one verb for the student inside."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from billing import own_link, wishes
from billing.pay_page import languages
from config.my_page import door, entry_views, export, page
from students import consenting, timeline
from students.models import Student


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the page of the student inside, or where to ask for the link."""
    entry = door.entry_of(request)
    if entry is None:
        return door.show_out(entry_views.ask_page(request))
    languages.speak(request, default=entry.student.language)
    return languages.remember(request, door.private(_answer(request, entry.student)))


@require_POST
@door.of_student
def pay(request: HttpRequest, student: Student, installment_id: int) -> HttpResponse:
    """Lead to the page where a part is paid, or say that the school was asked for a link."""
    try:
        found = own_link.link_to_pay(student_id=student.pk, installment_id=installment_id)
    except own_link.UnknownPart as refused:
        return _answer(request, student, refused=refused, status=refused.status)
    if found.link is not None:
        return _see(reverse("pay-link", args=[found.link.token]))
    return _see(f"{reverse('my-page')}?told={'paid' if found.is_paid else 'link'}")


@require_POST
@door.of_student
def wish(request: HttpRequest, student: Student) -> HttpResponse:
    """Pass on what the student asks for; what cannot be passed on comes back with the words that were written."""
    place = request.POST.get("enrollment", "")
    try:
        wishes.ask(
            student_id=student.pk,
            kind=request.POST.get("kind", ""),
            words=request.POST.get("words", ""),
            enrollment_id=int(place) if place.isdecimal() and len(place) < 19 else None,
        )
    except wishes.WishRefused as refused:
        return _answer(request, student, refused=refused, written=request.POST, status=refused.status)
    return _see(f"{reverse('my-page')}?told=wish")


@require_POST
@door.of_student
def consent(request: HttpRequest, student: Student) -> HttpResponse:
    """Take down that the student agrees to the text that was shown, in the language in which it was read."""
    try:
        consenting.give(
            student_id=student.pk,
            version=request.POST.get("version", ""),
            language=request.POST.get("language", ""),
        )
    except consenting.ConsentRefused as refused:
        return _answer(request, student, refused=refused, status=refused.status)
    return _see(f"{reverse('my-page')}?told=consent")


@require_POST
@door.of_student
def take_data(request: HttpRequest, student: Student) -> HttpResponse:
    """Give the student everything that is kept of her as a file."""
    return export.file_for(student=student, actor=timeline.STUDENT)


def _answer(
    request: HttpRequest, student: Student, *, status: int = HTTPStatus.OK, **further: object
) -> HttpResponse:
    context = {**page.context_of(student), "told": request.GET.get("told", ""), **further}
    return render(request, "my/page.html", context, status=status)


def _see(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
