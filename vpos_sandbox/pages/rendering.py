"""Turning templates into pages that load nothing from anywhere."""

import secrets
from typing import Any

import jinja2
import werkzeug

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("vpos_sandbox"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, **values: Any) -> werkzeug.Response:
    """Answer a page. Scripts run only with this answer's own nonce."""
    nonce = secrets.token_urlsafe(12)
    text = _TEMPLATES.get_template(template).render(nonce=nonce, **values)
    response = werkzeug.Response(text, status=status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
