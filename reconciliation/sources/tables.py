"""
A stream of bytes as a table: lines of cells, or a refusal that says why it is none.

CSV in UTF-8 (with or without a mark), UTF-16 with a mark, or Windows-1251; comma, semicolon, tab or bar; XLSX. Read as a
stream, so that a large file needs no large process.
"""

import codecs
import csv
import dataclasses
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Generator, Iterator
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _

from reconciliation.sources import batches
from reconciliation.sources.refusals import FileRefused

MAX_BYTES = 200 * 1024 * 1024
MAX_SHEET_BYTES = 2 * 1024**3  # unpacked; a small archive can hold a very large sheet
MAX_WORDS_BYTES = 40 * 1024**2  # of a workbook's shared texts, the only part that must be in memory
PIECE = 1 << 20
DELIMITERS = ";,\t|"
LOOKED_AT = 30  # lines that decide about the delimiter


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """What one pass over the bytes says."""

    size: int
    sha256: str
    encoding: str  # empty: a workbook
    is_plain: bool = False  # a text without quotes whose lines end in one way


class Table:
    """Lines of cells; `form` says in a few words what it is."""

    def __init__(self, stream: IO[bytes], looked: Looked) -> None:
        self._stream = stream
        self._encoding = looked.encoding
        self._is_plain = looked.is_plain
        self._delimiter = "" if not looked.encoding else _delimiter_of(stream, looked.encoding)
        shown = {"\t": "tab"}.get(self._delimiter, self._delimiter)
        self.form = f"csv, {looked.encoding}, {shown}" if looked.encoding else "xlsx"

    def lines(self) -> Generator[tuple[int, list[str]]]:
        """Yield the number and the cells of every line. Raises FileRefused where the file turns out to be damaged."""
        self._stream.seek(0)
        return self._csv_lines() if self._encoding else _sheet_lines(self._stream)

    def batches(self, lines: Generator[tuple[int, list[str]]], *, after: int) -> Iterator[batches.Batch]:
        """Yield what `lines` has not yielded yet, its line `after` being the last, in batches."""
        if not self._is_plain:
            return batches.of_lines(lines)
        lines.close()
        return batches.of_plain_text(
            self._stream, encoding=self._encoding, delimiter=self._delimiter, after=after
        )

    def _csv_lines(self) -> Generator[tuple[int, list[str]]]:
        text = io.TextIOWrapper(self._stream, encoding=self._encoding, newline="")
        reader = csv.reader(text, delimiter=self._delimiter, strict=True)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error:
            raise FileRefused(
                "damaged",
                _("the quotes do not close: the file is cut short or no table."),
                line=reader.line_num,
            ) from None
        finally:
            if not self._stream.closed:  # else the reader outlived it
                text.detach()


def open_table(stream: IO[bytes]) -> tuple[Table, Looked]:
    """Look at the bytes once and return them as a table. Raises FileRefused for what is too large, empty or no table."""
    looked = look(stream)
    return Table(stream, looked), looked


