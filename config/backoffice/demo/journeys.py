"""
What happens to students: each function is one kind of journey, told in days (0 is the day of loading).

Together they bring payments, links and installments to every state that a school meets.
"""

from config.backoffice import roles
from config.backoffice.demo.scene import Scene


def pays_in_time(scene: Scene) -> None:
    """Pays every part that has fallen due, each a day or two before."""
    joins(scene)
    for part, due in enumerate(scene.due_days(), start=1):
        if due < 0:
            pays(scene, part, day=max(scene.joins, due - 1 - scene.index % 2))


def pays_in_time_and_is_asked_for_the_next(scene: Scene) -> None:
    """Pays what was due, and has a link for what falls due now or next."""
    pays_in_time(scene)
    part = 1 + sum(due < 0 for due in scene.due_days())
    scene.at(-1, scene.acts.ask, part, valid_days=14, mail=scene.index % 3 == 0)


def pays_today(scene: Scene) -> None:
    """Pays what was due before, and the part of today a while ago."""
    pays_in_time_and_is_asked_for_the_next(scene)
    part = 1 + sum(due < 0 for due in scene.due_days())
    _pays_ago(scene, 30 + scene.index % 5 * 11, part=part)


def may_pay_now(scene: Scene) -> None:
    """Was asked and has done nothing yet; the link stays good for half a year, so that somebody can try it."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1, valid_days=180, mail=True)


def has_opened_the_link(scene: Scene) -> None:
    """Has looked at the page and not decided."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1, valid_days=30, mail=True)
    scene.at(scene.joins, scene.acts.open_link, 1)


def was_not_asked_yet(scene: Scene) -> None:
    """Is enrolled and billed; nobody has made a link."""
    joins(scene)


def stops_paying(scene: Scene) -> None:
    """Pays all parts but the last that fell due; that link expires, the part is overdue, support calls."""
    joins(scene)
    past = [due for due in scene.due_days() if due < 0]
    for part, due in enumerate(past[:-1], start=1):
        pays(scene, part, day=max(scene.joins, due - 1))
    late = len(past)
    scene.at(past[-1] - 4, scene.acts.ask, late, valid_days=8, mail=True)
    scene.at(past[-1] - 2, scene.acts.open_link, late)
    called = min(past[-1] + 7, -1)
    scene.at(called, scene.acts.note, "Զանգեցի․ խոստացավ վճարել աշխատավարձից հետո։")


def leaves(scene: Scene) -> None:
    """Pays the first part and leaves the group a month later."""
    joins(scene)
    pays(scene, 1, day=scene.joins)
    scene.at(scene.joins + 30, scene.acts.note, "Տեղափոխվում է Գյումրի, դասերին չի կարող գալ։")
    scene.at(scene.joins + 30, scene.acts.leave, reason="Տեղափոխվեց այլ քաղաք։")


def is_declined_and_pays_elsewhere(scene: Scene) -> None:
    """Has too little on one card and pays with another, at another bank."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1, mail=True)
    tries(scene, scene.joins + 1, "decline")
    scene.at(scene.joins + 1, scene.acts.start, 1, bank=scene.other_bank, nth=1)
    scene.at(scene.joins + 1, scene.acts.press, 1, "pay", nth=1)
    scene.at(scene.joins + 1, scene.acts.come_back, 1, nth=1)


def is_declined(scene: Scene) -> None:
    """The bank said no; the link can still be paid."""
    joins(scene)
    scene.at(-2, scene.acts.ask, 1, valid_days=20)
    tries(scene, -1, "decline" if scene.index % 2 else "fail-3ds")
    scene.at(
        -1, scene.acts.note, "Բանկը մերժեց քարտը։ Խորհուրդ տվեցի ստուգել առցանց վճարումների սահմանաչափը։"
    )


def closes_the_tab(scene: Scene) -> None:
    """Pays and never comes back; the sweeper finds the money."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1)
    scene.at(scene.joins + 1, scene.acts.start, 1, bank=scene.bank)
    scene.at(scene.joins + 1, scene.acts.press, 1, "pay-and-close")
    scene.at(scene.joins + 1, scene.acts.sweep)


