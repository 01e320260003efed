"""Tables in plain text: the cells, and the heading of the column that each stands in.

In a CSV file, a pasted spreadsheet, a piped or an aligned table the label stands once, lines above the
value.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

_QUOTED = re.compile(r'"[^"]{0,200}"|[^,]*')
_ALIGNED = re.compile(r"[^ ]+(?: [^ ]+)*")
_DELIMITERS = ("\t", "|", ";", ",", "  ")
"""Tabs, pipes, semicolons, commas (RFC 4180) or runs of spaces, the first that a line has."""
_SQL = "sql"
"""The delimiter of values in a statement."""
_INSERT = re.compile(
    r"(?i:insert +into +[\w.\"`\[\]]{1,60} *)\((?P<columns>[\w.,\"`\[\] \n]{1,2000})\)"
    r"(?i:\s{0,9}values)\s{0,9}(?=\()"
)
_ROWS_FOLLOW = re.compile(r"\)\s{0,9}[vV]")
"""In every such statement, and in hardly any other text."""
_VALUES = re.compile(r"\((?P<row>(?:'[^']{0,200}'|[^'()]){1,2000})\)\s{0,9}(?:,\s{0,9}|;|\Z|(?=\n))")
_VALUE = re.compile(r"(?:'[^']{0,200}'|[^',])+|(?<=,)(?=,)")
_THOUSANDS = re.compile(r"(?<=£)[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_DIGIT = re.compile("[0-9]")
_LONG_NUMBER = re.compile("[0-9]{3}")
"""More digits than a heading has."""
WIDEST = 200
"""Columns; a line that has more is no table's."""
LONGEST_HEADING = 40
MOST_DIGITS = 2
"""In a heading."""

Span = tuple[int, int]


class Cell(NamedTuple):
    start: int
    end: int
    heading: str
    """Of its column."""


class _Line(NamedTuple):
    start: int
    text: str


class Table(NamedTuple):
    """A heading line and the rows below it that have as many fields."""

    start: int
    """Of the heading line."""
    headings: tuple[str, ...]
    rows: tuple[_Line, ...]
    delimiter: str

    @property
    def end(self) -> int:
        return self.rows[-1].start + len(self.rows[-1].text)

    def column(self, at: int) -> Iterator[Span]:
        """The cells below a heading."""
        for start, line in self.rows:
            begin, end = _fields(line, self.delimiter)[at]
            yield start + begin, start + end


def cells(text: str, is_wanted: Callable[[str], object]) -> Iterator[Span]:
    """Cells of the columns whose heading is wanted, in order."""
    for table in tables(text):
        columns = [table.column(at) for at, heading in enumerate(table.headings) if is_wanted(heading)]
        yield from chain.from_iterable(zip(*columns, strict=True))


def headed(text: str) -> list[Cell]:
    """Every cell of the tables of `text`, in order, with its heading."""
    return [
        Cell(row.start + begin, row.start + end, heading)
        for table in tables(text)
        for row in table.rows
        for heading, (begin, end) in zip(table.headings, _fields(row.text, table.delimiter), strict=True)
    ]


