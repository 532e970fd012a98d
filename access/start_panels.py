"""What the start page shows of access: courses opened today, and where the learning platform differs."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from access.models import AccessSync, CourseAccess
from common import clock
from common.start_panel import SHOWN, Attention, Figure, Row, StartPanel

DIFFERENT = [kind for kind in AccessSync.Drift.values if kind]


def opened_today(_viewer: Any) -> Figure:
    """Return how many courses are open since today."""
    today = clock.start_of(clock.today())
    opened = CourseAccess.objects.filter(state=CourseAccess.State.OPEN, changed_at__gte=today).count()
    query = urlencode({"state__exact": "open", "changed_at__gte": today.isoformat()})
    return Figure(
        figure=opened,
        text=_("courses opened today"),
        icon="open",
        tone="good" if opened else "mute",
        url=f"{reverse('admin:access_courseaccess_changelist')}?{query}",
    )


def differences_with_the_lms(_viewer: Any) -> Attention:
    """Return whom the learning platform lets in or keeps out otherwise than access says."""
    found = AccessSync.objects.filter(drift__in=DIFFERENT)
    return Attention(
        title=_("Differences with the LMS"),
        icon="alert",
        tone="warn",
        count=found.count(),
        rows=[
            Row(
                text=one.student,
                url=reverse("student-page", args=[one.student_id]),
                detail=f"{one.course}: {one.told_difference}",
            )
            for one in found.select_related("student", "course").order_by("-seen_at", "id")[:SHOWN]
        ],
        url=f"{reverse('admin:access_accesssync_changelist')}?{urlencode({'drift__in': ','.join(DIFFERENT)})}",
    )


PANELS = [
    StartPanel(place=75, permission="access.view_accesssync", load=differences_with_the_lms),
    StartPanel(place=120, permission="access.view_courseaccess", load=opened_today),
]
