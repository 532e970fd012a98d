"""A statement as a file: the movements of one login and month, written in a shape."""

import csv
import datetime
import io
from collections.abc import Sequence

from vpos_sandbox.cabinet.movements import Movement
from vpos_sandbox.cabinet.shapes import CELLS, Shape


def write(*, shape: Shape, movements: Sequence[Movement], shop: str, month: datetime.date) -> bytes:
    """Answer the file; the same movements give the same bytes."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=shape.delimiter, lineterminator=shape.end)
    if shape.title:
        lines.writerow([shape.title])
        lines.writerow([shop, f"{month:%m.%Y}"])
        lines.writerow([])
    lines.writerow(shape.columns)
    for movement in movements:
        lines.writerow([CELLS[cell](shape, movement) for cell in shape.columns.values()])
    if shape.total:
        lines.writerow(_totals(shape, movements))
    # A name that the encoding has no letters for shall not cost the statement.
    return out.getvalue().encode(shape.encoding, errors="replace")


def _totals(shape: Shape, movements: Sequence[Movement]) -> list[str]:
    sums = {
        "amount": sum(movement.amount_minor for movement in movements),
        "fee": sum(movement.fee_minor for movement in movements),
        "net": sum(movement.net_minor for movement in movements),
    }
    cells = [shape.amount(sums[cell]) if cell in sums else "" for cell in shape.columns.values()]
    return [shape.total, *cells[1:]]