def is_within(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether one of the spans, which are in order and apart, holds `start:end`."""
    at = bisect(spans, start, key=lambda span: span[0]) - 1
    return at >= 0 and end <= spans[at][1]


@lru_cache(maxsize=1)
def tables(text: str) -> tuple[Table, ...]:
    """The tables of `text`, in order. One ends where a line has another number of fields."""
    statements = tuple(_inserted(text))
    found = list(statements)
    lines, start = [], 0
    for line in text.split("\n"):
        if line and not line.isspace():
            lines.append(_Line(start, _THOUSANDS.sub(_without_commas, line) if "£" in line else line))
        start += len(line) + 1
    ends = [statement.end for statement in statements]
    for table in _read(lines):
        next_one = bisect(ends, table.start)
        if next_one == len(ends) or table.end <= statements[next_one].start:
            found.append(table)
    return tuple(sorted(found, key=lambda table: table.start))


def _without_commas(amount: re.Match[str]) -> str:
    return amount[0].replace(",", ".")


def _inserted(text: str) -> Iterator[Table]:
    """The rows of SQL statements, under the names of their columns."""
    if not _ROWS_FOLLOW.search(text):
        return
    for statement in _INSERT.finditer(text):
        headings = tuple(name.strip(' "`[]\n') for name in statement["columns"].split(","))
        rows, at = [], statement.end()
        while row := _VALUES.match(text, at):
            at = row.end()
            if len(_fields(row["row"], _SQL)) == len(headings):
                rows.append(_Line(row.start("row"), row["row"]))
        if rows:
            yield Table(statement.start(), headings, tuple(rows), _SQL)


def _read(lines: Sequence[_Line]) -> Iterator[Table]:
    at = 0
    while at < len(lines) - 1:
        table = _headed_by(lines, at)
        if table:
            yield table
        at += 1 + (len(table.rows) if table else 0)


def _headed_by(lines: Sequence[_Line], at: int) -> Table | None:
    """The table that the line at `at` heads, if it heads one."""
    start, head = lines[at]
    for delimiter in _DELIMITERS:
        if delimiter in head:
            break
    else:
        return None
    below = lines[at + 1].text
    if delimiter not in below or _LONG_NUMBER.search(head):
        return None
    width = _width(head, delimiter)
    if width < 2 or _width(below, delimiter) != width:
        return None
    headings = _headings(head, delimiter)
    if not all(map(_may_head, headings)) or _is_above_headings(headings, below, delimiter):
        return None
    return Table(start, headings, tuple(_rows(lines, at + 1, delimiter, width)), delimiter)


def _headings(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(line[begin:end].strip(" \"'*") for begin, end in _fields(line, delimiter))


def _may_head(heading: str) -> bool:
    """Whether a field could be a heading: "Address 1" has a digit, dates and numbers have more."""
    digits = len(_DIGIT.findall(heading))
    few = not digits or (digits <= MOST_DIGITS and 2 * digits < len(heading))
    return few and len(heading) <= LONGEST_HEADING


def _is_above_headings(headings: Sequence[str], below: str, delimiter: str) -> bool:
    """Whether the line only spans groups of columns, whose headings fill the line below."""
    if all(headings) or _DIGIT.search(below):
        return False
    lower = _headings(below, delimiter)
    return len(lower) == len(headings) and all(lower)


def _rows(lines: Sequence[_Line], at: int, delimiter: str, width: int) -> Iterator[_Line]:
    while at < len(lines) and _width(lines[at].text, delimiter) == width:
        yield lines[at]
        at += 1


def _width(line: str, delimiter: str) -> int:
    """How many fields `line` has; 0 when it has too many."""
    if delimiter == "  " or (delimiter == "," and '"' in line):
        return len(_fields(line, delimiter))
    delimiters = line.count(delimiter)
    return delimiters + 1 if delimiters <= WIDEST else 0


def _fields(line: str, delimiter: str) -> list[Span]:
    """Where the fields of `line` begin and end; none when it has too many."""
    if line.count(delimiter) > WIDEST:
        return []
    if delimiter == "  ":
        return [match.span() for match in _ALIGNED.finditer(line)]
    if delimiter == _SQL:
        return [_unquoted(line, *match.span()) for match in _VALUE.finditer(line)]
    if delimiter == "," and '"' in line:
        return list(_quoted(line))
    spans, start = [], 0
    for field in line.split(delimiter):
        spans.append((start, start + len(field)))
        start += len(field) + 1
    return spans


def _unquoted(line: str, start: int, end: int) -> Span:
    """The span without white space, and then without quotes, at its ends."""
    value = line[start:end]
    start, end = start + len(value) - len(value.lstrip()), end - len(value) + len(value.rstrip())
    return (start + 1, end - 1) if line[start:end][:1] == "'" == line[start:end][-1:] else (start, end)


def _quoted(line: str) -> Iterator[Span]:
    at = 0
    while at <= len(line):
        match = _QUOTED.match(line, at)
        assert match
        yield match.span()
        at = match.end() + 1
