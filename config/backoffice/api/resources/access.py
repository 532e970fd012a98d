"""`/api/v1/access`: is the course open for this student, and why."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from access import why
from access.models import AccessGrant, CourseAccess
from config.backoffice.api import fields, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from courses.models import Course
from students.models import Student

Row = TypeVar("Row", bound=Model)


class GroundShape(serializers.Serializer[Any]):
    """One ground for access, with its window."""

    kind = serializers.ChoiceField(choices=AccessGrant.Kind.choices)
    rule = serializers.CharField(help_text="The access rule and its version, or why it was opened by hand.")
    module = fields.IdField(source="module_id")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        window = {
            "from": serializers.DateTimeField(source="opens_at"),
            "until": serializers.DateTimeField(
                source="closes_at", allow_null=True, help_text="The first moment after; null: it stays."
            ),
        }
        plain = super().get_fields()
        return {"kind": plain.pop("kind"), **window, **plain}


class ModuleAccessShape(serializers.Serializer[Any]):
    """Access to one module of the course."""

    module = fields.IdField(source="module_id")
    state = serializers.ChoiceField(choices=CourseAccess.State.choices)
    until = serializers.DateTimeField(allow_null=True)


class AccessShape(serializers.Serializer[Any]):
    """What the union of grounds says now."""

    state = serializers.ChoiceField(choices=CourseAccess.State.choices)
    modules = ModuleAccessShape(many=True)
    grounds = GroundShape(many=True)
    next_change_at = serializers.DateTimeField(allow_null=True)
    why = serializers.CharField(source="sentence", help_text="One sentence, in the language asked for.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        window = {
            "from": serializers.DateTimeField(source="since", allow_null=True),
            "until": serializers.DateTimeField(allow_null=True),
        }
        plain = super().get_fields()
        return {"state": plain.pop("state"), **window, **plain}


class AccessQuery(serializers.Serializer[Any]):
    """Whose access to what."""

    student = serializers.CharField(max_length=100, help_text="Id or CRM id.")
    course = serializers.CharField(max_length=100, help_text="Id or CRM id.")


class Access(Resource):
    """Whether a course is open for a student now, until when, on which grounds and why."""

    needs = {"GET": ("access.view_courseaccess", "access.view_accessgrant")}

    @documented(
        "get_access",
        "Is the course open, and why",
        query=AccessQuery,
        answers={200: AccessShape},
        refusals={404: "not-found"},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(AccessQuery)
        student = _named(Student.objects.all(), asked, "student")
        course = _named(Course.objects.all(), asked, "course")
        return Response(AccessShape(why.explain(student_id=student.pk, course_id=course.pk)).data)


def _named(rows: QuerySet[Row], asked: dict[str, Any], parameter: str) -> Row:
    row = references.by_parameter(rows, asked[parameter], parameter=parameter)
    if row is None:
        sentence = _("There is no %(kind)s with the id “%(id)s”.")
        raise exceptions.NotFound(sentence % {"kind": rows.model._meta.verbose_name, "id": asked[parameter]})
    return row
