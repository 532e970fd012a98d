"""The form that plans lessons weekly."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from courses.models import Group


class WeeklyLessonsForm(forms.Form):
    """Weekdays, an hour, and the days between which lessons are planned; the group's run unless changed."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    starts_at = forms.TimeField(
        label=_("starts at"),
        initial="19:00",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "time"}),
    )
    minutes = forms.IntegerField(
        label=_("minutes"), initial=90, min_value=10, max_value=600, widget=UnfoldAdminIntegerFieldWidget
    )
    first_day = forms.DateField(label=_("from"), widget=UnfoldAdminSingleDateWidget)
    last_day = forms.DateField(label=_("to"), widget=UnfoldAdminSingleDateWidget)

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].initial = group.starts_on
        self.fields["last_day"].initial = group.ends_on

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        first, last = facts.get("first_day"), facts.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first day."))
        return facts

    def plan(self) -> dict[str, Any]:
        """Return what `lesson_plan.add_weekly_lessons` takes."""
        return dict(self.cleaned_data)
