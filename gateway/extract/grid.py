"""Rows of a table as lines of text, each cell still in the column of its heading.

Whoever looks for what a column holds (`detectors.tables`) takes lines with as many tabs as
the line of the headings for its table, and any other for its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gateway.extract.layout import Layout, Mark

_WIDEST = 200
"""Columns; nobody keeps a wider table."""
_WIDEST_GAP = 100
"""Columns; cells farther apart than this are only kept apart, not aligned."""
ROW, CELL, END = "\ufdd0", "\ufdd1", "\ufdd2"
"""Marks for the beginning of a row, the end of a cell and of a row: noncharacters, which no text has."""
_ROW = re.compile(f"{ROW}([^{ROW}{END}]*){END}")
_TABLE = re.compile(rf"[ \n]*+(?:{_ROW.pattern}[ \n]*+)+")
_LONGEST_CELL = 400
"""Characters of a cell of several lines; where there are more, the table only arranges text on a page."""
_LAID_OUT = str.maketrans({ROW: "\n", CELL: "\t", END: "\n"})
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


def within(text: str) -> str:
    """A text in which readers have marked rows: those of a table as `table` has them, a line each."""
    return _TABLE.sub(_lines, text).translate(_LAID_OUT) if ROW in text else text


def _lines(found: re.Match[str]) -> str:
    rows = [_cells(content) for content in _ROW.findall(found[0])]
    if sum(len(cells) > 1 for cells in rows) > 1:
        text, _ = table(Row("\t".join(map(_shortened, cells))) for cells in rows)
    else:
        text = "\n".join(map("\t".join, rows))
    return f"\n{text}\n"


def _cells(content: str) -> list[str]:
    cells = [cell.strip() for cell in content.split(CELL)]
    return cells if cells[-1] else cells[:-1]


def _shortened(content: str) -> str:
    return content if len(content) > _LONGEST_CELL else cell(content)


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
        if not 0 < width < _WIDEST or (tabs > width and all(map(_may_head, text.split("\t")))):
            width = tabs
        short, long = max(width - tabs, 0), max(tabs - width, 0)
        if number != written + 1:
            marks.append(Mark(start, number, 1))
        if far or long:
            marks += _marks(start, Row(text, number, far), tabs - long)
        lines.append(" ".join(text.rsplit("\t", long)) + "\t" * short)
        start += len(lines[-1]) + 1
        written = number
    return "\n".join(lines), Layout.of(marks)


def _may_head(text: str) -> bool:
    """Whether it may stand above a column: "Address 1", but no date and no number."""
    digits = sum(map(str.isdigit, text))
    return digits <= 2 and (not digits or sum(map(str.isalpha, text)) > digits)


def _marks(start: int, row: Row, last: int) -> Iterator[Mark]:
    """Of cells that are far, and of those that share the last column with the cell at the index `last`."""
    far, column = dict(row.far), 0
    for index, text in enumerate(row.text.split("\t")):
        column = far.get(index, column + 1)
        if index in far or index > last:
            yield Mark(start, row.number, column)
        start += len(text) + 1
