"""Which cell of a sheet, "B7", or which page of a document a character of its text stands in."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

_MOST_MARKS = 100_000
"""A sheet with more gaps than these is nobody's; behind the last mark, no cell is named."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """From this offset on the text belongs to this cell, up to the next tab or line end."""

    offset: int
    row: int
    column: int
    """Both from 1."""

    @property
    def cell(self) -> str:
        letters, column = "", self.column
        while column:
            column, letter = divmod(column - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.row}"


class Layout(msgspec.Struct, frozen=True, tag="sheet"):
    """How cells follow each other in the text of a sheet.

    A tab leads to the next column, a line end to the first one of the next row. Where that
    is not so, a mark says where the text goes on; marks are in order.
    """

    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, marks: Iterable[Mark]) -> Layout:
        """As far as marks may go."""
        return cls(tuple(islice(marks, _MOST_MARKS)))

    def cells(self, text: str, offsets: Iterable[int]) -> Iterator[str]:
        """The cell in which each offset lies, as "B7"; offsets must be in order."""
        here = Mark(0, 1, 1)
        for offset in offsets:
            at = bisect(self.marks, offset, key=_offset) - 1
            if at >= 0 and self.marks[at].offset >= here.offset:
                here = self.marks[at]
            here = _walk(text, here, offset)
            yield here.cell if at < _MOST_MARKS - 1 else ""

    def named(self) -> Iterator[tuple[int, str]]:
        """The first cell and every marked one, each with the offset where its text begins."""
        yield from ((mark.offset, mark.cell) for mark in (Mark(0, 1, 1), *self.marks))


class Pages(msgspec.Struct, frozen=True, tag="pages"):
    """Where the pages of a document begin in its text."""

    starts: tuple[int, ...]

    def cells(self, text: str, offsets: Iterable[int]) -> Iterator[str]:
        """The page on which each offset lies, as "page 3"."""
        return (f"page {bisect(self.starts, offset)}" for offset in offsets)


def _walk(text: str, start: Mark, offset: int) -> Mark:
    """From one place to another behind it, with no mark between."""
    line = text.rfind("\n", start.offset, offset) + 1
    columns = text.count("\t", line or start.offset, offset)
    if not line:
        return Mark(offset, start.row, start.column + columns)
    return Mark(offset, start.row + text.count("\n", start.offset, line), 1 + columns)


def _offset(mark: Mark) -> int:
    return mark.offset