def look(stream: IO[bytes]) -> Looked:
    """Read the bytes once: size, SHA-256 and encoding. Raises FileRefused."""
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    is_workbook = start.startswith(b"PK\x03\x04")
    _refuse_other_forms(start)
    is_wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    decoding = None if is_workbook else _Decoding("utf-16" if is_wide else "utf-8-sig")
    digest, size, marks = hashlib.sha256(), 0, _Marks()
    while piece := stream.read(PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise FileRefused("too_large", _("The file is larger than 200 MB. Split it by days."))
        digest.update(piece)
        if decoding:
            decoding.feed(piece)
            marks.feed(piece)
    if not size:
        raise FileRefused("empty", _("The file is empty."))
    encoding = decoding.end() if decoding else ""
    return Looked(
        size=size,
        sha256=digest.hexdigest(),
        encoding=encoding,
        is_plain=encoding in ("utf-8-sig", "cp1251") and marks.are_plain,
    )


def _refuse_other_forms(start: bytes) -> None:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("old_workbook", _("This is an old Excel file. Save it as .xlsx or .csv."))
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{", b"<", b"GIF8", b"\x1f\x8b")):
        raise FileRefused("no_table", _("This is no table. Export the statement as .csv or .xlsx."), line=1)


class _Marks:
    """Finds out whether a text has marks that need a reader of quotes: a quote, or an end of line of the oldest kind."""

    def __init__(self) -> None:
        self._quotes = self._lonely_returns = 0
        self._ends_in_return = False

    def feed(self, piece: bytes) -> None:
        self._quotes += b'"' in piece
        if b"\r" in piece or self._ends_in_return:
            self._lonely_returns += piece.count(b"\r") - piece.count(b"\r\n")
            self._lonely_returns -= self._ends_in_return and piece.startswith(b"\n")
            self._ends_in_return = piece.endswith(b"\r")

    @property
    def are_plain(self) -> bool:
        return not self._quotes and not self._lonely_returns


class _Decoding:
    """Finds out in which encoding a text is, piece by piece: as marked or in UTF-8 if it can be, else in Windows-1251."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._decoder: Any = codecs.getincrementaldecoder(first)()
        self._bad_line = 0  # where the first encoding stopped to fit
        self._lines = 0
        self._saw_letters = False  # beyond ASCII, in the first encoding: then it was the right one
        self._cyrillic = True

    def feed(self, piece: bytes) -> None:
        if self._first != "utf-16" and b"\x00" in piece:
            raise FileRefused(
                "no_table", _("This is no table: it holds zero bytes."), line=self._line_of(piece, 0)
            )
        self._cyrillic = (
            self._cyrillic and b"\x98" not in piece
        )  # the one byte that Windows-1251 does not have
        if not self._bad_line:
            try:
                self._saw_letters = self._saw_letters or not self._decoder.decode(piece).isascii()
            except UnicodeDecodeError as error:
                self._saw_letters = self._saw_letters or _has_letters(piece[: error.start])
                self._bad_line = self._line_of(piece, error.start)
        self._lines += piece.count(b"\n")

    def _line_of(self, piece: bytes, position: int) -> int:
        return self._lines + piece[:position].count(b"\n") + 1

    def end(self) -> str:
        if not self._bad_line:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                raise FileRefused(
                    "cut",
                    _("the file ends in the middle of a letter: it is cut short."),
                    line=self._lines + 1,
                ) from None
            return self._first
        if self._saw_letters or not self._cyrillic or self._first == "utf-16":
            raise FileRefused(
                "encoding", _("a letter that is neither UTF-8 nor Windows-1251."), line=self._bad_line
            )
        return "cp1251"


def _has_letters(piece: bytes) -> bool:
    """Tell whether bytes that are valid UTF-8 hold more than ASCII."""
    return not piece.isascii()


def _delimiter_of(stream: IO[bytes], encoding: str) -> str:
    """Return the mark that cuts most of the first lines into the same number of cells, the more the better."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    lines = [line for _number, line in zip(range(LOOKED_AT), text, strict=False) if line.strip()]
    text.detach()

    def fits(mark: str) -> int:
        counts = [line.count(mark) for line in lines]
        usual = max(counts, key=counts.count, default=0)
        return usual * counts.count(usual)

    return max(DELIMITERS, key=fits)


def _sheet_lines(stream: IO[bytes]) -> Generator[tuple[int, list[str]]]:
    try:
        _require_sane(stream)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield line, [_text_of(value) for value in row]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, ParseError, IndexError) as error:
        raise FileRefused("damaged", _("The workbook is cut short or damaged. Export it again.")) from error


def _require_sane(stream: IO[bytes]) -> None:
    with zipfile.ZipFile(stream) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
    if sum(sizes.values()) > MAX_SHEET_BYTES or sizes.get("xl/sharedStrings.xml", 0) > MAX_WORDS_BYTES:
        raise FileRefused("too_large", _("The workbook is too large. Export the statement as .csv."))


def _text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
