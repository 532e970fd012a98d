"""`/api/v1/students/{id}/timeline`."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.backoffice.api import fields, pagination, references
from config.backoffice.api.resource import Resource
from config.backoffice.api.schema import documented
from students import kinds
from students.models import Student, TimelineEvent
from students.models.timeline_event import ActorKind


class ActorShape(serializers.Serializer[Any]):
    """Who did it."""

    kind = serializers.ChoiceField(choices=ActorKind.choices, source="actor_kind")
    name = serializers.CharField(source="actor_name", help_text="Log-in, key name or account code.")


class TimelineEventShape(serializers.Serializer[Any]):
    """One line of history. It never changes; only the sentence follows the reader's language."""

    id = fields.IdField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    sentence = serializers.SerializerMethodField()
    actor = ActorShape(source="*")
    reason = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()
    data = serializers.JSONField(  # type: ignore[assignment]
        help_text="Ids, amounts in minor units, codes; no names."
    )
    subject = serializers.SerializerMethodField(help_text="The record that the event is about.")

    def get_sentence(self, event: TimelineEvent) -> str:
        return kinds.sentence(event)

    def get_subject(self, event: TimelineEvent) -> dict[str, str] | None:
        if event.subject_id is None:
            return None
        return {"kind": event.subject_kind, "id": str(event.subject_id)}


class TimelineQuery(pagination.PageQuery):
    """Which events."""

    kind = serializers.CharField(required=False, max_length=60)


class Timeline(Resource):
    """The history of a student, newest first."""

    needs = {"GET": ("students.view_timeline",)}

    @documented(
        "list_timeline",
        "The history of a student",
        query=TimelineQuery,
        by_id=True,
        answers={200: pagination.page_shape(TimelineEventShape)},
    )
    def get(self, request: Request, id: str) -> Response:
        asked = self.asked(TimelineQuery)
        student = references.by_address(Student.objects.all(), id)
        rows = self.filtered(TimelineEvent.objects.filter(student=student), asked, "kind")
        return self.page(rows, TimelineEventShape, asked, newest_by="at")
