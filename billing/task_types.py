"""What billing asks a person to decide, and what the person does."""

from django.utils.translation import gettext_lazy as _

from students.task_types import TaskType

TYPES = {
    "payment_held": TaskType(
        name=_("Money came that differs from what was asked"),
        advice=_(
            "Compare the provider's answer with the payment link, then accept the payment or send the money back."
        ),
    ),
    "second_payment": TaskType(
        name=_("Paid twice"),
        advice=_(
            "The money stands as credit. Ask the student: keep it for the next installment, or send it back."
        ),
    ),
    "overpayment": TaskType(
        name=_("More was paid than is owed"),
        advice=_(
            "The surplus stands as credit. Ask the student: keep it for the next installment, or send it back."
        ),
    ),
    "outcome_unknown": TaskType(
        name=_("The bank's answer about a payment is not known"),
        advice=_(
            "We go on asking. Look the order up in the bank's own cabinet; if it was paid there, call the bank."
        ),
    ),
    "manual_review": TaskType(
        name=_("Paid; a person confirms before access opens"),
        advice=_(
            "The payment plan asks for a person. Check the student's papers, then open access with a reason."
        ),
    ),
}
