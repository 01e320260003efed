"""Long numbers as people write them: groups of digits with something between them.

Card, health and account numbers come in every separator, wrapped over lines, and next to other
numbers. Every detector of such numbers reads the same runs of groups and tries its own lengths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_GROUP = re.compile(r"[0-9]+")
LONGEST = 40
"""A group of more digits than this is no identifier and ends the run."""
SHORTEST = 6
"""Digits of the shortest number that is read in groups, a sort code's."""
_BETWEEN = (
    r"\+|[ \t]{0,4}[-./_'\"]?[ \t]{0,4}|[ \t]{0,4}[-=]?[ \t]{0,4}\n(?:\| )?[ \t]{0,16}"
    r"|[ ]?\.{3}[ ]{0,2}|(?<=(?<![0-9])[0-9])[ ]?\|[ ]?(?=[0-9](?![0-9]))"
)
"""What groups are written with: three full stops where they are read out, bars in the boxes of a form."""
_RUN = re.compile(
    rf"[0-9](?<![0-9].)[0-9]{{0,{LONGEST - 1}}}+(?![0-9])(?:(?:{_BETWEEN})[0-9]{{1,{LONGEST}}}+(?![0-9]))*+"
)


class Group(NamedTuple):
    start: int
    end: int
    digits: str


class Number(NamedTuple):
    """Consecutive groups read as one number."""

    digits: str
    groups: tuple[Group, ...]

    @property
    def start(self) -> int:
        return self.groups[0].start

    @property
    def end(self) -> int:
        return self.groups[-1].end

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the groups."""
        return tuple([len(group.digits) for group in self.groups])


class Run(NamedTuple):
    """Groups that belong together."""

    groups: tuple[Group, ...]
    digits: str
    """Of all groups."""
    borders: tuple[int, ...]
    """Where groups begin and end among the digits."""


@lru_cache(maxsize=1)
def runs(text: str) -> tuple[Run, ...]:
    """The runs of groups in normalised `text` that may hold a number, in order. Linear in its length."""
    return tuple(
        _run(text, *run.span()) for run in _RUN.finditer(text) if run.end() - run.start() >= SHORTEST
    )


def _run(text: str, start: int, end: int) -> Run:
    groups = tuple(Group(each.start(), each.end(), each[0]) for each in _GROUP.finditer(text, start, end))
    digits = [group.digits for group in groups]
    return Run(groups, "".join(digits), tuple(accumulate(map(len, digits), initial=0)))


def numbers(text: str, lengths: frozenset[int], beginning: str = "0123456789") -> Iterator[Number]:
    """Every way of reading consecutive groups of a run as a number of one of `lengths` digits.

    Only numbers whose first digit is one of `beginning` are read.
    """
    shortest, longest = min(lengths), max(lengths)
    for groups, digits, borders in runs(text):
        if len(digits) < shortest:
            continue
        for first, start in enumerate(borders[:-1]):
            if digits[start] not in beginning:
                continue
            for last in range(first + 1, len(borders)):
                length = borders[last] - start
                if length in lengths:
                    yield Number(digits[start : borders[last]], groups[first:last])
                elif length > longest:
                    break
