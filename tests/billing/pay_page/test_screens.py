import itertools

import pytest

from billing.models import Payment, PaymentLink
from billing.pay_page import screens
from billing.pay_page.screens import Attempt, Last, Screen


def choose(link="active", over=False, attempt=None, came_back=False, banks=True):
    return screens.choose(
        link_state=link, link_over=over, attempt=attempt, came_back=came_back, has_accounts=banks
    )


def at_bank(*, state="at_provider", page=True, over=False):
    return Attempt(state=state, has_page=page, session_over=over)


def test_a_fresh_link_is_offered():
    assert choose() == Screen.OFFER


def test_without_a_bank_the_page_says_so():
    assert choose(banks=False) == Screen.UNAVAILABLE


@pytest.mark.parametrize("link", ["expired", "cancelled", "superseded"])
def test_a_closed_link_says_how_it_was_closed(link):
    assert choose(link) == Screen(link)


def test_a_link_past_its_expiry_is_expired_before_the_sweeper_comes():
    assert choose(over=True) == Screen.EXPIRED


def test_an_open_session_is_continued():
    assert choose(attempt=at_bank()) == Screen.CONTINUE


def test_who_comes_back_waits_for_the_bank():
    assert choose(attempt=at_bank(), came_back=True) == Screen.WAITING


def test_an_unknown_outcome_waits_even_without_coming_back():
    assert choose(attempt=at_bank(state="unknown")) == Screen.WAITING


def test_a_lost_start_can_be_tried_again():
    attempt = at_bank(state="unknown", page=False)
    assert choose(attempt=attempt) == Screen.OFFER
    assert screens.last_of(attempt) == Last.UNREACHABLE


def test_an_abandoned_session_can_be_paid_again_after_it_is_over():
    attempt = at_bank(over=True)
    assert choose(attempt=attempt) == Screen.OFFER
    assert screens.last_of(attempt) == Last.UNFINISHED


@pytest.mark.parametrize("link", ["active", "expired", "cancelled", "superseded"])
def test_money_being_asked_about_comes_before_the_end_of_the_link(link):
    assert choose(link, over=True, attempt=at_bank(), came_back=True) == Screen.WAITING


@pytest.mark.parametrize(("state", "last"), [("failed", Last.DECLINED), ("expired", Last.NOT_PAID)])
def test_after_a_refusal_the_link_is_offered_again(state, last):
    attempt = at_bank(state=state, over=True)
    assert choose(attempt=attempt, came_back=True) == Screen.OFFER
    assert screens.last_of(attempt) == last


def test_held_money_is_never_asked_for_again():
    assert choose(attempt=at_bank(state="held")) == Screen.HELD


def test_every_combination_has_a_screen_and_paid_always_wins():
    states = [None, *Payment.State.values]
    flags = [False, True]
    for link, state, over, page, back, banks in itertools.product(
        PaymentLink.State.values, states, flags, flags, flags, flags
    ):
        attempt = None if state is None else at_bank(state=state, page=page, over=over)
        screen = choose(link, over, attempt, back, banks)
        assert isinstance(screen, Screen)
        assert (screen == Screen.PAID) == (link == "paid")
        assert isinstance(screens.last_of(attempt), Last)
