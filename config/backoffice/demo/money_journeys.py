"""
What happens to money after it came: refunds, cash, doubt. Each function is one kind of journey, told like those of `journeys`.

Those of the calendar month before give the accountant something to reconcile; the others wait at the desk today.
"""

from config.backoffice import roles
from config.backoffice.demo import journeys
from config.backoffice.demo.scene import Scene
from refunds.models import RefundRequest

Access = RefundRequest.AccessDecision


def got_a_refund(scene: Scene) -> None:
    """Pays, changes the mind before half of the lessons, and gets back what the policy says; the course closes."""
    journeys.joins(scene)
    journeys.pays(scene, 1, day=scene.last_month(6), bank="ameria")
    scene.at(
        scene.last_month(13),
        scene.office.ask_for_refund,
        "Աշխատանքի ժամերը փոխվել են, դասերին չի հասցնում։",
        access=Access.END_NOW,
    )
    scene.at(scene.last_month(13), scene.office.approve)


def was_refunded_behind_our_back(scene: Scene) -> None:
    """Pays; somebody sends a part back in the bank's cabinet, and only the statement tells."""
    journeys.joins(scene)
    journeys.pays(scene, 1, day=scene.last_month(7), bank="arca")
    scene.at(scene.last_month(15), scene.office.bank_sends_back, 20_000)


def got_cash_back(scene: Scene) -> None:
    """Pays cash and gets a part back by bank transfer, with its document."""
    journeys.joins(scene)
    scene.at(scene.last_month(8), scene.office.enter, 1, account="cash", document="ԴՄ-0118")
    scene.at(
        scene.last_month(16),
        scene.office.ask_for_refund,
        "Երկու դաս բաց է թողել հիվանդության պատճառով։",
        amount=30_000,
        why_changed="Տնօրենի հետ համաձայնեցված է։",
        role=roles.MANAGER,
    )
    scene.at(scene.last_month(17), scene.office.approve)
    scene.at(scene.last_month(18), scene.office.note_transfer, "ՓՀ-0342")


def was_charged_after_all(scene: Scene) -> None:
    """Is declined; days later, when nobody asks any more, the bank finds that it took the money."""
    journeys.joins(scene)
    scene.at(scene.last_month(8), scene.acts.ask, 1, valid_days=3)
    journeys.tries(scene, scene.last_month(9), "decline", bank="ineco")
    scene.at(scene.last_month(19), scene.acts.correct, 1)


def pays_cash(scene: Scene) -> None:
    """Pays at the cash desk, and the cashier enters the receipt."""
    journeys.joins(scene)
    scene.at(scene.last_month(9), scene.office.enter, 1, account="cash", document="ԴՄ-0121")


def pays_by_transfer(scene: Scene) -> None:
    """The employer pays by bank transfer."""
    journeys.joins(scene)
    scene.at(scene.last_month(12), scene.office.enter, 1, account="transfer", document="ՎՀ-7715")


def waits_for_approval(scene: Scene) -> None:
    """Pays in time and asks for money back; another person has to agree."""
    journeys.pays_in_time(scene)
    role = roles.SUPPORT if scene.index % 2 else roles.MANAGER
    scene.ago(
        150 - scene.index,
        scene.office.ask_for_refund,
        "Տեղափոխվում է այլ քաղաք։",
        amount=20_000,
        why_changed="Պայմանավորվել ենք հեռախոսով։",
        role=role,
    )


def refund_is_lost(scene: Scene) -> None:
    """Was promised a refund; the line broke when it was sent, and nobody knows whether the bank did it."""
    journeys.pays_in_time(scene)
    scene.ago(
        230,
        scene.office.ask_for_refund,
        "Ծննդաբերության արձակուրդ։",
        amount=15_000,
        why_changed="Տնօրենի հետ համաձայնեցված է։",
        access=Access.KEEP,
    )
    scene.ago(225, scene.office.bank_loses_refunds)
    scene.ago(220, scene.office.approve)
    scene.ago(120, scene.office.follow_refunds)


def refund_is_refused(scene: Scene) -> None:
    """The bank does not let the school send this money back; it waits for a bank transfer."""
    journeys.pays_in_time(scene)
    scene.at(
        -3,
        scene.office.ask_for_refund,
        "Խումբը չի համապատասխանում մակարդակին։",
        amount=25_000,
        why_changed="Տնօրենի հետ համաձայնեցված է։",
    )
    scene.at(-3, scene.office.bank_refuses_refunds)
    scene.at(-3, scene.office.approve)


def was_refunded_by_the_bank_alone(scene: Scene) -> None:
    """Somebody sends a part back in the bank's cabinet; support asks the bank about the payment and finds it."""
    journeys.pays_in_time_and_is_asked_for_the_next(scene)
    scene.at(-4, scene.office.bank_sends_back, 10_000)
    scene.at(-3, scene.office.find_external)


def pays_too_much_cash(scene: Scene) -> None:
    """Brings more cash than is asked; an accountant accepts it, and the surplus waits for a decision."""
    journeys.joins(scene)
    scene.at(-5, scene.office.enter, 1, account="cash", document="ԴՄ-0140", surplus=4_000)
    scene.at(-4, scene.office.accept, "Կտրոնի վրա նույն գումարն է։")


def pays_a_cancelled_link(scene: Scene) -> None:
    """Is at the bank's page when the link is cancelled, and pays all the same."""
    journeys.joins(scene)
    scene.at(-2, scene.acts.ask, 1, valid_days=14)
    scene.at(-2, scene.acts.start, 1, bank=scene.bank)
    scene.at(-2, scene.acts.cancel, 1, reason="Սխալ խումբ էր ընտրված։")
    scene.at(-2, scene.acts.press, 1, "pay-and-close", late=True)
    scene.at(-2, scene.acts.sweep)
    scene.at(-1, scene.acts.sweep)


def waits_for_cash_back(scene: Scene) -> None:
    """Paid cash and will not come; the money waits to be sent by bank transfer."""
    journeys.joins(scene)
    scene.at(-5, scene.office.enter, 1, account="cash", document="ԴՄ-0139")
    scene.at(
        -2,
        scene.office.ask_for_refund,
        "Հրաժարվեց դասընթացից մինչև սկիզբը։",
        role=roles.MANAGER,
        access=Access.END_NOW,
    )
    scene.at(-1, scene.office.approve)
