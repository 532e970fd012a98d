from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReconciliationConfig(AppConfig):
    name = "reconciliation"
    verbose_name = _("Reconciliation")

    def ready(self) -> None:
        """Make the app's timeline kinds, task types and questions to the books known; models cannot be imported before."""
        from billing import check_ledger
        from reconciliation import ledger_checks, task_types, timeline_kinds
        from students import kinds
        from students import task_types as all_task_types

        kinds.register(timeline_kinds.KINDS)
        all_task_types.register(task_types.TYPES)
        check_ledger.register(ledger_checks.CHECKS)
