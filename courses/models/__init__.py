"""What is taught, to whom, in which period, and on which terms."""

from courses.models.course import Course, Module
from courses.models.enrollment import Enrollment
from courses.models.group import Group, Lesson
from courses.models.legal_entity import LegalEntity
from courses.models.pause import Pause, PauseLimits
from courses.models.terms import (
    AccessRule,
    AccessRuleVersion,
    PaymentPlan,
    PaymentPlanVersion,
    RefundPolicy,
    RefundPolicyVersion,
)
from courses.models.transfer import Transfer

__all__ = [
    "AccessRule",
    "AccessRuleVersion",
    "Course",
    "Enrollment",
    "Group",
    "LegalEntity",
    "Lesson",
    "Module",
    "Pause",
    "PauseLimits",
    "PaymentPlan",
    "PaymentPlanVersion",
    "RefundPolicy",
    "RefundPolicyVersion",
    "Transfer",
]
