"""
What the people of the demo do, each through the verb that the program's own doors call.

Every act finds out first whether it was done, so that a load that was killed half-way is completed by the next one.
"""

import datetime as dt
import functools
from typing import Any

from access import by_hand
from access.models import AccessGrant
from billing import attempts, balances, invoicing, link_mail, links, lookup
from billing.models import Installment, Invoice, MerchantAccount, Payment, PaymentLink
from common import clock
from config.backoffice import roles
from config.backoffice.demo import courses
from config.backoffice.demo.days import Days
from config.backoffice.demo.logins import Staff
from config.backoffice.demo.people import Person
from courses import enrolling
from courses.models import Enrollment, Group
from students import notes, registration, timeline
from students.models import CrmNote, Payer, Student, TimelineEvent


class Acts:
    """Everything that can be done for or by one student in one group."""

    def __init__(self, *, person: Person, group: str, plan: str, days: Days, staff: Staff) -> None:
        self.person = person
        self.group_code = group
        self.plan = plan
        self._days = days
        self._staff = staff

    # Finding again

    @functools.cached_property
    def student_id(self) -> int:
        return Student.objects.values_list("pk", flat=True).get(crm_id=self.person.crm_id)

    @functools.cached_property
    def group(self) -> Group:
        return Group.objects.select_related("course").get(crm_id=courses.crm_id(self.group_code))

    @functools.cached_property
    def invoice(self) -> Invoice:
        return Invoice.objects.get(student_id=self.student_id, enrollment__group=self.group)

    def link(self, part: int, nth: int) -> PaymentLink | None:
        """Return the n-th link of an installment, if it was made already."""
        found = PaymentLink.objects.filter(
            lines__installment__invoice=self.invoice, lines__installment__number=part
        )
        return found.order_by("id")[nth : nth + 1].first()

    def made_link(self, part: int, nth: int) -> PaymentLink:
        """Return the n-th link of an installment, which the journey has made before."""
        link = self.link(part, nth)
        if link is None:
            raise LookupError(f"{self.person.crm_id} has no link {nth} for part {part}.")
        return link

    def attempts(self, link: PaymentLink) -> list[Payment]:
        """Return the attempts of a link that reached a bank's page, the oldest first."""
        return list(link.payments.exclude(page_url="").select_related("account").order_by("id"))

    def actor(self, role: str) -> timeline.Actor:
        return timeline.Actor.person(self._staff[role])

    # The office

    def enroll(self) -> None:
        """Register the student if that was not done, enroll and bill."""
        manager = self.actor(roles.MANAGER)
        student = registration.find_student(crm_id=self.person.crm_id)
        if student is None:
            student = registration.register_student(
                full_name=self.person.full_name,
                email=self.person.email,
                phone=self.person.phone,
                language=self.person.language,
                representative_name=self.person.representative_name,
                crm_id=self.person.crm_id,
                lms_id=self.person.lms_id,
                actor=manager,
            )
        payer = self._payer(student)
        if not Enrollment.objects.filter(student=student, group=self.group).exists():
            invoicing.enroll_and_invoice(
                student_id=student.pk,
                group_id=self.group.pk,
                plan_code=self.plan,
                payer_id=payer.pk if payer else None,
                actor=manager,
            )

    def _payer(self, student: Student) -> Payer | None:
        if not self.person.representative_name:
            return None
        payer, _made = Payer.objects.get_or_create(student=student, full_name=self.person.representative_name)
        return payer

    def ask(
        self,
        part: int,
        *,
        nth: int = 0,
        valid_days: float | None = None,
        share: float = 1,
        mail: bool = False,
    ) -> None:
        """Make the link for an installment (or a share of it), and send it where asked to."""
        link = self.link(part, nth)
        if link is None:
            installment = Installment.objects.get(invoice=self.invoice, number=part)
            asked = int(self._remaining(installment) * share) // 100_000 * 100_000
            link = links.create_payment_link(
                installment_ids=[installment.pk],
                amount_minor=asked if share != 1 else None,
                expires_at=clock.now() + dt.timedelta(days=valid_days) if valid_days else None,
                actor=self.actor(roles.MANAGER),
            )
        sent = TimelineEvent.objects.filter(
            kind="link_sent", subject_kind="billing.paymentlink", subject_id=link.pk
        )
        if mail and link.state == PaymentLink.State.ACTIVE and not sent.exists():
            link_mail.send_payment_link(link_id=link.pk, actor=self.actor(roles.MANAGER))

    def _remaining(self, installment: Installment) -> int:
        schedule = balances.schedule_of(invoice_id=installment.invoice_id)
        return next(line.remaining_minor for line in schedule if line.installment.pk == installment.pk)

    def cancel(self, part: int, *, nth: int = 0, reason: str) -> None:
        link = self.made_link(part, nth)
        if link.state == PaymentLink.State.ACTIVE:
            links.cancel_payment_link(link_id=link.pk, reason=reason, actor=self.actor(roles.MANAGER))

    def note(self, text: str, *, role: str = roles.SUPPORT) -> None:
        if not CrmNote.objects.filter(student_id=self.student_id, text=text).exists():
            notes.add_note(
                student_id=self.student_id, text=text, author=self._staff[role], actor=self.actor(role)
            )

    def open_by_hand(self, *, days: int, reason: str) -> None:
        course = self.group.course
        if AccessGrant.objects.filter(student_id=self.student_id, course=course, reason=reason).exists():
            return
        by_hand.open_by_hand(
            student_id=self.student_id,
            course_id=course.pk,
            until=clock.today() + dt.timedelta(days=days),
            reason=reason,
            actor=self.actor(roles.MANAGER),
        )

    def leave(self, *, reason: str) -> None:
        enrolling.end_enrollment(
            enrollment_id=self.invoice.enrollment_id, reason=reason, actor=self.actor(roles.MANAGER)
        )

    # The student and the bank

    def open_link(self, part: int, *, nth: int = 0) -> None:
        self._open(self.made_link(part, nth))

    def _open(self, link: PaymentLink) -> None:
        if link.opened_at is None:
            links.mark_opened(link_id=link.pk)

    def start(self, part: int, *, bank: str, link: int = 0, nth: int = 0) -> None:
        """Choose a bank and go to its page."""
        chosen = self.made_link(part, link)
        self._open(chosen)
        if len(self.attempts(chosen)) <= nth:
            self._days.pass_time()
            self._days.bank.follow_clock(MerchantAccount.objects.get(code=bank))
            attempts.start_attempt(link_id=chosen.pk, account_code=bank, even_if_another_is_open=True)

    def press(self, part: int, outcome: str, *, link: int = 0, nth: int = 0, late: bool = False) -> None:
        """Press a button of the bank's page."""
        payment = self.attempts(self.made_link(part, link))[nth]
        self._days.pass_time()
        self._days.bank.follow_clock(payment.account)
        if self._days.bank.is_untouched(payment):
            self._days.bank.press(payment, outcome, late=late)

    def come_back(self, part: int, *, link: int = 0, nth: int = 0, asked_by: str = "return") -> None:
        """Let our server ask the bank, because the browser came back or an operator wants to know."""
        payment = self.attempts(self.made_link(part, link))[nth]
        by_hand = asked_by == "operator"
        if payment.is_open or (by_hand and payment.state in Payment.ASKED_STATES):
            self._days.pass_time(seconds=3)
            self._days.bank.follow_clock(payment.account)
            actor = self.actor(roles.SUPPORT) if by_hand else None
            lookup.refresh_payment(payment_id=payment.pk, asked_by=asked_by, actor=actor)

    def correct(self, part: int, *, link: int = 0, nth: int = 0) -> None:
        """The bank's staff find that the declined card was charged, and correct the order."""
        payment = self.attempts(self.made_link(part, link))[nth]
        self._days.bank.follow_clock(payment.account)
        self._days.bank.correct(payment)

    def spoil(self, part: int, kind: str, *, link: int = 0, nth: int = 0, **params: Any) -> None:
        """Let the bank answer wrongly about this attempt from now on."""
        payment = self.attempts(self.made_link(part, link))[nth]
        if not payment.lookups:
            self._days.bank.spoil_answers(payment, kind, **params)

    def sweep(self) -> None:
        """The worker's turn."""
        self._days.sweep()
