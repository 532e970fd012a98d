"""Bringing payments to the states that a person decides about, by the reports that cause them."""

from billing import settlement
from billing.providers.base import PaymentReport, ReportedStatus
from students import timeline
from students.models import OperatorTask
from tests.backoffice.people import person


def report_paid(payment, **facts):
    """Settle a report of money for the payment, differing where `facts` say so."""
    told = {
        "order_number": payment.order_number,
        "provider_ref": payment.provider_ref,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        **facts,
    }
    settlement.settle_payment(payment_id=payment.pk, report=PaymentReport(status=ReportedStatus.PAID, **told))
    payment.refresh_from_db()
    return payment


def held(world, *, link=None, **facts):
    """Return a payment whose money differs in what `facts` say (its amount unless told)."""
    return report_paid(world.attempt(link), **(facts or {"amount_minor": 5_000_000}))


def paid_twice(world, link=None):
    """Return the second payment of a link: all of it is credit."""
    link = link or world.link()
    first, second = world.attempt(link, "ameria"), world.attempt(link, "arca")
    report_paid(first)
    return report_paid(second)


def colleague(role="manager"):
    return timeline.Actor.person(person(role=role).user)


def open_tasks(**facts):
    return list(OperatorTask.objects.filter(**facts).exclude(state="resolved").values_list("kind", flat=True))
