"""Rows of a sheet as lines of text, each cell still in the column of its heading.

Whoever looks for what a column holds (`detectors.tables`) takes lines with as many tabs as
the line of the headings for its table, and any other for its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WIDEST = 200
"""Columns; nobody keeps a wider table."""
_BREAKS = re.compile(r"[\t\r\n\v\f]+")


def cell(text: str) -> str:
    """What a cell shows, on one line."""
    return _BREAKS.sub(" ", text) if text else text


def table(rows: Iterable[str]) -> str:
    """The rows, cells joined by tabs, with those of one table as wide as its headings.

    A row that ends before the last column gets its empty cells back, and one that goes on
    behind it keeps all in the last. Empty rows are left out.
    """
    lines: list[str] = []
    width = 0
    for row in rows:
        tabs = row.count("\t")
        if not row or row.isspace():
            continue
        if not 0 < width < _WIDEST or (tabs > width and not any(map(str.isdigit, row))):
            width = tabs
        short, long = max(width - tabs, 0), max(tabs - width, 0)
        lines.append(" ".join(row.rsplit("\t", long)) + "\t" * short)
    return "\n".join(lines)
