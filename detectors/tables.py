"""Tables in plain text: the cells, and the heading of the column that each stands in.

In a CSV file, a pasted spreadsheet, a piped or an aligned table the label stands once, lines above the
value.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

_QUOTED = re.compile(r'"[^"]{0,200}"|[^,]*')
_ALIGNED = re.compile(r"[^ ]+(?: [^ ]+)*")
_DELIMITERS = ("\t", "|", ";", ",", "  ")
"""Tabs, pipes, semicolons, commas (RFC 4180) or runs of spaces, the first that a line has."""
WIDEST = 200
"""Columns; a line that has more is no table's."""
LONGEST_HEADING = 40

Span = tuple[int, int]


class Table(NamedTuple):
    """A heading line and the rows below it that have as many fields."""

    start: int
    """Of the heading line."""
    headings: tuple[str, ...]
    rows: tuple[tuple[Span, ...], ...]

    @property
    def end(self) -> int:
        return self.rows[-1][-1][1]


class _Line(NamedTuple):
    start: int
    text: str


def cells(text: str, is_wanted: Callable[[str], object]) -> Iterator[Span]:
    """Cells of the columns whose heading is wanted, in order."""
    for table in tables(text):
        columns = [column for column, heading in enumerate(table.headings) if is_wanted(heading)]
        if columns:
            yield from (row[column] for row in table.rows for column in columns)


def is_within(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether one of the spans, which are in order and apart, holds `start:end`."""
    at = bisect(spans, start, key=lambda span: span[0]) - 1
    return at >= 0 and end <= spans[at][1]


@lru_cache(maxsize=1)
def tables(text: str) -> tuple[Table, ...]:
    """The tables of `text`, in order. One ends where a line has another number of fields."""
    lines, start = [], 0
    for line in text.split("\n"):
        if line and not line.isspace():
            lines.append(_Line(start, line))
        start += len(line) + 1
    return tuple(_read(lines))


def _read(lines: Sequence[_Line]) -> Iterator[Table]:
    at = 0
    while at < len(lines) - 1:
        table = _headed_by(lines, at)
        if table:
            yield table
        at += 1 + (len(table.rows) if table else 0)


def _headed_by(lines: Sequence[_Line], at: int) -> Table | None:
    """The table that the line at `at` heads, if it heads one."""
    head = lines[at]
    delimiter = next((each for each in _DELIMITERS if each in head.text), "")
    if not delimiter or delimiter not in lines[at + 1].text:
        return None
    fields = _fields(head.text, delimiter)
    headings = tuple(head.text[begin:end].strip(" \"'*") for begin, end in fields)
    if not all(map(_may_head, headings)):
        return None
    rows = tuple(_rows(lines, at + 1, delimiter, len(fields)))
    return Table(head.start, headings, rows) if rows and len(fields) > 1 else None


def _rows(lines: Sequence[_Line], at: int, delimiter: str, width: int) -> Iterator[tuple[Span, ...]]:
    while at < len(lines):
        start, line = lines[at]
        fields = _fields(line, delimiter)
        if len(fields) != width:
            return
        yield tuple((start + begin, start + end) for begin, end in fields)
        at += 1


def _may_head(heading: str) -> bool:
    return len(heading) <= LONGEST_HEADING and not any(map(str.isdigit, heading))


def _fields(line: str, delimiter: str) -> list[Span]:
    """Where the fields of `line` begin and end; none when it has too many."""
    if line.count(delimiter) > WIDEST:
        return []
    if delimiter == "  ":
        return [match.span() for match in _ALIGNED.finditer(line)]
    if delimiter == "," and '"' in line:
        return list(_quoted(line))
    spans, start = [], 0
    for field in line.split(delimiter):
        spans.append((start, start + len(field)))
        start += len(field) + 1
    return spans


def _quoted(line: str) -> Iterator[Span]:
    at = 0
    while at <= len(line):
        match = _QUOTED.match(line, at)
        assert match
        yield match.span()
        at = match.end() + 1
