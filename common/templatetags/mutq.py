"""What templates need to show money, days, states and icons the same way everywhere (docs/look.md)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import dates, state_look
from common.money import format_money

register = template.Library()

SIGNS = {"good": "check", "wait": "clock", "warn": "alert", "bad": "cross", "mute": "info"}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Draw a symbol of icons.svg. It is decoration: the word beside it says what it means."""
    sprite = static("mutq/icons.svg")
    return format_html(
        '<svg class="mq-icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name
    )


@register.inclusion_tag("components/state.html")
def state(record: Any, word: Any = "") -> dict[str, Any]:
    """Show the state of a record as word, icon and colour. `word` replaces the word of its choices."""
    look = state_look.look_of(model=record._meta.model_name, value=str(record.state))
    return {"word": word or record.get_state_display(), "tone": look.tone, "icon": look.icon}


@register.filter
def sign_of(tone: str) -> str:
    """Return the icon that goes with a tone when a component was given none."""
    return SIGNS.get(tone, SIGNS["mute"])


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """Return the item at a place, for tables whose columns say how their cells stand."""
    return items[index]


@register.filter
def money(amount_minor: int | None, currency: str) -> SafeString | str:
    """Show minor units of a currency as people read them; nothing at all shows as a dash."""
    if amount_minor is None:
        return "–"
    return format_html(
        '<span class="mq-money{}">{}</span>',
        " mq-minus" if amount_minor < 0 else "",
        format_money(amount_minor, currency, _language()),
    )


@register.filter
def money_text(amount_minor: int, currency: str) -> str:
    """Write an amount without markup, for titles and the words of buttons."""
    return format_money(amount_minor, currency, _language())


@register.filter
def day(value: dt.date | None, style: str = "") -> str:
    """Write a day for a sentence, or for a table with `|day:"short"`."""
    return "–" if value is None else dates.format_day(value, _language(), short=style == "short")


@register.filter
def month(value: dt.date | None) -> str:
    """Write the month of a day as a heading names it."""
    return "–" if value is None else dates.format_month(value, _language())


@register.filter
def moment(value: dt.datetime | None, style: str = "") -> SafeString | str:
    """Show a moment on the school's clock, for a table with `|moment:"short"`; programs read `datetime`."""
    if value is None:
        return "–"
    words = dates.format_moment(value, _language(), short=style == "short")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


@register.filter
def period(first: dt.date | None, last: dt.date | None) -> str:
    """Write a span of days, both included; one open end shows as the other end alone."""
    if first is None or last is None:
        return day(first or last)
    return dates.format_period(first, last, _language())


@register.simple_tag
def school_name() -> str:
    """Write the name of the school that runs this installation."""
    return str(settings.SCHOOL_NAME)


@register.simple_tag
def school_contact() -> str:
    """Write how to reach the school, empty if nobody told us."""
    return str(settings.SCHOOL_CONTACT)


def _language() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]
