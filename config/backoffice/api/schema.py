"""How the schema at /api/schema/ tells of operations, refusals and keys."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from config.backoffice.api import authentication, problems

Shape = type[serializers.Serializer[Any]]


class ApiKeyInSchema(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the schema how a key is sent."""

    target_class = authentication.ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key made by `manage.py create_api_key`.",
        }


class ErrorShape(serializers.Serializer[Any]):
    """One thing that is wrong in a body or in the parameters."""

    pointer = serializers.CharField(required=False, help_text="JSON pointer to the field of the body.")
    parameter = serializers.CharField(required=False, help_text="Parameter of the address.")
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField(help_text="`urn:mutq:problem:` and the code; stable.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence in the language of Accept-Language.")
    code = serializers.CharField(help_text="Stable; for programs.")
    errors = ErrorShape(many=True)  # type: ignore[assignment]


KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key and request are answered again, not done again. Kept 30 days.",
)
LANGUAGE_HEADER = OpenApiParameter(
    "Accept-Language", str, OpenApiParameter.HEADER, description="hy, ru or en, for sentences."
)
COMMON_REFUSALS = {
    401: "not-authenticated",
    403: "permission-denied",
    406: "not-acceptable",
    500: "internal-error",
    503: "busy",
}
BODY_REFUSALS = {
    400: "malformed-json, idempotency-key-malformed",
    409: "request-in-progress",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-input, idempotency-key-reused",
}


def documented(
    name: str,
    summary: str,
    *,
    answers: Mapping[int, Any],
    query: Shape | None = None,
    body: Shape | None = None,
    by_id: bool = False,
    refusals: Mapping[int, str] | None = None,
) -> Callable[[Any], Any]:
    """Describe an operation in the schema, its refusals included: `refusals` adds codes to those that every one has."""
    codes: dict[int, list[str]] = {}
    own = {404: "not-found"} if by_id else {}
    own |= {422: "invalid-input"} if query and not body else {}
    for more in (COMMON_REFUSALS, own, BODY_REFUSALS if body else {}, refusals or {}):
        for status, code in more.items():
            codes.setdefault(status, []).append(code)
    parameters: list[Any] = [LANGUAGE_HEADER]
    parameters += [query] if query else []
    parameters += [KEY_HEADER] if body else []
    parameters += [OpenApiParameter("id", str, OpenApiParameter.PATH)] if by_id else []
    refused = {
        (status, problems.CONTENT_TYPE): OpenApiResponse(ProblemShape, description=", ".join(codes[status]))
        for status in sorted(codes)
    }
    return extend_schema(
        operation_id=name,
        summary=summary,
        parameters=parameters,
        request=body,
        responses={**answers, **refused},
    )
