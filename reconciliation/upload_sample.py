"""The first lines of an upload, as they are kept beside it for pointing at columns."""

from typing import Any

from reconciliation import profiles
from reconciliation.models import Upload

CELL_SHOWN = 200
COLUMNS_SHOWN = 60


def as_json(sample: profiles.Sample) -> dict[str, Any]:
    """Return the sample as it is kept: bounded, and without the one letter that the database cannot keep."""
    return {
        "lines": [
            [number, [clean(cell)[:CELL_SHOWN] for cell in cells[:COLUMNS_SHOWN]]]
            for number, cells in sample.lines
        ],
        "words": {
            str(column): [clean(word) for word in words]
            for column, words in sample.words.items()
            if column < COLUMNS_SHOWN and len(words) <= profiles.MOST_WORDS
        },
    }


def clean(text: str) -> str:
    """Return a text without the one letter that the database cannot keep."""
    return text.replace("\x00", "")


def sample_of(upload: Upload) -> profiles.Sample:
    """Return what was kept of the first lines."""
    kept = upload.sample
    return profiles.Sample(
        form=upload.form,
        lines=[(number, cells) for number, cells in kept["lines"]],
        words={int(column): words for column, words in kept["words"].items()},
    )
