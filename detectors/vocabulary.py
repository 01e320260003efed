"""Where words stand: a recognizer that only a label sets off looks only there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from itertools import accumulate, chain, islice

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
    index = _index(text)
    places = [index[word] for word in index.keys() & words]
    return places[0] if len(places) == 1 else sorted(chain.from_iterable(places))


@lru_cache(maxsize=1)
def _index(text: str) -> dict[str, list[int]]:
    """Every word of a window and where it begins."""
    pieces = _WORD.split(text.lower())
    index: defaultdict[str, list[int]] = defaultdict(list)
    for word, start in zip(pieces[1::2], islice(accumulate(map(len, pieces)), 0, None, 2), strict=False):
        index[word].append(start)
    return index
