"""Refunds that a person sends by bank transfer or from the cash desk, noted with their document."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from billing.manual_payments import SCAN_TYPES
from common import clock, crash, fsm
from common.errors import DomainError
from refunds import booking, records, settlement
from refunds.models import Refund
from students import operator_tasks, timeline

LARGEST_EVIDENCE = 5 * 1024 * 1024


class ManualRefundRefused(DomainError):  # noqa: N818
    """The document cannot be noted for this refund."""

    code = "manual-refund-refused"
    status = 409


def enter_manual_refund(
    *,
    refund_id: int,
    document_number: str,
    document_date: dt.date,
    by: AbstractBaseUser,
    evidence: bytes = b"",
    evidence_name: str = "",
) -> Refund:
    """
    Note that an approved refund was sent by bank transfer: document number, its day, and a scan if there is one.

    Books it, applies what was decided about access and tells the student. Raises ManualRefundRefused for a refund that the bank
    sends or sent, or without a readable document. A second entry is refused.
    """
    with transaction.atomic():
        refund = records.lock_refund(refund_id)
        _require_enterable(refund)
        _require_document(document_number, document_date, evidence)
        before = refund.state
        kind = fsm.timeline_kind(refund.enter, before)
        refund.channel = Refund.Channel.MANUAL
        refund.document_number = document_number.strip()
        refund.document_date = document_date
        refund.evidence = evidence or None
        refund.evidence_name = evidence_name[:120]
        refund.entered_by_id = by.pk
        refund.enter()
        refund.save()
        crash.point("refund.after_manual_entry")
        actor = timeline.Actor.person(by)
        events = [
            records.event(
                refund,
                kind,
                actor,
                before=before,
                document_number=refund.document_number,
                document_date=document_date.isoformat(),
            )
        ]
        events += booking.book_sent(refund)
        events += settlement.give_back(refund, actor=actor)
        timeline.record(events)
        close_tasks(refund_id=refund.pk, reason="sent by bank transfer")
    return refund


def close_tasks(*, refund_id: int, reason: str) -> None:
    """Close the tasks that ask for a bank transfer. Safe to repeat."""
    for kind in ("refund_refused", "refund_by_transfer"):
        operator_tasks.close_by_facts(key=f"{kind}:{refund_id}", reason=reason)


def type_of(evidence: bytes) -> str:
    """Return what a scan is by its first bytes, whatever its name says; nothing if it is none of ours."""
    return next((name for start, name in SCAN_TYPES.items() if evidence.startswith(start)), "")


def _require_enterable(refund: Refund) -> None:
    if refund.state == Refund.State.APPROVED:
        return
    if refund.state == Refund.State.MANUAL:
        raise ManualRefundRefused(
            _("Document %(number)s is noted for this refund already.") % {"number": refund.document_number}
        )
    raise ManualRefundRefused(
        _("This refund is %(state)s: nobody sends it by hand.") % {"state": refund.get_state_display()}
    )


def _require_document(number: str, day: dt.date, evidence: bytes) -> None:
    if not number.strip() or len(number.strip()) > 64 or "\0" in number:
        raise ManualRefundRefused(
            _("Write the number of the document, at most 64 characters."), field="document_number"
        )
    if day > clock.today():
        raise ManualRefundRefused(
            _("The day of the document must not be in the future."), field="document_date"
        )
    if len(evidence) > LARGEST_EVIDENCE:
        raise ManualRefundRefused(_("The scan must not be larger than 5 MB."), field="scan")
    if evidence and not type_of(evidence):
        raise ManualRefundRefused(_("A scan is a PDF, JPEG or PNG file."), field="scan")
