"""
Cash and bank transfers: a cashier enters what a document proves, and it is settled as any other money.

The row with its document is made and settled in one transaction; a sum that differs from what was asked is held for a second
person, as with a bank. One document is entered once.
"""

import dataclasses
import datetime as dt
import hashlib
import re

from django.db import transaction
from django.utils.translation import gettext as _

from billing import attempts, links, settlement
from billing.models import Installment, ManualEntry, MerchantAccount, Payment, PaymentLink, PaymentLinkLine
from billing.providers import manual
from common import clock, crash
from common.errors import DomainError
from students import timeline

OLDEST = dt.timedelta(days=366)
LARGEST_SCAN = 5_000_000  # bytes
LONGEST_NUMBER = 64
SCAN_TYPES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class EntryRefused(DomainError):  # noqa: N818
    """The document cannot be entered as it is."""

    code = "entry-refused"


class DocumentKnown(EntryRefused):
    """This document is entered already; `payment` is that one."""

    code = "document-known"
    status = 409

    def __init__(self, message: str, *, payment: Payment) -> None:
        super().__init__(message, field="document_number", payment_id=payment.pk)
        self.payment = payment


@dataclasses.dataclass(frozen=True, slots=True)
class Scan:
    """A picture or PDF of the document."""

    name: str
    content: bytes


def manual_accounts() -> list[MerchantAccount]:
    """Return the active accounts whose money is entered by hand: cash desks and bank accounts."""
    return list(MerchantAccount.objects.filter(provider="manual", is_active=True))


def enter_payment(
    *,
    account_code: str,
    amount_minor: int,
    document_number: str,
    document_date: dt.date,
    actor: timeline.Actor,
    installment_id: int | None = None,
    link_id: int | None = None,
    scan: Scan | None = None,
) -> Payment:
    """
    Enter money that a document proves, for an installment or for a payment request; return the payment as settled.

    For an installment its open link is used, or one is made for what remains. Raises EntryRefused for a document that cannot be,
    DocumentKnown for one that is entered already, and whatever making a link refuses. Not safe to repeat: the second call is told
    that the document is known.
    """
    number = normal_number(document_number)
    _require_document(number, document_date, amount_minor, scan)
    with transaction.atomic():
        account = _require_account(account_code)
        link = _link_of(installment_id, link_id, actor)
        _require_same_house(account, link)
        _require_new(account, number)
        payment = _create(account, link)
        entry = _keep_document(payment, number, document_date, amount_minor, scan, actor)
        crash.point("manual.after_document")
        timeline.record([_event(payment, entry, actor)])
        report = manual.report_of(
            order_number=payment.order_number,
            document_number=number,
            amount_minor=amount_minor,
            currency=payment.currency,
            occurred_at=_moment_of(document_date),
        )
        settlement.settle_payment(payment_id=payment.pk, report=report)
        crash.point("manual.before_commit")
    return Payment.objects.select_related("account", "link", "student").get(pk=payment.pk)


def _moment_of(document_date: dt.date) -> dt.datetime:
    """Return when the money of a document moved: on its day, of which no hour is known; today's moved just now."""
    return min(clock.end_of(document_date) - dt.timedelta(seconds=1), clock.now())


def normal_number(text: str) -> str:
    """Return a document number as it is compared: one space between words, capital letters, no number sign in front."""
    return re.sub(r"\s+", " ", text).strip().lstrip("№#").strip().upper()


def _require_document(number: str, document_date: dt.date, amount_minor: int, scan: Scan | None) -> None:
    if not number or len(number) > LONGEST_NUMBER or "\0" in number:
        raise EntryRefused(_("Write the number that stands on the document."), field="document_number")
    if document_date > clock.today():
        raise EntryRefused(_("The document's date is still to come."), field="document_date")
    if document_date < clock.today() - OLDEST:
        raise EntryRefused(_("The document is more than a year old; check its date."), field="document_date")
    if amount_minor <= 0:
        raise EntryRefused(_("Write the sum that stands on the document."), field="amount")
    if scan is None:
        return
    if len(scan.content) > LARGEST_SCAN:
        raise EntryRefused(_("The scan is larger than 5 MB. Scan it with less detail."), field="scan")
    if not _type_of(scan):
        raise EntryRefused(_("A scan is a PDF, JPEG or PNG file."), field="scan")


