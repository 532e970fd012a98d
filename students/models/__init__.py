"""Who studies, who pays, what happened, what a person has to decide."""

from students.models.crm_note import CrmNote
from students.models.operator_task import OperatorTask
from students.models.student import Payer, Student
from students.models.student_consent import StudentConsent
from students.models.student_entry import StudentEntry
from students.models.timeline_event import TimelineDispatch, TimelineEvent

__all__ = [
    "CrmNote",
    "OperatorTask",
    "Payer",
    "Student",
    "StudentConsent",
    "StudentEntry",
    "TimelineDispatch",
    "TimelineEvent",
]
