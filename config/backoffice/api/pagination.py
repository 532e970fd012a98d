"""Lists by cursor: a page starts after the last row of the one before, so that new rows neither shift nor repeat any."""

import base64
import datetime as dt
import json
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from config.backoffice.api import problems

PAGE = 50
LONGEST_PAGE = 200
LONGEST_CURSOR = 200


class PageQuery(serializers.Serializer[Any]):
    """How much of a list is asked for."""

    cursor = serializers.CharField(
        required=False, max_length=LONGEST_CURSOR, help_text="From `next` of the page before."
    )
    limit = serializers.IntegerField(
        required=False, default=PAGE, min_value=1, max_value=LONGEST_PAGE, help_text="Rows in a page."
    )


def page_of(
    rows: QuerySet[Any], *, asked: dict[str, Any], request: Request, newest_by: str = ""
) -> tuple[list[Any], str | None]:
    """
    Return one page, newest first, and the address of the next one.

    Rows are ordered by id, or by the moment `newest_by` and then id. Raises BadParameters for a cursor that we did not give.
    """
    order = (f"-{newest_by}", "-id") if newest_by else ("-id",)
    if cursor := asked.get("cursor"):
        rows = rows.filter(_after(cursor, newest_by))
    found = list(rows.order_by(*order)[: asked["limit"] + 1])
    page = found[: asked["limit"]]
    if len(found) <= len(page):
        return page, None
    address = request.build_absolute_uri()
    return page, replace_query_param(address, "cursor", _cursor_of(page[-1], newest_by))


def page_shape(row: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the shape of a page of such rows, for the schema."""
    name = row.__name__.removesuffix("Shape") + "Page"
    fields = {
        "next": serializers.URLField(allow_null=True, help_text="The next page, or null at the end."),
        "results": row(many=True),
    }
    return type(name, (serializers.Serializer,), fields)


def _cursor_of(row: Model, newest_by: str) -> str:
    moment = getattr(row, newest_by) if newest_by else dt.datetime.min.replace(tzinfo=dt.UTC)
    facts = [row.pk, moment.isoformat()]
    return base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")


def _after(cursor: str, newest_by: str) -> Q:
    try:
        last_id, moment = _read(cursor)
    except (ValueError, TypeError):
        sentence = _("This cursor is none of ours. Take it from `next` of the page before.")
        wrong = {"parameter": "cursor", "detail": sentence, "code": "invalid"}
        raise problems.BadParameters([wrong]) from None
    if not newest_by:
        return Q(pk__lt=last_id)
    return Q(**{f"{newest_by}__lt": moment}) | Q(**{newest_by: moment, "pk__lt": last_id})


def _read(cursor: str) -> tuple[int, dt.datetime]:
    """Return what a cursor holds. Raises ValueError or TypeError for one that we did not write."""
    padded = cursor + "=" * (-len(cursor) % 4)
    last_id, text = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    moment = dt.datetime.fromisoformat(text)
    if not isinstance(last_id, int) or not 0 < last_id < 2**63 or moment.tzinfo is None:
        raise ValueError(cursor)
    return last_id, moment
