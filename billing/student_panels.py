"""Invoices, payments and payment links on the student page. Reads only; the doors stand elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing import balances, differences, links, pause_door, refund_door, transfer_door, what_if_door
from billing.models import Installment, Invoice, Payment, PaymentLink, PaymentLinkLine, PaymentLookup
from billing.reminders import student_panel as reminders
from common import state_look
from students import record_address
from students.models import Student
from students.student_panel import StudentPanel, Viewer

SHOWN = 12  # of each; a student with more has the rest in the admin
ALWAYS_SHOWN = 2
LOOKUPS_SHOWN = 6

STATUS_WORDS: dict[str, Any] = {
    "paid": gettext_lazy("paid"),
    "failed": gettext_lazy("declined"),
    "pending": gettext_lazy("not decided yet"),
    "not_attempted": gettext_lazy("nobody has tried yet"),
    "unknown": gettext_lazy("no clear answer"),
}
ASKER_WORDS: dict[str, Any] = {
    "sweeper": gettext_lazy("by schedule"),
    "return": gettext_lazy("student came back"),
    "callback": gettext_lazy("bank's message"),
    "operator": gettext_lazy("asked by hand"),
    "page": gettext_lazy("student's page"),
    "start": gettext_lazy("before a new attempt"),
}


def load_invoices(student: Student, viewer: Viewer) -> Mapping[str, Any]:
    """Return the newest invoices with their three numbers and schedules, and the student's credit."""
    invoices, more = _newest(
        student.invoices.select_related("enrollment__group__course", "payer", "plan_version__plan")
    )
    numbers = balances.invoice_balances(invoices=invoices)
    paused = pause_door.offered_to(viewer, invoices=invoices)
    schedules = balances.schedules(invoice_ids=[invoice.pk for invoice in invoices])
    return {
        "student": student,
        "more": more,
        "enter_address": f"{reverse('admin:billing_payment_enter')}?student={student.pk}"
        if invoices and viewer.has_perm("billing.enter_manual_payment")
        else "",
        "invoices": [
            {
                **_invoice(
                    invoice, numbers[invoice.pk], schedules[invoice.pk], is_newest=invoice is invoices[0]
                ),
                "transfer_address": transfer_door.offered_to(viewer, invoice=invoice),
                "pausing": paused.get(invoice.pk),
                "what_if_address": what_if_door.offered_to(viewer, invoice=invoice),
            }
            for invoice in invoices
        ],
        "credits": [
            {"amount_minor": left, "currency": payment.currency, "order_number": payment.order_number}
            for payment, left in balances.credits_of(student_id=student.pk)
        ],
    }


def _invoice(
    invoice: Invoice, balance: balances.Balance, lines: Sequence[balances.ScheduleLine], *, is_newest: bool
) -> dict[str, Any]:
    return {
        "invoice": invoice,
        "balance": balance,
        "look": _invoice_look(invoice, balance, lines),
        "record": record_address.of_record("billing.invoice", invoice.pk),
        "is_open": invoice.cancelled_at is None and (balance.remaining_minor > 0 or is_newest),
        "installments": [
            {
                "number": line.installment.number,
                "period_from": line.installment.period_from,
                "period_to": line.installment.period_to,
                "due_date": line.due_date,
                "expected_minor": line.installment.expected_minor,
                "paid_minor": line.paid_minor,
                "remaining_minor": line.remaining_minor,
                "look": _look(line.installment),
            }
            for line in lines
        ],
    }


def _invoice_look(
    invoice: Invoice, balance: balances.Balance, lines: Sequence[balances.ScheduleLine]
) -> dict[str, str]:
    states = {line.installment.state for line in lines}
    if invoice.cancelled_at:
        return {"word": _("cancelled"), "tone": "mute", "icon": "stop"}
    if balance.remaining_minor <= 0:
        return {"word": _("paid in full"), "tone": "good", "icon": "check"}
    if Installment.State.OVERDUE in states:
        return {"word": _("overdue"), "tone": "bad", "icon": "alert"}
    if states & {Installment.State.DUE, Installment.State.PARTLY_PAID}:
        return {"word": _("due"), "tone": "wait", "icon": "clock"}
    return {"word": _("nothing due now"), "tone": "mute", "icon": "calendar"}


