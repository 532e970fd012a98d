from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from courses import timeline_kinds
        from students import kinds

        kinds.register(timeline_kinds.KINDS)
