"""`/api/v1/courses`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from courses import catalogue
from courses.models import Course


class ModuleShape(serializers.Serializer[Any]):
    """A part of a course."""

    id = fields.IdField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    lms_id = serializers.CharField(allow_null=True)


class CourseShape(serializers.Serializer[Any]):
    """What is taught."""

    id = fields.IdField()
    title = serializers.CharField()
    description = serializers.CharField()
    is_active = serializers.BooleanField(help_text="Whether it is offered.")
    modules = ModuleShape(many=True, source="modules.all")
    crm_id = serializers.CharField(allow_null=True)
    lms_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class ModuleBody(fields.Strict):
    """A part of a course; its number is its place in the list."""

    title = serializers.CharField(max_length=200)


class CourseBody(fields.Strict):
    """A course to offer."""

    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    modules = ModuleBody(many=True, required=False, default=list, max_length=100)  # type: ignore[call-arg]
    crm_id = fields.external_id(default=None)
    lms_id = fields.external_id(default=None)


class CourseQuery(pagination.PageQuery):
    """Which courses."""

    crm_id = serializers.CharField(required=False, max_length=100)
    lms_id = serializers.CharField(required=False, max_length=100)


class Courses(Resource):
    """Courses, newest first."""

    needs = {"GET": ("courses.view_course",), "POST": ("courses.add_course",)}

    @documented(
        "list_courses", "Courses", query=CourseQuery, answers={200: pagination.page_shape(CourseShape)}
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(CourseQuery)
        return self.page(self.filtered(_courses(), asked, "crm_id", "lms_id"), CourseShape, asked)

    @documented(
        "create_course",
        "Offer a course",
        body=CourseBody,
        answers={201: CourseShape},
        refusals={409: "already-exists"},
    )
    def post(self, request: Request) -> Response:
        def add(given: dict[str, Any]) -> Response:
            titles = [module["title"] for module in given.pop("modules")]
            course = catalogue.add_course(module_titles=titles, **given)
            return Response(CourseShape(course).data, status=201)

        return self.create(CourseBody, add)


class OneCourse(Resource):
    """One course."""

    needs = {"GET": ("courses.view_course",)}

    @documented("get_course", "One course", by_id=True, answers={200: CourseShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(CourseShape(references.by_address(_courses(), id)).data)


def _courses() -> Any:
    return Course.objects.prefetch_related("modules")
