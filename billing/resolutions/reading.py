"""What previews read and how they write money: in the language of the person who decides."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language

from billing.models import Payment
from common import money
from students.models import OperatorTask

Data = Mapping[str, Any]
DECIDES = "billing.resolve_held_payment"


def payment_of(task: OperatorTask) -> Payment:
    """Return the payment that a task is about."""
    return Payment.objects.select_related("account", "link", "course").get(pk=task.subject_id)


def amount(amount_minor: int, currency: str) -> str:
    """Return money for a sentence."""
    return money.format_money(amount_minor, currency, language())


def language() -> str:
    """Return the reader's language, as our formats name it."""
    return (get_language() or "en").split("-")[0]
