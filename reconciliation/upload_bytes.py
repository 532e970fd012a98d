"""
The bytes of an upload: kept in pieces in the database, read as a file on disk, and how far the reading is.

They never stand in memory as a whole.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.core.cache import cache

from reconciliation.models import Upload, UploadPart

PART_BYTES = 1 << 20
PASSES = 3  # how often a load reads the bytes: looking, reading, keeping


def keep_bytes(*, upload: Upload, stream: IO[bytes]) -> int:
    """Keep the bytes of a file in pieces and return how many there are."""
    stream.seek(0)
    size = number = 0
    while piece := stream.read(PART_BYTES):
        number += 1
        size += len(piece)
        UploadPart.objects.create(upload=upload, number=number, data=piece)
    return size


@contextlib.contextmanager
def bytes_of(upload: Upload) -> Iterator[IO[bytes]]:
    """Yield the bytes as a file on disk, whose reading shows as progress."""
    with tempfile.NamedTemporaryFile(prefix="mutq-upload-") as spool:
        numbers = UploadPart.objects.filter(upload=upload).order_by("number").values_list("pk", flat=True)
        for pk in list(numbers):
            spool.write(UploadPart.objects.values_list("data", flat=True).get(pk=pk))
        spool.flush()
        with io.BufferedReader(_Watched(spool.name, _teller(upload)), PART_BYTES) as stream:
            yield stream


def _teller(upload: Upload) -> Callable[[int], None]:
    told = 0

    def tell(read: int) -> None:
        nonlocal told
        percent = min(99, read * 100 // max(1, PASSES * upload.size))
        if percent >= told + 2:
            told = percent
            cache.set(_progress_key(upload.pk), percent, 3600)

    return tell


def progress_of(upload: Upload) -> int:
    """Return how much of a loading is done, in percent; a guess that never goes back."""
    return int(cache.get(_progress_key(upload.pk), 0))


class _Watched(io.FileIO):
    """A file that tells how many of its bytes were read."""

    def __init__(self, path: str, tell: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._tell = tell
        self._read = 0

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self._read += count or 0
        self._tell(self._read)
        return count


def _progress_key(upload_id: int) -> str:
    return f"upload-progress:{upload_id}"
