from django.apps import AppConfig


class StudentsConfig(AppConfig):
    name = "students"

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from students import checks, kinds, timeline_kinds  # noqa: F401 -- importing registers the checks

        kinds.register(timeline_kinds.KINDS)
