"""The start page for people."""

from werkzeug import routing


def rules() -> list[routing.Rule]:
    return []