def load_payments(student: Student, viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the newest attempts to pay, with what each provider answered, and whether the reader may ask again."""
    answers = PaymentLookup.objects.order_by("-id")[:LOOKUPS_SHOWN]
    payments, more = _newest(
        student.payments.select_related("account", "course", "link").prefetch_related(
            Prefetch("answers", queryset=answers, to_attr="newest_answers"),
            Prefetch("allocations__installment__invoice"),
        )
    )
    if not payments:
        return None
    may_ask = viewer.has_perm("billing.ask_provider")
    items = [_payment(payment, viewer, may_ask=may_ask) for payment in payments]
    return {
        "student": student,
        "more": more,
        **_fold(items, lambda item: item["payment"].is_open or item["payment"].state == Payment.State.HELD),
    }


def _payment(payment: Any, viewer: Viewer, *, may_ask: bool) -> dict[str, Any]:
    return {
        "payment": payment,
        "record": record_address.of_record("billing.payment", payment.pk),
        "refund_address": refund_door.offered_to(viewer, payment=payment),
        "may_ask": may_ask and payment.state in Payment.ASKED_STATES and payment.account.provider != "manual",
        "answers": [_answer(answer) for answer in payment.newest_answers],
        "unlisted": payment.lookups - len(payment.newest_answers),
        "shares": _shares(payment),
        "difference": differences.word_of(payment.hold_reason),
    }


def _shares(payment: Any) -> list[dict[str, Any]]:
    """Return which installments the payment stands for now; what was taken away again is left out."""
    shares: dict[int, dict[str, Any]] = {}
    for row in payment.allocations.all():
        share = shares.setdefault(row.installment_id, {"installment": row.installment, "amount_minor": 0})
        share["amount_minor"] += row.amount_minor
    return [share for share in shares.values() if share["amount_minor"] > 0]


def _answer(answer: PaymentLookup) -> dict[str, Any]:
    return {
        "asked_at": answer.asked_at,
        "word": STATUS_WORDS.get(answer.status, answer.status),
        "raw_code": answer.raw_code,
        "raw_message": answer.raw_message,
        "by": ASKER_WORDS.get(answer.asked_by, answer.asked_by),
        "took_ms": answer.took_ms,
    }


def load_links(student: Student, viewer: Viewer) -> Mapping[str, Any] | None:
    """Return the newest payment links; addresses only for those who may send them, and only while they can be paid."""
    lines = PaymentLinkLine.objects.select_related("installment__invoice").order_by("installment__number")
    found, more = _newest(
        student.links.select_related("course", "group").prefetch_related(Prefetch("lines", queryset=lines))
    )
    if not found and not student.invoices.exists():
        return None
    may_send = viewer.has_perm("billing.send_paymentlink")
    items = [_link(link, may_send=may_send) for link in found]
    return {
        "student": student,
        "more": more,
        **_fold(items, lambda item: item["link"].state == PaymentLink.State.ACTIVE),
    }


def _link(link: PaymentLink, *, may_send: bool) -> dict[str, Any]:
    shows_address = may_send and link.state == PaymentLink.State.ACTIVE
    return {
        "link": link,
        "key": str(link.pk),
        "record": record_address.of_record("billing.paymentlink", link.pk),
        "address": links.link_address(link) if shows_address else "",
    }


def _fold(items: Sequence[dict[str, Any]], matters: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Divide into what is read at once, in any case the newest, and what is folded away."""
    shown = [item for place, item in enumerate(items) if place < ALWAYS_SHOWN or matters(item)]
    return {"shown": shown, "folded": [item for item in items if item not in shown]}


def _newest(records: Any) -> tuple[list[Any], bool]:
    found = list(records[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def _look(record: Installment) -> dict[str, str]:
    look = state_look.look_of(model="installment", value=record.state)
    return {"word": record.get_state_display(), "tone": look.tone, "icon": look.icon}


PANELS = [
    StudentPanel(
        code="invoices",
        place=30,
        template="student_page/panels/invoices.html",
        load=load_invoices,
        permission="billing.view_invoice",
    ),
    StudentPanel(
        code="payments",
        place=40,
        template="student_page/panels/payments.html",
        load=load_payments,
        permission="billing.view_payment",
    ),
    StudentPanel(
        code="links",
        place=50,
        template="student_page/panels/links.html",
        load=load_links,
        permission="billing.view_paymentlink",
    ),
    reminders.PANEL,
]
