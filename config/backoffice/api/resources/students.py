"""`/api/v1/students`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from students import registration
from students.models import Student
from students.models.student import Language


class StudentShape(serializers.Serializer[Any]):
    """Who studies."""

    id = fields.IdField()
    full_name = serializers.CharField()
    email = serializers.CharField(help_text="Empty when unknown.")
    phone = serializers.CharField(help_text="Empty when unknown.")
    language = serializers.ChoiceField(choices=Language.choices)
    birth_date = serializers.DateField(allow_null=True)
    crm_id = serializers.CharField(allow_null=True)
    lms_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class StudentBody(fields.Strict):
    """A student to register."""

    full_name = serializers.CharField(max_length=200)
    email = serializers.CharField(max_length=254, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField(choices=Language.choices, required=False, default=Language.ARMENIAN)
    birth_date = serializers.DateField(required=False, allow_null=True, default=None)
    crm_id = fields.external_id(default=None)
    lms_id = fields.external_id(default=None)


class StudentQuery(pagination.PageQuery):
    """Which students."""

    crm_id = serializers.CharField(required=False, max_length=100)
    lms_id = serializers.CharField(required=False, max_length=100)


class Students(Resource):
    """Students, newest first."""

    needs = {"GET": ("students.view_student",), "POST": ("students.add_student",)}

    @documented(
        "list_students", "Students", query=StudentQuery, answers={200: pagination.page_shape(StudentShape)}
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(StudentQuery)
        return self.page(self.filtered(Student.objects.all(), asked, "crm_id", "lms_id"), StudentShape, asked)

    @documented(
        "create_student",
        "Register a student",
        body=StudentBody,
        answers={201: StudentShape},
        refusals={409: "student-exists", 422: "bad-student-data"},
    )
    def post(self, request: Request) -> Response:
        def register(given: dict[str, Any]) -> Response:
            student = registration.register_student(actor=self.actor, **given)
            return Response(StudentShape(student).data, status=201)

        return self.create(StudentBody, register)


class OneStudent(Resource):
    """One student."""

    needs = {"GET": ("students.view_student",)}

    @documented("get_student", "One student", by_id=True, answers={200: StudentShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(StudentShape(references.by_address(Student.objects.all(), id)).data)
