"""A student pauses: due dates, paid days and the end move together, overdue money stays, and all of it can be taken back."""

import datetime as dt

import pytest

from access import changes, why
from access.models import AccessGrant, CourseAccess
from billing import check_ledger, daily, due_dates, pause_plan, progress
from billing.models import Installment
from billing.reminders import hindrances, sending
from common import clock, dates
from courses import enrolling, moving, pausing
from courses.models import Enrollment, Pause, PauseLimits
from students.models import TimelineEvent
from tests.billing import doubtful, moving_school
from tests.billing.pausing_school import days, end, pause, student_who_paid

DAY = 86_400


@pytest.fixture
def invoice(world):
    yield student_who_paid(world)
    assert check_ledger.problems() == []


@pytest.fixture
def turn_to(shift_clock):
    def turn(day):
        shift_clock(seconds=day * DAY)
        daily.mark_due()
        daily.mark_overdue()
        pausing.follow_calendar()
        changes.follow_changes()

    return turn


def explained(invoice, at=None):
    return why.explain(student_id=invoice.student_id, course_id=invoice.enrollment.group.course_id, at=at)


def stored(invoice):
    return CourseAccess.objects.get(student_id=invoice.student_id).state


def enrollment_of(invoice):
    return Enrollment.objects.get(pk=invoice.enrollment_id)


def dates_of(invoice):
    return list(
        invoice.installments.order_by("number").values_list(
            "period_from", "period_to", "due_date", "grace_date"
        )
    )


def live(invoice):
    return set(
        AccessGrant.objects.filter(student_id=invoice.student_id, withdrawn_at__isnull=True).values_list(
            "source", "opens_at", "closes_at"
        )
    )


def on(number):
    return clock.today() + dt.timedelta(days=number)


def _shown(day):
    return dates.format_day(day, "en")


def test_everything_moves_together(invoice):
    before, ends = dates_of(invoice), enrollment_of(invoice).period_to
    pause(invoice, 10, 19)
    ten = dt.timedelta(days=10)
    first, second, third = dates_of(invoice)
    assert first == (before[0][0], before[0][1] + ten, before[0][2], before[0][3])  # paid: nothing is due
    assert second == tuple(moment + ten for moment in before[1])
    assert third == tuple(moment + ten for moment in before[2])
    assert enrollment_of(invoice).period_to == ends + ten


def test_access_waits_and_comes_back_by_itself(invoice, turn_to):
    until = explained(invoice).until
    pause(invoice, 10, 19)
    assert explained(invoice).sentence.endswith(
        f"Then a learning pause begins; it opens again on {_shown(on(20))}."
    )
    turn_to(10)
    assert (stored(invoice), enrollment_of(invoice).state) == ("paused", "paused")
    assert explained(invoice).sentence == (
        f"Paused: the student asked for a learning pause. It opens again on {_shown(clock.today() + dt.timedelta(days=10))}."
    )
    turn_to(20)
    assert (stored(invoice), enrollment_of(invoice).state) == ("open", "active")
    assert explained(invoice).until == until + dt.timedelta(days=10)
    kinds = list(TimelineEvent.objects.filter(student=invoice.student_id).values_list("kind", flat=True))
    for kind in ("pause_made", "pause_began", "access_paused", "pause_over"):
        assert kinds.count(kind) == 1
    assert kinds.count("access_opened") == 2


def test_access_does_not_wait_for_the_calendar_to_write_it_down(invoice, shift_clock):
    pause(invoice, 10, 19)
    edge = clock.start_of(on(10))
    moments = [
        edge - dt.timedelta(seconds=1),
        edge,
        clock.end_of(on(19)) - dt.timedelta(seconds=1),
        clock.end_of(on(19)),
    ]
    assert [explained(invoice, at).state for at in moments] == ["open", "paused", "paused", "open"]
    assert stored(invoice) == "open"


def test_a_pause_from_today_closes_at_once(invoice):
    pause(invoice, 0, 6)
    assert (stored(invoice), enrollment_of(invoice).state) == ("paused", "paused")
    assert explained(invoice).state == "paused"


def test_what_was_due_before_stays_due_and_becomes_overdue(world, turn_to):
    invoice = world.invoice(plan="three-parts")
    turn_to(2)
    before = dates_of(invoice)
    pause(invoice, 1, 20)
    assert dates_of(invoice)[0][2:] == before[0][2:]
    turn_to(8)
    assert world.installment(invoice).state == Installment.State.OVERDUE
    assert world.installment(invoice, 2).state == Installment.State.SCHEDULED


def test_overdue_money_stays_as_it_is(world, turn_to):
    invoice = world.invoice(plan="three-parts")
    turn_to(8)
    assert world.installment(invoice).state == Installment.State.OVERDUE
    before = dates_of(invoice)
    pause(invoice, 0, 9)
    assert dates_of(invoice)[0][2:] == before[0][2:]
    assert world.installment(invoice).state == Installment.State.OVERDUE


def test_what_falls_due_today_waits_again(world):
    invoice = world.invoice(plan="three-parts")
    daily.mark_due()
    assert world.installment(invoice).state == Installment.State.DUE
    pause(invoice, 0, 9)
    assert world.installment(invoice).state == Installment.State.SCHEDULED
    assert world.installment(invoice).due_date == on(10)


