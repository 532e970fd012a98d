"""What an app shows of itself on the page of a student: the shape that every `student_panels.py` fills."""

import dataclasses
import enum
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import AbstractUser, AnonymousUser

from students.models import Student


class Column(enum.StrEnum):
    """Where on the page a panel stands."""

    TOP = "top"  # across the page, above everything: what must be known at once
    MAIN = "main"  # beside the timeline


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StudentPanel:
    """
    One part of the student page.

    `load` returns the template's `panel`, in a number of queries that does not grow with the student's history, or nothing when
    there is nothing to show. Without `permission` everybody who may open the page sees it.
    """

    code: str
    place: int
    template: str
    load: "Callable[[Student, Viewer], Mapping[str, Any] | None]"
    column: Column = Column.MAIN
    permission: str = ""


Viewer = AbstractUser | AnonymousUser
