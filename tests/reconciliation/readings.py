"""Reading a file in both ways, row by row and in bulk, which must say the same."""

import io

from reconciliation.sources import base, said, tables
from reconciliation.sources.files import FileSource
from reconciliation.sources.refusals import FileRefused
from tests.reconciliation.statements import profile_of

OWN_NUMBERS = range(1, 9000)


def read(content, **profile):
    """Return the rows of a file, having seen that both ways give the same."""
    compare(content, **profile)
    return list(_source(content, profile).read())


def compare(content, **profile):
    """Read in both ways and find the same: rows, bad lines, ignored ones, or the same refusal."""
    single, bulk = _tell(_source(content, profile).read), _tell(_source(content, profile).read_in_bulk)
    assert bulk == single


def bulk_of(content, **profile):
    """Return how many rows are read in bulk."""
    items = _source(content, profile).read_in_bulk()
    return sum(len(item.lines) for item in items if isinstance(item, said.Bulk))


def _source(content, profile):
    table, _looked = tables.open_table(io.BytesIO(content))
    return FileSource(table, profile_of(**profile), lambda number: number >= 9000, OWN_NUMBERS)


def _tell(way):
    """Return everything that a reading says, in the order of lines."""
    told: list[tuple[object, ...]] = []
    try:
        for item in way():
            if isinstance(item, said.Bulk):
                rows = map("\t".join, zip(*item.parts, strict=True))
                told += zip(item.lines, rows, item.moments, strict=True)
            elif isinstance(item, base.Record):
                told.append((item.line, said.said(item), said.moment(item.occurred_at)))
            else:
                told.append(tuple(item))
    except FileRefused as refusal:  # what was told before is not kept
        return refusal.reason, refusal.line
    return sorted(told)
