"""The students' pages of the back office."""

from students.admin import students, tasks

__all__ = ["students", "tasks"]
