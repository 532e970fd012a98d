"""
`Idempotency-Key`: a request that is sent again is answered again, not done again.

A claim is committed by itself, so that a second request sees it at once. The work then holds the claim's row and commits together
with the answer: either both are there or neither. A process that dies in between leaves a claim whose lease runs out; a living
one cannot be overtaken, however slow it is, because it holds the row. Refusals are not kept: the claim goes, the key stays free.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock, crash
from common.errors import DomainError
from common.models import ApiKey, IdempotencyRecord

LEASE = dt.timedelta(seconds=60)
KEPT = dt.timedelta(days=30)
LONGEST_KEY = 255
SECONDS_TO_RETRY = 2
REPLAYED = "Idempotency-Replayed"


class MalformedKey(DomainError):  # noqa: N818
    """The key is empty, too long or not printable ASCII."""

    code = "idempotency-key-malformed"
    status = 400


class KeyReused(DomainError):  # noqa: N818
    """The key belongs to another request."""

    code = "idempotency-key-reused"
    status = 422


class RequestInProgress(DomainError):  # noqa: N818
    """The first request with this key has not been answered yet."""

    code = "request-in-progress"
    status = 409


def answer_once(*, request: Request, work: Callable[[], Response]) -> Response:
    """
    Do the work in one transaction, once per key, and return its answer or the one that is kept.

    Without the header the work is done each time. Raises MalformedKey, KeyReused, RequestInProgress and whatever the
    work raises; then nothing is stored and the key may be used again.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with transaction.atomic():
            return work()
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise MalformedKey(_("An Idempotency-Key is 1 to 255 printable ASCII characters."))
    api_key: Any = request.auth
    claim = _claim(api_key=api_key, key=key, method_path=_method_path(request), body=_hash(request.data))
    if claim.answered_at is not None:
        return Response(claim.body, status=claim.status, headers={REPLAYED: "true"})
    crash.point("idempotency.claimed")
    try:
        with transaction.atomic():
            _hold(claim)
            response = work()
            _keep(claim, response)
            crash.point("idempotency.kept")
    except Exception:
        _release(claim)
        raise
    crash.point("idempotency.committed")
    return response


def purge(*, older_than: dt.timedelta = KEPT) -> int:
    """Forget keys that were claimed longer ago, and return how many. Safe to repeat."""
    return IdempotencyRecord.objects.filter(claimed_at__lt=clock.now() - older_than).delete()[0]


def _claim(*, api_key: ApiKey, key: str, method_path: str, body: str) -> IdempotencyRecord:
    """Return a record that is ours to answer, or an answered one."""
    now = clock.now()
    mine = IdempotencyRecord(
        api_key=api_key,
        key=key,
        method_path=method_path,
        body_sha256=body,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    try:
        with transaction.atomic():
            mine.save(force_insert=True)
    except IntegrityError:  # this key was claimed before, perhaps by a process that got there a moment ago
        return _existing(mine)
    return mine


def _existing(mine: IdempotencyRecord) -> IdempotencyRecord:
    there = IdempotencyRecord.objects.filter(api_key=mine.api_key, key=mine.key).first()
    if there is None:  # released just now: a refusal, so the next request starts afresh
        raise _in_progress()
    if (there.method_path, there.body_sha256) != (mine.method_path, mine.body_sha256):
        raise KeyReused(_("This Idempotency-Key was used for another request. Take a new key."))
    if there.answered_at is not None:
        return there
    with transaction.atomic():
        free = IdempotencyRecord.objects.filter(
            pk=there.pk, answered_at__isnull=True, lease_until__lte=mine.claimed_at
        )
        # A row that is locked belongs to a process that is alive and at work: skipped, not waited for.
        taken = free.select_for_update(skip_locked=True).first()
        if taken is None:
            raise _in_progress()
        taken.claimed_at, taken.lease_until = mine.claimed_at, mine.lease_until
        taken.save(update_fields=["claimed_at", "lease_until"])
    return taken


def _hold(claim: IdempotencyRecord) -> None:
    """Lock our claim for as long as the work takes. Raises RequestInProgress if its lease ran out and another has it."""
    ours = IdempotencyRecord.objects.filter(
        pk=claim.pk, lease_until=claim.lease_until, answered_at__isnull=True
    )
    if ours.select_for_update().first() is None:
        raise _in_progress()


def _keep(claim: IdempotencyRecord, response: Response) -> None:
    claim.answered_at = clock.now()
    claim.status = response.status_code
    claim.body = json.loads(JSONRenderer().render(response.data))
    claim.save(update_fields=["answered_at", "status", "body"])


def _release(claim: IdempotencyRecord) -> None:
    IdempotencyRecord.objects.filter(
        pk=claim.pk, lease_until=claim.lease_until, answered_at__isnull=True
    ).delete()


def _in_progress() -> RequestInProgress:
    sentence = _("The first request with this Idempotency-Key is still running. Ask again in a moment.")
    return RequestInProgress(sentence, retry_after=SECONDS_TO_RETRY)


def _method_path(request: Request) -> str:
    return f"{request.method} {request.path}"[:300]


def _hash(data: Any) -> str:
    """Return a hash of the body's meaning: the order of its fields and its white space do not matter."""
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
