from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import clock
from students.models.student import Student


class StudentEntry(models.Model):
    """
    One way in to a student's own page: a link that was asked for, opened at most once by its button, and over after a while.

    The link and the cookie carry this row's id, signed; the row says whether they still open anything. It holds no address.
    """

    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, related_name="entries", verbose_name=_("student")
    )
    asked_at = models.DateTimeField(default=clock.now)
    mailed_at = models.DateTimeField(null=True)  # marked before the mail goes out, so that nobody gets two
    opened_at = models.DateTimeField(null=True)  # the button was pressed
    ended_at = models.DateTimeField(null=True)  # the student left, or the personal data were erased

    class Meta:
        verbose_name = _("way in to the own page")
        verbose_name_plural = _("ways in to the own page")
        indexes = [models.Index(fields=["id"], condition=Q(mailed_at=None), name="entries_to_mail")]

    def __str__(self) -> str:
        return f"{self.student_id}/{self.pk}"
