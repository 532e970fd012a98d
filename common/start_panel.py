"""What an app shows of itself on the start page: the shapes that every `start_panels.py` fills."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

SHOWN = 5  # rows of a panel; the rest is one click away


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that needs attention, with its page."""

    text: Any
    url: str
    detail: Any = ""
    amount: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Things of one kind that need attention now: how many, the first of them, and where the rest is."""

    title: Any
    icon: str
    tone: str
    count: int
    rows: Sequence[Row]
    url: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the day."""

    figure: Any
    text: Any
    url: str
    icon: str
    tone: str = "mute"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StartPanel:
    """
    One part of the start page, seen by whoever has the permission.

    `load` takes the person who looks and reads in a number of queries that does not grow with the school.
    """

    place: int
    permission: str
    load: Callable[[Any], Attention | Figure]
