"""How records, money, moments and states appear in the columns and facts of admin pages."""

import datetime as dt
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from common import clock, dates, money, state_look

NOTHING = "–"


def page_of(record: Model) -> str:
    """Return the address of a record's admin page, empty if it has none."""
    meta = record._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    except NoReverseMatch:
        return ""


def link_to(record: Model | None, text: str = "") -> SafeString | str:
    """Return a link to a neighbour's page, named as the neighbour names itself unless `text` is given."""
    if record is None:
        return NOTHING
    url = page_of(record)
    return (
        format_html('<a class="mq-link" href="{}">{}</a>', url, text or str(record)) if url else str(record)
    )


def amount(amount_minor: int | None, currency: str) -> SafeString | str:
    """Return money as people read it, right-aligned in a column."""
    if amount_minor is None:
        return NOTHING
    return format_html(
        '<span class="mq-amount">{}</span>', money.format_money(amount_minor, currency, language())
    )


def state(record: Any) -> SafeString:
    """Return the state of a record as word, icon and colour."""
    look = state_look.look_of(model=record._meta.model_name, value=str(record.state))
    return render_to_string(
        "components/state.html",
        {"word": record.get_state_display(), "tone": look.tone, "icon": look.icon},
    )


def day(value: dt.date | None) -> str:
    """Return a day for a column."""
    return NOTHING if value is None else dates.format_day(value, language(), short=True)


def moment(value: dt.datetime | None) -> str:
    """Return a moment on the school's clock for a column."""
    return NOTHING if value is None else dates.format_moment(value, language(), short=True)


def end(value: dt.datetime | None) -> str:
    """Return the end of a span for a column: its last whole day, or the moment where it ends within a day."""
    if value is None or value != clock.start_of(clock.day_of(value)):
        return moment(value)
    return dates.format_day(clock.day_of(value) - dt.timedelta(days=1), language(), short=True)


def language() -> str:
    """Return the language of the reader, as our formats name it."""
    return (get_language() or "en").split("-")[0]
