"""
A file on its way in: brought, mapped, taken.

The bytes wait in the database, so that any machine finds them (`upload_bytes`). `ask` makes an upload wait for the loading,
`take` loads it once, and `take_waiting` finds what was asked for and not done.
"""

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _
from psycopg import errors as database_errors

from billing.models import MerchantAccount
from common import clock, crash
from common.errors import DomainError
from reconciliation import loading, profiles, upload_bytes, upload_sample
from reconciliation.models import Side, Upload, UploadPart
from students import timeline

log = logging.getLogger(__name__)

UPLOADS = 0x55504C44  # the namespace of the advisory locks that keep two loadings of one upload apart
KEPT = dt.timedelta(days=1)
MOST_TRIES = 3


class UploadGone(DomainError):  # noqa: N818
    """The upload was forgotten, or another click was faster."""

    code = "upload-gone"
    status = 409


def receive(
    *,
    side: str,
    account: MerchantAccount | None,
    month: dt.date | None,
    taken_at: dt.datetime | None = None,
    name: str,
    stream: IO[bytes],
    user: Any,
) -> Upload:
    """
    Keep the bytes of a file for the person who brought it, with a sample of its first lines.

    An earlier upload of the same source that the person never went on with is forgotten. Raises FileRefused for what is no table;
    then nothing is kept.
    """
    sample = profiles.read_sample(stream)
    with transaction.atomic():
        unfinished = Upload.objects.filter(
            uploaded_by=user, side=side, account=account, asked_at__isnull=True
        )
        _forget(list(unfinished.values_list("pk", flat=True)))
        upload = Upload.objects.create(
            side=side,
            account=account,
            month=None if side == Side.PROVIDER else month,
            taken_at=None if side == Side.PROVIDER else taken_at,
            name=upload_sample.clean(name)[-200:] or "file",
            size=0,
            form=sample.form,
            sample=upload_sample.as_json(sample),
            uploaded_by=user,
            language=translation.get_language() or "en",
        )
        upload.size = upload_bytes.keep_bytes(upload=upload, stream=stream)
        upload.save(update_fields=["size"])
    return upload


def is_mapped(upload: Upload) -> bool:
    """Tell whether there is a mapping for the source, and the file has its columns."""
    profile = profiles.live_profile(side=upload.side, account=upload.account)
    return profile is not None and profiles.fits(profile=profile, lines=upload_sample.sample_of(upload).lines)


def ask(*, upload_id: int) -> Upload:
    """Make an upload wait for the loading; after a refusal, again. Raises UploadGone when it was loaded or forgotten."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update(no_key=True).filter(pk=upload_id).first()
        if upload is None or upload.file_id is not None:
            raise UploadGone(_("This upload is over. Upload the file again if you need to."))
        if upload.asked_at is None or upload.ended_at is not None:
            upload.asked_at, upload.ended_at, upload.refusal, upload.tries = clock.now(), None, "", 0
            upload.save(update_fields=["asked_at", "ended_at", "refusal", "tries"])
    return upload


def take(*, upload_id: int) -> Upload | None:
    """
    Load an upload that was asked for, with the mapping as it is now, and return it with its file or its refusal.

    It is loaded once: repeating returns it as it ended. While another process loads it, or another file of its source, it is
    returned as it waits. None when it is gone.
    """
    with _alone(upload_id) as is_alone:
        upload = Upload.objects.select_related("account", "uploaded_by").filter(pk=upload_id).first()
        if upload is None or not is_alone or upload.asked_at is None or upload.ended_at is not None:
            return upload
        if upload.tries >= MOST_TRIES:
            return _refuse(upload, _too_often)
        Upload.objects.filter(pk=upload_id).update(tries=F("tries") + 1)
        crash.point("upload.after_try")
        try:
            _load(upload)
        except OperationalError as error:
            if not isinstance(error.__cause__, database_errors.LockNotAvailable):
                raise
            log.info("Upload %s waits: another file of its source is being read.", upload_id)
            Upload.objects.filter(pk=upload_id).update(tries=F("tries") - 1)
        return Upload.objects.select_related("file").get(pk=upload_id)


def take_waiting() -> list[Upload]:
    """Load what was asked for and not loaded yet, the oldest first; return what ended with a file."""
    waiting = Upload.objects.filter(asked_at__isnull=False, ended_at__isnull=True).order_by("asked_at", "id")
    taken = [take(upload_id=pk) for pk in list(waiting.values_list("pk", flat=True))]
    return [upload for upload in taken if upload is not None and upload.file_id is not None]


def forget_old() -> int:
    """Delete the uploads that are older than a day and not being loaded; return how many. The files made of them stay."""
    old = clock.now() - KEPT
    over = Upload.objects.filter(received_at__lt=old).filter(
        Q(asked_at__isnull=True) | Q(ended_at__isnull=False) | Q(asked_at__lt=old)
    )
    with transaction.atomic():
        return _forget(list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)))


def _load(upload: Upload) -> None:
    """Load and end in one transaction: a crash leaves the upload waiting, and nothing of the file."""
    try:
        with upload_bytes.bytes_of(upload) as stream, transaction.atomic():
            with translation.override(upload.language):
                loaded = loading.load_file(
                    side=upload.side,
                    account=upload.account,
                    month=upload.month,
                    taken_at=upload.taken_at or upload.received_at,
                    stream=stream,
                    name=upload.name,
                    actor=timeline.Actor.person(upload.uploaded_by),
                )
            crash.point("upload.after_load")
            upload.file, upload.is_repeat, upload.ended_at = loaded.file, loaded.is_repeat, clock.now()
            upload.save(update_fields=["file", "is_repeat", "ended_at"])
            UploadPart.objects.filter(upload=upload).delete()
    except DomainError as error:
        _refuse(upload, error.__str__)


def _refuse(upload: Upload, words: Callable[[], str]) -> Upload:
    with translation.override(upload.language):
        upload.refusal = words()
    upload.ended_at = clock.now()
    upload.save(update_fields=["refusal", "ended_at"])
    return upload


def _too_often() -> str:
    return _(
        "The program ended while it read the file, more than once. Export the file again as .csv, or in parts."
    )


@contextlib.contextmanager
def _alone(upload_id: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [UPLOADS, upload_id % 2**31])
        is_alone = cursor.fetchone()[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [UPLOADS, upload_id % 2**31])


def _forget(ids: list[int]) -> int:
    UploadPart.objects.filter(upload_id__in=ids).delete()
    Upload.objects.filter(pk__in=ids).delete()
    return len(ids)
