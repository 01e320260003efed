"""Which cell of a sheet a character of its text stands in: "B7", as every spreadsheet program says it."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator

import msgspec

_MOST_MARKS = 100_000
"""A sheet with more gaps than these is nobody's; behind the last mark, no cell is named."""
_SEPARATORS = ",;\t|"
_QUOTED = re.compile(r'(?<![^,;\t|\n])"(?:[^"]|"")*+"')


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """From this offset on the text belongs to this cell, up to the next separator."""

    offset: int
    row: int
    column: int
    """Both from 1."""

    @property
    def name(self) -> str:
        letters, column = "", self.column
        while column:
            column, letter = divmod(column - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.row}"


class Layout(msgspec.Struct, frozen=True):
    """How cells follow each other in a text.

    A separator leads to the next column, a line end to the first one of the next row. Where
    that is not so, a mark says where the text goes on; marks are in order.
    """

    separator: str = "\t"
    marks: tuple[Mark, ...] = ()

    def cells(self, text: str, offsets: Iterable[int]) -> Iterator[str]:
        """The cell in which each offset lies, as "B7"; offsets must be in order."""
        here = Mark(0, 1, 1)
        for offset in offsets:
            at = bisect(self.marks, offset, key=_offset) - 1
            if at >= 0 and self.marks[at].offset >= here.offset:
                here = self.marks[at]
            here = self._walk(text, here, offset)
            lost = len(self.marks) == _MOST_MARKS and at == _MOST_MARKS - 1
            yield "" if lost else here.name

    def named(self) -> Iterator[tuple[int, str]]:
        """The first cell and every marked one, each with the offset where its text begins."""
        yield from ((mark.offset, mark.name) for mark in (Mark(0, 1, 1), *self.marks))

    def _walk(self, text: str, start: Mark, offset: int) -> Mark:
        """From one place to another behind it, with no mark between."""
        line = text.rfind("\n", start.offset, offset) + 1
        columns = text.count(self.separator, line or start.offset, offset)
        if not line:
            return Mark(offset, start.row, start.column + columns)
        return Mark(offset, start.row + text.count("\n", start.offset, line), 1 + columns)


def layout(separator: str, marks: Iterable[Mark]) -> Layout:
    """As far as marks may go."""
    return Layout(separator, tuple(mark for mark, _ in zip(marks, range(_MOST_MARKS), strict=False)))


def of_csv(text: str) -> Layout:
    """RFC 4180, or with what else separates fields; within quotes nothing does."""
    heading = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=heading.count)
    return layout(separator, _within_quotes(text, separator))


def _within_quotes(text: str, separator: str) -> Iterator[Mark]:
    plain, here = Layout(separator), Mark(0, 1, 1)
    for field in _QUOTED.finditer(text) if '"' in text else ():
        here = plain._walk(text, here, field.start())
        for between in re.finditer(rf"[\n{re.escape(separator)}]", field[0]):
            yield Mark(field.start() + between.end(), here.row, here.column)
        here = Mark(field.end(), here.row, here.column)


def _offset(mark: Mark) -> int:
    return mark.offset