def pays_after_the_link_expired(scene: Scene) -> None:
    """Opens the bank's page, lets the link run out, and the bank takes the money late."""
    joins(scene)
    scene.at(-9, scene.acts.ask, 1, valid_days=1.5, mail=True)
    scene.at(-8, scene.acts.start, 1, bank=scene.bank)
    scene.at(-7, scene.acts.press, 1, "pay", late=True)
    scene.at(-7, scene.acts.note, "Գրեց, որ վճարել է, բայց հղումը ժամկետանց էր։ Հարցնում եմ բանկին։")
    scene.at(-7, scene.acts.come_back, 1, asked_by="operator")


def is_corrected_by_the_bank(scene: Scene) -> None:
    """Is declined; hours later the bank finds that it took the money after all."""
    joins(scene)
    scene.at(-12, scene.acts.ask, 1, valid_days=10)
    tries(scene, -11, "decline")
    scene.at(-11, scene.acts.correct, 1)


def pays_a_wrong_amount(scene: Scene) -> None:
    """The bank reports another amount than was asked, an hour ago; the money is held for a person."""
    joins(scene)
    scene.at(-3, scene.acts.ask, 1, valid_days=14)
    scene.ago(70, scene.acts.start, 1, bank=scene.bank)
    scene.ago(68, scene.acts.spoil, 1, "wrong-amount", factor=0.5)
    scene.ago(67, scene.acts.press, 1, "pay")
    scene.ago(66, scene.acts.come_back, 1)


def pays_while_the_bank_is_down(scene: Scene) -> None:
    """Pays, and the bank answers no look-up since: nobody knows yet."""
    joins(scene)
    scene.at(-4, scene.acts.ask, 1, valid_days=14, mail=True)
    scene.at(-3, scene.acts.start, 1, bank=scene.bank)
    scene.at(-3, scene.acts.spoil, 1, "http-status", status=502)
    scene.at(-3, scene.acts.press, 1, "pay")
    scene.at(-3, scene.acts.come_back, 1)
    scene.at(-1, scene.acts.note, "Ասում է, որ վճարել է։ Բանկը դեռ չի պատասխանում, սպասում ենք։")


def pays_twice(scene: Scene) -> None:
    """Goes to two banks at once and pays at both; the second sum stays as credit."""
    joins(scene)
    scene.at(-6, scene.acts.ask, 1, mail=True)
    scene.at(-5, scene.acts.start, 1, bank=scene.bank)
    scene.at(-5, scene.acts.start, 1, bank=scene.other_bank, nth=1)
    for nth in (0, 1):
        scene.at(-5, scene.acts.press, 1, "pay-and-close", nth=nth)
    scene.at(-5, scene.acts.sweep)


def gives_up_at_the_bank(scene: Scene) -> None:
    """Sees the bank's page and turns back; attempt and link run out."""
    joins(scene)
    scene.at(-10, scene.acts.ask, 1, valid_days=3, mail=True)
    scene.at(-9, scene.acts.start, 1, bank=scene.bank)


