"""What refunds ask a person to decide, and what the person does."""

from django.utils.translation import gettext_lazy as _

from refunds import resolutions
from students.task_types import TaskType

TYPES = {
    "refund_unknown": TaskType(
        name=_("The bank's answer about a refund is not known"),
        advice=_(
            "We go on asking and send nothing twice. Look the order up in the bank's own cabinet; if the money did not "
            "move, decide so with a reason."
        ),
        resolutions=[resolutions.ASK_BANK, resolutions.NEVER_MOVED],
        facts=resolutions.facts_of,
    ),
    "refund_refused": TaskType(
        name=_("The bank refuses to send a refund"),
        advice=_("Send the money by bank transfer and note its document, or take the refund back."),
        resolutions=[resolutions.ENTER_DOCUMENT, resolutions.WITHDRAW, resolutions.SEEN],
        facts=resolutions.facts_of,
    ),
    "refund_by_transfer": TaskType(
        name=_("A refund is to be sent by bank transfer"),
        advice=_("Send the money by bank transfer and note its document, or take the refund back."),
        resolutions=[resolutions.ENTER_DOCUMENT, resolutions.WITHDRAW],
        facts=resolutions.facts_of,
    ),
    "external_refund": TaskType(
        name=_("Money went back in the bank's own cabinet"),
        advice=_(
            "Ask who sent it and why. What is owed was lowered by it; access was left as it is: decide about both."
        ),
        resolutions=[resolutions.AGREED, resolutions.AGREED_AND_ENDS, resolutions.STILL_OWED],
        facts=resolutions.facts_of,
    ),
}
