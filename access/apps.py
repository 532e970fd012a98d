from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "access"

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from access import timeline_kinds
        from students import kinds

        kinds.register(timeline_kinds.KINDS)
