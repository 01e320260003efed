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
_SEPARATOR = re.compile(r"\+|[ \t]{0,4}[-./_'\"]?[ \t]{0,4}|[ \t]{0,4}[-=]?[ \t]{0,4}\n(?:\| )?[ \t]{0,16}")
LONGEST = 40
"""A group of more digits than this is no identifier and ends the run."""


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
        return tuple(len(group.digits) for group in self.groups)


@lru_cache(maxsize=1)
def runs(text: str) -> tuple[tuple[Group, ...], ...]:
    """All runs of digit groups in normalised `text`, in order. Linear in its length."""
    found: list[list[Group]] = []
    end = -1
    for match in _GROUP.finditer(text):
        if len(match[0]) > LONGEST:
            end = -1
            continue
        in_box = (
            end >= 0
            and len(match[0]) == 1
            and text[end : match.start()] == "|"
            and len(found[-1][-1].digits) == 1
        )
        if end < 0 or not (in_box or _SEPARATOR.fullmatch(text, end, match.start())):
            found.append([])
        found[-1].append(Group(match.start(), match.end(), match[0]))
        end = match.end()
    return tuple(map(tuple, found))


def numbers(text: str, lengths: frozenset[int], beginning: str = "0123456789") -> Iterator[Number]:
    """Every way of reading consecutive groups of a run as a number of one of `lengths` digits.

    Only numbers whose first digit is one of `beginning` are read.
    """
    shortest, longest = min(lengths), max(lengths)
    for run in runs(text):
        digits = "".join([group.digits for group in run])
        if len(digits) < shortest:
            continue
        borders = list(accumulate([len(group.digits) for group in run], initial=0))
        for first, start in enumerate(borders[:-1]):
            if digits[start] not in beginning:
                continue
            for last in range(first + 1, len(borders)):
                length = borders[last] - start
                if length in lengths:
                    yield Number(digits[start : borders[last]], run[first:last])
                elif length > longest:
                    break
