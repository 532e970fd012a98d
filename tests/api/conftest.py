"""A program with a key, and a small school to talk about."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission
from django.test import Client

from common import api_keys, clock
from courses import catalogue, terms
from courses.models import (
    AccessRule,
    Course,
    Group,
    LegalEntity,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
)


class Program:
    """Speaks JSON with a key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.client = Client()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=self._headers(headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(
            path, data=body, content_type="application/json", headers=self._headers(headers)
        )

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): text for name, text in more.items()}
        return {"Authorization": f"Bearer {self.key}", "Accept-Language": "en", **named}


def program_with(*rights: str) -> Program:
    """Return a program whose role has these rights alone."""
    role = Role.objects.create(name=f"narrow {Role.objects.count()}")
    for right in rights:
        app, codename = right.split(".")
        role.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return Program(api_keys.create_key(name="narrow", role=role.name).text)


@pytest.fixture
def crm(db: None) -> Program:
    return Program(api_keys.create_key(name="CRM", role="manager").text)


@pytest.fixture
def accountant(db: None) -> Program:
    return Program(api_keys.create_key(name="Books", role="accountant").text)


@pytest.fixture
def support(db: None) -> Program:
    return Program(api_keys.create_key(name="Chat", role="support").text)


def make_plan(code: str, *, kind: str = "equal_parts", parts: int = 3, **facts: Any) -> PaymentPlanVersion:
    rule, _new = AccessRule.objects.get_or_create(code="standard", defaults={"name": "Standard"})
    policy, _new = RefundPolicy.objects.get_or_create(code="standard", defaults={"name": "Standard"})
    access = rule.versions.first() or terms.add_access_rule_version(rule=rule)
    refund = policy.versions.first() or terms.add_refund_policy_version(policy=policy)
    plan = PaymentPlan.objects.create(code=code, name=code)
    return terms.add_plan_version(
        plan=plan, kind=kind, parts=parts, access_rule_version=access, refund_policy_version=refund, **facts
    )


def make_group(course: Course, name: str = "Evening", **facts: Any) -> Group:
    given = {
        "starts_on": clock.today(),
        "ends_on": clock.today() + dt.timedelta(days=89),
        "capacity": 10,
        "price": "75000",
    }
    return catalogue.add_group(course_id=course.pk, name=name, **{**given, **facts})


class School:
    """One course with a group and two plans."""

    def __init__(self) -> None:
        self.seller = LegalEntity.objects.create(code="school", name="School LLC")
        self.course = catalogue.add_course(title="Python", module_titles=["Basics", "Web"], crm_id="c-1")
        self.group = make_group(self.course, crm_id="g-1")
        self.parts = make_plan("parts")
        self.loose = make_plan("loose", allow_partial=True)

    def request(self, **changes: Any) -> dict[str, Any]:
        """Return a payment request that works."""
        student = {"external_id": "s-1", "full_name": "Անի Պետրոսյան", "email": "ani@example.am"}
        return {"student": student, "group": str(self.group.pk), "plan": "parts", **changes}


@pytest.fixture
def school(db: None) -> School:
    return School()
