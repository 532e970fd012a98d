"""The steps of a refund policy as people edit and read them; what they give back is worked out in refunds (docs/refunds.md)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_STEPS = 12
BLANK_STEPS = 2
PAID = "paid"
OF = {
    PAID: gettext_lazy("of what was paid"),
    "full": gettext_lazy("of the full price"),
    "unused": gettext_lazy("of what lessons have not used up"),
}
# Each condition with its largest number, what stands on the form, and what a stored one says.
CONDITIONS: Mapping[str, tuple[int, Any, Any]] = {
    "held_percent": (
        100,
        gettext_lazy("Lessons held, at most (%)"),
        gettext_lazy("lessons held at most %(number)s %%"),
    ),
    "held_lessons": (
        1000,
        gettext_lazy("Lessons held, at most"),
        gettext_lazy("at most %(number)s lessons held"),
    ),
    "days_before_start": (
        1000,
        gettext_lazy("Days before the start, at least"),
        gettext_lazy("at least %(number)s days before the start"),
    ),
    "days_after_start": (
        1000,
        gettext_lazy("Days after the start, at most"),
        gettext_lazy("at most %(number)s days after the start"),
    ),
    "days_after_purchase": (
        1000,
        gettext_lazy("Days after the purchase, at most"),
        gettext_lazy("at most %(number)s days after the purchase"),
    ),
}
Step = dict[str, Any]


def steps_of(params: Mapping[str, Any]) -> list[Step]:
    """Return the stored steps in the one way that a form writes them; what a form does not know is left out."""
    tiers = params.get("tiers")
    found = [tier for tier in tiers if isinstance(tier, Mapping)] if isinstance(tiers, list) else []
    return [
        _step(
            number(tier.get("refund_percent")) or 0,
            tier.get("of", PAID),
            {name: number(tier.get(name)) for name in CONDITIONS},
        )
        for tier in found
    ]


def number(value: Any) -> int | None:
    """Return a stored number, nothing for anything else."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_number else None


def is_told(params: Mapping[str, Any]) -> bool:
    """Return whether the form can tell all that the stored steps say."""
    return not params.get("tiers") or steps_of(params) == [
        {name: value for name, value in tier.items() if value is not None and (name, value) != ("of", PAID)}
        if isinstance(tier, Mapping)
        else tier
        for tier in params["tiers"]
    ]


def words(step: Mapping[str, Any]) -> tuple[str, str]:
    """Return while what a step holds, and what it gives back."""
    while_ = [
        str(told) % {"number": step[name]}
        for name, (_most, _label, told) in CONDITIONS.items()
        if name in step
    ]
    back = _("%(percent)s %% %(of)s is given back") % {
        "percent": step["refund_percent"],
        "of": OF[step.get("of", PAID)],
    }
    return ", ".join(while_) or _("always"), back


def _step(percent: int, of: Any, limits: Mapping[str, int | None]) -> Step:
    step: Step = {"refund_percent": percent}
    if of in OF and of != PAID:
        step["of"] = of
    return step | {name: limit for name, limit in limits.items() if limit is not None}


class StepsWidget(forms.Widget):
    """One box for each step, and some empty ones for more."""

    class Media:
        css = {"all": ["mutq/refund_steps.css"]}

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[dict[str, str]]:
        """Return the boxes as they were filled in, the empty ones too."""
        facts = ("refund_percent", "of", *CONDITIONS)
        return [
            {fact: data.get(f"{name}-{place}-{fact}", "").strip() for fact in facts}
            for place in range(MOST_STEPS)
            if f"{name}-{place}-refund_percent" in data
        ]

    def value_omitted_from_data(self, data: Any, _files: Any, name: str) -> bool:
        return f"{name}-0-refund_percent" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = [row for row in value or [] if any(fact for key, fact in row.items() if key != "of")]
        rows = [*rows, *({} for _blank in range(BLANK_STEPS))][:MOST_STEPS]
        boxes = [_box(name, place, row) for place, row in enumerate(rows)]
        return SafeString(render_to_string("admin/courses/refundpolicy/steps.html", {"boxes": boxes}))


def _box(name: str, place: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "place": place + 1,
        "percent": {"name": f"{name}-{place}-refund_percent", "value": row.get("refund_percent", "")},
        "of": {
            "name": f"{name}-{place}-of",
            "options": [(code, label, code == (row.get("of") or PAID)) for code, label in OF.items()],
        },
        "conditions": [
            {
                "name": f"{name}-{place}-{code}",
                "label": label,
                "value": row.get(code, ""),
                "most": most,
            }
            for code, (most, label, _told) in CONDITIONS.items()
        ],
    }


class StepsField(forms.Field):
    """The steps of a policy. An empty box is no step; each refusal names the box."""

    widget = StepsWidget

    def clean(self, value: Any) -> list[Step]:
        """Return the steps as parameters say them. Raises ValidationError naming the steps that cannot be read."""
        steps, errors = [], []
        for place, row in enumerate(value or [], start=1):
            if not any(fact for key, fact in row.items() if key != "of"):
                continue
            try:
                steps.append(_read(row))
            except ValidationError as error:
                errors += [
                    _("Step %(place)s: %(what)s") % {"place": place, "what": what} for what in error.messages
                ]
        if errors:
            raise ValidationError(errors)
        return steps

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != (initial or []))
        except ValidationError:
            return True


def _read(row: Mapping[str, str]) -> Step:
    if row["of"] not in OF:
        raise ValidationError(_("choose of what."))
    percent = _whole(row["refund_percent"], 100, _("write how much is given back, from 0 to 100 %."))
    limits = {
        name: _whole(
            row[name],
            most,
            _("“%(label)s” is a whole number from 0 to %(most)s, or empty.") % {"label": label, "most": most},
        )
        if row[name]
        else None
        for name, (most, label, _told) in CONDITIONS.items()
    }
    return _step(percent, row["of"], limits)


def _whole(text: str, most: int, refusal: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= most):
        raise ValidationError(refusal)
    return int(text)


def told(params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Return a version's steps in words, while what and what is given back."""
    steps: Sequence[Step] = steps_of(params)
    for step in steps:
        yield words(step)