def pays_a_part(scene: Scene) -> None:
    """Pays half of what is due, as the plan allows; the rest is open."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1, share=0.5)
    tries(scene, scene.joins + 1, "pay")


def pays_in_two_goes(scene: Scene) -> None:
    """Pays half, and a few days later the rest."""
    pays_a_part(scene)
    scene.at(scene.joins + 4, scene.acts.ask, 1, nth=1)
    scene.at(scene.joins + 4, scene.acts.start, 1, bank=scene.other_bank, link=1)
    scene.at(scene.joins + 4, scene.acts.press, 1, "pay", link=1)
    scene.at(scene.joins + 4, scene.acts.come_back, 1, link=1)


def pays_and_waits_for_a_person(scene: Scene) -> None:
    """Pays on a plan where somebody checks the papers before the course opens."""
    joins(scene)
    pays(scene, 1, day=scene.joins + 1)
    scene.at(scene.joins + 1, scene.acts.note, "Դիպլոմի պատճենը դեռ չի ուղարկել։", role=roles.MANAGER)


def has_just_paid_and_waits_for_a_person(scene: Scene) -> None:
    """Paid on such a plan a while ago; the task is fresh."""
    joins(scene)
    scene.at(-1, scene.acts.ask, 1, valid_days=14)
    _pays_ago(scene, 95)


def gets_another_link(scene: Scene) -> None:
    """The first link was a mistake and was cancelled; the second is paid."""
    joins(scene)
    scene.at(scene.joins, scene.acts.ask, 1)
    scene.at(scene.joins, scene.acts.cancel, 1, reason="Սխալ ժամկետ էր նշված։")
    scene.at(scene.joins, scene.acts.ask, 1, nth=1, mail=True)
    scene.at(scene.joins + 1, scene.acts.start, 1, bank=scene.bank, link=1)
    scene.at(scene.joins + 1, scene.acts.press, 1, "pay", link=1)
    scene.at(scene.joins + 1, scene.acts.come_back, 1, link=1)


def is_let_in_by_hand(scene: Scene) -> None:
    """The employer pays by bank transfer next week; until then a manager opens the course."""
    joins(scene)
    scene.at(-3, scene.acts.ask, 1, valid_days=14)
    scene.at(
        -2,
        scene.acts.open_by_hand,
        days=10,
        reason="Գործատուն վճարում է բանկային փոխանցումով, նամակը ստացել ենք։",
    )


def is_let_in_for_a_week(scene: Scene) -> None:
    """Was let in for a week, which ends tomorrow."""
    joins(scene)
    scene.at(-6, scene.acts.open_by_hand, days=7, reason="Փորձնական շաբաթ՝ ընկերոջ խորհրդով։")


def was_let_in_by_hand(scene: Scene) -> None:
    """Was let in for a week long ago; that is over and nothing was paid since."""
    joins(scene)
    scene.at(scene.joins + 1, scene.acts.open_by_hand, days=7, reason="Փորձնական շաբաթ։")
    scene.at(scene.joins + 9, scene.acts.note, "Փորձնական շաբաթից հետո դեռ որոշում է։")


def is_at_the_bank_now(scene: Scene) -> None:
    """Has the bank's page open at this moment."""
    joins(scene)
    scene.at(-1, scene.acts.ask, 1, valid_days=14)
    scene.ago(2, scene.acts.start, 1, bank=scene.bank)


def joins(scene: Scene) -> None:
    """Is registered, enrolled and billed."""
    scene.at(scene.joins, scene.acts.enroll)


def pays(scene: Scene, part: int, *, day: int, bank: str = "") -> None:
    """Is asked for an installment, pays it (at the preferred bank unless told) and comes back."""
    scene.at(max(day - 3, scene.joins), scene.acts.ask, part, mail=scene.index % 4 == 0)
    tries(scene, day, "pay", part=part, bank=bank)


def tries(scene: Scene, day: int, outcome: str, *, part: int = 1, bank: str = "") -> None:
    """Goes to the bank, does something there and comes back."""
    scene.at(day, scene.acts.start, part, bank=bank or scene.bank)
    scene.at(day, scene.acts.press, part, outcome)
    scene.at(day, scene.acts.come_back, part)


def _pays_ago(scene: Scene, minutes: float, *, part: int = 1) -> None:
    scene.ago(minutes, scene.acts.start, part, bank=scene.bank)
    scene.ago(minutes - 3, scene.acts.press, part, "pay")
    scene.ago(minutes - 4, scene.acts.come_back, part)
