"""Celery: the scheduler and the wake-up call. Losing it loses nothing; every task finds its work in rows."""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mutq")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

if settings.CELERY_BROKER_URL.startswith("filesystem"):
    for folder in ("queue", "control"):
        Path(settings.MUTQ_DATA, "broker", folder).mkdir(parents=True, exist_ok=True)
