"""What the union of grounds says of one course for many students at once: the rules of `why`, without its sentences."""

import datetime as dt
from collections.abc import Collection, Mapping

from access import rules
from access.models import AccessGrant


def verdicts(*, course_id: int, student_ids: Collection[int], at: dt.datetime) -> Mapping[int, rules.Verdict]:
    """Return for each student what grounds say of the course at a moment (promise 11). One statement."""
    grounds: dict[int, list[rules.Ground]] = {student_id: [] for student_id in student_ids}
    live = AccessGrant.objects.filter(course=course_id, student__in=student_ids, withdrawn_at=None)
    for grant in live:
        grounds[grant.student_id].append(grant.ground)
    return {student_id: rules.evaluate(grounds=found, at=at) for student_id, found in grounds.items()}
