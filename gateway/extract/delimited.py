"""CSV (RFC 4180), and what else parts its fields by one character: read as the sheet that it becomes."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from gateway.extract import charset, codes, grid
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_SEPARATORS = ",;\t|"
_LOOKED_AT = 50
"""Records by which a table is known."""


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The cells by rows and columns; the text as it stands, where it is no table."""
    for reading in charset.readings(source.data, source.charset):
        rows = _rows(reading)
        if sum(row.text.count("\t") + 1 for row in rows) > limits.cells:
            raise Unreadable("more cells than are read")
        yield source.sheet(rows, "") if rows else source.text(reading)
        yield from codes.within(source, reading)


def _rows(text: str) -> list[grid.Row]:
    """The records, each a row; none for a text that is no table."""
    try:
        separator = max(_SEPARATORS, key=lambda each: _steady(text, each))
        if not _steady(text, separator):
            return []
        return [grid.Row("\t".join(map(grid.cell, record))) for record in _records(text, separator)]
    except csv.Error:
        return []


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _steady(text: str, separator: str) -> int:
    """How many of the first records have as many fields as most; 0 for fewer than two, or than a third."""
    widths = [len(record) for record in islice(_records(text, separator), _LOOKED_AT) if record]
    several = Counter(width for width in widths if width > 1)
    steady = max(several.values(), default=0)
    return steady if steady > 1 and 3 * steady >= len(widths) else 0
