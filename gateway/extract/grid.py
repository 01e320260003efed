"""Rows of a sheet as lines of text, each cell still in the column of its heading.

Whoever looks for what a column holds (`detectors.tables`) takes lines with as many tabs as
the line of the headings for its table, and any other for its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gateway.extract.layout import Layout, Mark, layout

_WIDEST = 200
"""Columns; nobody keeps a wider table."""
_WIDEST_GAP = 100
"""Columns; cells farther apart than this are only kept apart, not aligned."""
_BREAKS = re.compile(r"[\t\r\n\v\f]+")


class Row(NamedTuple):
    """Cells of one row, joined by tabs."""

    text: str
    number: int = 0
    """From 1; 0 for the row after the one before."""
    far: tuple[tuple[int, int], ...] = ()
    """Index and column (from 1) of every cell that does not stand in the column behind the one before."""


def cell(text: str) -> str:
    """What a cell shows, on one line."""
    return _BREAKS.sub(" ", text) if text else text


def row(shown: Sequence[str], columns: Iterable[int], number: int = 0) -> Row:
    """The row with an empty cell for each that the sheet leaves out; a column is 0 where nobody says it."""
    aligned: list[str] = []
    far: list[tuple[int, int]] = []
    before = 0
    for text, stated in zip(shown, columns, strict=True):
        column = stated or before + 1
        gap = column - len(aligned) - 1
        if 0 < gap <= _WIDEST_GAP:
            aligned += [""] * gap
            before += gap
        if column != before + 1:
            far.append((len(aligned), column))
        aligned.append(text)
        before = column
    return Row("\t".join(aligned), number, tuple(far))


def table(rows: Iterable[Row]) -> tuple[str, Layout]:
    """The rows, those of one table as wide as its headings, and which cell each character stands in.

    A row that ends before the last column gets its empty cells back, and one that goes on
    behind it keeps all in the last. Empty rows are left out.
    """
    lines: list[str] = []
    marks: list[Mark] = []
    width = start = number = written = 0
    for text, stated, far in rows:
        number = stated or number + 1
        tabs = text.count("\t")
        if not text or text.isspace():
            continue
        if not 0 < width < _WIDEST or (tabs > width and not any(map(str.isdigit, text))):
            width = tabs
        short, long = max(width - tabs, 0), max(tabs - width, 0)
        if number != written + 1:
            marks.append(Mark(start, number, 1))
        if far or long:
            marks += _marks(start, Row(text, number, far), tabs - long)
        lines.append(" ".join(text.rsplit("\t", long)) + "\t" * short)
        start += len(lines[-1]) + 1
        written = number
    return "\n".join(lines), layout("\t", marks)


def _marks(start: int, row: Row, last: int) -> Iterator[Mark]:
    """Of cells that are far, and of those that share the last column with the cell at the index `last`."""
    far, column = dict(row.far), 0
    for index, text in enumerate(row.text.split("\t")):
        column = far.get(index, column + 1)
        if index in far or index > last:
            yield Mark(start, row.number, column)
        start += len(text) + 1
