"""Where words stand: a recognizer that only a label sets off looks only there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

_WORD = re.compile("([a-z]+)")


def matches(pattern: re.Pattern[str], text: str, words: Set[str]) -> Iterator[re.Match[str]]:
    """The matches of `pattern` in `text`, apart and in order, that begin with one of `words`."""
    done = 0
    for start in starts(text, words):
        match = pattern.match(text, start) if start >= done else None
        if match:
            done = match.end()
            yield match


def starts(text: str, words: Set[str]) -> Sequence[int]:
    """Where one of `words` (in lower case) begins in normalised `text` (in any case), in order.

    A word ends where its letters end: digits, hyphens and apostrophes are no part of it.
    """
    read = _read(text)
    wanted = read.different & words
    if not wanted:
        return ()
    return [start for word, start in zip(read.words, read.starts, strict=True) if word in wanted]


class _Words(NamedTuple):
    words: list[str]
    starts: list[int]
    different: frozenset[str]


@lru_cache(maxsize=1)
def _read(text: str) -> _Words:
    """Every word of a window."""
    pieces = _WORD.split(text.lower())
    return _Words(pieces[1::2], list(accumulate(map(len, pieces[:-1])))[::2], frozenset(pieces[1::2]))
