from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "config.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        """Make our Celery app the one that every process sends its tasks to; without it they go to a broker nobody runs."""
        from config import celery  # noqa: F401
