"""One row's cells become a record in our words; this is the authority on what a row means."""

import datetime as dt
import zoneinfo
from collections.abc import Callable

from reconciliation.models import MappingProfile
from reconciliation.sources import base, cells, meaning
from reconciliation.sources.base import Record
from reconciliation.sources.layout import Layout
from reconciliation.sources.refusals import BadCell

Read = Callable[[int, list[str]], Record]


def ignored_rows(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], bool]:
    """Return what tells whether the mapping says to pass over a row, whatever its other cells hold."""
    ignored = [
        (
            layout.places[field],
            {word for word, ours in meaning.words(profile, field).items() if ours == base.IGNORE},
        )
        for field in ("kind", "status")
        if field in layout.places
    ]
    return lambda row: any(row[place].strip().casefold() in words for place, words in ignored if words)


def row_reader(profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool]) -> Read:
    """Return the function that makes a record of a row's cells, or raises BadCell."""
    return {"provider": _statement_reader, "crm": _crm_reader, "lms": _lms_reader}[profile.side](
        profile, layout, is_foreign
    )


def _statement_reader(profile: MappingProfile, layout: Layout, is_foreign: Callable[[int], bool]) -> Read:
    place = layout.places.get
    order_at, reference_at, account_at = place("order_number"), place("reference"), place("account")
    kind_at, status_at, fee_at, net_at = place("kind"), place("status"), place("fee"), place("net")
    amount_at = layout.places["amount"]
    currency = _currency_reader(profile, layout)
    moment = _moment_reader(profile, layout)
    amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
    kind_words, status_words = meaning.words(profile, "kind"), meaning.words(profile, "status")
    own_names = meaning.own_names(profile)

    def read(line: int, row: list[str]) -> Record:
        if account_at is not None and own_names and row[account_at].strip().casefold() not in own_names:
            raise BadCell("account", row[account_at])
        order_text = row[order_at].strip() if order_at is not None else ""
        order_number = cells.order_number_of(order_text) if order_text else None
        reference = row[reference_at].strip() if reference_at is not None else ""
        if order_number is None and not reference:
            raise BadCell("nameless", order_text)
        if order_number is not None and is_foreign(order_number):
            raise BadCell("account", order_text)
        money_of = currency(row)
        gross = amount(row[amount_at], money_of)
        kind = base.REFUND if gross < 0 else base.PAYMENT
        if kind_at is not None:
            kind = meaning.translate(row[kind_at], kind_words, "kind")
        return Record(
            line,
            kind,
            base.DONE if status_at is None else meaning.translate(row[status_at], status_words, "status"),
            order_number,
            reference,
            "",
            "",
            abs(gross),
            abs(amount(row[fee_at], money_of)) if fee_at is not None and row[fee_at].strip() else None,
            abs(amount(row[net_at], money_of)) if net_at is not None and row[net_at].strip() else None,
            money_of,
            moment(row),
        )

    return read


def _crm_reader(profile: MappingProfile, layout: Layout, _is_foreign: Callable[[int], bool]) -> Read:
    place = layout.places.get
    order_at, reference_at = place("order_number"), place("reference")
    student_at, status_at, amount_at = place("student"), place("status"), place("amount")
    currency = _currency_reader(profile, layout)
    amount = cells.amount_reader(unit=profile.amount_unit, decimal_mark=profile.decimal_mark)
    status_words = meaning.words(profile, "status")

    def read(line: int, row: list[str]) -> Record:
        order_text = row[order_at].strip() if order_at is not None else ""
        reference = row[reference_at].strip() if reference_at is not None else ""
        if not order_text and not reference:
            raise BadCell("nameless", "")
        money_of = currency(row)
        told = row[amount_at].strip() if amount_at is not None else ""
        return Record(
            line=line,
            status=base.DONE
            if status_at is None
            else meaning.translate(row[status_at], status_words, "status"),
            order_number=cells.order_number_of(order_text) if order_text else None,
            reference=reference,
            student_ref=row[student_at].strip() if student_at is not None else "",
            amount_minor=amount(told, money_of) if told else None,
            currency=money_of,
        )

    return read


def _lms_reader(profile: MappingProfile, layout: Layout, _is_foreign: Callable[[int], bool]) -> Read:
    student_at, course_at = layout.places["student"], layout.places["course"]
    status_at = layout.places.get("status")
    status_words = meaning.words(profile, "status")

    def read(line: int, row: list[str]) -> Record:
        student, course = row[student_at].strip(), row[course_at].strip()
        if not student or not course:
            raise BadCell("nameless", student or course)
        return Record(
            line=line,
            kind=base.ACCESS,
            status=base.DONE
            if status_at is None
            else meaning.translate(row[status_at], status_words, "status"),
            student_ref=student,
            course_ref=course,
        )

    return read


def _currency_reader(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], str]:
    place, usual = layout.places.get("currency"), profile.currency
    if place is None:
        return lambda _row: usual
    return lambda row: cells.currency_of(row[place]) if row[place] else usual


def _moment_reader(profile: MappingProfile, layout: Layout) -> Callable[[list[str]], dt.datetime]:
    zone = zoneinfo.ZoneInfo(profile.zone)
    read = cells.moment_reader(date_format=profile.date_format, zone=zone)
    date_at, time_at = layout.places["date"], layout.places.get("time")
    if time_at is None:
        return lambda row: read(row[date_at].strip())
    return lambda row: read(f"{row[date_at].strip()} {row[time_at].strip()}".strip())
