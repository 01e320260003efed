"""Whether plain text and HTML say the same, of which a client shows one (RFC 2046 section 5.1.4)."""

from __future__ import annotations

import html
import re

_LONGEST = 50_000
"""Characters of each that are compared."""
_UNSHOWN = re.compile(
    r"<(style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", re.DOTALL | re.IGNORECASE
)
_ADDRESS = re.compile(r"<?\b(?:https?|mailto|tel|cid|www)[:.]\S+", re.IGNORECASE)
"""HTML has them in attributes."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d(?:[\s-]{0,2}\d){5,}")
_TELLING = 8
"""Words, from which on their share says something."""


def differ(plain: str, markup: str) -> bool:
    """Whether one has a long number that the other has not, or most words of the shorter are its own."""
    text = _ADDRESS.sub(" ", plain[:_LONGEST])
    shown = _ADDRESS.sub(" ", html.unescape(_UNSHOWN.sub(" ", markup[:_LONGEST])))
    fewer, more = sorted((_words(text), _words(shown)), key=len)
    if len(fewer) >= _TELLING and len(fewer - more) * 2 > len(fewer):
        return True
    return len(plain) < _LONGEST and len(markup) < _LONGEST and _numbers(text) != _numbers(shown)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _numbers(text: str) -> set[str]:
    return {re.sub(r"\D", "", number) for number in _NUMBER.findall(text)}
