"""The one shape of a channel that carries reminders, and the three ways in which it may not carry one."""

import dataclasses
from typing import Protocol

from students.models import Student


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out: to whom, under which id (the same if it goes out again), and the words."""

    message_id: str
    address: str
    subject: str
    text: str


class ChannelUnavailable(Exception):  # noqa: N818
    """The channel did not take the message, and may take it later."""


class ChannelRefused(Exception):  # noqa: N818
    """The channel does not take this message for this address."""


class AnswerLost(Exception):  # noqa: N818
    """The message was handed over and nobody knows whether it was taken."""


class Channel(Protocol):
    """A way to a student."""

    code: str

    def address_of(self, student: Student) -> str:
        """Return where the student is reached, empty if nowhere."""

    def send(self, message: Message) -> None:
        """Hand a message over, once. Raises ChannelUnavailable, ChannelRefused, AnswerLost."""
