"""Cells of tables in plain text, each with the heading of its column.

In a CSV file, a pasted spreadsheet, a piped or an aligned table the label stands once, lines above the
value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FIELDS = tuple(map(re.compile, (r"[^\t]*", r"[^|]*", r"[^;]*", r'"[^"]{0,200}"|[^,]*', r"[^ ]+(?: [^ ]+)*")))
"""A field between tabs, pipes, semicolons, commas (RFC 4180) or runs of spaces."""
_DELIMITERS = ("\t", "|", ";", ",", "  ")
WIDEST = 200
"""Columns; a line that has more is no table's."""
LONGEST_HEADING = 40


class Cell(NamedTuple):
    start: int
    end: int
    heading: str


def cells(text: str) -> Iterator[Cell]:
    """Cells below a heading line, in order. A table ends where a line has another number of columns."""
    headings: list[str] = []
    field = _FIELDS[0]
    start = 0
    for line in text.split("\n"):
        spans = _spans(line, field) if headings else []
        if len(spans) > 1 and len(spans) == len(headings):
            for heading, (begin, end) in zip(headings, spans, strict=True):
                yield Cell(start + begin, start + end, heading)
        else:
            headings, field = _headings(line)
        start += len(line) + 1


def _headings(line: str) -> tuple[list[str], re.Pattern[str]]:
    """The headings that `line` holds, none when it heads no table, and what its fields look like."""
    for delimiter, field in zip(_DELIMITERS, _FIELDS, strict=True):
        if 1 <= line.count(delimiter) <= WIDEST:
            headings = [line[start:end].strip(" \"'*") for start, end in _spans(line, field)]
            fits = all(
                len(heading) <= LONGEST_HEADING and not any(map(str.isdigit, heading)) for heading in headings
            )
            return (headings if fits else []), field
    return [], _FIELDS[0]


def _spans(line: str, field: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where the fields of `line` begin and end."""
    spans: list[tuple[int, int]] = []
    at = 0
    while at <= len(line) and len(spans) <= WIDEST + 1:
        match = field.match(line, at)
        if match:
            spans.append(match.span())
            at = match.end() + 1
        else:
            at += 1
    return spans
