"""What the clock starts."""

from celery import shared_task

from students import entry_mail


@shared_task
def mail_entry_links() -> int:
    """Mail the links to the own page that were asked for."""
    return entry_mail.mail_links()
