from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentsConfig(AppConfig):
    name = "students"
    verbose_name = _("Students")

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from students import checks, kinds, timeline_kinds  # noqa: F401 -- importing registers the checks

        kinds.register(timeline_kinds.KINDS)
