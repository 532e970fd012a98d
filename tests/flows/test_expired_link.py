"""A student holds an address that is over: she gets a new one, or a person is asked, and never two."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from billing import check_ledger, link_texts, links, lookup, renewal
from billing.models import PaymentLink, PaymentLookup
from billing.resolutions import renewing
from common import clock
from courses.models import PaymentPlanVersion
from students import timeline
from students.models import OperatorTask, TimelineEvent
from tests import processes
from tests.billing import doubtful
from tests.faults import jobs, proof
from tests.processes import Job

DAY = 86_400
STATE = PaymentLink.State


@pytest.fixture
def over(world, shift_clock):
    """Return a link of the first of three parts whose time is over."""
    link = world.link(world.invoice(plan="three-parts"))
    shift_clock(seconds=9 * DAY)
    return link


def ask(link, **facts):
    return Client(headers={"Accept-Language": "en"}).post(reverse("pay-renew", args=[link.token]), **facts)


def test_the_page_offers_a_new_one_and_leads_to_it(over):
    reader = Client(headers={"Accept-Language": "en"})
    page = reader.get(reverse("pay-link", args=[over.token]))
    assert reverse("pay-renew", args=[over.token]) in page.text
    answer = ask(over)
    fresh = PaymentLink.objects.get(state=STATE.ACTIVE)
    assert answer.headers["Location"] == reverse("pay-link", args=[fresh.token])
    assert (fresh.amount_minor, fresh.invoice_id) == (over.amount_minor, over.invoice_id)
    over.refresh_from_db()
    assert over.state == STATE.EXPIRED
    event = TimelineEvent.objects.get(kind="link_renewed")
    assert (event.actor_kind, event.data["new_link"]) == ("student", fresh.pk)


def test_asking_again_leads_to_the_same_one(over):
    assert ask(over).headers["Location"] == ask(over).headers["Location"]
    assert PaymentLink.objects.count() == 2


def test_what_was_paid_meanwhile_needs_no_new_one(world, over):
    fresh = renewal.renew_link(link_id=over.pk).link
    world.paid(fresh)
    answer = ask(over)
    assert answer.headers["Location"].endswith("?new=paid")
    page = Client().get(answer.headers["Location"] + "&lang=en")
    assert "no new link is needed" in page.text
    assert PaymentLink.objects.count() == 2


def test_money_that_was_on_its_way_pays_the_old_one(world, shift_clock):
    link = world.link(world.invoice(plan="three-parts"))
    payment = world.attempt(link)
    world.buyer_pays(payment)
    shift_clock(seconds=9 * DAY)
    renewed = renewal.renew_link(link_id=link.pk)
    link.refresh_from_db()
    assert link.state == STATE.PAID
    assert renewed.link == link
    assert PaymentLink.objects.count() == 1


def test_where_the_plan_says_so_a_person_is_asked_once(world, shift_clock):
    world.plan("by-person", PaymentPlanVersion.Kind.ONE_OFF, renew_links=False)
    link = world.link(world.invoice(plan="by-person"))
    shift_clock(seconds=9 * DAY)
    for _click in range(2):
        answer = ask(link)
        assert answer.headers["Location"].endswith("?new=asked")
    page = Client().get(answer.headers["Location"] + "&lang=en")
    assert "We asked the school" in page.text
    assert doubtful.open_tasks() == ["new_link_wanted"]
    assert PaymentLink.objects.count() == 1


def test_after_a_few_a_person_looks(world, shift_clock):
    link = world.link(world.invoice(plan="three-parts"))
    seconds = 9 * DAY
    for _time in range(renewal.AT_ONCE_A_DAY):
        shift_clock(seconds=seconds)
        fresh = renewal.renew_link(link_id=link.pk).link
        links.cancel_payment_link(link_id=fresh.pk, reason="a test", actor=timeline.SYSTEM)
        link = links.create_payment_link(
            installment_ids=[fresh.lines.get().installment_id],
            actor=timeline.SYSTEM,
            expires_at=clock.now() + dt.timedelta(seconds=1),
        )
        seconds += 10
        shift_clock(seconds=seconds)
    assert renewal.renew_link(link_id=link.pk).link is None
    assert doubtful.open_tasks() == ["new_link_wanted"]


def test_a_link_that_is_not_over_stays_the_one(world):
    link = world.link()
    assert renewal.renew_link(link_id=link.pk).link == link
    assert ask(link).headers["Location"] == reverse("pay-link", args=[link.token])
    cancelled = links.cancel_payment_link(link_id=link.pk, reason="a test", actor=timeline.SYSTEM)
    assert ask(cancelled).headers["Location"] == reverse("pay-link", args=[link.token])
    assert PaymentLink.objects.count() == 1


def test_a_wrong_address_gets_nothing(over):
    wrong = over.token[:-1] + ("a" if over.token[-1] != "a" else "b")
    assert Client().post(reverse("pay-renew", args=[wrong])).status_code == 404
    assert Client().get(reverse("pay-renew", args=[over.token])).status_code == 405
    assert PaymentLink.objects.count() == 1


def test_the_task_makes_the_link(world, shift_clock):
    world.plan("by-person", PaymentPlanVersion.Kind.ONE_OFF, renew_links=False)
    link = world.link(world.invoice(plan="by-person"))
    shift_clock(seconds=9 * DAY)
    renewal.renew_link(link_id=link.pk)
    task = OperatorTask.objects.get()
    for _time in range(2):
        renewing.MAKE_LINK.apply(task, {}, doubtful.colleague(), "asked by phone")
    assert PaymentLink.objects.filter(state=STATE.ACTIVE).count() == 1


def test_a_wish_that_the_facts_have_answered_is_closed(world, shift_clock):
    world.plan("by-person", PaymentPlanVersion.Kind.ONE_OFF, renew_links=False)
    old = [world.link(world.invoice(plan="by-person")) for _number in range(3)]
    shift_clock(seconds=9 * DAY)
    for link in old:
        renewal.renew_link(link_id=link.pk)
    assert renewal.sweep() == 0
    world.paid(world.link(old[0].invoice))
    world.link(old[1].invoice)
    assert renewal.sweep() == 2
    assert [task.subject_id for task in OperatorTask.objects.exclude(state="resolved")] == [old[2].pk]
    assert renewal.sweep() == 0


def test_a_link_that_is_not_over_asks_no_bank(world):
    link = world.link()
    world.attempt(link)
    asked = PaymentLookup.objects.count()
    assert renewal.renew_link(link_id=link.pk).link == link
    assert PaymentLookup.objects.count() == asked


def test_one_link_pays_several_parts(world):
    invoice = world.invoice(plan="three-parts")
    parts = [world.installment(invoice, number).pk for number in (1, 2)]
    link = links.create_payment_link(installment_ids=parts, actor=timeline.SYSTEM)
    payment = world.attempt(link)
    world.buyer_pays(payment)
    lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
    assert [part.state for part in invoice.installments.order_by("number")] == ["paid", "paid", "scheduled"]
    assert check_ledger.problems() == []


def test_the_message_is_ready_in_three_languages(world):
    link = world.link()
    told = {code: text for code, _name, text in link_texts.messages_of(link=link)}
    assert set(told) == {"hy", "ru", "en"}
    for text in told.values():
        assert links.link_address(link) in text
        assert link.course.title in text
        assert "%" not in text
    assert len(set(told.values())) == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_two_clicks_at_once_give_one_link(world, shift_clock):
    link = world.link(world.invoice(plan="three-parts"))
    shift_clock(seconds=9 * DAY)
    outcomes = processes.values(processes.together([Job(act=jobs.renew, arguments={"link_id": link.pk})] * 4))
    assert len(set(outcomes)) == 1
    assert PaymentLink.objects.filter(state=STATE.ACTIVE).count() == 1
    proof.require_clean()


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
@pytest.mark.parametrize("point", ["renew.after_expiry", "link.after_create", "renew.before_commit"])
def test_death_on_the_way_leaves_no_half_link(world, shift_clock, point):
    link = world.link(world.invoice(plan="three-parts"))
    shift_clock(seconds=9 * DAY)
    assert processes.alone(jobs.renew, crash_at=point, link_id=link.pk).was_killed
    assert not PaymentLink.objects.filter(state=STATE.ACTIVE).exists()
    jobs.renew(link_id=link.pk)
    assert PaymentLink.objects.filter(state=STATE.ACTIVE).count() == 1
    proof.require_clean()
