"""Which ends a task offers to a person, and who may choose the others."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from config.backoffice import roles
from students import task_types
from students.models import OperatorTask
from students.task_types import Resolution

ROLE_WORDS = {
    roles.MANAGER: lambda: _("a manager"),
    roles.CASHIER: lambda: _("a cashier"),
    roles.SUPPORT: lambda: _("support"),
    roles.ACCOUNTANT: lambda: _("an accountant"),
    roles.ADMINISTRATOR: lambda: _("an administrator"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Offer:
    """One end of a task: what the person may do with it."""

    resolution: Resolution
    is_allowed: bool
    by_whom: str
    address: str


def offers_of(*, task: OperatorTask, viewer: Any) -> Sequence[Offer]:
    """Return the ends that make sense for the task; those that others decide say who."""
    return [
        Offer(
            resolution=resolution,
            is_allowed=may_choose(viewer, resolution),
            by_whom=by_whom(resolution.permission),
            address=resolution.address(task) if resolution.address else "",
        )
        for resolution in task_types.type_of(task.kind).resolutions
        if resolution.is_offered(task)
    ]


def may_choose(viewer: Any, resolution: Resolution) -> bool:
    """Return whether a person may choose this end."""
    needed = ["students.change_operatortask", resolution.permission]
    return bool(viewer.has_perms([right for right in needed if right]))


def by_whom(permission: str) -> str:
    """Return the roles that have a right, in words."""
    words = [ROLE_WORDS[role]() for role, rights in roles.ROLES.items() if permission in rights]
    return ", ".join(words)