def test_money_that_comes_during_the_pause_opens_after_it(world, turn_to):
    invoice = student_who_paid(world)
    pause(invoice, 10, 19)
    turn_to(12)
    world.paid(world.link(invoice, number=2))
    assert explained(invoice).state == "paused"
    turn_to(20)
    part = world.installment(invoice, 2)
    assert explained(invoice).state == "open"
    assert (f"installment:{part.pk}:paid", clock.end_of(part.period_to)) in {
        (source, closes) for source, _opens, closes in live(invoice)
    }
    assert check_ledger.problems() == []


def test_money_that_comes_first_during_the_pause_opens_after_it(world, turn_to):
    invoice = world.invoice(plan="one-off")
    pause(invoice, 5, 9)
    turn_to(6)
    world.paid(world.link(invoice))
    assert explained(invoice).state == "paused"
    turn_to(10)
    assert explained(invoice).until == clock.end_of(enrollment_of(invoice).period_to)


def test_cancelling_restores_every_day(invoice):
    before = (dates_of(invoice), enrollment_of(invoice).period_to, live(invoice))
    made = pause(invoice, 10, 19)
    assert live(invoice) != before[2]
    end(made, None)
    assert (dates_of(invoice), enrollment_of(invoice).period_to, live(invoice)) == before
    assert not pausing.live_pauses(enrollment_id=invoice.enrollment_id).exists()
    assert TimelineEvent.objects.filter(kind="pause_cancelled", student=invoice.student_id).count() == 1


def test_a_grace_whose_days_all_lay_in_the_pause_comes_back_with_its_end(world, turn_to):
    """Part two is due before its days begin, and the pause takes its days and its grace."""
    invoice = student_who_paid(world)
    part = world.installment(invoice, 2)
    due_dates.move_due_date(
        installment_id=part.pk,
        to=part.period_from - dt.timedelta(days=2),
        reason="pays before",
        actor=doubtful.colleague(),
    )
    part = world.installment(invoice, 2)
    assert part.due_date < part.period_from < part.grace_date
    before = (dates_of(invoice), live(invoice))
    begins = (part.period_from - clock.today()).days
    made = pause(invoice, begins, begins + 9)
    source = f"installment:{part.pk}:grace"
    assert source not in {ground[0] for ground in live(invoice)}
    end(made, on(begins + 1))
    assert source in {ground[0] for ground in live(invoice)}
    made.refresh_from_db()
    end(made, None)
    assert (dates_of(invoice), live(invoice)) == before


def test_cancelling_after_money_came_leaves_what_was_paid(world):
    invoice = student_who_paid(world)
    other = student_who_paid(world)
    made = pause(invoice, 10, 19)
    world.paid(world.link(invoice, number=2))
    world.paid(world.link(other, number=2))
    end(made, None)
    windows = [
        {(opens, closes) for _source, opens, closes in live(one) if closes} for one in (invoice, other)
    ]
    days_open = [{(a.date(), b.date()) for a, b in one} for one in windows]
    assert days_open[0] == days_open[1]


def test_a_shorter_pause_is_as_if_it_had_been_made_so(world, turn_to):
    long, short = student_who_paid(world), student_who_paid(world)
    made = pause(long, 5, 24)
    pause(short, 5, 11)
    turn_to(12)
    end(made, clock.today() - dt.timedelta(days=1))
    assert dates_of(long) == dates_of(short)
    assert enrollment_of(long).state == "active"
    assert stored(long) == "open"
    assert explained(long).until == explained(short).until


def test_a_pause_that_has_begun_is_shortened_not_cancelled(invoice, turn_to):
    made = pause(invoice, 0, 9)
    with pytest.raises(pausing.PauseRefused, match="has begun"):
        end(made, None)
    with pytest.raises(pausing.PauseRefused, match="one day at least"):
        end(made, on(-1))
    turn_to(4)
    with pytest.raises(pausing.PauseRefused, match="earliest end is yesterday"):
        end(made, clock.today() - dt.timedelta(days=2))
    with pytest.raises(pausing.PauseRefused, match="before"):
        end(made, made.last_day)
    turn_to(10)
    with pytest.raises(pausing.PauseRefused, match="is over"):
        end(made, clock.today())


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (3, 1, "before the first"),
        (-1, 9, "over"),
        (0, 1, "allows 3 to 60"),
        (0, 60, "allows 3 to 60"),
        (400, 410, "while the student studies"),
    ],
)
def test_what_the_limits_do_not_allow_is_refused_and_nothing_is_stored(invoice, first, last, words):
    before = (dates_of(invoice), live(invoice))
    enrollment = enrollment_of(invoice)
    Enrollment.objects.filter(pk=enrollment.pk).update(
        period_from=enrollment.period_from - dt.timedelta(days=5)
    )
    with pytest.raises(pausing.PauseRefused, match=words):
        pause(invoice, first, last)
    assert (dates_of(invoice), live(invoice)) == before
    assert not Pause.objects.exists()


