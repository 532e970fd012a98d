"""Reminders: the ladder, its first steps, and messages that nothing changes once they went out."""

import common.clock
import common.fsm
from typing import Any

import django.core.validators
import django.db.models.deletion
import django_fsm
from django.db import migrations, models

from billing.reminders import default_steps
from common import grants


FIXED = """
CREATE TRIGGER reminder_is_fixed BEFORE UPDATE ON billing_reminder FOR EACH ROW
WHEN (OLD.state <> 'sending'
      OR (OLD.student_id, OLD.installment_id, OLD.step_id, OLD.due_date, OLD.day, OLD.channel, OLD.language, OLD.link_id,
          OLD.message_id, OLD.began_at)
      IS DISTINCT FROM
      (NEW.student_id, NEW.installment_id, NEW.step_id, NEW.due_date, NEW.day, NEW.channel, NEW.language, NEW.link_id,
       NEW.message_id, NEW.began_at))
EXECUTE FUNCTION billing_refuse_change();
"""


def first_steps(apps: Any, _editor: Any) -> None:
    default_steps.write_default_steps(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_asked_again"),
        ("students", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReminderStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "anchor",
                    models.CharField(
                        choices=[("due", "the due date"), ("grace", "the last day of grace")],
                        default="due",
                        max_length=10,
                        verbose_name="counted from",
                    ),
                ),
                (
                    "offset_days",
                    models.SmallIntegerField(
                        default=0,
                        help_text="0 is the day itself; a number below zero is so many days before.",
                        validators=[
                            django.core.validators.MinValueValidator(-60),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="days after",
                    ),
                ),
                (
                    "opens_task",
                    models.BooleanField(
                        default=False,
                        help_text="If it is still not paid the day after, a task appears on the desk.",
                        verbose_name="then a person calls",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("subject_hy", models.CharField(max_length=150, verbose_name="subject in Armenian")),
                ("text_hy", models.TextField(verbose_name="text in Armenian")),
                ("subject_ru", models.CharField(max_length=150, verbose_name="subject in Russian")),
                ("text_ru", models.TextField(verbose_name="text in Russian")),
                ("subject_en", models.CharField(max_length=150, verbose_name="subject in English")),
                ("text_en", models.TextField(verbose_name="text in English")),
            ],
            options={
                "verbose_name": "step of reminders",
                "verbose_name_plural": "steps of reminders",
                "ordering": ["anchor", "offset_days", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("anchor", "offset_days"),
                        name="one_reminder_step_a_day",
                        violation_error_message="Another step in use is for the same day. Change or switch off that one.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_date", models.DateField(verbose_name="due")),
                ("day", models.DateField(verbose_name="day")),
                (
                    "channel",
                    models.CharField(choices=[("email", "e-mail")], max_length=10, verbose_name="channel"),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("hy", "Armenian"), ("ru", "Russian"), ("en", "English")],
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("message_id", models.CharField(blank=True, max_length=80, verbose_name="message id")),
                (
                    "state",
                    common.fsm.StateField(
                        choices=[
                            ("sending", "being sent"),
                            ("sent", "sent"),
                            ("failed", "not sent"),
                            ("unknown", "nobody knows"),
                            ("skipped", "left out"),
                        ],
                        default="sending",
                        max_length=20,
                        protected=True,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paused", "the enrollment is paused"),
                            ("ended", "the enrollment has ended"),
                            ("another_today", "the student got another message this day"),
                            ("payment_open", "a payment is open at a bank, or held for a person"),
                            ("no_address", "the student has no address for this channel"),
                            ("no_link", "no link can be given: no bank takes the payment"),
                            ("link_over", "its link is over and about to be closed"),
                            ("refused", "the channel refused the address or the message"),
                            ("unavailable", "the channel could not be reached; tried again later"),
                            ("answer_lost", "the channel's answer was lost"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                (
                    "began_at",
                    models.DateTimeField(default=common.clock.now, editable=False, verbose_name="when"),
                ),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                (
                    "installment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="billing.installment",
                        verbose_name="installment",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.paymentlink",
                        verbose_name="payment link",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="students.student",
                        verbose_name="student",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="billing.reminderstep",
                        verbose_name="step",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
                "ordering": ["-began_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["began_at"],
                        name="reminders_under_way",
                    ),
                    models.Index(fields=["day", "id"], name="reminders_by_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["sending", "sent", "unknown"])),
                        fields=("installment", "step", "due_date"),
                        name="one_reminder_per_step",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["sending", "sent", "unknown"])),
                        fields=("student", "day"),
                        name="one_reminder_per_student_and_day",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "skipped")),
                        fields=("installment", "step", "day", "reason"),
                        name="one_word_a_day_why_not_reminded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), ("state__in", ["sending", "sent"])),
                            models.Q(
                                ("state__in", ["failed", "unknown", "skipped"]),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="reminder_says_why_not",
                    ),
                ],
            },
            bases=(django_fsm.ConcurrentTransitionMixin, models.Model),
        ),
        grants.never_deleted("billing_reminderstep", "billing_reminder"),
        migrations.RunSQL(FIXED, "DROP TRIGGER reminder_is_fixed ON billing_reminder"),
        migrations.RunPython(first_steps, migrations.RunPython.noop),
    ]
