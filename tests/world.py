"""
A small school for tests, made by calling the real verbs.

`World()` makes terms, a legal entity and merchant accounts; its methods bring a student to a state the way the program does,
so that no row exists that production could not have made.
"""

import datetime as dt
import itertools
import os
from typing import Any

from billing import attempts, invoicing, links, lookup
from billing.models import Installment, Invoice, MerchantAccount, Payment, PaymentLink
from common import clock
from courses import terms
from courses.models import (
    AccessRule,
    Course,
    Group,
    LegalEntity,
    Lesson,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
)
from students import registration, timeline
from students.models import Student
from tests.sandbox_server import SandboxServer

DRAM = 100
_numbers = itertools.count(1)


class World:
    """One legal entity, the usual plans, and two bank accounts at a sandbox if one is given."""

    def __init__(self, sandbox: SandboxServer | None = None) -> None:
        self.sandbox = sandbox
        self.legal_entity = LegalEntity.objects.create(code="school", name="Դպրոց ՍՊԸ", tax_id="00000001")
        self.rule = AccessRule.objects.create(code="standard", name="Standard")
        self.rule_version = terms.add_access_rule_version(rule=self.rule, grace_days=5)
        self.policy = RefundPolicy.objects.create(code="standard", name="Standard")
        self.policy_version = terms.add_refund_policy_version(policy=self.policy)
        self.plan("one-off", PaymentPlanVersion.Kind.ONE_OFF)
        self.plan("three-parts", PaymentPlanVersion.Kind.EQUAL_PARTS, parts=3)
        self.plan("monthly", PaymentPlanVersion.Kind.MONTHLY, due_day=5)
        self.plan("flexible", PaymentPlanVersion.Kind.ONE_OFF, allow_partial=True)
        self.plan("reviewed", PaymentPlanVersion.Kind.ONE_OFF, manual_review=True)
        self.accounts = {
            "ameria": self.account("ameria", provider="ameria"),
            "arca": self.account("arca", provider="arca", profile="ipay"),
        }

    def plan(self, code: str, kind: str, **facts: Any) -> PaymentPlanVersion:
        plan = PaymentPlan.objects.create(code=code, name=code)
        return terms.add_plan_version(
            plan=plan,
            kind=kind,
            access_rule_version=facts.pop("access_rule_version", self.rule_version),
            refund_policy_version=self.policy_version,
            **facts,
        )

    def account(self, code: str, *, provider: str, profile: str = "") -> MerchantAccount:
        """Make an account with a login of its own at the sandbox, so that tests do not meet there."""
        login = f"{code}-{os.getpid()}-{next(_numbers)}"
        prefix = code.upper()
        if self.sandbox is not None:
            base = self.sandbox.ameria_base_url if provider == "ameria" else self.sandbox.arca_base_url
            os.environ.update(
                {
                    f"{prefix}_BASE_URL": base,
                    f"{prefix}_CLIENT_ID": f"client-{login}",
                    f"{prefix}_USERNAME": login,
                    f"{prefix}_PASSWORD": "secret",
                }
            )
        # Ranges lie apart for twenty thousand accounts of one worker.
        first = 100_000 * next(_numbers) % 2_000_000_000 + 1
        return MerchantAccount.objects.create(
            code=code,
            name=code.title(),
            provider=provider,
            profile=profile,
            legal_entity=self.legal_entity,
            currency="AMD",
            order_number_first=first,
            order_number_last=first + 90_000,
            secrets_prefix=prefix,
        )

    def login_of(self, code: str) -> str:
        """Return the sandbox login that the account uses now, to scope faults and counts."""
        return os.environ[f"{code.upper()}_USERNAME"]

    def group(
        self, *, price: int = 90_000, days: int = 90, starts_on: dt.date | None = None, **facts: Any
    ) -> Group:
        """Make a course with one group; `price` in drams. Starts today unless given."""
        number = next(_numbers)
        course = Course.objects.create(title=f"Course {number}")
        start = starts_on or clock.today()
        group = Group.objects.create(
            course=course,
            name=f"Group {number}",
            legal_entity=self.legal_entity,
            starts_on=start,
            ends_on=start + dt.timedelta(days=days - 1),
            capacity=facts.pop("capacity", 20),
            price_minor=price * DRAM,
            **facts,
        )
        Lesson.objects.create(group=group, number=1, starts_at=clock.start_of(start) + dt.timedelta(hours=15))
        return group

    def student(self, **facts: Any) -> Student:
        number = next(_numbers)
        facts.setdefault("full_name", f"Անի Սարգսյան {number}")
        facts.setdefault("email", f"ani{number}@example.am")
        return registration.register_student(actor=timeline.SYSTEM, **facts)

    def invoice(
        self, *, student: Student | None = None, group: Group | None = None, plan: str = "one-off"
    ) -> Invoice:
        return invoicing.enroll_and_invoice(
            student_id=(student or self.student()).pk,
            group_id=(group or self.group()).pk,
            plan_code=plan,
            actor=timeline.SYSTEM,
        )

    def installment(self, invoice: Invoice, number: int = 1) -> Installment:
        return invoice.installments.get(number=number)

    def link(self, invoice: Invoice | None = None, *, number: int = 1, **facts: Any) -> PaymentLink:
        installment = self.installment(invoice or self.invoice(), number)
        return links.create_payment_link(installment_ids=[installment.pk], actor=timeline.SYSTEM, **facts)

    def attempt(self, link: PaymentLink | None = None, account: str = "ameria") -> Payment:
        return attempts.start_attempt(
            link_id=(link or self.link()).pk, account_code=account, even_if_another_is_open=True
        )

    def buyer_pays(self, payment: Payment, outcome: str = "pay", **facts: Any) -> str:
        """Do at the bank's page what the buyer does; return where the browser is sent (empty: nowhere)."""
        assert self.sandbox is not None
        return self.sandbox.outcome(payment.provider_ref, outcome, **facts)["return_url"] or ""

    def paid(self, link: PaymentLink | None = None, account: str = "ameria") -> Payment:
        """Bring a link to paid: attempt, buyer, look-up."""
        payment = self.attempt(link, account)
        self.buyer_pays(payment)
        return lookup.refresh_payment(payment_id=payment.pk, asked_by="test")
