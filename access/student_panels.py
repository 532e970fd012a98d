"""Courses on the student page: open or closed now, why, and what happens next (promise 13)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from access import by_hand, looks, why
from access.lms import registry
from access.models import AccessGrant, AccessSync, CourseAccess
from courses.models import Course, Enrollment, Module
from students import record_address
from students.models import Student
from students.student_panel import Column, StudentPanel, Viewer


def load_courses(student: Student, viewer: Viewer) -> Mapping[str, Any]:
    """Return each course that the student is or was enrolled in or has grounds for, what is open first."""
    courses, enrollments, openings = _courses_of(student, viewer)
    explanations = why.explain_courses(student_id=student.pk, course_ids=courses)
    titles = _module_titles(explanations)
    lms = _told_to_lms(student)
    found: list[dict[str, Any]] = [
        {
            "course": courses[course_id],
            "look": looks.look_of(explanation.state),
            "sentence": explanation.sentence,
            "enrollments": enrollments.get(course_id, []),
            "openings": openings.get(course_id, []),
            "modules": [
                {
                    "title": titles.get(module.module_id, ""),
                    "look": looks.look_of(module.state),
                    "until": module.until,
                }
                for module in explanation.modules
            ],
            "lms": lms.get(course_id),
            "is_open": explanation.state in (CourseAccess.State.OPEN, CourseAccess.State.GRACE),
        }
        for course_id, explanation in explanations.items()
    ]
    found.sort(key=lambda item: (not item["is_open"], not item["enrollments"], item["course"].title))
    return {
        "courses": found,
        "open_address": f"{reverse('admin:access_open_by_hand')}?student={student.pk}"
        if viewer.has_perm("access.add_accessgrant")
        else "",
    }


def _told_to_lms(student: Student) -> dict[int, AccessSync]:
    """Return what the learning platform confirmed of each course; nothing where the school has no platform."""
    if not registry.is_used():
        return {}
    rows = AccessSync.objects.filter(student=student).exclude(wanted_open=None, drift="", last_error="")
    return {row.course_id: row for row in rows}


def _openings(grants: Sequence[AccessGrant], viewer: Viewer) -> dict[int, list[dict[str, Any]]]:
    """Return what people opened by hand and still stands, with the way to close it for whoever may."""
    may_close = viewer.has_perm("access.change_accessgrant")
    found: dict[int, list[dict[str, Any]]] = {}
    for grant in grants:
        if grant.kind not in by_hand.GIVEN_BY_PEOPLE or not by_hand.is_standing(grant):
            continue
        by = grant.granted_by
        found.setdefault(grant.course_id, []).append(
            {
                "grant": grant,
                "last_day": by_hand.last_day(grant),
                "by": (by.get_full_name() or by.get_username()) if by else "",
                "close": reverse("admin:access_close_by_hand", args=[grant.pk]) if may_close else "",
            }
        )
    return found


def _courses_of(
    student: Student, viewer: Viewer
) -> tuple[dict[int, Course], dict[int, list[dict[str, Any]]], dict[int, list[dict[str, Any]]]]:
    courses: dict[int, Course] = {}
    enrollments: dict[int, list[dict[str, Any]]] = {}
    for enrollment in student.enrollments.select_related("group__course"):
        course = enrollment.group.course
        courses[course.pk] = course
        enrollments.setdefault(course.pk, []).append(_enrollment(enrollment))
    grants = list(student.grants.select_related("course", "granted_by").order_by("pk"))
    courses |= {grant.course_id: grant.course for grant in grants}
    return courses, enrollments, _openings(grants, viewer)


def _enrollment(enrollment: Enrollment) -> dict[str, Any]:
    return {
        "enrollment": enrollment,
        "group": enrollment.group.name,
        "record": record_address.of_record("courses.enrollment", enrollment.pk),
    }


def _module_titles(explanations: Mapping[int, why.Explanation]) -> dict[int, str]:
    ids = {module.module_id for explanation in explanations.values() for module in explanation.modules}
    if not ids:
        return {}
    return {module.pk: str(module) for module in Module.objects.filter(pk__in=ids)}


PANELS = [
    StudentPanel(
        code="courses",
        place=20,
        template="student_page/panels/courses.html",
        load=load_courses,
        column=Column.MAIN,
        permission="access.view_courseaccess",
    )
]
