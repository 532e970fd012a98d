"""What reconciliation asks a person to do."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount
from students.models import OperatorTask
from students.task_types import Resolution, TaskType


def _breaks(task: OperatorTask) -> str:
    """Return the address of the critical breaks that a task speaks of."""
    query = {
        "whose": "critical",
        "month": task.data.get("month", ""),
        "source": f"account-{task.data.get('account', '')}",
    }
    return f"{reverse('reconciliation-breaks')}?{urlencode(query)}"


def _facts(task: OperatorTask) -> Sequence[tuple[Any, Any]]:
    account = MerchantAccount.objects.filter(pk=task.data.get("account")).first()
    return [
        (_("merchant account"), account and account.name),
        (_("month"), task.data.get("month")),
        (_("differences that keep the month open"), task.data.get("breaks")),
    ]


TYPES = {
    "month_breaks": TaskType(
        name=_("The bank's statement and our books differ"),
        advice=_(
            "Work through the list of differences of the month; each says why it may be and what can be done."
        ),
        resolutions=(
            Resolution(
                code="open_breaks",
                label=_("Work through the differences"),
                permission="reconciliation.view_discrepancy",
                address=_breaks,
            ),
        ),
        facts=_facts,
    ),
}
