from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "config.backoffice"
    label = "backoffice"
