"""What the school offers: courses, their modules, and the groups in which they run."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import money
from common.errors import DomainError
from courses.models import Course, Group, LegalEntity, Module


class CatalogueRefused(DomainError):  # noqa: N818
    """Dates, places or seller of a group do not allow it."""

    code = "catalogue-refused"


class AlreadyThere(DomainError):  # noqa: N818
    """Another course or group has this name or external id."""

    code = "already-exists"
    status = 409


def add_course(
    *,
    title: str,
    description: str = "",
    module_titles: Sequence[str] = (),
    crm_id: str | None = None,
    lms_id: str | None = None,
) -> Course:
    """Offer a course, divided into modules in the given order. Raises AlreadyThere when an external id is taken."""
    with transaction.atomic():
        course = Course(title=title, description=description, crm_id=crm_id or None, lms_id=lms_id or None)
        _save_new(course, _("Another course has this CRM or LMS id."))
        Module.objects.bulk_create(
            Module(course=course, number=number, title=module_title)
            for number, module_title in enumerate(module_titles, start=1)
        )
    return course


def add_group(
    *,
    course_id: int,
    name: str,
    starts_on: dt.date,
    ends_on: dt.date,
    capacity: int,
    price: str,
    currency: str = "AMD",
    legal_entity_code: str = "",
    crm_id: str | None = None,
    lms_id: str | None = None,
) -> Group:
    """
    Open a run of a course, with its full price in major units.

    The seller may be left out where the school has one. Raises BadAmount, CatalogueRefused, and AlreadyThere when the course
    has a group of that name or an external id is taken.
    """
    if ends_on < starts_on:
        raise CatalogueRefused(_("The last day is before the first day."), field="ends_on")
    if capacity < 1:
        raise CatalogueRefused(_("A group needs at least one place."), field="capacity")
    price_minor = money.require_payable(
        money.from_major(price, currency, field="price"), currency, field="price"
    )
    group = Group(
        course_id=course_id,
        name=name,
        legal_entity=_seller(legal_entity_code),
        starts_on=starts_on,
        ends_on=ends_on,
        capacity=capacity,
        price_minor=price_minor,
        currency=currency,
        crm_id=crm_id or None,
        lms_id=lms_id or None,
    )
    _save_new(group, _("The course has a group of this name, or another group has this CRM or LMS id."))
    return group


def _seller(code: str) -> LegalEntity:
    sellers = list(LegalEntity.objects.filter(code=code) if code else LegalEntity.objects.all()[:2])
    if len(sellers) == 1:
        return sellers[0]
    codes = ", ".join(LegalEntity.objects.values_list("code", flat=True))
    sentence = _("Say which legal entity sells the course: %(codes)s.") % {"codes": codes or "–"}
    raise CatalogueRefused(sentence, field="legal_entity")


def _save_new(row: Course | Group, sentence: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise AlreadyThere(sentence) from None
