"""
A report as XLSX: PostgreSQL writes the XML of every row, we pass it through deflate into a zip that needs no seeking.

Text is an inline string, which no spreadsheet takes for a formula; amounts and days are numbers with a format. Nothing in the
zip says when it was made. Measured beside the libraries in docs/adr/0012-own-xlsx-writer.md.
"""

import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from reconciliation.reports import reading
from reconciliation.reports.base import Column, Kind, Period, Report

ROWS_OF_A_SHEET = 1_048_576 - 2  # what spreadsheets read, less the two lines of headings
BYTES_OF_A_SHEET = 1_500_000_000  # zip's old limit, which every reader knows, is 2 GiB
LEVEL = 1  # three times faster than the usual one, for a file a fifth larger
LONGEST_TEXT = 32_767
PLAIN, MONEY, DAY, MOMENT, HEADING, CODE = range(6)  # positions in STYLES
WIDTH = {Kind.MONEY: 16, Kind.DATE: 12, Kind.MOMENT: 20, Kind.COUNT: 10, Kind.CODE: 16}
# What XML or spreadsheets read as something else: markup, signs that are no characters, and _x0041_, a letter by its number.
SPECIAL = r"[&<>\x01-\x1f\\\\\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^ | $"
NO_CHARACTERS = (
    "".join(rf"\x{code:02x}" for code in range(1, 32) if code not in (9, 10, 13)) + r"\ufffe\uffff"
)
FIRST_DAY = "date '1899-12-30'"  # day 0 of spreadsheets

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="3"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>'
    '<font><sz val="9"/><color rgb="FF767676"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Pipe:
    """What the zip writes to: bytes are taken out at the other end, and nothing seeks."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data


class Rows:
    """Blocks of whole rows, dealt out sheet by sheet. It looks one block ahead, so that no sheet begins for nothing."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.waiting = next(blocks, b"")

    def of_a_sheet(self) -> Iterator[bytes]:
        """Yield blocks until the sheet is full or no row is left."""
        rows, size = ROWS_OF_A_SHEET, BYTES_OF_A_SHEET
        while self.waiting and rows and size > 0:
            block, self.waiting = self.waiting, b""
            count = block.count(b"\n")
            if count > rows:
                lines = block.split(b"\n", rows)
                self.waiting = lines.pop()
                block, count = b"\n".join([*lines, b""]), rows
            rows -= count
            size -= len(block)
            yield block
            self.waiting = self.waiting or next(self._blocks, b"")


def blocks(report: Report, period: Period, *, language: str = "") -> Iterator[bytes]:
    """Yield the file in blocks; no reader opens it before the last one came. Raises what the database raises."""
    with reading.speaking(language):
        title, first = str(report.title), sheet_head(report)
        facts = reading.facts_of(report, period)
    pipe = Pipe()
    with reading.snapshot(), zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as package:  # type: ignore[call-overload]
        rows = Rows(reading.copied(f"COPY ({select(report)}) TO STDOUT", facts))
        sheets = 0
        while rows.waiting or not sheets:
            sheets += 1
            with package.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                part.write(first)
                for block in rows.of_a_sheet():
                    part.write(block)
                    yield pipe.taken()
                part.write(b"</sheetData></worksheet>")
        for name, text in frame(title, sheets):
            with package.open(name, "w") as part:
                part.write(text.encode())
    yield pipe.taken()


def select(report: Report) -> str:
    """Return the statement that writes a line of XML for each row."""
    return reading.select(
        report,
        "'<row>' || " + " || ".join(expression(cell) for cell in reading.cells(report)) + " || '</row>'",
    )


def expression(cell: Column) -> str:
    """Return SQL for one cell's XML; never a backslash or a line end in it, which COPY would write differently."""
    match cell.kind:
        case Kind.TEXT | Kind.LINK:
            return _text(f"r.{cell.code}")
        case Kind.CODE | Kind.CHOICE:
            value = reading.code_or_words(cell)
            return _text(value) if value != f"r.{cell.code}" else _plain(f"r.{cell.code}")
        case Kind.MONEY:
            return _number(reading.major_units(cell), MONEY)
        case Kind.COUNT:
            return _number(f"r.{cell.code}", PLAIN)
        case Kind.DATE:
            return _number(f"(r.{cell.code} - {FIRST_DAY})", DAY)
        case Kind.MOMENT:
            return _number(
                f"round(extract(epoch FROM {reading.local_moment(cell)} - {FIRST_DAY}) / 86400, 8)", MOMENT
            )


def sheet_head(report: Report) -> bytes:
    """Return the beginning of every sheet: widths, the two lines of headings, which stay in view."""
    found = reading.cells(report)
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{WIDTH.get(cell.kind, 28)}" customWidth="1"/>'
        for number, cell in enumerate(found, 1)
    )
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="2" topLeftCell="A3" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
        f"<row>{''.join(_heading(str(cell.title), HEADING) for cell in found)}</row>"
        f"<row>{''.join(_heading(cell.code, CODE) for cell in found)}</row>\n"
    ).encode()


def frame(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """Yield the other parts of the package: what it holds, and how cells look."""
    numbers = range(1, sheets + 1)
    names = [_sheet_name(title, number) for number in numbers]
    yield (
        "[Content_Types].xml",
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
            for number in numbers
        )
        + "</Types>",
    )
    yield (
        "_rels/.rels",
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    yield (
        "xl/workbook.xml",
        f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, names, strict=True)
        )
        + "</sheets></workbook>",
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
            for number in numbers
        )
        + f'<Relationship Id="rId{sheets + 1}" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    )
    yield "xl/styles.xml", STYLES


def _sheet_name(title: str, number: int) -> str:
    """Return a name that spreadsheets accept: at most 31 letters and no signs of addresses."""
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)
    return plain[:31] if number == 1 else f"{plain[:27]} {number}"


def _heading(text: str, style: int) -> str:
    return f'<c s="{style}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _text(value: str) -> str:
    """Return SQL for a cell of text: the usual one as it stands, what XML would misread escaped."""
    plain = "'<c t=\"inlineStr\"><is><t>' || {} || '</t></is></c>'"
    kept = plain.replace("<t>", '<t xml:space="preserve">', 1)
    return (
        f"CASE WHEN coalesce({value}, '') = '' THEN '<c/>' "
        f"WHEN {value} ~ E'{SPECIAL}' OR octet_length({value}) > {LONGEST_TEXT} THEN {kept.format(_escaped(value))} "
        f"ELSE {plain.format(value)} END"
    )


def _escaped(value: str) -> str:
    """Return SQL for text in XML; letters that are written by their numbers keep COPY from writing them its own way."""
    sql = f"translate(left({value}, {LONGEST_TEXT}), E'{NO_CHARACTERS}', '')"
    sql = f"regexp_replace({sql}, '_(x[0-9A-Fa-f]{{4}}_)', E'_x005F_\\\\1', 'g')"
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        sql = f"replace({sql}, '{sign}', '{written}')"
    for code in (9, 10, 13, 92):
        sql = f"replace({sql}, chr({code}), '&#{code};')"
    return sql


def _plain(value: str) -> str:
    return f"coalesce('<c t=\"inlineStr\"><is><t>' || {value} || '</t></is></c>', '<c/>')"


def _number(value: str, style: int) -> str:
    mark = f' s="{style}"' if style else ""
    return f"coalesce('<c{mark}><v>' || {value} || '</v></c>', '<c/>')"
