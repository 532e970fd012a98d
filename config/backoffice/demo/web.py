"""Plain HTTP for the demo: what a browser, a CRM and a buyer send. Follows no redirect, so that each can be shown."""

import dataclasses
import http.client
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

TIMEOUT_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server answered; `location` is where it sends the browser, as a whole address, or nothing."""

    status: int
    location: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def body(self) -> dict[str, Any]:
        """The answer read as a JSON object. Raises ValueError where it is none."""
        body = json.loads(self.text)
        if not isinstance(body, dict):
            raise TypeError("The answer is no JSON object.")
        return body


def call(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    fields: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request with a form or a JSON object and return the answer, whatever its status. Raises OSError."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    sent: dict[str, str] = dict(headers or {})
    body = None
    if fields is not None:
        body, sent["Content-Type"] = json.dumps(fields), "application/json"
    if form is not None:
        body, sent["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
    connection = kind(parts.netloc, timeout=TIMEOUT_SECONDS)
    try:
        path = urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))
        connection.request(method, path, body=body and body.encode(), headers=sent)
        answer = connection.getresponse()
        location = answer.headers.get("Location", "")
        return Answer(
            status=answer.status,
            location=urllib.parse.urljoin(url, location) if location else "",
            content=answer.read(),
        )
    finally:
        connection.close()
