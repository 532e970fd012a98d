"""
How this program speaks HTTP to others: short deadlines, bounded answers, one pooled client a process and
host.

No redirect is followed, no cookie kept, no proxy taken from the environment, nothing repeated, no body
logged.
"""

import contextvars
import dataclasses
import http.cookiejar
import json
import logging
import os
import threading
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

import httpx

from common import deadline

logger = logging.getLogger(__name__)

LONGEST_ANSWER = 1_000_000  # bytes; no answer that we ask for comes near it


@dataclasses.dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take, in seconds. `total` bounds connecting, sending and reading together."""

    connect: float = 2.5  # for each address of a name
    read: float = 5.0
    total: float = 5.0


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer, whatever its status. The body stays out of logs and error texts."""

    status: int
    content_type: str
    body: bytes = dataclasses.field(repr=False)


class HttpFailure(Exception):  # noqa: N818 -- the base of two plain words
    """No complete answer came."""


class NotSent(HttpFailure):
    """The request surely never reached the other side: no such name, refused connection, failed TLS."""


class NoAnswer(HttpFailure):
    """The request may have been carried out: time-out, cut connection, an answer that is too long."""


def get(*, url: str, headers: Mapping[str, str] | None = None, timeouts: Timeouts | None = None) -> Answer:
    """
    Read an address and return the answer, whatever its status.

    Raises NotSent or NoAnswer. Never repeats the call.
    """
    return _call("GET", url, None, dict(headers or {}), timeouts or Timeouts())


def post_json(
    *,
    url: str,
    fields: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    timeouts: Timeouts | None = None,
) -> Answer:
    """
    Post a JSON object and return the answer, whatever its status.

    Raises NotSent or NoAnswer. Never repeats the call.
    """
    return post_json_bytes(url=url, body=json_bytes(fields), headers=headers, timeouts=timeouts)


def json_bytes(fields: Mapping[str, Any]) -> bytes:
    """Return a JSON object as it is posted, for callers that sign it."""
    return json.dumps(dict(fields), ensure_ascii=True).encode("ascii")


def post_json_bytes(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    timeouts: Timeouts | None = None,
) -> Answer:
    """
    Post what `json_bytes` made, byte for byte, and return the answer, whatever its status.

    Raises NotSent or NoAnswer. Never repeats the call.
    """
    return _call(
        "POST", url, body, {**(headers or {}), "Content-Type": "application/json"}, timeouts or Timeouts()
    )


def post_form(*, url: str, fields: Mapping[str, str], timeouts: Timeouts | None = None) -> Answer:
    """
    Post form fields (UTF-8) and return the answer, whatever its status.

    Raises NotSent or NoAnswer. Never repeats the call.
    """
    body = urllib.parse.urlencode(dict(fields)).encode("ascii")
    named = {"Content-Type": "application/x-www-form-urlencoded"}
    return _call("POST", url, body, named, timeouts or Timeouts())


def client(*, base_url: str) -> httpx.Client:
    """Return this process's pooled client for the host of `base_url`; from any thread, also after a fork."""
    parts = urllib.parse.urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    with _pool.lock:
        found = _pool.clients.get(origin)
        if found is None:
            found = _pool.clients[origin] = _new_client()
        return found


def _call(method: str, url: str, body: bytes | None, headers: dict[str, str], timeouts: Timeouts) -> Answer:
    started = time.monotonic()
    # Failures leave from outside the except blocks: errors of httpx carry the request, and so the password.
    failure: HttpFailure
    try:
        _check_address(url)
        # In a context of its own, the deadline ends with the call.
        answer = contextvars.copy_context().run(_exchange, method, url, body, headers, timeouts)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        failure = NotSent(type(error).__name__)
    except (httpx.HTTPError, ValueError) as error:
        failure = NoAnswer(type(error).__name__)
    except HttpFailure as error:
        failure = error
    else:
        took = (time.monotonic() - started) * 1000
        logger.info("%s %s: %d in %.0f ms", method, _place(url), answer.status, took)
        return answer
    took = (time.monotonic() - started) * 1000
    logger.warning("%s %s: %s after %.0f ms", method, _place(url), failure, took)
    raise failure


def _check_address(url: str) -> None:
    try:
        fits = urllib.parse.urlsplit(url).scheme in ("http", "https") and bool(httpx.URL(url).host)
    except (httpx.InvalidURL, ValueError):
        fits = False
    if not fits:
        raise NotSent("no http address")


def _exchange(
    method: str, url: str, body: bytes | None, headers: dict[str, str], timeouts: Timeouts
) -> Answer:
    deadline.start(seconds=timeouts.total)
    limits = httpx.Timeout(timeouts.read, connect=min(timeouts.connect, timeouts.total), pool=timeouts.total)
    with client(base_url=url).stream(method, url, content=body, headers=headers, timeout=limits) as response:
        read = bytearray()
        for chunk in response.iter_raw():
            read += chunk
            if len(read) > LONGEST_ANSWER:
                raise NoAnswer(f"the answer is longer than {LONGEST_ANSWER} bytes")
        return Answer(response.status_code, response.headers.get("content-type", ""), bytes(read))


class _Pool:
    """The clients of one process. A child process starts with none: connections cannot be shared."""

    def __init__(self) -> None:
        self.empty()

    def empty(self) -> None:
        self.lock = threading.Lock()
        self.clients: dict[str, httpx.Client] = {}


_pool = _Pool()
os.register_at_fork(after_in_child=_pool.empty)


def _new_client() -> httpx.Client:
    no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    # Answers are asked for uncompressed, so that a small answer cannot unfold into a huge one.
    headers = {"Accept": "application/json, text/javascript, */*", "Accept-Encoding": "identity"}
    return httpx.Client(
        transport=deadline.Transport(),
        headers=headers,
        cookies=no_cookies,
        follow_redirects=False,
        trust_env=False,
    )


def _place(url: str) -> str:
    """Return host and path: a query or a user name in an address never reaches a log."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return "(an address that cannot be read)"
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
