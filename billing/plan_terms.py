"""What a plan version says about a schedule, read from its row (what stands in `params` is written by the plan's form)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from billing import shares
from courses.models import Course, PaymentPlanVersion


def of_version(*, version: PaymentPlanVersion, course: Course) -> shares.Terms:
    """Return the terms of a version for a course, whose modules matter if the plan asks by module."""
    return read(
        kind=version.kind,
        parts=version.parts,
        due_day=version.due_day,
        grace_days=version.access_rule_version.grace_days,
        params=version.params,
        modules=_modules(course) if version.kind == shares.BY_MODULE else (),
    )


def read(
    *,
    kind: str,
    parts: int,
    due_day: int | None,
    params: Mapping[str, Any],
    grace_days: int = 0,
    modules: Iterable[shares.ModulePrice] = (),
) -> shares.Terms:
    """Return terms from what a plan's form or row holds."""
    return shares.Terms(
        kind=kind,
        parts=parts,
        due_day=due_day,
        grace_days=grace_days,
        first=_share(params.get("first", {})),
        modules=tuple(modules),
        modules_equal=params.get("module_shares") == "equal",
        dates=tuple(
            shares.Dated(on=dt.date.fromisoformat(dated["on"]), share=_share(dated))
            for dated in params.get("dates", [])
        ),
    )


def _share(stored: Mapping[str, Any]) -> shares.Share:
    return shares.Share(percent=stored.get("percent"), amount_minor=stored.get("amount_minor"))


def _modules(course: Course) -> list[shares.ModulePrice]:
    return [
        shares.ModulePrice(module_id=module.pk, price_minor=module.price_minor)
        for module in course.modules.order_by("number")
    ]
