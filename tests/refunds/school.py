"""People and money for refund tests, made by the real verbs."""

from typing import Any

from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import User

from billing import balances, check_ledger
from billing.models import Invoice, Payment
from courses import terms
from courses.models import PaymentPlan
from refunds import approval
from refunds.models import Refund, RefundRequest
from tests.world import DRAM, World

EVERYTHING = {"tiers": [{"refund_percent": 100}]}


def person(name: str, role: str = "manager") -> User:
    user = User.objects.filter(username=name).first() or User.objects.create_user(username=name)
    user.groups.set([Role.objects.get(name=role)])
    return User.objects.get(pk=user.pk)


def under(world: World, params: dict[str, Any], plan: str = "one-off") -> None:
    """Let invoices issued from now on under a plan fall under this policy."""
    version = terms.add_refund_policy_version(policy=world.policy, params=params)
    plan_row = PaymentPlan.objects.get(code=plan)
    last = plan_row.versions.order_by("-number").first()
    assert last is not None
    terms.add_plan_version(
        plan=plan_row,
        kind=last.kind,
        parts=last.parts,
        due_day=last.due_day,
        allow_partial=last.allow_partial,
        access_rule_version=last.access_rule_version,
        refund_policy_version=version,
    )


def paid_invoice(
    world: World, *, account: str = "ameria", plan: str = "one-off", paid: int = 1, params: Any = EVERYTHING
) -> tuple[Invoice, list[Payment]]:
    """Make an invoice whose first parts are paid, each by a payment of its own."""
    under(world, params, plan)
    invoice = world.invoice(plan=plan)
    payments = [world.paid(world.link(invoice, number=number), account) for number in range(1, paid + 1)]
    return invoice, payments


def ask(invoice: Invoice, drams: int | None = None, **facts: Any) -> RefundRequest:
    """Ask for a refund of an invoice; without an amount for everything that was paid."""
    paid = balances.invoice_balance(invoice_id=invoice.pk).paid_minor
    facts.setdefault("reason", "she moves away")
    facts.setdefault("change_reason", "agreed")
    return approval.request_refund(
        student_id=invoice.student_id,
        invoice_id=invoice.pk,
        amount_minor=paid if drams is None else drams * DRAM,
        by=facts.pop("by", None) or person("support", "support"),
        **facts,
    )


def approved(invoice: Invoice, drams: int | None = None, **facts: Any) -> list[Refund]:
    """Ask for a refund and let another person approve it; return its refunds, in the order they are taken."""
    request = ask(invoice, drams, **facts)
    approval.approve_refund(request_id=request.pk, by=person("manager"))
    return list(request.refunds.order_by("pk"))


def require_clean() -> None:
    assert check_ledger.problems() == []
