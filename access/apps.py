from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        """Make the app's timeline kinds and tasks known; models cannot be imported before."""
        from access import (
            checks,  # noqa: F401 -- registers itself
            task_types,
            timeline_kinds,
        )
        from students import kinds
        from students import task_types as all_task_types

        kinds.register(timeline_kinds.KINDS)
        all_task_types.register(task_types.TYPES)
