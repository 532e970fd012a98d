"""What an end of a break is: for which kinds, what it says first, what it does, what a person is asked, which right it needs."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language

from common.errors import DomainError
from reconciliation.models import Discrepancy, Side
from students import timeline
from students.task_types import Field

Data = Mapping[str, Any]


class NotOffered(DomainError):  # noqa: N818
    """A break of this kind does not have this end, or what it asks for is missing."""

    code = "resolution-not-offered"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """
    One end that breaks of some kinds may have. `preview` says what would happen, a sentence a line; `apply` does it and may raise
    DomainError. Beside the right to decide about breaks it needs `permission`. With `only_asks`, only the facts can close the
    break.
    """

    code: str
    label: Any
    kinds: Sequence[str]
    preview: Callable[[Discrepancy, Data], Sequence[str]]
    apply: Callable[[Discrepancy, Data, timeline.Actor, str], None] = lambda _break, _data, _actor, _reason: (
        None
    )
    is_offered: Callable[[Discrepancy], bool] = lambda _break: True
    fields: Sequence[Field] = ()
    permission: str = ""
    needs_payment: bool = False
    only_asks: bool = False


def is_of_a_statement(discrepancy: Discrepancy) -> bool:
    """Return whether a bank's statement is the other side."""
    return discrepancy.side == Side.PROVIDER


def language() -> str:
    """Return the two letters of the language that the person reads."""
    return (get_language() or "en")[:2]
