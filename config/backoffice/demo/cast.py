"""Who plays what: some seventy students, six groups, every kind of journey."""

import dataclasses
from collections.abc import Callable

from config.backoffice.demo import journeys, money_journeys, people
from config.backoffice.demo.acts import Acts
from config.backoffice.demo.days import Days
from config.backoffice.demo.logins import Staff
from config.backoffice.demo.office import Office
from config.backoffice.demo.scene import Scene

Journey = Callable[[Scene], None]


@dataclasses.dataclass(frozen=True)
class Part:
    """
    Some students (`count`) of one group who live through the same, the first enrolled on day `joins`, each next a day later.

    With `joins_last_month` the first one comes on that day of the calendar month before.
    `languages` asks for students who read these, in this order; otherwise the next ones are taken.
    """

    group: str
    plan: str
    joins: int
    count: int
    journey: Journey
    languages: tuple[str, ...] = ()
    joins_last_month: int = 0


PARTS = (
    # Over since a month.
    Part("python-spring", "one-off", -130, 3, journeys.pays_in_time),
    Part("python-spring", "three-parts", -128, 3, journeys.pays_in_time),
    Part("python-spring", "three-parts", -127, 1, journeys.stops_paying),
    Part("python-spring", "three-parts", -126, 1, journeys.leaves),
    Part("python-spring", "one-off", -127, 1, journeys.is_declined_and_pays_elsewhere),
    # Running.
    Part("english-evening", "monthly", -70, 5, journeys.pays_in_time),
    Part("english-evening", "monthly", -68, 2, journeys.stops_paying),
    Part("english-evening", "monthly", -66, 1, journeys.closes_the_tab),
    Part("python-autumn", "three-parts", -49, 1, journeys.pays_in_time_and_is_asked_for_the_next),
    Part("python-autumn", "three-parts", -49, 2, money_journeys.waits_for_approval),
    Part("python-autumn", "three-parts", -49, 1, money_journeys.refund_is_lost),
    Part("python-autumn", "three-parts", -49, 1, money_journeys.refund_is_refused),
    Part("python-autumn", "three-parts", -48, 2, journeys.stops_paying),
    Part("python-autumn", "one-off", -47, 1, journeys.gets_another_link),
    Part("python-autumn", "one-off", -46, 1, journeys.is_declined_and_pays_elsewhere),
    Part("python-autumn", "one-off", -44, 1, journeys.was_let_in_by_hand),
    Part("python-autumn", "one-off", -13, 1, journeys.is_corrected_by_the_bank),
    Part("design-autumn", "three-parts", -33, 3, journeys.pays_today),
    Part("design-autumn", "three-parts", -32, 2, journeys.pays_in_time_and_is_asked_for_the_next),
    Part("design-autumn", "three-parts", -32, 1, money_journeys.was_refunded_by_the_bank_alone),
    Part("design-autumn", "one-off", -31, 1, journeys.closes_the_tab),
    Part("design-autumn", "flexible", -28, 1, journeys.pays_in_two_goes),
    Part("design-autumn", "flexible", -20, 1, journeys.pays_a_part),
    Part("design-autumn", "one-off", -11, 1, journeys.pays_after_the_link_expired),
    Part("design-autumn", "one-off", -11, 1, journeys.gives_up_at_the_bank),
    # To come.
    Part("design-winter", "one-off", -8, 3, journeys.may_pay_now, languages=("hy", "ru", "en")),
    Part("design-winter", "one-off", -7, 1, journeys.pays_twice),
    Part("design-winter", "one-off", -5, 1, journeys.pays_while_the_bank_is_down),
    Part("design-winter", "one-off", -5, 1, journeys.is_declined),
    Part("design-winter", "flexible", -6, 1, journeys.pays_a_part),
    Part("design-winter", "three-parts", -4, 1, journeys.is_at_the_bank_now),
    Part("design-winter", "three-parts", -4, 1, journeys.was_not_asked_yet),
    Part("data-winter", "reviewed", -6, 1, journeys.pays_and_waits_for_a_person),
    Part("data-winter", "reviewed", -5, 1, journeys.has_just_paid_and_waits_for_a_person),
    Part("data-winter", "one-off", -5, 1, journeys.pays_a_wrong_amount),
    Part("data-winter", "one-off", -5, 1, journeys.is_let_in_by_hand),
    Part("data-winter", "one-off", -7, 1, journeys.is_let_in_for_a_week),
    Part("data-winter", "one-off", -4, 1, journeys.is_declined),
    Part("data-winter", "three-parts", -7, 3, journeys.pays_in_time),
    Part("data-winter", "three-parts", -4, 1, journeys.is_at_the_bank_now),
    Part("data-winter", "three-parts", -3, 2, journeys.has_opened_the_link),
    Part("data-winter", "one-off", -3, 1, journeys.was_not_asked_yet),
    # What the accountant meets in the month before.
    Part("design-autumn", "one-off", 0, 1, money_journeys.got_a_refund, joins_last_month=3),
    Part("design-autumn", "one-off", 0, 1, money_journeys.was_refunded_behind_our_back, joins_last_month=4),
    Part("design-autumn", "one-off", 0, 1, money_journeys.got_cash_back, joins_last_month=5),
    Part("english-evening", "one-off", 0, 1, money_journeys.was_charged_after_all, joins_last_month=6),
    Part("english-evening", "one-off", 0, 1, money_journeys.pays_cash, joins_last_month=7),
    Part("english-evening", "one-off", 0, 1, money_journeys.pays_by_transfer, joins_last_month=8),
    # What waits at the desk.
    Part("design-winter", "one-off", -7, 1, money_journeys.pays_too_much_cash),
    Part("design-winter", "one-off", -4, 1, money_journeys.pays_a_cancelled_link),
    Part("design-winter", "one-off", -6, 1, money_journeys.waits_for_cash_back),
)


def write_down(*, days: Days, staff: Staff) -> None:
    """Put the weeks of all students on the calendar."""
    waiting = people.everybody()
    for part in PARTS:
        for number in range(part.count):
            person = _next(waiting, part.languages[number] if part.languages else "")
            acts = Acts(person=person, group=part.group, plan=part.plan, days=days, staff=staff)
            office = Office(acts=acts, days=days, staff=staff)
            joins = days.of_last_month(part.joins_last_month) if part.joins_last_month else part.joins
            part.journey(
                Scene(acts=acts, office=office, days=days, joins=joins + number, index=person.number)
            )


def _next(waiting: list[people.Person], language: str) -> people.Person:
    place = next(place for place, person in enumerate(waiting) if language in ("", person.language))
    return waiting.pop(place)
