"""
What a student reads of herself: every row is asked for by her id.

The number of statements does not grow with courses, parts or payments.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from access import why
from access.models import CourseAccess
from billing import balances, wishes
from billing.models import Invoice, Payment, PaymentLink
from common import clock, state_look
from courses.models import Enrollment, Module, Pause
from students import consenting
from students.models import OperatorTask, Student

PAYMENTS_SHOWN = 100
OPEN = (CourseAccess.State.OPEN, CourseAccess.State.GRACE)


def context_of(student: Student) -> dict[str, Any]:
    """Return what the template shows of this student now, in the active language."""
    places = list(student.enrollments.select_related("group__course"))
    invoices = _invoices(student)
    courses = _courses(student, places, invoices)
    return {
        "student": student,
        "courses": courses,
        "next": _next_due(invoices),
        "payments": _payments(student),
        "places": [place for place in places if place.state != Enrollment.State.ENDED],
        "consent": _consent(student),
        "wished": _waiting_wishes(student),
        "most_letters": wishes.MOST_LETTERS,
    }


def _courses(
    student: Student, places: Sequence[Enrollment], invoices: Mapping[int, Sequence[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Return each course that the student is or was in or has grounds for, what is open first."""
    courses = {place.group.course_id: place.group.course for place in places}
    courses |= {grant.course_id: grant.course for grant in student.grants.select_related("course")}
    explained = why.explain_courses(student_id=student.pk, course_ids=courses)
    titles = _module_titles(explained)
    pauses = _pauses(student)
    found = [
        {
            "title": courses[course_id].title,
            "look": _access_look(told.state),
            "sentence": told.sentence,
            "modules": [
                {"title": titles.get(module.module_id, ""), "look": _access_look(module.state)}
                for module in told.modules
            ],
            "places": [
                {"enrollment": place, "pause": pauses.get(place.pk), "invoices": invoices.get(place.pk, [])}
                for place in places
                if place.group.course_id == course_id
            ],
            "is_open": told.state in OPEN,
        }
        for course_id, told in explained.items()
    ]
    return sorted(found, key=lambda item: (not item["is_open"], item["title"]))


def _module_titles(explained: Mapping[int, why.Explanation]) -> dict[int, str]:
    ids = {module.module_id for told in explained.values() for module in told.modules}
    return {module.pk: str(module) for module in Module.objects.filter(pk__in=ids)} if ids else {}


def _pauses(student: Student) -> dict[int, Pause]:
    """Return by enrollment the pause that runs or is to come."""
    running = Pause.objects.filter(
        enrollment__student=student, cancelled_at__isnull=True, last_day__gte=clock.today()
    )
    return {pause.enrollment_id: pause for pause in running}


def _invoices(student: Student) -> dict[int, list[dict[str, Any]]]:
    """Return by enrollment what is asked for it: the three numbers, the schedule, and the first part that remains."""
    asked = Invoice.objects.filter(student=student, cancelled_at__isnull=True)
    invoices = list(asked.select_related("enrollment__group__course").order_by("pk"))
    numbers = balances.invoice_balances(invoices=invoices)
    schedules = balances.schedules(invoice_ids=[invoice.pk for invoice in invoices])
    found: dict[int, list[dict[str, Any]]] = {}
    for invoice in invoices:
        parts = [_part(line) for line in schedules[invoice.pk]]
        found.setdefault(invoice.enrollment_id, []).append(
            {
                "invoice": invoice,
                "course": invoice.enrollment.group.course.title,
                "asked_minor": numbers[invoice.pk].full_minor - numbers[invoice.pk].adjustments_minor,
                "balance": numbers[invoice.pk],
                "parts": parts,
                "next": next((part for part in parts if part["remaining_minor"]), None),
            }
        )
    return found


def _part(line: balances.ScheduleLine) -> dict[str, Any]:
    part = line.installment
    look = state_look.look_of(model="installment", value=part.state)
    return {
        "pk": part.pk,
        "number": part.number,
        "period_from": part.period_from,
        "period_to": part.period_to,
        "due_date": part.due_date,
        "grace_date": part.grace_date,
        "is_late": part.state == part.State.OVERDUE,
        "expected_minor": part.expected_minor,
        "paid_minor": line.paid_minor,
        "remaining_minor": line.remaining_minor,
        "look": {"word": part.get_state_display(), "tone": look.tone, "icon": look.icon},
    }


def _next_due(invoices: Mapping[int, Sequence[dict[str, Any]]]) -> dict[str, Any] | None:
    """Return the part to be paid next of all that is asked of the student."""
    owed = [told for of_place in invoices.values() for told in of_place if told["next"]]
    first = min(owed, key=lambda told: (told["next"]["due_date"], told["next"]["pk"]), default=None)
    return (
        None
        if first is None
        else {**first["next"], "currency": first["invoice"].currency, "course": first["course"]}
    )


def _payments(student: Student) -> list[dict[str, Any]]:
    """Return the money that came, newest first; a receipt is the page of a link that is paid."""
    came = (
        Payment.objects.filter(student=student, state__in=[*Payment.CAPTURED_STATES, Payment.State.HELD])
        .select_related("account", "course", "link")
        .order_by("-pk")[:PAYMENTS_SHOWN]
    )
    return [
        {
            "payment": payment,
            "is_checked": payment.state == Payment.State.HELD,
            "amount_minor": payment.captured_minor or payment.amount_minor,
            "receipt": payment.link.token if payment.link.state == PaymentLink.State.PAID else "",
        }
        for payment in came
    ]


def _consent(student: Student) -> dict[str, Any] | None:
    """Return the text that still wants this student's consent, if there is one."""
    if not consenting.is_wanted(student=student):
        return None
    return {"version": consenting.VERSION, "text": consenting.TEXT}


def _waiting_wishes(student: Student) -> list[OperatorTask]:
    return list(
        OperatorTask.objects.filter(student=student, kind__in=wishes.KINDS)
        .exclude(state=OperatorTask.State.RESOLVED)
        .order_by("pk")
    )


def _access_look(state: str) -> dict[str, str]:
    look = state_look.look_of(model="courseaccess", value=state)
    word = dict(CourseAccess.State.choices).get(state, state)
    return {"word": str(word), "tone": look.tone, "icon": look.icon}
