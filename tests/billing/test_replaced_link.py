"""A link replaced in one step: never none, never two, and money for the old one still counts."""

import pytest

from billing import link_replacing, links
from billing.models import PaymentLink, PaymentLinkLine
from common.errors import DomainError
from students import timeline
from students.models import TimelineEvent
from tests import processes
from tests.faults import jobs
from tests.processes import Job

State = PaymentLink.State


def replace(link, **facts):
    return link_replacing.replace_payment_link(
        link_id=link.pk, reason=facts.pop("reason", "wrong day"), actor=timeline.SYSTEM, **facts
    )


@pytest.mark.django_db
def test_the_new_link_asks_for_the_same_and_the_old_says_why_it_ended(world):
    old = world.link(crm_deal_id="D-7")
    fresh = replace(old)
    old.refresh_from_db()
    assert (old.state, old.close_reason) == (State.SUPERSEDED, "wrong day")
    assert (fresh.state, fresh.amount_minor, fresh.crm_deal_id) == (State.ACTIVE, old.amount_minor, "D-7")
    assert fresh.token != old.token
    assert TimelineEvent.objects.get(kind="link_superseded").reason == "wrong day"


@pytest.mark.django_db
def test_with_another_amount_where_the_plan_allows_parts(world):
    old = world.link(world.invoice(plan="flexible"))
    assert replace(old, amount_minor=500_000).amount_minor == 500_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"reason": " "}, "Write why"),
        ({"amount_minor": 150}, "whole drams"),
        ({"amount_minor": 10**12}, "Only 90000"),
    ],
)
def test_what_cannot_be_changes_nothing(world, facts, words):
    old = world.link()
    with pytest.raises(DomainError, match=words):
        replace(old, **facts)
    old.refresh_from_db()
    assert old.state == State.ACTIVE
    assert PaymentLink.objects.count() == 1


@pytest.mark.django_db
def test_only_an_active_link_is_replaced(world):
    old = world.link()
    replace(old)
    with pytest.raises(links.LinkRefused, match="Only an active link can be replaced"):
        replace(old)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["replace.after_old", "replace.before_commit"])
def test_a_death_on_the_way_leaves_the_old_one(world, point):
    old = world.link()
    assert processes.alone(jobs.replace_link, crash_at=point, link_id=old.pk).was_killed
    old.refresh_from_db()
    assert old.state == State.ACTIVE
    assert PaymentLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_open_link(world):
    old = world.link()
    done = processes.together([Job(act=jobs.replace_link, arguments={"link_id": old.pk}) for _ in range(2)])
    assert sorted(bool(outcome.error) for outcome in done) == [False, True]
    assert PaymentLinkLine.objects.filter(is_open=True).count() == 1
    assert PaymentLink.objects.count() == 2
