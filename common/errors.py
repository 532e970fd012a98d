"""The one base of errors that a person may read."""

from typing import Any


class DomainError(Exception):
    """
    A rule of the school said no.

    `code` is stable and for programs (the API's problem type ends with it); the message is a translated sentence that
    says what is wrong and what to do; `field` names the input it belongs to, if any.
    """

    code = "refused"
    status = 422

    def __init__(self, message: Any, *, field: str = "", **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.extra = extra

    def __str__(self) -> str:
        return str(self.message)
