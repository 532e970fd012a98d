"""Courses opened today, on the start page."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from access.models import CourseAccess
from common import clock
from common.start_panel import Figure, StartPanel


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


PANELS = [StartPanel(place=120, permission="access.view_courseaccess", load=opened_today)]
