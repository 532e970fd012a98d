"""`/api/v1/groups`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from courses import catalogue
from courses.models import Course, Group


class GroupShape(serializers.Serializer[Any]):
    """A run of a course."""

    id = fields.IdField()
    course = fields.IdField(source="course_id")
    name = serializers.CharField()
    starts_on = serializers.DateField(help_text="First day.")
    ends_on = serializers.DateField(help_text="Last day.")
    capacity = serializers.IntegerField(help_text="Places.")
    price = fields.MoneyField("price_minor")
    currency = serializers.CharField()
    legal_entity = serializers.CharField(source="legal_entity.code", help_text="Who sells it, by code.")
    is_active = serializers.BooleanField(help_text="Whether it is open for enrollment.")
    crm_id = serializers.CharField(allow_null=True)
    lms_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class GroupBody(fields.Strict):
    """A group to open."""

    course = fields.reference()
    name = serializers.CharField(max_length=100)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    capacity = serializers.IntegerField(min_value=1, max_value=32_767)
    price = fields.AmountField()
    currency = fields.CurrencyField(required=False, default="AMD")
    legal_entity = serializers.CharField(
        max_length=40, required=False, default="", help_text="Its code; needed where the school has several."
    )
    crm_id = fields.external_id(default=None)
    lms_id = fields.external_id(default=None)


class GroupQuery(pagination.PageQuery):
    """Which groups."""

    course = serializers.CharField(required=False, max_length=100, help_text="Id or CRM id.")
    crm_id = serializers.CharField(required=False, max_length=100)
    lms_id = serializers.CharField(required=False, max_length=100)


class Groups(Resource):
    """Groups, newest first."""

    needs = {"GET": ("courses.view_group",), "POST": ("courses.add_group",)}

    @documented(
        "list_groups",
        "Groups",
        query=GroupQuery,
        answers={200: pagination.page_shape(GroupShape)},
    )
    def get(self, request: Request) -> Response:
        asked = self.asked(GroupQuery)
        rows = self.filtered(_groups(), asked, "crm_id", "lms_id", course=Course.objects.all())
        return self.page(rows, GroupShape, asked)

    @documented(
        "create_group",
        "Open a group",
        body=GroupBody,
        answers={201: GroupShape},
        refusals={
            409: "already-exists, ambiguous-reference",
            422: "bad-amount, catalogue-refused, unknown-reference",
        },
    )
    def post(self, request: Request) -> Response:
        def add(given: dict[str, Any]) -> Response:
            course = references.by_field(Course.objects.all(), given.pop("course"), field="course")
            group = catalogue.add_group(
                course_id=course.pk, legal_entity_code=given.pop("legal_entity"), **given
            )
            return Response(GroupShape(group).data, status=201)

        return self.create(GroupBody, add)


class OneGroup(Resource):
    """One group."""

    needs = {"GET": ("courses.view_group",)}

    @documented("get_group", "One group", by_id=True, answers={200: GroupShape})
    def get(self, request: Request, id: str) -> Response:
        return Response(GroupShape(references.by_address(_groups(), id)).data)


def _groups() -> Any:
    return Group.objects.select_related("legal_entity")
