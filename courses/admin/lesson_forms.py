"""The forms of lessons: one in a list, and many at once."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from common import clock
from common.admin_widgets import DayInput
from courses.models import Group, Lesson


class LessonForm(forms.ModelForm[Lesson]):
    """One lesson; that it was held or cancelled is chosen, and the moment is noted by itself."""

    PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
    standing = forms.ChoiceField(
        label=_("Standing"),
        choices=[(PLANNED, _("planned")), (HELD, _("held")), (CANCELLED, _("cancelled"))],
        widget=UnfoldAdminSelectWidget,
        required=False,
    )

    class Meta:
        model = Lesson
        fields = ("number", "starts_at", "minutes", "title", "module")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lesson = self.instance
        standing = self.CANCELLED if lesson.cancelled_at else self.HELD if lesson.held_at else self.PLANNED
        self.fields["standing"].initial = standing

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        starts_at = facts.get("starts_at")
        if facts.get("standing") == self.HELD and starts_at and starts_at > clock.now():
            self.add_error("standing", _("This lesson is still to come."))
        return facts

    def save(self, commit: bool = True) -> Lesson:
        lesson, standing = self.instance, self.cleaned_data["standing"]
        lesson.held_at = (lesson.held_at or lesson.starts_at) if standing == self.HELD else None
        lesson.cancelled_at = (lesson.cancelled_at or clock.now()) if standing == self.CANCELLED else None
        return super().save(commit)


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
    first_day = forms.DateField(label=_("from"), widget=DayInput)
    last_day = forms.DateField(label=_("to"), widget=DayInput)

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
