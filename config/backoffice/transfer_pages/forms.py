"""The form of a transfer: to which group, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common import clock
from config.backoffice.form_fields import INPUT, GroupField, reason_field
from courses.models import Enrollment, Group


class TransferForm(forms.Form):
    """Where the student goes and why. What cannot be is refused by the verb, in words."""

    group = GroupField(label=_("New group"), queryset=Group.objects.none(), widget=forms.Select(attrs=INPUT))
    reason = reason_field()

    def __init__(self, *args: Any, enrollment: Enrollment, **facts: Any) -> None:
        super().__init__(*args, **facts)
        field: Any = self.fields["group"]
        field.queryset = (
            Group.objects.filter(is_active=True, ends_on__gte=clock.today())
            .exclude(pk=enrollment.group_id)
            .select_related("course")
            .order_by("course__title", "starts_on", "name")
        )
