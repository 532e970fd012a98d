"""The pages of courses, groups, enrollments and terms in the back office."""

from courses.admin import courses, enrollments, groups, legal_entities, pauses, terms

__all__ = ["courses", "enrollments", "groups", "legal_entities", "pauses", "terms"]
