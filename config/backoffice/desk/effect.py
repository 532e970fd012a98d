"""What an end of a task would do, in sentences, and a mark of what was shown: nobody confirms what he did not see."""

import hashlib
from typing import Any

from common.errors import DomainError
from config.backoffice.desk.forms import ResolutionForm


def effect_of(*, task: Any, resolution: Any, form: ResolutionForm) -> dict[str, Any]:
    """
    Return the effect, or why it cannot be; it waits while fields are still to be filled.

    `task` is a task with its Resolution, or a break of reconciliation with its own.
    """
    data: dict[str, Any] = {}
    if resolution.fields:
        if not form.is_bound:
            return _shown(waits=True)
        form.is_valid()
        data = form.data_of_resolution
        if any(field.required and not data.get(field.name) for field in resolution.fields):
            return _shown(waits=True)
        if any(field.name in form.errors for field in resolution.fields):
            return _shown(waits=True)
    try:
        return _shown(lines=list(resolution.preview(task, data)))
    except DomainError as error:
        return _shown(refusal=str(error))


def _shown(*, lines: Any = (), refusal: str = "", waits: bool = False) -> dict[str, Any]:
    seen = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return {"lines": lines, "refusal": refusal, "waits": waits, "seen": seen}
