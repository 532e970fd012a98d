"""After the last reminder, or where none can be sent: what was agreed with the student. Nothing is moved by it."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from students.task_types import Resolution

WILL_PAY = Resolution(
    code="will_pay",
    label=_("Agreed: the student will pay"),
    preview=lambda _task, _data: [_now("What is owed stays owed. Write down what was agreed.")],
)
LEFT = Resolution(
    code="left",
    label=_("Leave it without a call"),
    preview=lambda _task, _data: [_now("What is owed stays owed, and nobody is asked about it again.")],
)
