"""
Every kind of task from its cause to every end that it may have, through the desk's own pages.

The table below is compared with what the apps register: a kind or an end that is added without its way here fails.
"""

import dataclasses
import html as markup
from typing import Any

import pytest
from django.urls import reverse

from access.models import AccessGrant, AccessSync, CourseAccess
from billing import balances, check_ledger
from billing.models import HoldDecision, Installment, Payment, PaymentLink
from common import clock
from students import task_types
from students.models import OperatorTask, TimelineEvent
from tests.backoffice.people import person, words_of
from tests.desk.deciding import decide, effect
from tests.flows import tasks

pytestmark = pytest.mark.django_db
FACTS = "facts"


@dataclasses.dataclass(frozen=True)
class End:
    """Who decides, what is asked for, and what is true afterwards."""

    by: str = "manager"
    elsewhere: bool = False  # a link to a page of its own
    asks: Any = None
    holds: Any = lambda _life, _task: True
    closes: bool = True


def of(state):
    """The payment is in this state."""

    def holds(life, _task):
        return Payment.objects.get(pk=life.payment.pk).state == state

    return holds


def credit(minor):
    def holds(life, _task):
        return (
            sum(left for _payment, left in balances.credits_of(student_id=life.payment.student_id)) == minor
        )

    return holds


def refund(state):
    return lambda _life, task: tasks.refund_of(task).state == state


def access(state):
    def holds(life, _task):
        return CourseAccess.objects.get(student_id=life.payment.student_id).state == state

    return holds


def remains(minor):
    def holds(life, _task):
        invoice_id = life.invoice.pk if life.invoice else life.payment.link.invoice_id
        return balances.invoice_balance(invoice_id=invoice_id).remaining_minor == minor

    return holds


def grounds(count):
    return lambda _life, _task: AccessGrant.objects.count() == count


def has_a_link(life, _task):
    return PaymentLink.objects.get(invoice=life.invoice, state="active").amount_minor == 9_000_000


def second_part(life, _task):
    part = life.world.installment(life.payment.link.invoice, 2)
    return {"installment": part.pk, "amount": ""}


def document(_life, _task):
    return {"document_number": "ՓՀ-7", "document_date": str(clock.today())}


def another_payment(life, _task):
    return {"order": str(life.world.paid().order_number)}


def second_part_is_paid(life, _task):
    part = life.world.installment(life.payment.link.invoice, 2)
    return part.state in (Installment.State.PAID, Installment.State.PARTLY_PAID)


def told_again(_life, task):
    return AccessSync.objects.get(pk=task.subject_id).next_attempt_at is not None


def confirmed_there(_life, task):
    return AccessSync.objects.get(pk=task.subject_id).confirmed_open


ENDS = {
    ("payment_held", "accept"): End(holds=of("verified")),
    ("payment_held", "keep"): End(holds=credit(4_500_000)),
    ("payment_held", "not_ours"): End(by="accountant", holds=of("failed")),
    ("payment_held", FACTS): End(holds=of("verified")),
    ("second_payment", "allocate"): End(asks=second_part, holds=second_part_is_paid),
    ("second_payment", "keep"): End(by="support", holds=credit(3_000_000)),
    ("second_payment", "refund"): End(elsewhere=True),
    ("second_payment", FACTS): End(holds=second_part_is_paid),
    ("overpayment", "allocate"): End(asks=second_part, holds=second_part_is_paid),
    ("overpayment", "keep"): End(by="support", holds=credit(500_000)),
    ("overpayment", "refund"): End(elsewhere=True),
    ("overpayment", FACTS): End(holds=second_part_is_paid),
    ("paid_closed_link", "keep"): End(by="support", holds=of("verified")),
    ("paid_closed_link", "refund"): End(elsewhere=True),
    ("outcome_unknown", "ask"): End(by="support", closes=False, holds=of("unknown")),
    ("outcome_unknown", "not_paid"): End(holds=of("failed")),
    ("outcome_unknown", FACTS): End(holds=of("verified")),
    ("unknown_order", "recorded"): End(asks=another_payment),
    ("unknown_order", "not_ours"): End(),
    ("unknown_order", FACTS): End(),
    ("access_not_opened", "open"): End(by="support", holds=access("open")),
    ("access_not_opened", "leave"): End(holds=grounds(0)),
    ("access_not_opened", FACTS): End(holds=access("open")),
    ("lms_not_confirmed", "send_again"): End(by="support", closes=False, holds=told_again),
    ("lms_not_confirmed", "done_by_hand"): End(holds=access("open")),
    ("lms_not_confirmed", FACTS): End(holds=confirmed_there),
    ("manual_review", "confirm"): End(holds=access("open")),
    ("manual_review", "decline"): End(holds=grounds(0)),
    ("manual_review", "refund"): End(elsewhere=True),
    ("refund_unknown", "ask"): End(by="support", closes=False, holds=refund("unknown")),
    ("refund_unknown", "never_moved"): End(by="accountant", holds=refund("failed")),
    ("refund_unknown", FACTS): End(holds=refund("settled")),
    ("refund_refused", "enter"): End(by="cashier", asks=document, holds=refund("manual")),
    ("refund_refused", "withdraw"): End(holds=refund("rejected")),
    ("refund_by_transfer", "enter"): End(by="cashier", asks=document, holds=refund("manual")),
    ("refund_by_transfer", "withdraw"): End(holds=refund("rejected")),
    ("external_refund", "agreed"): End(holds=access("open")),
    ("external_refund", "agreed_ends"): End(holds=access("suspended")),
    ("external_refund", "still_owed"): End(holds=remains(9_000_000)),
    ("reminders_unanswered", "will_pay"): End(by="support", holds=remains(9_000_000)),
    ("reminders_unanswered", "left"): End(holds=remains(9_000_000)),
    ("reminders_unanswered", FACTS): End(holds=remains(0)),
    ("new_link_wanted", "make_link"): End(holds=has_a_link),
    ("new_link_wanted", FACTS): End(holds=has_a_link),
    ("new_link_wanted", "no_link"): End(by="support", holds=remains(9_000_000)),
    ("pause_wanted", "pause"): End(elsewhere=True),
    ("pause_wanted", "done"): End(by="support", holds=remains(9_000_000)),
    ("pause_wanted", "declined"): End(by="support", holds=remains(9_000_000)),
    ("transfer_wanted", "transfer"): End(elsewhere=True),
    ("transfer_wanted", "done"): End(by="support", holds=remains(9_000_000)),
    ("transfer_wanted", "declined"): End(by="support", holds=remains(9_000_000)),
    ("course_wanted", "enroll"): End(elsewhere=True),
    ("course_wanted", "done"): End(by="support", holds=remains(9_000_000)),
    ("course_wanted", "declined"): End(by="support", holds=remains(9_000_000)),
    ("reminder_without_link", "will_pay"): End(by="support", holds=remains(9_000_000)),
    ("reminder_without_link", "left"): End(holds=remains(9_000_000)),
    ("reminder_without_link", FACTS): End(holds=remains(9_000_000)),
    ("month_breaks", "open_breaks"): End(by="accountant", elsewhere=True),
    ("month_breaks", FACTS): End(holds=of("verified")),
}
# Ends that a task of this kind has only in a state that no cause of today leads to; said where that is proven.
ONLY_IN_ANOTHER_STATE = {("refund_refused", "seen"): "tests/refunds/test_tasks.py"}


