from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        """Make the app's timeline kinds known; models cannot be imported before."""
        from billing import timeline_kinds
        from students import kinds

        kinds.register(timeline_kinds.KINDS)
