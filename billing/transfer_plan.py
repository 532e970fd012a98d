"""What a transfer to another group would do to money, schedule and access. Reads only; the verb does exactly this."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence

from django.utils.translation import gettext as _

from access import rules, why
from billing import balances, invoicing, progress, schedule, transfer_access, transfer_value
from billing.models import Installment, Invoice
from common import clock, money
from courses import enrolling, moving, pausing
from courses.models import Enrollment, Group


@dataclasses.dataclass(frozen=True, slots=True)
class OldPart:
    """One installment of the old invoice and what becomes of it, in minor units."""

    installment: Installment
    owed_minor: int
    paid_minor: int
    how_far: transfer_value.Held
    share: transfer_value.Share

    @property
    def is_changed(self) -> bool:
        return self.share.lowered_minor > 0


@dataclasses.dataclass(frozen=True, slots=True)
class NewPart:
    """One installment of the new invoice to be, and how much carried money pays of it."""

    part: schedule.Part
    paid_minor: int

    @property
    def remaining_minor(self) -> int:
        return self.part.amount_minor - self.paid_minor


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole effect of a transfer made today, in minor units."""

    invoice: Invoice
    group: Group
    currency: str
    day: dt.date
    old: Sequence[OldPart]
    new: Sequence[NewPart]
    new_how_far: transfer_value.Held
    price_minor: int
    old_access: why.Explanation
    new_access: why.Explanation

    @property
    def used_minor(self) -> int:
        return sum(part.share.used_minor for part in self.old)

    @property
    def carried_minor(self) -> int:
        return sum(part.share.carried_minor for part in self.old)

    @property
    def lowered_minor(self) -> int:
        return sum(part.share.lowered_minor for part in self.old)

    @property
    def owed_minor(self) -> int:
        return sum(part.remaining_minor for part in self.new)

    @property
    def credit_minor(self) -> int:
        return self.carried_minor - sum(part.paid_minor for part in self.new)

    @property
    def seen(self) -> str:
        """Return a mark that changes with any number, day or sentence of the effect."""
        facts = (
            self.invoice.pk,
            self.group.pk,
            self.day,
            [(p.installment.pk, p.paid_minor, p.share) for p in self.old],
            [(p.part, p.paid_minor) for p in self.new],
            [(access.state, access.until) for access in (self.old_access, self.new_access)],
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def preview_transfer(*, enrollment_id: int, group_id: int) -> Plan:
    """
    Return what moving an enrollment to a group today would do. Changes nothing, and is sure only under the student's lock.

    Raises TransferRefused (another currency or legal entity, moved already, held lessons unpaid, nothing left to study there),
    what enrolling refuses (full, closed, enrolled already) and ImpossibleSchedule.
    """
    enrollment = Enrollment.objects.select_related("group__course").get(pk=enrollment_id)
    group = Group.objects.select_related("course").get(pk=group_id)
    moving.require_movable(enrollment=enrollment, group=group)
    today = clock.today()
    first = max(today, group.starts_on)
    enrolling.require_room(
        student_id=enrollment.student_id, group=group, first=first, last=max(first, group.ends_on)
    )
    invoice = _invoice_of(enrollment)
    unit = money.payable_unit(invoice.currency)
    pauses = pausing.days_of(enrollment_id=enrollment.pk)
    old = [
        _old_part(line, enrollment.group_id, unit, pauses)
        for line in balances.schedule_of(invoice_id=invoice.pk)
    ]
    _require_held_is_paid(old, invoice.currency)
    how_far = progress.to_come(group=group, first=first)
    price = transfer_value.value_left(price_minor=group.price_minor, how_far=how_far, unit=unit)
    if price <= 0:
        raise moving.TransferRefused(_("No lesson is left in that group. Choose another one."), field="group")
    parts = invoicing.preview_schedule(
        group=group, version=enrollment.plan_version, period_from=first, price_minor=price
    )
    paid = transfer_value.spread(
        amount_minor=sum(part.share.carried_minor for part in old),
        parts=[part.amount_minor for part in parts],
    )
    new = [NewPart(part=part, paid_minor=share) for part, share in zip(parts, paid, strict=True)]
    access = transfer_access.after(
        invoice=invoice,
        course_id=group.course_id,
        touched=[part.installment.pk for part in old if part.is_changed],
        parts=[_access_part(part) for part in new],
        paid_percent=sum(paid) * 100 // price,
    )
    return Plan(
        invoice=invoice,
        group=group,
        currency=invoice.currency,
        day=today,
        old=old,
        new=new,
        new_how_far=how_far,
        price_minor=price,
        old_access=access[0],
        new_access=access[1],
    )


def _invoice_of(enrollment: Enrollment) -> Invoice:
    invoice = (
        Invoice.objects.select_related("enrollment__group", "access_rule_version__rule", "plan_version")
        .filter(enrollment=enrollment, cancelled_at__isnull=True)
        .first()
    )
    if invoice is None:
        raise moving.TransferRefused(
            _("This enrollment has no invoice. Bill it first, or enroll the student anew.")
        )
    return invoice


def _old_part(
    line: balances.ScheduleLine, group_id: int, unit: int, pauses: Sequence[pausing.Days]
) -> OldPart:
    installment = line.installment
    owed = (
        0
        if installment.state == Installment.State.CANCELLED
        else installment.expected_minor - line.adjusted_minor
    )
    how_far = progress.between(
        group_id=group_id, first=installment.period_from, last=installment.period_to, pauses=pauses
    )
    return OldPart(
        installment=installment,
        owed_minor=owed,
        paid_minor=line.paid_minor,
        how_far=how_far,
        share=transfer_value.share_of(
            owed_minor=owed, paid_minor=line.paid_minor, how_far=how_far, unit=unit
        ),
    )


def _require_held_is_paid(old: Sequence[OldPart], currency: str) -> None:
    unpaid = sum(part.share.unpaid_minor for part in old)
    if unpaid:
        raise moving.TransferRefused(
            _("%(amount)s of what was held already is not paid. Let it be paid first, then move the student.")
            % {"amount": money.to_major(unpaid, currency)}
        )


def _access_part(new: NewPart) -> rules.Part:
    part = new.part
    return rules.Part(
        key=f"installment:new-{part.number}",
        number=part.number,
        period_from=part.period_from,
        period_to=part.period_to,
        grace_date=part.grace_date,
        covered=new.remaining_minor == 0,
        partly_covered=0 < new.paid_minor < part.amount_minor,
        module_id=part.module_id,
    )