@pytest.fixture
def life(world, shift_clock, monkeypatch, settings):
    settings.LMS_KIND, settings.LMS_BASE_URL = "openedx", f"{world.sandbox.url}/lms"
    settings.LMS_TOKEN = world.login_of("ameria")
    return tasks.Life(world, shift_clock, monkeypatch)


@pytest.fixture(autouse=True)
def clean_books(db):
    yield
    assert check_ledger.problems() == []


def registered():
    return {
        (kind, end.code)
        for kind, task_type in task_types.all_types().items()
        for end in task_type.resolutions
    }


def test_every_kind_and_every_end_has_its_way_here():
    told = {end for end in ENDS if end[1] != FACTS} | set(ONLY_IN_ANOTHER_STATE)
    assert registered() == told
    assert set(task_types.all_types()) == {kind for kind, _code in ENDS}


@pytest.mark.parametrize(("kind", "code"), [end for end in ENDS if end[1] != FACTS])
def test_from_its_cause_to_its_end(life, kind, code):
    task, end = life.cause(kind), ENDS[kind, code]
    client = person(role=end.by)
    if end.elsewhere:
        the_way_leads_elsewhere(client, task, code)
        return
    assert task_page(client, task).count(reverse("desk-resolve", args=[task.pk, code])) >= 1
    data = end.asks(life, task) if end.asks else {}
    words, seen = effect(client, task, code, **data)
    assert "What will happen" in words
    assert seen
    answer = decide(client, task, code, reason="looked at it", **data)
    assert answer.status_code == 302
    task.refresh_from_db()
    assert end.holds(life, task)
    if end.closes:
        assert (task.state, task.resolution) in {("resolved", code), ("resolved", FACTS)}
        assert not OperatorTask.objects.exclude(state="resolved").filter(kind=kind).exists()
    else:
        assert task.state != "resolved"
    told = TimelineEvent.objects.filter(actor=client.user)
    assert told.exists()


def the_way_leads_elsewhere(client, task, code):
    """The end is a link to the page where the matter is decided, and that page opens for who may."""
    end = task_types.type_of(task.kind).resolution(code)
    assert end.address is not None
    address = end.address(task)
    assert address in markup.unescape(task_page(client, task))
    assert client.get(address).status_code == 200
    task.refresh_from_db()
    assert task.state != "resolved"


def task_page(client, task):
    answer = client.get(reverse("desk-task", args=[task.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("kind", [kind for kind, code in ENDS if code == FACTS])
def test_the_facts_close_it_without_a_person(life, kind):
    task = life.cause(kind)
    life.settle(kind)
    task.refresh_from_db()
    assert (task.state, task.resolution, task.resolved_by_id) == ("resolved", FACTS, None)
    assert ENDS[kind, FACTS].holds(life, task)
    assert not HoldDecision.objects.filter(payment=life.payment, decided_by=None).exists()


@pytest.mark.parametrize("kind", sorted({kind for kind, _code in ENDS}))
def test_its_page_says_what_it_is_about_in_words(life, kind):
    task = life.cause(kind)
    words = words_of(task_page(person(role="manager"), task))
    assert str(task_types.type_of(kind).name) in words.replace("&#x27;", "'")
    assert str(task_types.type_of(kind).advice) in words.replace("&#x27;", "'").replace("&quot;", '"')
    assert "None" not in words
