"""The student and the payer: the only rows, with notes, that hold names and contacts."""

from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Lower, Upper
from django.utils.translation import gettext_lazy as _

from common import clock

FULL_AGE = 18


class Language(models.TextChoices):
    ARMENIAN = "hy", _("Armenian")
    RUSSIAN = "ru", _("Russian")
    ENGLISH = "en", _("English")


class Student(models.Model):
    """Who studies. Every verb that touches a student's money, schedule or access locks this row first."""

    full_name = models.CharField(_("full name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.ARMENIAN
    )
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    representative_name = models.CharField(_("legal representative"), max_length=200, blank=True)
    representative_email = models.EmailField(_("e-mail of the representative"), blank=True)
    representative_phone = models.CharField(_("phone of the representative"), max_length=30, blank=True)
    crm_id = models.CharField(_("CRM id"), max_length=100, null=True, blank=True, unique=True)
    lms_id = models.CharField(_("LMS id"), max_length=100, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, blank=True, editable=False)
    search_text = models.GeneratedField(
        expression=Lower(
            Concat("full_name", Value(" "), "email", Value(" "), "phone", output_field=models.TextField())
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("student")
        verbose_name_plural = _("students")
        ordering = ["full_name", "id"]
        indexes = [
            models.Index(Upper("email"), name="students_by_email"),
            models.Index(Upper("representative_email"), name="students_by_parents_email"),
        ]
        permissions = [
            ("view_timeline", "Can read the timeline of a student"),
            ("import_students", "Can import students from a file"),
            ("export_personal_data", "Can take the personal data of a student away as a file"),
            ("erase_personal_data", "Can erase the personal data of a student"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def is_minor(self) -> bool:
        """Whether the student is known to be under eighteen today."""
        born = self.birth_date
        if born is None:
            return False
        today = clock.today()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < FULL_AGE

    @property
    def letter_address(self) -> str:
        """Where letters go: to the legal representative of a minor, if there is one with an address, else to the student."""
        return (self.is_minor and self.representative_email) or self.email


class Payer(models.Model):
    """Who pays for a student, when it is somebody else."""

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="payers", verbose_name=_("student")
    )
    full_name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    is_company = models.BooleanField(_("a company"), default=False)
    tax_id = models.CharField(_("tax id"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("payer")
        verbose_name_plural = _("payers")

    def __str__(self) -> str:
        return self.full_name
