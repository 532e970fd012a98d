"""What a process of a reminder's fault test does: the sweep, with a mail server of the test's."""

from django.conf import settings

from billing import lookup
from billing.reminders import sending


def speak_to(port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


def remind(*, port: int) -> int:
    speak_to(port)
    return sending.remind()


def settle(*, payment_id: int) -> str:
    return str(lookup.refresh_payment(payment_id=payment_id, asked_by="return").state)