def test_the_limits_are_data(invoice):
    PauseLimits.objects.update(min_days=1, max_days=2, times_a_year=1)
    with pytest.raises(pausing.PauseRefused, match="allows 1 to 2"):
        pause(invoice, 0, 2)
    pause(invoice, 0, 1)
    with pytest.raises(pausing.PauseRefused, match="allows 1 pause "):
        pause(invoice, 10, 11)


def test_so_many_within_a_year(invoice, turn_to):
    pause(invoice, 0, 3)
    turn_to(5)
    pause(invoice, 0, 3)
    turn_to(10)
    with pytest.raises(pausing.PauseRefused, match="allows 2 pauses"):
        pause(invoice, 0, 3)


def test_an_administrator_lets_a_pause_begin_earlier(invoice, turn_to):
    turn_to(6)
    used = explained(invoice).until
    pause(invoice, -4, 3, may_backdate=True)
    assert explained(invoice).state == "paused"
    assert explained(invoice, clock.now() - dt.timedelta(days=2)).state == "open"  # what was used is history
    turn_to(10)
    assert explained(invoice).until == used + dt.timedelta(days=8)


def test_a_pause_that_was_over_when_it_was_made_only_moves_days(invoice, turn_to):
    turn_to(12)
    until = explained(invoice).until
    pause(invoice, -8, -3, may_backdate=True)
    assert explained(invoice).state == "open"
    assert explained(invoice).until == until + dt.timedelta(days=6)
    assert enrollment_of(invoice).state == "active"


def test_without_a_reason_and_twice_it_is_refused(invoice):
    with pytest.raises(pausing.PauseRefused, match="Write why"):
        pause(invoice, 5, 9, reason="  ")
    pause(invoice, 5, 9)
    with pytest.raises(pausing.PauseRefused, match="runs or is planned"):
        pause(invoice, 5, 9)
    assert Pause.objects.count() == 1


def test_lessons_of_the_pause_do_not_count(world):
    invoice = moving_school.student_who_paid(world, held=0)
    group = invoice.enrollment.group
    made = pause(invoice, 0, 20)
    first, last = invoice.enrollment.period_from, enrollment_of(invoice).period_to
    every = progress.between(group_id=group.pk, first=first, last=last)
    own = progress.between(
        group_id=group.pk, first=first, last=last, pauses=pausing.days_of(enrollment_id=made.enrollment_id)
    )
    preview = TimelineEvent.objects.get(kind="pause_made").data
    assert every.total - own.total == preview["lessons"] == 2


def test_no_reminder_goes_out_during_a_pause(world, turn_to, mailoutbox):
    invoice = world.invoice(plan="three-parts")
    pause(invoice, 1, 20)
    turn_to(3)
    part = Installment.objects.select_related("invoice__enrollment", "invoice__student").get(
        invoice=invoice, number=1
    )
    assert hindrances.hindrance_of(part=part, address="a@example.am", day=clock.today()) == "paused"
    sending.remind()
    assert mailoutbox == []


def test_a_paused_student_does_not_change_groups_and_an_ended_enrollment_does_not_pause(world):
    invoice = moving_school.student_who_paid(world)
    made = pause(invoice, 5, 9)
    with pytest.raises(moving.TransferRefused, match="pause"):
        moving_school.move(invoice, moving_school.group(world))
    end(made, None)
    enrolling.end_enrollment(enrollment_id=invoice.enrollment_id, reason="left", actor=doubtful.colleague())
    with pytest.raises(pausing.PauseRefused, match="ended"):
        pause(invoice, 5, 9)


def test_an_enrollment_that_ends_ends_its_pause(invoice, turn_to):
    made = pause(invoice, 0, 9)
    turn_to(3)
    enrolling.end_enrollment(enrollment_id=invoice.enrollment_id, reason="left", actor=doubtful.colleague())
    made.refresh_from_db()
    assert made.last_day == clock.today() - dt.timedelta(days=1)


def test_preview_is_the_deed(invoice):
    plan = pause_plan.preview_pause(enrollment_id=invoice.enrollment_id, days=days(10, 19))
    pause(invoice, 10, 19, seen=plan.seen)
    shown = [
        (part.after.period_from, part.after.period_to, part.after.due_date, part.after.grace_date)
        for part in plan.parts
    ]
    assert dates_of(invoice) == shown
    assert enrollment_of(invoice).period_to == plan.ends_after


def test_a_preview_that_is_old_by_now_is_refused(world):
    invoice = world.invoice(plan="three-parts")
    plan = pause_plan.preview_pause(enrollment_id=invoice.enrollment_id, days=days(10, 19))
    world.paid(world.link(invoice))
    with pytest.raises(pausing.PauseRefused, match="changed meanwhile"):
        pause(invoice, 10, 19, seen=plan.seen)


def test_statements_do_not_grow_with_the_schedule(world, django_assert_max_num_queries):
    few, many = student_who_paid(world), student_who_paid(world, plan="monthly")
    for invoice in (few, many):
        actor = doubtful.colleague()
        with django_assert_max_num_queries(32):
            pause(invoice, 5, 9, actor=actor)
