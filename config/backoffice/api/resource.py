"""What every endpoint shares: how it reads a request and how it answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.backoffice.api import idempotency, pagination, parsing, problems, references
from students.timeline import Actor

Shape = type[serializers.Serializer[Any]]
COLUMNS = {"status": "state", "payment_link": "link", "account": "account__code"}


class Resource(APIView):
    """An endpoint. `needs` names the permissions for each method; a method without an entry is closed to everybody."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]]
    parser_classes = [parsing.BoundedJSONParser]
    http_method_names = ["get", "post", "head"]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep every answer out of caches: it holds names, contacts and addresses that let people in."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Cache-Control"] = "no-store"
        return final

    def asked(self, query: Shape) -> dict[str, Any]:
        """Return the parameters of the address. Raises BadParameters, also for names that are none: they would filter nothing."""
        given = self.request.query_params
        fields = query().fields
        errors = [_wrong(name, _("There is no such parameter.")) for name in given if name not in fields]
        errors += [
            _wrong(name, _("Give this parameter once.")) for name, texts in given.lists() if len(texts) > 1
        ]
        read = query(data={name: given[name] for name in given})
        if not read.is_valid():
            errors += [
                _wrong(name, str(text), getattr(text, "code", "invalid"))
                for name, texts in read.errors.items()
                for text in texts
            ]
        if errors:
            raise problems.BadParameters(errors)
        return dict(read.validated_data)

    def filtered(
        self, rows: QuerySet[Any], asked: dict[str, Any], *plain: str, **named: QuerySet[Any]
    ) -> QuerySet[Any]:
        """
        Return the rows that the parameters ask for.

        `plain` are compared as they are; `named` name a record of the given set, by our id or its CRM id; one that names
        none finds no rows. Raises BadParameters for one that names two.
        """
        for name in plain:
            if name in asked:
                rows = rows.filter(**{COLUMNS.get(name, name): asked[name]})
        for name, others in named.items():
            if name in asked:
                found = references.by_parameter(others, asked[name], parameter=name)
                rows = rows.filter(**{COLUMNS.get(name, name): found}) if found else rows.none()
        return rows

    def page(
        self,
        rows: QuerySet[Any],
        shape: Shape,
        asked: dict[str, Any],
        *,
        newest_by: str = "",
        prepare: Callable[[list[Any]], Sequence[Any]] = list,
    ) -> Response:
        """Answer one page of rows; `prepare` adds to them what the shape reads besides."""
        found, following = pagination.page_of(rows, asked=asked, request=self.request, newest_by=newest_by)
        return Response({"next": following, "results": shape(prepare(found), many=True).data})

    def create(self, body: Shape, work: Callable[[dict[str, Any]], Response]) -> Response:
        """Read the body and do the work, once per Idempotency-Key, in one transaction."""

        def read_and_work() -> Response:
            given = body(data=self.request.data)
            given.is_valid(raise_exception=True)
            return work(dict(given.validated_data))

        return idempotency.answer_once(request=self.request, work=read_and_work)

    @property
    def actor(self) -> Actor:
        """Who writes in the timeline: the program by the name of its key."""
        api_key: Any = self.request.auth
        return Actor.program(api_key.name)


def _wrong(name: str, sentence: str, code: str = "invalid") -> dict[str, str]:
    return {"parameter": name, "detail": sentence, "code": code}
