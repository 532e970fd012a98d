"""What billing asks a person to decide: kinds of tasks, their advice, and the ends that each may have."""

from django.utils.translation import gettext_lazy as _

from billing import task_facts
from billing.resolutions import credit, held_money, opening, orders, outcome, reminding, renewing, wishing
from students.task_types import TaskType

TYPES = {
    "payment_held": TaskType(
        name=_("Money came that differs from what was asked"),
        advice=_("Compare the provider's answer with the payment link, then decide what the money is."),
        resolutions=(held_money.ACCEPT_DIFFERENCE, held_money.KEEP_HELD, held_money.NOT_OURS),
        facts=task_facts.of_held,
    ),
    "second_payment": TaskType(
        name=_("Paid twice"),
        advice=_(
            "The money stands as credit. Ask the student: keep it for the next installment, or send it back."
        ),
        resolutions=(credit.ALLOCATE, credit.KEEP_CREDIT, credit.ASK_REFUND),
        facts=task_facts.of_credit,
    ),
    "overpayment": TaskType(
        name=_("More was paid than is owed"),
        advice=_(
            "The surplus stands as credit. Ask the student: keep it for the next installment, or send it back."
        ),
        resolutions=(credit.ALLOCATE, credit.KEEP_CREDIT, credit.ASK_REFUND),
        facts=task_facts.of_credit,
    ),
    "paid_closed_link": TaskType(
        name=_("A closed payment link was paid"),
        advice=_(
            "The money is booked and stands for its installment. Look why the link was closed, then keep it or send it back."
        ),
        resolutions=(credit.KEEP_AS_BOOKED, credit.ASK_REFUND),
        facts=task_facts.of_payment,
    ),
    "outcome_unknown": TaskType(
        name=_("The bank's answer about a payment is not known"),
        advice=_(
            "We go on asking. Look the order up in the bank's own cabinet; if it was paid there, call the bank."
        ),
        resolutions=(outcome.ASK_BANK, outcome.DECLARE_NOT_PAID),
        facts=task_facts.of_payment,
    ),
    "unknown_order": TaskType(
        name=_("The bank speaks of an order that we do not know"),
        advice=_(
            "Look the order up in the bank's cabinet: whose is it, and is there money? Enter it by hand if it is ours."
        ),
        resolutions=(orders.ORDER_RECORDED, orders.ORDER_NOT_OURS),
        facts=task_facts.of_order,
    ),
    "access_not_opened": TaskType(
        name=_("Paid, and the course did not open"),
        advice=_("The program should have opened it. Open it now; if it happens again, tell the engineers."),
        resolutions=(opening.OPEN_NOW, opening.LEAVE_CLOSED),
        facts=task_facts.of_installment,
    ),
    "manual_review": TaskType(
        name=_("Paid; a person confirms before access opens"),
        advice=_(
            "The payment plan asks for a person. Check the student's papers, then let the course open or leave it closed."
        ),
        resolutions=(opening.CONFIRM, opening.DECLINE, credit.ASK_REFUND),
        facts=task_facts.of_payment,
    ),
    "reminders_unanswered": TaskType(
        name=_("Reminded to the end, and not paid"),
        advice=_("Call the student: will the part be paid, and when? Then write down what was said."),
        resolutions=(reminding.WILL_PAY, reminding.LEFT),
        facts=task_facts.of_owed,
    ),
    "new_link_wanted": TaskType(
        name=_("A student wants a new payment link"),
        advice=_(
            "The old link is over and something is still owed. Make a new one and send it, or agree otherwise."
        ),
        resolutions=(renewing.MAKE_LINK, renewing.NO_LINK),
        facts=task_facts.of_link,
    ),
    "reminder_without_link": TaskType(
        name=_("A reminder has no link to carry"),
        advice=_(
            "No bank takes the payment now. Look why on the page of the merchant accounts, or agree with the student how to pay."
        ),
        resolutions=(reminding.WILL_PAY, reminding.LEFT),
        facts=task_facts.of_owed,
    ),
    "pause_wanted": TaskType(
        name=_("A student asks for a pause"),
        advice=_("Read what the student writes, agree on the days, make the pause or say why not."),
        resolutions=(wishing.PAUSE_PAGE, wishing.DONE, wishing.DECLINED),
        facts=wishing.facts_of,
    ),
    "transfer_wanted": TaskType(
        name=_("A student asks for another group"),
        advice=_("Read what the student writes, show the new price, move the student or say why not."),
        resolutions=(wishing.TRANSFER_PAGE, wishing.DONE, wishing.DECLINED),
        facts=wishing.facts_of,
    ),
    "course_wanted": TaskType(
        name=_("A student asks for another course"),
        advice=_("Read what the student writes, agree on group and plan, enroll the student or say why not."),
        resolutions=(wishing.ENROLL_PAGE, wishing.DONE, wishing.DECLINED),
        facts=wishing.facts_of,
    ),
}
