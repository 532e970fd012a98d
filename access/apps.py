from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "access"
    verbose_name = _("Access")

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from access import (
            checks,  # noqa: F401 -- registers itself
            timeline_kinds,
        )
        from students import kinds

        kinds.register(timeline_kinds.KINDS)
