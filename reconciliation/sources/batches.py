"""
Lines of a table in batches, each with its columns where all its lines have the same number of cells.

A text without quotes needs no reader of quotes: its blocks are cut at the delimiter at once, which is many times faster than
line by line. Both ways give the same cells.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from typing import IO

BLOCK_BYTES = 1 << 18
BATCH_LINES = 4000
_END = "\0"  # stands in no text that is taken


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Some lines: their numbers and either their columns, all of the same length, or rows of any width."""

    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    ragged: Sequence[list[str]] = ()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells of each line."""
        cells = map(list, zip(*self.columns, strict=True)) if self.columns else iter(self.ragged)
        return zip(self.lines, cells, strict=True)

    def row(self, index: int) -> tuple[int, list[str]]:
        """Return number and cells of one line of a batch that has columns."""
        return self.lines[index], [column[index] for column in self.columns]


def of_lines(lines: Iterator[tuple[int, list[str]]]) -> Iterator[Batch]:
    """Gather lines that were read one by one."""
    while some := list(itertools.islice(lines, BATCH_LINES)):
        numbers, rows = [number for number, _row in some], [row for _number, row in some]
        if len(set(map(len, rows))) == 1 and rows[0]:
            yield Batch(numbers, list(zip(*rows, strict=True)))
        else:
            yield Batch(numbers, (), rows)


def of_plain_text(stream: IO[bytes], *, encoding: str, delimiter: str, after: int) -> Iterator[Batch]:
    """Cut a text without quotes, whose lines all end in a line feed, into batches, beginning after a line."""
    before = 0
    for text in _blocks(stream, encoding):
        lines = text.count("\n")
        if before + lines > after:
            skipped = max(after - before, 0)
            if skipped:
                text = text.split("\n", skipped)[-1]
            yield _cut(text, delimiter, before + skipped)
        before += lines


def _blocks(stream: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield whole lines of text, each with its end."""
    stream.seek(0)
    encoding = (
        "utf-8" if encoding == "utf-8-sig" else encoding
    )  # the mark stands in the heading, which is read apart
    rest = b""
    while piece := stream.read(BLOCK_BYTES):
        piece = rest + piece
        end = piece.rfind(b"\n") + 1
        rest = piece[end:]
        if end:
            yield piece[:end].decode(encoding).replace("\r\n", "\n")
    if rest:
        yield rest.decode(encoding) + "\n"


def _cut(text: str, delimiter: str, before: int) -> Batch:
    cells = text.replace("\n", f"{delimiter}{_END}{delimiter}").split(delimiter)
    cells.pop()  # after the last end
    width = cells.index(_END)
    ends = cells[width :: width + 1]
    count = len(ends)
    numbers = range(before + 1, before + count + 1)
    if len(cells) == count * (width + 1) and ends.count(_END) == count == text.count("\n"):
        return Batch(numbers, [cells[place :: width + 1] for place in range(width)])
    rows = [line.split(delimiter) if line else [] for line in text.split("\n")[:-1]]
    return Batch(range(before + 1, before + len(rows) + 1), (), rows)
