"""What a fault makes of an answer: another status, no JSON, half of it, other types."""

import dataclasses
from typing import Any

from vpos_sandbox import faults, visits


def spoil(answer: visits.Answer, fault: faults.Fault) -> visits.Answer:
    """Answer what the caller gets to see of an answer; the same answer for a fault of another nature."""
    text = answer.text
    if fault.kind == "http-status":
        return _html(status=int(fault.params["status"]))
    if fault.kind == "half-json":
        return dataclasses.replace(answer, body=text[: len(text) // 2])
    if fault.kind == "malformed-json":
        return dataclasses.replace(answer, body=text.replace(":", "=", 1) + "}")
    if fault.kind == "empty-body":
        return dataclasses.replace(answer, body="")
    if fault.kind == "wrong-types" and isinstance(answer.body, dict):
        return dataclasses.replace(answer, body=_other_types(answer.body))
    return answer


def _html(*, status: int) -> visits.Answer:
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>gateway</body></html>"
    return visits.Answer(body=page, status=status, content_type="text/html; charset=utf-8")


def _other_types(body: dict[str, Any]) -> dict[str, Any]:
    """Give every value another type than the documented one."""

    def other(value: Any) -> Any:
        if isinstance(value, str):
            return [value]
        if isinstance(value, list):
            return "list"
        return {"value": value}

    return {name: other(value) for name, value in body.items()}