def _type_of(scan: Scan) -> str:
    """Return what the file is by its first bytes, whatever its name says; nothing if it is none of ours."""
    return next((name for start, name in SCAN_TYPES.items() if scan.content.startswith(start)), "")


def _require_account(account_code: str) -> MerchantAccount:
    account = MerchantAccount.objects.filter(code=account_code, provider="manual", is_active=True).first()
    if account is None:
        raise EntryRefused(_("Choose the cash desk or bank account."), field="account")
    return account


def _link_of(installment_id: int | None, link_id: int | None, actor: timeline.Actor) -> PaymentLink:
    if link_id is not None:
        return links.lock_link(link_id=link_id)
    if installment_id is None or not Installment.objects.filter(pk=installment_id).exists():
        raise EntryRefused(_("Choose what the money is for."), field="purpose")
    line = PaymentLinkLine.objects.filter(installment_id=installment_id, is_open=True).first()
    if line is not None:
        return links.lock_link(link_id=line.link_id)
    try:
        return links.create_payment_link(installment_ids=[installment_id], actor=actor)
    except links.ActiveLinkExists as error:  # a colleague made one between the two statements
        return links.lock_link(link_id=error.link.pk)


def _require_same_house(account: MerchantAccount, link: PaymentLink) -> None:
    if account.legal_entity_id != link.invoice.legal_entity_id:
        raise EntryRefused(
            _("This account belongs to another legal entity than the invoice."), field="account"
        )
    if account.currency != link.currency:
        raise EntryRefused(
            _("This account takes %(account)s, the invoice is in %(invoice)s.")
            % {"account": account.currency, "invoice": link.currency},
            field="account",
        )


def _require_new(account: MerchantAccount, number: str) -> None:
    # Cashiers enter documents of one account one after another; the unique index would refuse the second one without words.
    MerchantAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    known = (
        ManualEntry.objects.filter(account=account, document_number=number, taken_back_at=None)
        .select_related("payment")
        .first()
    )
    if known is not None:
        raise DocumentKnown(
            _("Document %(number)s is entered already, as order %(order)s.")
            % {"number": number, "order": known.payment.order_number},
            payment=known.payment,
        )


def _create(account: MerchantAccount, link: PaymentLink) -> Payment:
    return Payment.objects.create(
        link=link,
        student_id=link.student_id,
        course_id=link.course_id,
        group_id=link.group_id,
        account=account,
        order_number=attempts.next_order_number(account),
        amount_minor=link.amount_minor,
        currency=link.currency,
        session_ends_at=clock.now(),
    )


def _keep_document(
    payment: Payment,
    number: str,
    document_date: dt.date,
    amount_minor: int,
    scan: Scan | None,
    actor: timeline.Actor,
) -> ManualEntry:
    return ManualEntry.objects.create(
        payment=payment,
        account=payment.account,
        document_number=number,
        document_date=document_date,
        amount_minor=amount_minor,
        scan=scan.content if scan else b"",
        scan_type=_type_of(scan) if scan else "",
        scan_name=scan.name[-120:] if scan else "",
        scan_sha256=hashlib.sha256(scan.content).hexdigest() if scan else "",
        entered_by_id=actor.user_id,
    )


def _event(payment: Payment, entry: ManualEntry, actor: timeline.Actor) -> timeline.Event:
    return timeline.Event(
        kind="payment_entered",
        student_id=payment.student_id,
        actor=actor,
        data={
            "account": payment.account.code,
            "order_number": payment.order_number,
            "amount_minor": entry.amount_minor,
            "currency": payment.currency,
            "document_number": entry.document_number,
            "document_date": entry.document_date.isoformat(),
        },
        subject_kind="billing.payment",
        subject_id=payment.pk,
    )
