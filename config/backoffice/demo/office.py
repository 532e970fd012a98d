"""
What the office does about one student's money: cash, refunds, decisions, and what the bank does behind its back.

Like the acts of the student, each finds out first whether it was done.
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from billing import held, lookup, manual_payments
from billing.models import Installment, Invoice, ManualEntry, Payment
from common import clock
from config.backoffice import roles
from config.backoffice.demo.acts import Acts
from config.backoffice.demo.days import Days
from config.backoffice.demo.logins import Staff
from refunds import approval, external, manual, preview, sending, tasks
from refunds.models import Refund, RefundRequest

DRAM = 100
# A picture of one grey dot, so that the smallest school has a scan to look at.
SCAN = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080000000"
    "03a7e9b550000000a49444154789c63680000008200817702d0e30000000049454e44ae426082"
)


class Office:
    """Everything that staff do about the money of one student in one group."""

    def __init__(self, *, acts: Acts, days: Days, staff: Staff) -> None:
        self._acts = acts
        self._days = days
        self._staff = staff

    @property
    def _invoice(self) -> Invoice:
        return self._acts.invoice

    def _payments(self) -> list[Payment]:
        """Return the student's payments that brought money, the oldest first."""
        found = Payment.objects.filter(link__invoice=self._invoice, verified_at__isnull=False)
        return list(found.select_related("account").order_by("pk"))

    # Cash and transfers

    def enter(
        self, part: int, *, account: str, document: str, surplus: int = 0, amount: int | None = None
    ) -> None:
        """Enter what a document proves: what is asked and a `surplus`, or another `amount`, in drams."""
        installment = Installment.objects.get(invoice=self._invoice, number=part)
        known = ManualEntry.objects.filter(document_number=manual_payments.normal_number(document))
        if known.exists():
            return
        asked = installment.expected_minor if amount is None else amount * DRAM
        manual_payments.enter_payment(
            account_code=account,
            amount_minor=asked + surplus * DRAM,
            document_number=document,
            document_date=clock.today(),
            installment_id=installment.pk,
            scan=manual_payments.Scan(name="document.png", content=SCAN),
            actor=self._acts.actor(roles.CASHIER),
        )

    def accept(self, reason: str) -> None:
        """Accept held money as what was asked."""
        payment = Payment.objects.filter(link__invoice=self._invoice, state=Payment.State.HELD).first()
        if payment is not None:
            held.resolve_held_payment(
                payment_id=payment.pk,
                decision="accept",
                reason=reason,
                actor=self._acts.actor(roles.ACCOUNTANT),
            )

    # Refunds

    def ask_for_refund(
        self,
        reason: str,
        *,
        amount: int | None = None,
        role: str = roles.SUPPORT,
        access: str = RefundRequest.AccessDecision.KEEP,
        why_changed: str = "",
    ) -> None:
        """Ask for what the policy suggests, or for another amount in drams with the reason for it."""
        invoice = self._invoice
        shown = preview.preview_refund(
            student_id=invoice.student_id,
            invoice_id=invoice.pk,
            amount_minor=None if amount is None else amount * DRAM,
        )
        approval.request_refund(
            student_id=invoice.student_id,
            invoice_id=invoice.pk,
            amount_minor=shown.amount_minor,
            reason=reason,
            change_reason=why_changed,
            access_decision=access,
            by=self._person(role),
            key=f"demo-{self._acts.person.number}",
        )

    def approve(self, *, role: str = roles.ADMINISTRATOR) -> None:
        """Agree to what was asked for, and send it as far as the bank sends."""
        for request in self._requests().filter(state=RefundRequest.State.REQUESTED):
            approval.approve_refund(request_id=request.pk, by=self._person(role))
        for refund in self._refunds().filter(state=Refund.State.APPROVED, channel=Refund.Channel.PROVIDER):
            self._days.bank.follow_clock(refund.payment.account)
            sending.send_refund(refund_id=refund.pk)

    def follow_refunds(self) -> None:
        """The worker's turn about refunds."""
        for account in {refund.payment.account for refund in self._refunds()}:
            self._days.bank.follow_clock(account)
        tasks.take_steps()

    def note_transfer(self, document: str) -> None:
        """Note the document of the bank transfer by which the money went back."""
        for refund in self._refunds().filter(state=Refund.State.APPROVED, channel=Refund.Channel.MANUAL):
            manual.enter_manual_refund(
                refund_id=refund.pk,
                document_number=document,
                document_date=clock.today(),
                by=self._person(roles.CASHIER),
            )

    def _requests(self) -> QuerySet[RefundRequest]:
        return RefundRequest.objects.filter(invoice=self._invoice).order_by("pk")

    def _refunds(self) -> QuerySet[Refund]:
        return Refund.objects.filter(request__invoice=self._invoice).select_related("payment__account")

    def _person(self, role: str) -> AbstractBaseUser:
        return self._staff[role]

    # The bank

    def bank_loses_refunds(self) -> None:
        """Let the line break whenever a refund of this student is asked for: nobody hears, nothing moves."""
        self._spoil("drop-before")

    def bank_refuses_refunds(self) -> None:
        """Let the bank answer that the school may not send this money back."""
        self._spoil("refuse", code="513" if self._last().account.provider == "ameria" else "5")

    def bank_sends_back(self, drams: int) -> None:
        """Somebody sends a part back in the bank's own cabinet and tells nobody."""
        payment = self._last()
        self._days.bank.follow_clock(payment.account)
        self._days.bank.refund_in_cabinet(payment, drams * DRAM)

    def find_external(self) -> None:
        """An operator asks the bank about the payment, and the program sees what went back there."""
        payment = self._last()
        if not Refund.objects.filter(payment=payment, request=None).exists():
            self._days.bank.follow_clock(payment.account)
            lookup.refresh_payment(
                payment_id=payment.pk, asked_by="operator", actor=self._acts.actor(roles.SUPPORT)
            )
            external.find_for(payment_id=payment.pk)

    def _spoil(self, kind: str, **params: Any) -> None:
        payment = self._last()
        self._days.bank.spoil_answers(payment, kind, operation="refund", **params)

    def _last(self) -> Payment:
        return self._payments()[-1]
