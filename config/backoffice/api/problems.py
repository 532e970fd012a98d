"""Every refusal in one shape: problem details (RFC 9457), in the caller's language."""

import dataclasses
import logging
import math
from collections.abc import Iterator, Mapping
from typing import Any

import django_fsm
import psycopg
from django.conf import settings
from django.core import signals
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response

from common.errors import DomainError

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:mutq:problem:"
SECONDS_TO_RETRY = 2

logger = logging.getLogger(__name__)

# Our code and the sentence for what the framework raises; None keeps the exception's own sentence.
FRAMEWORK = {
    exceptions.ParseError: ("malformed-json", gettext_lazy("The body is not readable JSON.")),
    exceptions.NotAuthenticated: (
        "not-authenticated",
        gettext_lazy("Send an API key: “Authorization: Bearer KEY”."),
    ),
    exceptions.AuthenticationFailed: ("not-authenticated", None),
    exceptions.PermissionDenied: ("permission-denied", None),
    exceptions.NotFound: ("not-found", None),
    exceptions.MethodNotAllowed: ("method-not-allowed", None),
    exceptions.NotAcceptable: ("not-acceptable", gettext_lazy("Answers are JSON only.")),
    exceptions.UnsupportedMediaType: (
        "unsupported-media-type",
        gettext_lazy("Send the body as “Content-Type: application/json”."),
    ),
    exceptions.Throttled: ("too-many-requests", None),
}
TITLES = {
    400: gettext_lazy("The request cannot be read"),
    401: gettext_lazy("No valid API key"),
    403: gettext_lazy("Not allowed for this API key"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("This address does not take that method"),
    406: gettext_lazy("No such form of answer"),
    409: gettext_lazy("In conflict with what exists"),
    413: gettext_lazy("The body is too large"),
    415: gettext_lazy("No such form of body"),
    422: gettext_lazy("The request breaks a rule"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("A fault on our side"),
    503: gettext_lazy("Busy, ask again"),
}


class BadParameters(DomainError):  # noqa: N818
    """Something is wrong in the query of the address; `errors` are problem details' members."""

    code = "invalid-input"
    status = 422

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(_("Some parameters of the address are wrong."))
        self.errors = errors


@dataclasses.dataclass
class Problem:
    """One refusal before it is written out."""

    code: str
    status: int
    detail: str
    errors: list[dict[str, str]] = dataclasses.field(default_factory=list)
    members: dict[str, Any] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        title = str(TITLES.get(self.status, TITLES[422]))
        body = {"type": TYPE_PREFIX + self.code, "title": title, "status": self.status, "detail": self.detail}
        return {**body, "code": self.code, "errors": self.errors, **self.members}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Return the problem that an exception is to the caller; what nobody expected is also reported as an error."""
    problem = problem_of(error)
    if problem.code == "internal-error":
        # The handler answers, so Django would not notice: tell error trackers and the log what Django would have told.
        logger.error("Unexpected error in %s", type(context.get("view")).__name__, exc_info=error)
        request = getattr(context.get("request"), "_request", None)
        signals.got_request_exception.send(sender=exception_handler, request=request)
    return Response(problem.body(), status=problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def problem_of(error: Exception) -> Problem:
    """Return the problem for any exception."""
    if isinstance(error, DomainError):
        return _of_domain_error(error)
    if isinstance(error, exceptions.ValidationError):
        detail = _("Some fields are wrong.")
        return Problem("invalid-input", 422, detail, errors=list(_flatten(error.detail, "#")))
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("There is nothing at this address."))
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        return _of_framework_error(error)
    return _of_other_error(error)


def _of_domain_error(error: DomainError) -> Problem:
    problem = Problem(error.code, error.status, str(error), members=error.extra.get("members", {}))
    if isinstance(error, BadParameters):
        problem.errors = error.errors
    elif error.field:
        pointer = "#/" + error.field.replace(".", "/")
        problem.errors = [{"pointer": pointer, "detail": str(error), "code": error.code}]
    if "retry_after" in error.extra:
        problem.headers["Retry-After"] = str(error.extra["retry_after"])
    return problem


def _of_framework_error(error: exceptions.APIException) -> Problem:
    code, sentence = next(
        (found for kind, found in FRAMEWORK.items() if isinstance(error, kind)), ("internal-error", None)
    )
    problem = Problem(code, error.status_code, str(sentence or error.detail))
    if header := getattr(error, "auth_header", None):
        problem.headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        problem.headers["Retry-After"] = str(math.ceil(wait))
    return problem


def _of_other_error(error: Exception) -> Problem:
    retry = {"Retry-After": str(SECONDS_TO_RETRY)}
    if isinstance(error, RequestDataTooBig):
        detail = _("The body is longer than %(most)s bytes.") % {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
        return Problem("body-too-large", 413, detail)
    if isinstance(error, django_fsm.ConcurrentTransition):
        detail = _("Somebody else changed this record at the same moment. Send the request again.")
        return Problem("changed-meanwhile", 409, detail, headers=retry)
    if isinstance(error, IntegrityError) and isinstance(error.__cause__, psycopg.errors.UniqueViolation):
        # The last line of defence: an external id that is taken, or another process that got there first.
        detail = _("Something with this external id, or the same thing, exists already.")
        return Problem("already-exists", 409, detail)
    if isinstance(error, OperationalError):  # a lock held too long, a database that restarts
        logger.warning("The database did not serve a request", exc_info=error)
        detail = _("The database is busy. Nothing was stored: send the request again.")
        return Problem("busy", 503, detail, headers=retry)
    return Problem("internal-error", 500, _("Something failed on our side. Nothing was stored."))


def _flatten(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Yield one entry per message of a serializer's nested errors, with a JSON pointer to the field (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _flatten(inner, pointer + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            plain = isinstance(inner, str)
            yield from _flatten(inner, pointer if plain else f"{pointer}/{index}")
    else:
        yield {"pointer": pointer, "detail": str(detail), "code": getattr(detail, "code", "invalid")}
