"""Money meets each kind of rule: a share of the price, days after the payment, a day to wait for, a free place."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from access import by_hand, changes, why
from access.models import AccessGrant
from billing import check_ledger, links, unopened, what_if
from billing.models import Invoice
from common import clock
from courses import terms
from courses.models import AccessRule, AccessRuleVersion, PaymentPlanVersion
from students import timeline
from students.models import TimelineEvent
from tests.billing import doubtful
from tests.billing.pausing_school import pause

DRAM = 100
DAY = 86_400


def plan_with(world, code, kind=PaymentPlanVersion.Kind.EQUAL_PARTS, **facts):
    plan_facts = {name: facts.pop(name) for name in ("parts", "allow_partial") if name in facts}
    if kind == PaymentPlanVersion.Kind.EQUAL_PARTS:
        plan_facts.setdefault("parts", 3)
    rule = AccessRule.objects.create(code=code, name=code)
    version = terms.add_access_rule_version(rule=rule, grace_days=5, **facts)
    world.plan(code, kind, access_rule_version=version, **plan_facts)
    return code


def explained(invoice, at=None):
    return why.explain(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id, at=at)


def test_half_of_the_price_opens_all_that_is_paid(world):
    invoice = world.invoice(plan=plan_with(world, "half", opens="at_share", share_percent=50))
    world.paid(world.link(invoice))
    assert explained(invoice).state == "none"
    assert "is not paid yet" in explained(invoice).sentence
    world.paid(world.link(invoice, number=2))
    assert explained(invoice).state == "open"
    sources = set(AccessGrant.objects.values_list("source", flat=True))
    parts = [world.installment(invoice, number).pk for number in (1, 2)]
    assert {f"installment:{pk}:paid" for pk in parts} <= sources
    assert check_ledger.problems() == []


def test_waiting_for_the_share_asks_nobody(world):
    invoice = world.invoice(plan=plan_with(world, "half", opens="at_share", share_percent=50))
    world.paid(world.link(invoice))
    assert unopened.sweep() == 0
    assert doubtful.open_tasks() == []


def test_what_was_taken_back_does_not_come_back_with_the_share(world):
    invoice = world.invoice(plan=plan_with(world, "third", opens="at_share", share_percent=30))
    world.paid(world.link(invoice))
    AccessGrant.objects.filter(source=f"installment:{world.installment(invoice).pk}:paid").update(
        withdrawn_at=clock.now(), withdrawn_reason="refunded"
    )
    world.paid(world.link(invoice, number=2))
    live = AccessGrant.objects.filter(withdrawn_at__isnull=True, kind="paid")
    assert [grant.source for grant in live] == [f"installment:{world.installment(invoice, 2).pk}:paid"]


def test_a_part_of_a_part_reaches_the_share_and_holds_until_the_grace(world, shift_clock):
    invoice = world.invoice(
        plan=plan_with(
            world,
            "half",
            PaymentPlanVersion.Kind.ONE_OFF,
            opens="at_share",
            share_percent=50,
            allow_partial=True,
        )
    )
    part = world.installment(invoice)
    link = links.create_payment_link(
        installment_ids=[part.pk], actor=timeline.SYSTEM, amount_minor=45_000 * DRAM
    )
    world.paid(link)
    assert explained(invoice).state == "open"
    assert explained(invoice, clock.end_of(part.grace_date)).state == "suspended"
    world.paid(world.link(invoice))
    assert explained(invoice, clock.end_of(part.grace_date)).state == "open"


def test_days_after_the_payment(world, shift_clock):
    invoice = world.invoice(plan=plan_with(world, "wait", wait_days=3))
    world.paid(world.link(invoice))
    opens = clock.start_of(clock.today() + dt.timedelta(days=3))
    assert explained(invoice).state == "none"
    assert "it is paid, and by its rule it opens on" in explained(invoice).sentence
    assert explained(invoice, opens - dt.timedelta(seconds=1)).state == "none"
    shift_clock(seconds=3 * DAY)
    changes.follow_changes()
    assert explained(invoice).state == "open"
    assert TimelineEvent.objects.filter(kind="access_opened", student=invoice.student_id).count() == 1


def test_never_before_a_day(world):
    day = clock.today() + dt.timedelta(days=10)
    invoice = world.invoice(plan=plan_with(world, "on-day", not_before=day))
    world.paid(world.link(invoice))
    assert [
        explained(invoice, at).state
        for at in (clock.start_of(day) - dt.timedelta(seconds=1), clock.start_of(day))
    ] == ["none", "open"]


def test_a_rule_whose_day_is_after_the_paid_days_asks_a_person(world):
    day = clock.today() + dt.timedelta(days=200)
    invoice = world.invoice(
        plan=plan_with(world, "too-late", PaymentPlanVersion.Kind.ONE_OFF, not_before=day)
    )
    world.paid(world.link(invoice))
    assert unopened.sweep() == 1
    assert doubtful.open_tasks() == ["access_not_opened"]


def test_a_pause_and_a_share_go_together(world, shift_clock):
    invoice = world.invoice(plan=plan_with(world, "half", opens="at_share", share_percent=50))
    world.paid(world.link(invoice))
    pause(invoice, 0, 9)
    world.paid(world.link(invoice, number=2))
    assert explained(invoice).state == "paused"
    assert explained(invoice, clock.start_of(clock.today() + dt.timedelta(days=10))).state == "open"


@pytest.mark.parametrize(
    "facts",
    [
        {"opens": "at_share"},
        {"opens": "at_share", "share_percent": 0},
        {"opens": "at_share", "share_percent": 101},
        {"opens": "at_payment", "share_percent": 50},
    ],
)
def test_the_database_keeps_shares_where_they_count(world, facts):
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRuleVersion.objects.create(rule=world.rule, number=9, **facts)


def give(world, *, until=None, student=None, reason="a scholarship of the city"):
    group = world.group()
    student = student or world.student()
    by_hand.give_free_place(
        student_id=student.pk,
        course_id=group.course_id,
        until=until,
        reason=reason,
        actor=doubtful.colleague(),
    )
    return student, group


def test_a_free_place_is_a_ground_of_its_own(world):
    student, group = give(world)
    told = why.explain(student_id=student.pk, course_id=group.course_id)
    assert (told.state, told.sentence) == ("open", "Open without an end: a free place.")
    event = TimelineEvent.objects.get(student=student, kind="free_place_given")
    assert event.actor_kind == "person"
    with pytest.raises(by_hand.BadWindow, match="has a free place"):
        by_hand.give_free_place(
            student_id=student.pk,
            course_id=group.course_id,
            until=None,
            reason="again",
            actor=doubtful.colleague(),
        )
    by_hand.close_by_hand(
        grant_id=AccessGrant.objects.get().pk, reason="it ended", actor=doubtful.colleague()
    )
    assert why.explain(student_id=student.pk, course_id=group.course_id).state == "suspended"
    assert TimelineEvent.objects.filter(student=student, kind="free_place_taken").exists()


def test_a_free_place_ends_by_itself(world, shift_clock):
    student, group = give(world, until=clock.today() + dt.timedelta(days=2))
    shift_clock(seconds=3 * DAY)
    changes.follow_changes()
    assert why.explain(student_id=student.pk, course_id=group.course_id).state == "suspended"


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"reason": " "}, "Write why"), ({"until": dt.date(2020, 1, 1)}, "in the past")],
)
def test_a_free_place_needs_a_reason_and_a_day_to_come(world, facts, words):
    with pytest.raises(by_hand.BadWindow, match=words):
        give(world, **facts)
    assert not AccessGrant.objects.exists()


def test_asking_what_a_payment_would_open_says_what_happens_then(world):
    for plan in ("three-parts", plan_with(world, "half", opens="at_share", share_percent=60)):
        invoice = Invoice.objects.select_related(
            "enrollment__group", "access_rule_version__rule", "plan_version"
        ).get(pk=world.invoice(plan=plan).pk)
        on = clock.today() + dt.timedelta(days=20)
        asked = what_if.would_open(invoice=invoice, amount_minor=30_000 * DRAM, paid_on=clock.today(), on=on)
        before = (AccessGrant.objects.count(), TimelineEvent.objects.count())
        world.paid(world.link(invoice))
        told = explained(invoice, clock.end_of(on) - dt.timedelta(microseconds=1))
        assert (asked.explanation.state, asked.explanation.sentence) == (told.state, told.sentence)
        assert before[0] <= AccessGrant.objects.count()


def test_what_a_person_opened_is_told_with_her_reason(world):
    invoice = Invoice.objects.select_related(
        "enrollment__group", "access_rule_version__rule", "plan_version"
    ).get(pk=world.invoice(plan="three-parts").pk)
    by_hand.open_by_hand(
        student_id=invoice.student_id,
        course_id=invoice.enrollment.group.course_id,
        until=clock.today(),
        reason="trial lesson",
        actor=doubtful.colleague(),
    )
    asked = what_if.would_open(invoice=invoice, amount_minor=0, paid_on=clock.today(), on=clock.today())
    assert "opened by hand: trial lesson" in asked.explanation.sentence


def test_more_than_is_owed_would_be_credit_and_nothing_is_stored(world):
    invoice = Invoice.objects.select_related(
        "enrollment__group", "access_rule_version__rule", "plan_version"
    ).get(pk=world.invoice(plan="three-parts").pk)
    events = TimelineEvent.objects.count()
    asked = what_if.would_open(
        invoice=invoice, amount_minor=100_000 * DRAM, paid_on=clock.today(), on=clock.today()
    )
    assert (len(asked.shares), asked.credit_minor) == (3, 10_000 * DRAM)
    assert (AccessGrant.objects.count(), TimelineEvent.objects.count()) == (0, events)
