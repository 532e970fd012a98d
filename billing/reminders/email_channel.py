"""
Reminders by e-mail, through Django's mail settings.

| The mail server | For us |
|---|---|
| cannot be reached, refuses our login, answers 4xx | unavailable: it did not take the mail, and may later |
| answers 5xx to the address or the mail | refused |
| falls silent after the mail was handed over | answer lost |
"""

import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from billing.reminders.channels import AnswerLost, ChannelRefused, ChannelUnavailable, Message
from students.models import Student

PERMANENT = 500


class EmailChannel:
    """A `channels.Channel` that speaks to the mail server of the settings, or writes files where there is none."""

    code = "email"

    def address_of(self, student: Student) -> str:
        return student.letter_address

    def send(self, message: Message) -> None:
        connection = get_connection()
        try:
            connection.open()
        except OSError as error:  # smtplib's errors are among them
            raise ChannelUnavailable(str(error)) from error
        try:
            self._hand_over(message, connection)
        finally:
            connection.close()

    def _hand_over(self, message: Message, connection: BaseEmailBackend) -> None:
        mail = EmailMessage(
            subject=message.subject,
            body=message.text,
            to=[message.address],
            headers={"Message-ID": f"<{message.message_id}>"},
            connection=connection,
        )
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            raise _told(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPResponseException as error:
            raise _told(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelRefused(str(error)) from error
        except OSError as error:
            raise AnswerLost(str(error)) from error


def _told(code: int, words: object) -> ChannelRefused | ChannelUnavailable:
    return (
        ChannelRefused(f"{code} {words!r}") if code >= PERMANENT else ChannelUnavailable(f"{code} {words!r}")
    )
