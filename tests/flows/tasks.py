"""The causes of every kind of task, as life brings them: through banks, doors and verbs, never by a row of our own making."""

import datetime as dt
import itertools

from django.apps import apps
from django.conf import settings as django_settings
from django.test import Client

from access import sync, sync_queue
from access.models import AccessGrant, AccessSync
from billing import (
    acceptance,
    credits,
    deliveries,
    held,
    links,
    lookup,
    manual_payments,
    renewal,
    unknown_orders,
    unopened,
    wishes,
)
from billing.models import MerchantAccount
from billing.providers import arca_callback
from billing.reminders import default_steps, unanswered
from billing.reminders import sending as reminding
from common import clock
from courses.models import PaymentPlanVersion
from reconciliation import runs
from refunds import external, sending
from refunds import tasks as refund_tasks
from refunds.models import Refund
from students.models import OperatorTask
from tests.billing import doubtful
from tests.reconciliation import test_sandbox_statement as statements
from tests.reconciliation.months import this_month
from tests.refunds import school

KEY = "callback-key-of-the-flows"
_numbers = itertools.count(1)


class Life:
    """A school to which things happen; each cause leaves the one task that it leads to."""

    def __init__(self, world, shift_clock, monkeypatch):
        self.world = world
        self.shift_clock = shift_clock
        self.monkeypatch = monkeypatch
        self.payment = None
        self.invoice = None
        self.epg = None

    def cause(self, kind):
        """Let a task of this kind come about, and return it."""
        getattr(self, kind)()
        return OperatorTask.objects.exclude(state="resolved").get(kind=kind)

    def settle(self, kind):
        """Let the facts arrive that answer the task without a person."""
        getattr(self, f"settle_{kind}")()

    def _paid(self, payment, outcome="pay"):
        self.world.buyer_pays(payment, outcome)
        self._ask(payment)

    def _ask(self, payment):
        self.payment = lookup.refresh_payment(payment_id=payment.pk, asked_by="return")

    def payment_held(self):
        payment = self.world.attempt()
        self.world.sandbox.fault(
            "wrong-amount",
            login=self.world.login_of("ameria"),
            order_number=payment.order_number,
            operation="lookup",
            times=None,
            factor=0.5,
        )
        self._paid(payment)

    def settle_payment_held(self):
        self.world.sandbox.clear_faults(login=self.world.login_of("ameria"))
        self._ask(self.payment)

    def second_payment(self):
        link = self.world.link(self.world.invoice(plan="three-parts"))
        first, second = self.world.attempt(link, "ameria"), self.world.attempt(link, "arca")
        self._paid(first)
        self._paid(second)

    def settle_second_payment(self):
        _use_credit(self)

    def overpayment(self):
        self.world.account("desk", provider="manual", profile="cash")
        invoice = self.world.invoice(plan="three-parts")
        self.payment = manual_payments.enter_payment(
            account_code="desk",
            amount_minor=3_500_000,
            document_number="17",
            document_date=clock.today(),
            installment_id=self.world.installment(invoice).pk,
            actor=doubtful.colleague("cashier"),
        )
        deciding_accountant(self.payment)

    def settle_overpayment(self):
        _use_credit(self)

    def paid_closed_link(self):
        link = self.world.link()
        payment = self.world.attempt(link)
        links.cancel_payment_link(link_id=link.pk, reason="moved away", actor=doubtful.colleague())
        self._paid(payment)

    def outcome_unknown(self):
        payment = self.world.attempt()
        self.world.sandbox.fault(
            "http-status",
            login=self.world.login_of("ameria"),
            operation="lookup",
            times=None,
        )
        self.shift_clock(seconds=26 * 3600)
        self._ask(payment)

    def settle_outcome_unknown(self):
        self.world.sandbox.clear_faults(login=self.world.login_of("ameria"))
        self.world.buyer_pays(self.payment, late=True)
        self._ask(self.payment)

    def unknown_order(self):
        code = f"epg{next(_numbers)}"  # doors remember accounts by their codes for a while
        self.epg = self.world.account(code, provider="arca", profile="epg")
        self.monkeypatch.setenv(f"{code.upper()}_CALLBACK_KEY", KEY)
        number = self.epg.order_number_first
        fields = {
            "mdOrder": "3f1c9c1e-0000-7000-8000-000000000001",
            "orderNumber": str(number),
            "operation": "deposited",
            "status": "1",
        }
        signed = {**fields, "checksum": arca_callback.checksum(fields, key=KEY)}
        assert Client().get(f"/callbacks/{code}/", signed).status_code == 200
        deliveries.work()
        unknown_orders.sweep()

    def settle_unknown_order(self):
        self.world.attempt(account=self.epg.code)  # takes the number that the bank spoke of
        unknown_orders.sweep()

    def access_not_opened(self):
        with self.monkeypatch.context() as patch:  # the program's own mistake: nothing else leads there
            patch.setattr(acceptance, "give_access", lambda *_facts, **_more: [])
            self._paid(self.world.attempt())
        unopened.sweep()

    def settle_access_not_opened(self):
        part = self.payment.link.lines.get().installment
        unopened.open_access(installment_id=part.pk, reason="repaired", actor=doubtful.colleague())
        assert AccessGrant.objects.exists()

    def lms_not_confirmed(self):
        group = self.world.group()
        group.course.lms_id = "course-77"
        group.course.save()
        invoice = self.world.invoice(group=group)  # a student whom the platform does not know by name
        self._paid(self.world.attempt(self.world.link(invoice)))
        sync.sweep()

    def settle_lms_not_confirmed(self):
        student = self.payment.student
        student.lms_id = "ani"
        student.save()
        sync_queue.send_again(sync_id=AccessSync.objects.get().pk, actor=doubtful.colleague())
        sync.sweep()

    def reminders_unanswered(self):
        default_steps.write_default_steps(apps)
        self.invoice = self.world.invoice()
        self.shift_clock(seconds=6 * 86_400)
        unanswered.sweep()

    def settle_reminders_unanswered(self):
        self.world.paid(self.world.link(self.invoice))
        unanswered.sweep()

    def new_link_wanted(self):
        self.world.plan("by-person", PaymentPlanVersion.Kind.ONE_OFF, renew_links=False)
        self.invoice = self.world.invoice(plan="by-person")
        link = self.world.link(self.invoice)
        self.shift_clock(seconds=9 * 86_400)
        renewal.renew_link(link_id=link.pk)

    def settle_new_link_wanted(self):
        self.world.link(self.invoice)
        assert renewal.sweep() == 1

    def pause_wanted(self):
        self._wished(wishes.PAUSE)

    def transfer_wanted(self):
        self._wished(wishes.TRANSFER)

    def course_wanted(self):
        self._wished(wishes.COURSE)

    def _wished(self, kind):
        self.invoice = self.world.invoice()
        wishes.ask(
            student_id=self.invoice.student_id,
            kind=kind,
            words="I am away in May.",
            enrollment_id=self.invoice.enrollment_id,
        )

    def reminder_without_link(self):
        default_steps.write_default_steps(apps)
        self.monkeypatch.setattr(django_settings, "REMINDER_QUIET_HOURS", "")
        self.invoice = self.world.invoice()
        MerchantAccount.objects.update(is_active=False)
        self.shift_clock(seconds=86_400)
        reminding.remind()

    def settle_reminder_without_link(self):
        MerchantAccount.objects.update(is_active=True)
        self.shift_clock(seconds=2 * 86_400)
        assert reminding.remind() == 1
        unanswered.sweep()

    def manual_review(self):
        self._paid(self.world.attempt(self.world.link(self.world.invoice(plan="reviewed"))))

    def refund_unknown(self):
        invoice, [self.payment] = school.paid_invoice(self.world)
        [refund] = school.approved(invoice, 40_000)
        self.world.sandbox.fault("drop-before", login=self.world.login_of("ameria"), operation="refund")
        sending.send_refund(refund_id=refund.pk)
        self.shift_clock(seconds=2 * 3600)
        refund_tasks.take_steps()

    def settle_refund_unknown(self):
        self.world.sandbox.cabinet_refund(self.payment.provider_ref, 4_000_000)
        self.shift_clock(seconds=30 * 3600)
        refund_tasks.take_steps()

    def refund_refused(self):
        self.world.sandbox.merchant(self.world.login_of("ameria"), profile="ameria", may_refund=False)
        invoice, [self.payment] = school.paid_invoice(self.world)
        [refund] = school.approved(invoice, 40_000)
        sending.send_refund(refund_id=refund.pk)

    def refund_by_transfer(self):
        self.world.account("desk", provider="manual", profile="cash")
        invoice = self.world.invoice()
        self.payment = manual_payments.enter_payment(
            account_code="desk",
            amount_minor=9_000_000,
            document_number="17",
            document_date=clock.today(),
            installment_id=self.world.installment(invoice).pk,
            actor=doubtful.colleague("cashier"),
        )
        school.approved(invoice, 40_000)

    def external_refund(self):
        _invoice, [self.payment] = school.paid_invoice(self.world)
        self.world.sandbox.cabinet_refund(self.payment.provider_ref, 9_000_000)
        self._ask(self.payment)
        external.find_external()

    def month_breaks(self):
        month = this_month().next
        statements.day_of_both(self.world, self.shift_clock, month.start + dt.timedelta(days=9))
        payment = self.world.attempt(account="arca")
        self._paid(payment, "decline")
        self.world.sandbox.correct(payment.provider_ref)
        statements.mapped(self.world, "arca", "ipay")
        statements.day_of_both(self.world, self.shift_clock, month.stop + dt.timedelta(days=1))
        statements.downloaded(self.world, "arca", month, "ipay")
        runs.run_month(month=month.first, side="provider", account=payment.account)

    def settle_month_breaks(self):
        self._ask(self.payment)
        runs.run_nightly()


def deciding_accountant(payment):
    """Let a second person accept what a cashier entered and what differs from the request."""
    held.resolve_held_payment(
        payment_id=payment.pk,
        decision="accept",
        reason="counted again",
        actor=doubtful.colleague("accountant"),
    )


def _use_credit(life):
    invoice = life.payment.link.invoice
    credits.allocate_credit(
        payment_id=life.payment.pk,
        installment_id=life.world.installment(invoice, 2).pk,
        reason="asked by phone",
        actor=doubtful.colleague(),
    )


def refund_of(task):
    return Refund.objects.get(pk=task.subject_id)
