"""Cells of delimited tables, each with the heading of its column.

In a CSV file, a pasted spreadsheet or a piped table the label stands once, lines above the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_DELIMITERS = ("\t", "|", ";", ",")
_WIDEST = 200


class Cell(NamedTuple):
    start: int
    end: int
    heading: str


def cells(text: str) -> Iterator[Cell]:
    """Cells below a heading line, in order. A table ends where a line has another number of columns."""
    headings: list[str] = []
    delimiter = ""
    start = 0
    for line in text.split("\n"):
        if delimiter and line.count(delimiter) == len(headings) - 1:
            yield from _split(line, start, delimiter, headings)
        else:
            delimiter = next((d for d in _DELIMITERS if 1 <= line.count(d) <= _WIDEST), "")
            headings = line.split(delimiter) if delimiter else []
            if any(len(heading) > 40 or any(map(str.isdigit, heading)) for heading in headings):
                delimiter = ""
        start += len(line) + 1


def _split(line: str, start: int, delimiter: str, headings: list[str]) -> Iterator[Cell]:
    for heading, value in zip(headings, line.split(delimiter), strict=True):
        yield Cell(start, start + len(value), heading.strip(" \"'*"))
        start += len(value) + 1
