"""Celery: the scheduler and the wake-up call. Losing it loses nothing; every task finds its work in rows."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mutq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.CELERY_BROKER_URL.startswith("filesystem"):
    for folder in ("queue", "control"):
        Path(settings.MUTQ_DATA, "broker", folder).mkdir(parents=True, exist_ok=True)

SECOND, MINUTE, HOUR = 1, 60, 3600


def _every(seconds: int, task: str) -> dict[str, Any]:
    """A message that nobody took before the next one is due is dropped: the next finds the same work."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "ask about open payments": _every(5 * SECOND, "billing.tasks.sweep_open_payments"),
    "ask about paid payments again": _every(HOUR, "billing.tasks.ask_again"),
    "expire links": _every(MINUTE, "billing.tasks.expire_links"),
    "warn of expiry": _every(10 * MINUTE, "billing.tasks.warn_of_expiry"),
    "make wanted links": _every(10 * SECOND, "billing.tasks.make_wanted_links"),
    "mark installments": _every(10 * MINUTE, "billing.tasks.mark_installments"),
    "remind": _every(5 * MINUTE, "billing.tasks.remind"),
    "watch doubtful money": _every(MINUTE, "billing.tasks.watch_doubtful_money"),
    "mail links to the own page": _every(5 * SECOND, "students.tasks.mail_entry_links"),
    "follow pauses": _every(5 * MINUTE, "courses.tasks.follow_pauses"),
    "follow access changes": _every(MINUTE, "access.tasks.follow_access_changes"),
    "tell the LMS": _every(10 * SECOND, "access.tasks.tell_the_lms"),
    "compare with the LMS": {
        "task": "access.tasks.compare_with_the_lms",
        "schedule": crontab(hour=3, minute=20),
    },
    "work on refunds": _every(10 * SECOND, "refunds.tasks.work_on_refunds"),
    "find refunds made at the bank": _every(MINUTE, "refunds.tasks.find_external_refunds"),
    "tell students about refunds": _every(MINUTE, "refunds.tasks.tell_students"),
    "take uploaded files": _every(MINUTE, "reconciliation.tasks.take_uploads"),
    "reconcile when due": _every(HOUR, "reconciliation.tasks.reconcile_when_due"),
    "forget old idempotency keys": _every(HOUR, "config.backoffice.tasks.purge_idempotency_records"),
}
