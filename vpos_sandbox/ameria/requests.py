"""Reading a call to Ameriabank: JSON or a form, names in any case."""

import json
from typing import Any

import werkzeug


def read_fields(request: werkzeug.Request) -> dict[str, Any] | None:
    """Answer the fields with lower-case names; None if the body is no object."""
    if request.mimetype == "application/x-www-form-urlencoded":
        return {name.lower(): value for name, value in request.form.items()}
    try:
        body = json.loads(request.get_data())
    except (ValueError, UnicodeDecodeError):
        return None
    if not isinstance(body, dict):
        return None
    return {name.lower(): value for name, value in body.items()}


def text(fields: dict[str, Any], name: str) -> str:
    """Answer a field as text, "" for a missing one; JSON numbers are read like their digits."""
    value = fields.get(name)
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).strip()


def order_id(fields: dict[str, Any]) -> str | None:
    """Answer OrderID in plain digits, None if it is no integer."""
    value = text(fields, "orderid")
    try:
        return str(int(value)) if value.isascii() else None
    except ValueError:
        return None
