"""How a record is named in an address, a parameter or a body: by our opaque id, or by its external id."""

import re
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import exceptions

from common.errors import DomainError
from config.backoffice.api import problems

Row = TypeVar("Row", bound=Model)
LARGEST_ID = 2**63 - 1


class UnknownReference(DomainError):  # noqa: N818
    """A field names a record that is not there."""

    code = "unknown-reference"


class AmbiguousReference(DomainError):  # noqa: N818
    """What is written is the id of one record and the external id of another."""

    code = "ambiguous-reference"
    status = 409


def number_of(text: str) -> int | None:
    """Return the number behind an opaque id, or None for a text that cannot be one of ours."""
    if not re.fullmatch(r"[1-9][0-9]{0,18}", text):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def by_address(rows: QuerySet[Row], text: str) -> Row:
    """Return the record that an address names by our id. Raises NotFound."""
    number = number_of(text)
    row = rows.filter(pk=number).first() if number else None
    if row is None:
        raise exceptions.NotFound(_("There is nothing with this id."))
    return row


def by_field(rows: QuerySet[Row], text: str, *, field: str) -> Row:
    """Return the record that a field names, by our id or its CRM id. Raises UnknownReference, AmbiguousReference."""
    found = list(_all_named(rows, text)[:2])
    if not found:
        raise UnknownReference(_("There is nothing with the id “%(id)s”.") % {"id": text}, field=field)
    if len(found) > 1:
        raise AmbiguousReference(_names_two(text), field=field)
    return found[0]


def by_parameter(rows: QuerySet[Row], text: str, *, parameter: str) -> Row | None:
    """Return the record that a parameter names, by our id or its CRM id, or None. Raises BadParameters if it names two."""
    found = list(_all_named(rows, text)[:2])
    if len(found) > 1:
        wrong = {"parameter": parameter, "detail": _names_two(text), "code": AmbiguousReference.code}
        raise problems.BadParameters([wrong])
    return found[0] if found else None


def by_own_id(rows: QuerySet[Row], text: str, *, field: str) -> Row:
    """Return the record that a field names by our id. Raises UnknownReference."""
    number = number_of(text)
    row = rows.filter(pk=number).first() if number else None
    if row is None:
        raise UnknownReference(_("There is nothing with the id “%(id)s”.") % {"id": text}, field=field)
    return row


def _names_two(text: str) -> str:
    return _("“%(id)s” is the id of one record and the CRM id of another. Use the other id.") % {"id": text}


def _all_named(rows: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Return the records with this id of ours or, where they have one, this CRM id."""
    number = number_of(text)
    named = Q(pk=number) if number else Q(pk__in=[])
    if any(field.name == "crm_id" for field in rows.model._meta.fields):
        named |= Q(crm_id=text)
    return rows.filter(named)
