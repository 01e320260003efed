"""One cheap pass over a text: which stretches could hold anything at all?

Cost follows suspicion. Most office mail passes here in a fraction of a millisecond; Presidio reads
only the windows that this pass cuts out, each of whole lines with enough around it to judge by.
The pass may let too much through; it must not let a thing that a detector would find go by.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from detectors.suspicions import Span, is_telling, suspicions
from detectors.tables import Table, tables

AROUND = 120
"""Characters around a suspicion in which the finding may begin."""
MARGIN = 240
"""Characters of context kept on each side of that."""
LARGEST = 8_000
"""Characters of a window's core; a longer stretch is read in several windows."""


class Window(NamedTuple):
    """A stretch to be read; findings count when they begin in the core."""

    start: int
    end: int
    core_start: int
    core_end: int
    heading: str = ""
    """The heading line of the table that the window starts in the middle of, with its line end."""


def windows(text: str, more: Iterable[Span] = ()) -> tuple[Window, ...]:
    """The stretches of normalised `text` that need reading, in order; cores do not overlap.

    `more` holds spans that somebody else finds suspicious.
    """
    telling = [table for table in tables(text) if any(map(is_telling, table.headings))]
    wanted = [*more, *((table.start, table.end) for table in telling)]
    for start, end in _outside(telling, len(text)):
        wanted += suspicions(text, start, end)
    return tuple(_cut(text, _cores(text, sorted(wanted)), telling))


def _outside(telling: Sequence[Table], end: int) -> list[Span]:
    """What tables leave of a text."""
    borders = [0, *(border for table in telling for border in (table.start, table.end)), end]
    return list(zip(borders[::2], borders[1::2], strict=True))


def _cores(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The lines around suspicions; those whose context would be read twice are one."""
    begin = done = 0
    for start, end in spans:
        first, last = _line_start(text, start - AROUND), _line_end(text, end + AROUND)
        if first > done + 2 * MARGIN or not done:
            if done:
                yield begin, done
            begin = first
        done = max(done, last)
    if done:
        yield begin, done


def _cut(text: str, cores: Iterable[Span], telling: list[Table]) -> Iterator[Window]:
    """Windows on line boundaries where lines are short enough, of bounded length."""
    for start, end in cores:
        done = start
        while done < end:
            window = _window(text, done, end, _table_at(telling, done))
            yield window
            done = window.core_end


def _window(text: str, start: int, end: int, table: Table | None) -> Window:
    """The window whose core begins at `start` and goes no further than `end`."""
    done = min(end, _line_end(text, start + LARGEST, LARGEST if table else MARGIN))
    after = min(len(text), done + MARGIN)
    if table is None:
        return Window(max(0, start - MARGIN), after, start, done)
    return Window(start, after, start, done, text[table.start : text.find("\n", table.start) + 1])


def _table_at(telling: list[Table], offset: int) -> Table | None:
    """The table in the middle of which `offset` lies."""
    at = bisect(telling, offset - 1, key=lambda table: table.start) - 1
    return telling[at] if at >= 0 and offset < telling[at].end else None


def _line_start(text: str, offset: int) -> int:
    """The beginning of the line at `offset`, or `offset` when that is far away."""
    newline = text.rfind("\n", max(0, offset - MARGIN), max(0, offset))
    return newline + 1 if newline >= 0 else max(0, offset)


def _line_end(text: str, offset: int, reach: int = MARGIN) -> int:
    """The end of the line at `offset`, or `offset` when that is further than `reach`."""
    newline = text.find("\n", offset, offset + reach)
    return newline + 1 if newline >= 0 else min(offset, len(text))
