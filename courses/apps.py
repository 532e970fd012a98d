from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses and groups")

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from courses import timeline_kinds
        from students import kinds

        kinds.register(timeline_kinds.KINDS)
