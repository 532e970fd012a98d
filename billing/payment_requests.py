"""
What a CRM asks for in one call: this student, that group, on this plan; give me the address where they pay.

Built on the verbs for each step, so that every rule is theirs. All of it is one transaction: either there is a link, or
nothing was stored.
"""

import dataclasses
import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from billing import balances, invoicing, links
from billing.models import Invoice, PaymentLink
from common import clock, money
from common.errors import DomainError
from courses.models import Enrollment
from students import locking, registration, timeline
from students.models import Student
from students.models.student import Language

SECONDS_UNTIL_EXPIRED = 60


class PlanDiffers(DomainError):  # noqa: N818
    """The student has a live enrollment in this group on another plan."""

    code = "plan-differs"
    status = 409


class UnknownInstallment(DomainError):  # noqa: N818
    """The schedule has no such part."""

    code = "unknown-installment"


class LinkExpiring(DomainError):  # noqa: N818
    """The former link is over, but its attempts have not been looked up for the last time."""

    code = "link-expiring"
    status = 409


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StudentFacts:
    """Who is to pay, as the CRM knows it. The facts serve to register; a known student keeps its own."""

    external_id: str
    full_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = Language.ARMENIAN


def request_payment(
    *,
    student: StudentFacts,
    group_id: int,
    plan_code: str,
    actor: timeline.Actor,
    installment_number: int | None = None,
    amount: str | None = None,
    currency: str | None = None,
    expires_at: dt.datetime | None = None,
    crm_deal_id: str = "",
) -> tuple[PaymentLink, bool]:
    """
    Find or register the student, enroll and bill where needed, and return the link with whether it was made now.

    `amount` is in major units; without it, what is due of the installment (the first open one unless a number is given). Safe
    to repeat: the same request finds the same active link. Raises PlanDiffers, UnknownInstallment, AmountDiffers (also for
    what is no payable amount), ActiveLinkExists for a link of another amount, LinkExpiring, and what the steps raise.
    """
    with transaction.atomic():
        known = _find_or_register(student, actor)
        locking.lock_student(student_id=known.pk)
        invoice = _find_or_issue_invoice(known, group_id, plan_code, actor)
        line = _choose_line(invoice, installment_number)
        if currency is not None and currency != invoice.currency:
            sentence = _("The invoice is in %(currency)s; the link must be too.")
            raise links.LinkRefused(sentence % {"currency": invoice.currency}, field="currency")
        wanted_minor = line.remaining_minor if amount is None else _amount_minor(amount, invoice.currency)
        try:
            link = links.create_payment_link(
                installment_ids=[line.installment.pk],
                actor=actor,
                amount_minor=wanted_minor,
                expires_at=expires_at,
                crm_deal_id=crm_deal_id,
            )
        except links.ActiveLinkExists as there:
            return _same_link(there, wanted_minor), False
        return link, True


def _find_or_register(facts: StudentFacts, actor: timeline.Actor) -> Student:
    known = registration.find_student(crm_id=facts.external_id)
    if known is not None:
        return known
    try:
        return registration.register_student(
            full_name=facts.full_name,
            email=facts.email,
            phone=facts.phone,
            language=facts.language,
            crm_id=facts.external_id,
            actor=actor,
        )
    except registration.StudentExists:
        # Another call registered the same student between our look and our insert, and has committed since.
        known = registration.find_student(crm_id=facts.external_id)
        if known is None:
            raise
        return known
    except registration.BadStudentData as error:
        error.field = f"student.{error.field}"
        raise


def _find_or_issue_invoice(student: Student, group_id: int, plan_code: str, actor: timeline.Actor) -> Invoice:
    """Return the invoice of the student's live enrollment for the whole run of the group, made now if need be."""
    enrollment = (
        Enrollment.objects.filter(student=student, group_id=group_id)
        .exclude(state=Enrollment.State.ENDED)
        .select_related("plan_version__plan")
        .order_by("-period_to", "-pk")
        .first()
    )
    if enrollment is None:
        return invoicing.enroll_and_invoice(
            student_id=student.pk, group_id=group_id, plan_code=plan_code, actor=actor
        )
    present = enrollment.plan_version.plan.code
    if present != plan_code:
        sentence = _("The student is enrolled in this group on the plan “%(plan)s”. Ask for that plan.")
        raise PlanDiffers(sentence % {"plan": present}, field="plan")
    try:
        return invoicing.issue_invoice(enrollment_id=enrollment.pk, actor=actor)
    except invoicing.AlreadyInvoiced as there:
        return there.invoice


def _choose_line(invoice: Invoice, number: int | None) -> balances.ScheduleLine:
    schedule = balances.schedule_of(invoice_id=invoice.pk)
    if number is None:
        line = next((line for line in schedule if line.remaining_minor), None)
    else:
        line = next((line for line in schedule if line.installment.number == number), None)
        if line is None:
            sentence = _("The schedule has no installment %(number)s; it has %(count)s.")
            raise UnknownInstallment(
                sentence % {"number": number, "count": len(schedule)}, field="installment"
            )
    if line is None or not line.remaining_minor:
        raise links.NothingDue(_("Nothing remains to be paid here."), field="installment")
    return line


def _amount_minor(amount: str, currency: str) -> int:
    try:
        return money.require_payable(money.from_major(amount, currency), currency)
    except money.BadAmount as error:
        raise links.AmountDiffers(str(error), field="amount") from None


def _same_link(there: links.ActiveLinkExists, wanted_minor: int) -> PaymentLink:
    link = there.link
    if link.expires_at <= clock.now():
        # Its last look-up must come before the next link, and no provider is asked in here: the sweeper does both.
        sentence = _("The former link is over and its payments are being looked up. Ask again in a minute.")
        raise LinkExpiring(sentence, retry_after=SECONDS_UNTIL_EXPIRED)
    if link.amount_minor != wanted_minor:
        raise there
    return link
