"""
What accountants read by e-mail after a month was compared: sums of each account, what is open. The runs are the queue.

Nobody has said in which language a colleague reads, so the mail is in the school's own.
"""

import datetime as dt

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from common import clock, crash, dates, money
from reconciliation import words
from reconciliation.models import Run
from reconciliation.months import Month


def tell_accountants() -> int:
    """
    Send one mail for every month whose monthly runs nobody was told of; return how many months.

    Who may start a run reads it. A mail goes out before it is noted, so that a crash leads to a second mail, not to none.
    """
    months = (
        Run.objects.filter(trigger=Run.Trigger.MONTHLY, told_at__isnull=True, finished_at__isnull=False)
        .order_by("month")
        .values_list("month", flat=True)
        .distinct()
    )
    for month in list(months):
        _tell(month)
    return len(months)


def _tell(month: dt.date) -> None:
    with transaction.atomic():
        runs = list(
            Run.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("account")
            .filter(trigger=Run.Trigger.MONTHLY, month=month, told_at__isnull=True, finished_at__isnull=False)
            .order_by("side", "account__position", "id")
        )
        if not runs:  # another process tells them
            return
        readers = _readers()
        if readers:
            with translation.override(settings.LANGUAGE_CODE):
                subject, text = _letter(month, runs)
            EmailMessage(subject=subject, body=text, bcc=readers).send()
        crash.point("reconcile.after_mail")
        for run in runs:
            run.told_at = clock.now()
            run.save(update_fields=["told_at"])


def _letter(month: dt.date, runs: list[Run]) -> tuple[str, str]:
    """Return subject and text in the active language."""
    name = dates.format_month(month, _language())
    text = render_to_string(
        "mail/reconciliation.txt",
        {
            "month": name,
            "runs": [_told(run) for run in runs],
            "school": settings.SCHOOL_NAME,
            "address": f"{settings.PUBLIC_URL}/reconciliation/?month={Month(month)}",
        },
    )
    return _("Reconciliation of %(month)s") % {"month": name}, text


def _language() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).split("-")[0]


def _readers() -> list[str]:
    right = Q(codename="start_run", content_type__app_label="reconciliation")
    people = get_user_model().objects.filter(
        Q(groups__permissions__in=_permissions(right)) | Q(user_permissions__in=_permissions(right)),
        is_active=True,
    )
    return sorted(set(people.exclude(email="").values_list("email", flat=True)))


def _permissions(right: Q) -> list[int]:
    return list(Permission.objects.filter(right).values_list("pk", flat=True))


def _told(run: Run) -> dict[str, object]:
    summary = run.summary
    currency = run.account.currency if run.account else "AMD"

    def amount(side: str) -> str:
        return money.format_money(summary.get(side, {}).get("minor", 0), currency, _language())

    return {
        "run": run,
        "name": run.account.name if run.account else run.get_side_display(),
        "ours": amount("ours"),
        "theirs": amount("theirs"),
        "matched": summary.get("matched"),
        "breaks": [(words.name_of(kind), count) for kind, count in sorted(summary.get("breaks", {}).items())],
    }
