"""What reconciliation asks a person to do."""

from django.utils.translation import gettext_lazy as _

from students.task_types import TaskType

TYPES = {
    "month_breaks": TaskType(
        name=_("The bank's statement and our books differ"),
        advice=_(
            "Work through the list of differences of the month; each says why it may be and what can be done."
        ),
    ),
}
