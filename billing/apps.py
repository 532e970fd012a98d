from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Money")

    def ready(self) -> None:
        """Make the app's timeline kinds known, as models cannot be imported before; refuse a setting that cannot be read."""
        from billing import (
            checks,  # noqa: F401 -- registers itself
            task_types,
            timeline_kinds,
        )
        from billing.reminders import quiet
        from students import kinds
        from students import task_types as all_task_types

        kinds.register(timeline_kinds.KINDS)
        all_task_types.register(task_types.TYPES)
        try:
            quiet.parse(settings.REMINDER_QUIET_HOURS)
        except ValueError as error:
            raise ImproperlyConfigured(f"REMINDER_QUIET_HOURS: {error}") from error
