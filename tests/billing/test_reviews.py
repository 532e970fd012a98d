"""Plans that want a person between money and access, and outcomes that nobody tells."""

import pytest

from access.models import AccessGrant, CourseAccess
from billing import check_ledger, reviews, unknown
from billing.models import Payment
from students.models import TimelineEvent
from tests.billing import doubtful


@pytest.fixture
def payment(world):
    return doubtful.report_paid(world.attempt(world.link(world.invoice(plan="reviewed"))))


def test_a_confirmed_review_gives_the_access_that_was_held_back(payment):
    assert not AccessGrant.objects.exists()
    assert doubtful.open_tasks() == ["manual_review"]
    actor = doubtful.colleague()
    reviews.confirm_review(payment_id=payment.pk, reason="passport seen", actor=actor)
    assert CourseAccess.objects.get().state == CourseAccess.State.OPEN
    assert doubtful.open_tasks() == []
    reviews.confirm_review(payment_id=payment.pk, reason="again", actor=actor)
    assert AccessGrant.objects.count() == 1
    assert check_ledger.problems() == []


def test_a_declined_review_leaves_the_course_closed(payment):
    reviews.decline_review(payment_id=payment.pk, reason="too young", actor=doubtful.colleague())
    assert not AccessGrant.objects.exists()
    assert doubtful.open_tasks() == []
    assert TimelineEvent.objects.get(kind="review_declined").reason == "too young"


def test_a_review_needs_a_reason_and_money_that_waits(world, payment):
    with pytest.raises(reviews.ReviewRefused, match="what you checked"):
        reviews.confirm_review(payment_id=payment.pk, reason="", actor=doubtful.colleague())
    plain = doubtful.report_paid(world.attempt())
    with pytest.raises(reviews.ReviewRefused, match="waits for a review"):
        reviews.confirm_review(payment_id=plain.pk, reason="why not", actor=doubtful.colleague())


def test_a_payment_declared_not_paid_ends_and_late_money_is_still_accepted(world):
    payment = world.attempt()
    payment = unknown.declare_not_paid(
        payment_id=payment.pk, reason="not in the cabinet", actor=doubtful.colleague()
    )
    assert (payment.state, payment.next_lookup_at) == (Payment.State.FAILED, None)
    with pytest.raises(unknown.OutcomeKnown, match="known meanwhile"):
        unknown.declare_not_paid(payment_id=payment.pk, reason="again", actor=doubtful.colleague())
    assert doubtful.report_paid(payment).state == Payment.State.VERIFIED
    assert check_ledger.problems() == []
