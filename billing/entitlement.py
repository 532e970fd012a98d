"""What a schedule deserves: the seam where money becomes grounds for access."""

import datetime as dt
from collections.abc import Collection, Sequence

from access import pause_grounds, rules
from access.models import AccessGrant
from billing import allocation
from billing.models import Installment
from courses.models import AccessRuleVersion, Pause


def grounds_of(
    *,
    rule: rules.Rule,
    schedule: Sequence[allocation.Line],
    touched: Collection[int],
    paid_at: dt.datetime,
    pauses: Sequence[pause_grounds.Window] = (),
) -> list[rules.Ground]:
    """
    Return the grounds that money verified at `paid_at` gives: those of the installments it touched, and the grace that follows.

    Grounds of other installments are theirs: what was withdrawn from them must not come back with somebody else's money. The
    schedule has moved with the pauses of its enrollment already, so that their days are only left out.
    """
    parts = [_part(line) for line in schedule if line.installment.state not in _OUT]
    keys = tuple(f"installment:{installment_id}:" for installment_id in touched)
    deserved = [
        ground
        for ground in rules.grounds_for(
            rule=rule, parts=parts, paid_at=paid_at, paid_percent=paid_percent(schedule)
        )
        if ground.kind == rules.GRACE or ground.source.startswith(keys)
    ]
    for window in pauses:
        deserved = [piece for ground in deserved for piece in pause_grounds.left_out(ground, window)]
    return deserved


def parts_to_open(
    *, rule: rules.Rule, schedule: Sequence[allocation.Line], touched: Collection[int]
) -> set[int]:
    """
    Return the installments that money opens: those it touched.

    Where a share of the price opens, the last payment opens what earlier ones have paid as well, but nothing that was ever opened
    before: what was taken away does not come back with other money. One statement more, for such rules alone.
    """
    found = set(touched)
    if not rule.asks_for_a_share:
        return found
    others = {line.installment.pk for line in schedule} - found
    keys = {f"installment:{pk}:{how}": pk for pk in others for how in ("paid", "share")}
    opened = AccessGrant.objects.filter(source__in=keys).values_list("source", flat=True)
    return found | (others - {keys[source] for source in opened})


def paid_percent(schedule: Sequence[allocation.Line]) -> int:
    """Return how much of what the whole schedule asks is paid, in percent rounded down."""
    lines = [line for line in schedule if line.installment.state not in _OUT]
    owed = sum(line.owed_minor for line in lines)
    return 100 if owed <= 0 else sum(line.paid_minor for line in lines) * 100 // owed


def pauses_of(*, enrollment_id: int) -> list[pause_grounds.Window]:
    """Return the windows of an enrollment's pauses."""
    rows = Pause.objects.filter(enrollment_id=enrollment_id, cancelled_at__isnull=True).order_by("first_day")
    return [
        pause_grounds.window_of(
            pause_id=row.pk, first_day=row.first_day, last_day=row.last_day, made_at=row.made_at
        )
        for row in rows
    ]


def rule_of(version: AccessRuleVersion) -> rules.Rule:
    """Return a version of an access rule as the rules read it."""
    return rules.Rule(
        name=f"{version.rule.code} v{version.number}",
        opens=version.opens,
        ends=version.ends,
        open_in_grace=version.open_in_grace,
        partial_days=version.partial_days,
        share_percent=version.share_percent,
        not_before=version.not_before,
        wait_days=version.wait_days,
    )


def grace_source(installment_id: int) -> str:
    """Return the name of the ground that carries access through the grace of an installment."""
    return f"installment:{installment_id}:grace"


_OUT = (Installment.State.CANCELLED, Installment.State.MOVED)


def _part(line: allocation.Line) -> rules.Part:
    installment = line.installment
    return rules.Part(
        key=f"installment:{installment.pk}",
        number=installment.number,
        period_from=installment.period_from,
        period_to=installment.period_to,
        grace_date=installment.grace_date,
        covered=line.paid_minor >= line.owed_minor,
        partly_covered=0 < line.paid_minor < line.owed_minor,
        module_id=installment.module_id,
    )
