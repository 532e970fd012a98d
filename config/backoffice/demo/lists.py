"""
What the demo school's CRM and LMS say of the month before, as the files that they export: to be loaded by an accountant.

Both are the school's own facts with what goes wrong in life: the CRM knows nothing of one payment and holds another sum for a
second one; the LMS has closed a course that is paid and left open one that nobody paid for.
"""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from access.models import AccessGrant
from billing.models import Payment
from common import clock, money
from courses.models import Enrollment

CRM_HEADING = ("Deal", "Order", "Student", "Amount", "Currency", "Stage")
LMS_HEADING = ("User", "Course", "Status")
TYPED_WRONGLY = 10_000_00  # what the CRM holds more of one payment, in minor units


def folder() -> Path:
    """Return where the files are."""
    return Path(settings.MUTQ_DATA) / "lists"


def write(*, last_day: dt.date) -> None:
    """Write the two files of the month before `last_day`, as they stood when it ended. Safe to repeat."""
    stop = clock.start_of(last_day.replace(day=1))
    first = (last_day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    folder().mkdir(exist_ok=True)
    _write(folder() / f"crm-{first:%Y-%m}.csv", CRM_HEADING, _closed_deals(clock.start_of(first), stop))
    _write(folder() / f"lms-{first:%Y-%m}.csv", LMS_HEADING, _open_courses(stop - dt.timedelta(minutes=1)))


def _write(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(heading)
        lines.writerows(rows)


def _closed_deals(start: dt.datetime, stop: dt.datetime) -> list[tuple[str, ...]]:
    payments = Payment.objects.filter(verified_at__gte=start, verified_at__lt=stop).order_by("verified_at")
    found = list(payments.exclude(account__provider="manual").select_related("student"))
    by_hand = payments.filter(account__provider="manual").select_related("student")
    return [_deal(payment) for payment in found[1:]] + [
        _deal(payment, more=0 if number else TYPED_WRONGLY) for number, payment in enumerate(by_hand)
    ]


def _deal(payment: Payment, *, more: int = 0) -> tuple[str, ...]:
    amount = (payment.captured_minor + more) // 10 ** money.exponent(payment.currency)
    student = payment.student.crm_id or ""
    return (
        f"D-{payment.pk}",
        str(payment.order_number),
        student,
        str(amount),
        payment.currency,
        "won",
    )


def _open_courses(at: dt.datetime) -> list[tuple[str, str, str]]:
    open_now = {
        (grant.student.lms_id or "", grant.course.lms_id or "")
        for grant in _holding(at).select_related("student", "course")
    }
    rows = [(student, course, "active") for student, course in sorted(open_now)]
    if rows:
        student, course, _status = rows[0]
        rows[0] = (student, course, "suspended")
    forgotten = _who_has_nothing(at)
    return [*rows, *((student, course, "active") for student, course in forgotten)]


def _holding(at: dt.datetime) -> QuerySet[AccessGrant]:
    """Return the grounds that held at a moment."""
    return AccessGrant.objects.filter(
        Q(closes_at__isnull=True) | Q(closes_at__gt=at),
        Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at),
        opens_at__lte=at,
        granted_at__lte=at,
    )


def _who_has_nothing(at: dt.datetime) -> list[tuple[str, str]]:
    """Return one student who was enrolled then and had no ground for the course."""
    enrolled = Enrollment.objects.filter(created_at__lte=at).exclude(
        student__in=_holding(at).values("student_id")
    )
    found = enrolled.select_related("student", "group__course").order_by("pk").first()
    if found is None or not found.student.lms_id or not found.group.course.lms_id:
        return []
    return [(found.student.lms_id, found.group.course.lms_id)]
