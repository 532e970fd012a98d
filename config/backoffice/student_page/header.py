"""Who the student is: name, contacts, ids."""

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from students import record_address
from students.models import Student


def header_of(student: Student, viewer: Any) -> dict[str, Any]:
    """Return the name and the facts of a student; a student whose data was erased has no name any more."""
    erased = student.erased_at is not None
    may_read = viewer.has_perm("students.view_student")
    return {
        "name": student.full_name or (_("Erased student") if erased else _("Student %s") % student.pk),
        "erased": erased,
        "may_export": viewer.has_perm("students.export_personal_data"),
        "may_erase": not erased and viewer.has_perm("students.erase_personal_data"),
        "facts": [fact for fact in _facts(student) if fact["value"]],
        "record": record_address.of_record("students.student", student.pk) if may_read else "",
    }


def _facts(student: Student) -> list[dict[str, Any]]:
    return [
        {"icon": "phone", "name": _("Phone"), "value": _phone(student.phone)},
        {"icon": "mail", "name": _("E-mail"), "value": _mail(student.email)},
        {"icon": "person", "name": _("Legal representative"), "value": _representative(student)},
        {"name": _("Language"), "value": student.get_language_display()},
        {"name": _("CRM id"), "value": student.crm_id},
        {"name": _("LMS id"), "value": student.lms_id},
    ]


def _phone(phone: str) -> str:
    return format_html('<a href="tel:{}">{}</a>', phone, grouped(phone)) if phone else ""


def _mail(email: str) -> str:
    return format_html('<a href="mailto:{}">{}</a>', email, email) if email else ""


def _representative(student: Student) -> str:
    told = (student.representative_name, grouped(student.representative_phone), student.representative_email)
    return ", ".join(part for part in told if part)


def grouped(phone: str) -> str:
    """Return an Armenian phone as it is read aloud (+374 91 12 34 56), any other as it is stored."""
    if phone.startswith("+374") and len(phone) == len("+37491123456") and phone[1:].isdigit():
        pairs = [phone[4:6], phone[6:8], phone[8:10], phone[10:12]]
        return "\u00a0".join(["+374", *pairs])
    return phone
