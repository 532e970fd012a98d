"""
Students in files: what the columns mean, who is already known, and how a row is stored.

A file is stored as a whole or not at all: with one row in error the preview says so and offers no way on.
"""

import datetime as dt
import re
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from import_export import resources
from import_export.fields import Field
from import_export.widgets import CharWidget, DateWidget

from common.errors import DomainError
from students import registration, timeline
from students.models import Student
from students.models.student import Language

MAX_ROWS = 5000
COLUMNS = [
    "full_name",
    "email",
    "phone",
    "language",
    "birth_date",
    "representative_name",
    "representative_email",
    "representative_phone",
    "crm_id",
    "lms_id",
]
# What people call the columns; compared without case, blanks, dots and dashes.
OTHER_NAMES = {
    "full_name": [
        "name",
        "student",
        "fullname",
        "անունազգանուն",
        "անուն",
        "ուսանող",
        "имя",
        "фио",
        "студент",
    ],
    "email": ["mail", "էլփոստ", "էլհասցե", "почта", "электроннаяпочта"],
    "phone": ["tel", "mobile", "հեռախոս", "телефон"],
    "language": ["lang", "լեզու", "язык"],
    "birth_date": ["birthdate", "dateofbirth", "birthday", "ծննդյանամսաթիվ", "датарождения"],
    "representative_name": ["legalrepresentative", "parent", "ծնող", "родитель", "представитель"],
    "representative_email": ["parentemail", "ծնողիէլփոստ", "почтародителя"],
    "representative_phone": [
        "parentcontact",
        "parentphone",
        "ծնողիհեռախոս",
        "контактродителя",
        "телефонродителя",
    ],
    "crm_id": ["crm", "externalid"],
    "lms_id": ["lms"],
}
LANGUAGES = {
    "hy": ["am", "arm", "armenian", "հայերեն", "армянский"],
    "ru": ["rus", "russian", "ռուսերեն", "русский"],
    "en": ["eng", "english", "անգլերեն", "английский"],
}


class StudentResource(resources.ModelResource):
    """One row, one student."""

    full_name = Field("full_name", "full_name", CharWidget())
    birth_date = Field("birth_date", "birth_date", DateWidget(coerce_to_string=True))

    class Meta:
        model = Student
        fields = COLUMNS
        export_order = COLUMNS
        import_id_fields = ["crm_id"]
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = False  # registration checks, in words

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seen: dict[tuple[str, ...], int] = {}

    @classmethod
    def get_display_name(cls) -> str:
        return _("Students")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        dataset.headers = [_column(header) for header in dataset.headers or []]
        if "full_name" not in dataset.headers:
            raise ValidationError(
                _("The file has no column “full_name”: the first line must name the columns.")
            )
        if len(dataset) > MAX_ROWS:
            raise ValidationError(_("The file has more than 5000 rows. Divide it into several files."))
        for column in COLUMNS:
            if column not in dataset.headers:
                dataset.append_col([None] * len(dataset), header=column)
        self._given = set(dataset.headers)
        self._actor = timeline.Actor.person(kwargs["user"])

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        for column in COLUMNS:
            row[column] = _text(row.get(column))
        row["language"] = _language(row["language"])
        row["birth_date"] = _day(row["birth_date"])
        try:
            row["phone"] = registration.normal_phone(_zero_that_excel_dropped(row["phone"]))
        except DomainError as error:
            raise ValidationError({"phone": str(error)}) from None
        self._refuse_repeats(row, kwargs["row_number"])

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Student | None:
        """Recognise a student: by CRM id, or else by e-mail and name where no other CRM id speaks against it."""
        crm_id, email = row["crm_id"], row["email"]
        if crm_id:
            known = Student.objects.filter(crm_id=crm_id).first()
            if known:
                return known
        if not email:
            return None
        same_mail = list(Student.objects.filter(email__iexact=email))
        for student in same_mail:
            if _same(student.full_name, row["full_name"]) and (not crm_id or not student.crm_id):
                return student
        if same_mail and not crm_id:
            raise ValidationError(
                {
                    "email": _(
                        "%(name)s has this e-mail already. Give the row a CRM id if this is somebody else."
                    )
                    % {"name": same_mail[0].full_name}
                }
            )
        return None

    def import_field(
        self, field: Field, instance: Student, row: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Leave alone what the file says nothing about; an empty cell erases nothing."""
        if row[field.column_name] or not instance.pk:
            super().import_field(field, instance, row, *args, **kwargs)

    def save_instance(self, instance: Student, is_create: bool, row: dict[str, Any], **kwargs: Any) -> None:
        facts = {column: getattr(instance, column) for column in COLUMNS}
        facts["crm_id"], facts["lms_id"] = facts["crm_id"] or None, facts["lms_id"] or None
        facts["language"] = facts["language"] or Language.ARMENIAN
        try:
            if is_create:
                instance.pk = registration.register_student(actor=self._actor, **facts).pk
            else:
                registration.change_student(student_id=instance.pk, actor=self._actor, **facts)
        except DomainError as error:
            field = error.field if error.field in COLUMNS else NON_FIELD_ERRORS
            raise ValidationError({field: str(error)}) from None

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave the sequence of ids alone: ids come from it, and the serving role has no right to set it back."""

    def export_field(self, field: Field, instance: Student, **kwargs: Any) -> str:
        return _harmless(str(super().export_field(field, instance, **kwargs) or ""))

    def _refuse_repeats(self, row: dict[str, Any], number: int) -> None:
        keys: list[tuple[str, ...]] = [("crm_id", row["crm_id"])] if row["crm_id"] else []
        if row["email"] and not row["crm_id"]:
            keys.append(("email", row["email"].lower(), row["full_name"].lower()))
        for key in keys:
            if key in self._seen:
                raise ValidationError(
                    {key[0]: _("Line %(number)s is the same student.") % {"number": self._seen[key] + 1}}
                )
            self._seen[key] = number


def _column(header: Any) -> str:
    plain = re.sub(r"[\s._\-]+", "", str(header or "")).lower()
    for column in COLUMNS:
        if plain == column.replace("_", "") or plain in OTHER_NAMES[column]:
            return column
    return str(header)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split())
    return text[1:] if text.startswith("'") and text[1:2] in "=+-@" else text


def _language(text: str) -> str:
    for code, names in LANGUAGES.items():
        if text.lower() == code or text.lower() in names:
            return code
    if text:
        raise ValidationError({"language": _("The language must be hy, ru or en.")})
    return ""


def _day(text: str) -> str:
    for pattern in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, pattern).date().isoformat()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    if text:
        raise ValidationError({"birth_date": _("Write the day as 2008-05-31 or 31.05.2008.")})
    return ""


def _zero_that_excel_dropped(phone: str) -> str:
    return f"0{phone}" if re.fullmatch(r"[1-9]\d{7}", phone) else phone


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).lower() == " ".join(other.split()).lower()


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula; a phone number stays readable."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"\+\d+", text):
        return "'" + text
    return text
