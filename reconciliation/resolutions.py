"""
A person decides about a break: what is offered, what it would do, and doing it; then that one fact is compared again.

Pages show `offered`, ask for `fields`, show `preview` and call `resolve_discrepancy`.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from common import crash, fsm
from common.errors import DomainError
from reconciliation import keeping, runs
from reconciliation.break_ends import registry
from reconciliation.break_ends.base import Data, NotOffered, Resolution
from reconciliation.models import Discrepancy
from students import timeline


class AlreadyDecided(DomainError):  # noqa: N818
    """Somebody else decided about the break, or the facts closed it."""

    code = "already-decided"
    status = 409


def offered(*, discrepancy: Discrepancy) -> list[Resolution]:
    """Return the ends that this break may have now, the most useful first; none when it is closed."""
    if discrepancy.state != Discrepancy.State.OPEN:
        return []
    return [
        resolution
        for resolution in registry.RESOLUTIONS
        if discrepancy.kind in resolution.kinds
        and resolution.is_offered(discrepancy)
        and (discrepancy.payment_id is not None or not resolution.needs_payment)
    ]


def preview(*, discrepancy: Discrepancy, code: str, data: Data) -> Sequence[str]:
    """Return what a resolution would do, a sentence a line. Raises NotOffered or another DomainError where it cannot happen."""
    return _find(discrepancy, code, data).preview(discrepancy, data)


def resolve_discrepancy(
    *, discrepancy_id: int, code: str, reason: str, actor: timeline.Actor, data: Data | None = None
) -> Discrepancy:
    """
    Do what a person chose about a break, compare it again, and return it as it is then.

    It may still be open: after the provider was asked and nothing changed. Raises AlreadyDecided, NotOffered, or what the called
    verb raises; then nothing is decided.
    """
    discrepancy = Discrepancy.objects.select_related("payment", "account").get(pk=discrepancy_id)
    if discrepancy.state != Discrepancy.State.OPEN:
        raise AlreadyDecided(_("This difference is closed already."))
    resolution = _find(discrepancy, code, data or {})
    if not reason.strip() and not resolution.only_asks:
        raise NotOffered(_("Write down the reason."), field="reason")
    resolution.apply(discrepancy, data or {}, actor, reason)
    crash.point("resolve.after_verb")
    discrepancy = runs.rematch(discrepancy=discrepancy)
    if resolution.only_asks or discrepancy.state != Discrepancy.State.OPEN:
        return discrepancy
    return _decide(discrepancy_id, resolution, reason, actor)


def take_discrepancy(*, discrepancy_id: int, owner_id: int | None) -> Discrepancy:
    """Make a person the owner of an open break, also instead of another, or nobody. Raises AlreadyDecided."""
    with transaction.atomic():
        discrepancy = _lock_open(discrepancy_id)
        discrepancy.owner_id = owner_id
        discrepancy.save(update_fields=["owner"])
    return discrepancy


def _find(discrepancy: Discrepancy, code: str, data: Data) -> Resolution:
    resolution = next((one for one in offered(discrepancy=discrepancy) if one.code == code), None)
    if resolution is None:
        raise NotOffered(_("This cannot be done about this difference."))
    for field in resolution.fields:
        if field.required and data.get(field.name) in (None, ""):
            raise NotOffered(_("Something is missing."), field=field.name)
    return resolution


def _decide(discrepancy_id: int, resolution: Resolution, reason: str, actor: timeline.Actor) -> Discrepancy:
    with transaction.atomic():
        discrepancy = _lock_open(discrepancy_id)
        kind = fsm.timeline_kind(discrepancy.resolve, discrepancy.state)
        discrepancy.resolve(resolution=resolution.code, reason=reason, resolved_by_id=actor.user_id)
        discrepancy.save()
        timeline.record([_event(discrepancy, kind, actor, reason)])
    keeping.review_task(discrepancy=discrepancy)
    return discrepancy


def _lock_open(discrepancy_id: int) -> Discrepancy:
    discrepancy = Discrepancy.objects.select_for_update(no_key=True).get(pk=discrepancy_id)
    if discrepancy.state != Discrepancy.State.OPEN:  # another person or a run was faster
        raise AlreadyDecided(_("This difference is closed already."))
    return discrepancy


def _event(discrepancy: Discrepancy, kind: str, actor: timeline.Actor, reason: str) -> timeline.Event:
    return timeline.Event(
        kind=kind,
        student_id=discrepancy.student_id,
        actor=actor,
        reason=reason,
        before={"state": Discrepancy.State.OPEN},
        after={"state": discrepancy.state},
        data={"break": discrepancy.kind, "resolution": discrepancy.resolution},
        subject_kind="reconciliation.discrepancy",
        subject_id=discrepancy.pk,
    )
