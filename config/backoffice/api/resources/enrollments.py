"""`/api/v1/enrollments`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from courses import enrolling, terms
from courses.models import Enrollment, Group
from students.models import Student


class EnrollmentShape(serializers.Serializer[Any]):
    """One student in one group for one period."""

    id = fields.IdField()
    student = fields.IdField(source="student_id")
    course = fields.IdField(source="group.course_id")
    group = fields.IdField(source="group_id")
    period = fields.PeriodShape(source="*")
    plan = serializers.CharField(source="plan_version.plan.code")
    status = serializers.ChoiceField(choices=Enrollment.State.choices, source="state")
    end_reason = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    crm_id = serializers.CharField(allow_null=True)
    lms_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class EnrollmentBody(fields.Strict):
    """A student to enroll."""

    student = fields.reference()
    group = fields.reference()
    plan = serializers.CharField(max_length=40, help_text="Code of the payment plan.")
    period = fields.PeriodInput(
        required=False, default=None, allow_null=True, help_text="The whole run of the group unless given."
    )
    crm_id = fields.external_id(default=None)


class EnrollmentQuery(pagination.PageQuery):
    """Which enrollments."""

    student = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    group = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    status = serializers.ChoiceField(choices=Enrollment.State.choices, required=False)
    crm_id = serializers.CharField(required=False, max_length=100)
    lms_id = serializers.CharField(required=False, max_length=100)


class Enrollments(Resource):
    """Enrollments, newest first."""

    needs = {"GET": ("courses.view_enrollment",), "POST": ("courses.add_enrollment",)}

    @documented(
        "list_enrollments",
        "Enrollments",
        query=EnrollmentQuery,
        answers={200: pagination.page_shape(EnrollmentShape)},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(EnrollmentQuery)
        rows = self.filtered(
            _enrollments(),
            asked,
            "crm_id",
            "lms_id",
            "status",
            student=Student.objects.all(),
            group=Group.objects.all(),
        )
        return self.page(rows, EnrollmentShape, asked)

    @documented(
        "create_enrollment",
        "Enroll a student",
        body=EnrollmentBody,
        answers={201: EnrollmentShape},
        refusals={
            409: "already-enrolled, already-exists, ambiguous-reference",
            422: "enrollment-refused, unknown-plan, unknown-reference",
        },
    )
    def post(self, request: Request) -> Response:
        def enroll(given: dict[str, Any]) -> Response:
            student = references.by_field(Student.objects.all(), given["student"], field="student")
            group = references.by_field(Group.objects.all(), given["group"], field="group")
            enrollment = enrolling.enroll(
                student_id=student.pk,
                group_id=group.pk,
                plan_version_id=terms.current_plan_version(plan_code=given["plan"]).pk,
                actor=self.actor,
                crm_id=given["crm_id"],
                **(given["period"] or {}),
            )
            return Response(EnrollmentShape(_enrollments().get(pk=enrollment.pk)).data, status=201)

        return self.create(EnrollmentBody, enroll)


class OneEnrollment(Resource):
    """One enrollment."""

    needs = {"GET": ("courses.view_enrollment",)}

    @documented("get_enrollment", "One enrollment", by_id=True, answers={200: EnrollmentShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(EnrollmentShape(references.by_address(_enrollments(), id)).data)


def _enrollments() -> Any:
    return Enrollment.objects.select_related("group", "plan_version__plan")
