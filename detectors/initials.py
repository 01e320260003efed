"""Initials as mail has them: "JD", "J.D.", "J D", "jd", of which most stand for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.lexicons import phrases, words
from detectors.names import kind_of
from detectors.tables import Span

_LETTER = r"[^\W\d_]"
_POSSIBLE = re.compile(
    r"(?<![^\W_])(?<![.'&])(?:"
    rf"{_LETTER}\.[ ]?{_LETTER}(?:\.[ ]?{_LETTER})?\.?"
    rf"|(?P<bare>{_LETTER}{{2,3}})"
    r"|[A-Z] [A-Z](?: [A-Z])?"
    r"|[A-Z]\^[A-Z](?=[\^|])"
    r"|(?:(?<=Mr )|(?<=Mrs )|(?<=Ms )|(?<=Miss )|(?<=Mx ))[A-WYZ]"
    rf")(?![^\W_]|&|\.[^\W_]|'(?!s(?![^\W_])))"
)


def possible(text: str) -> Iterator[Span]:
    """Where initials could stand in normalised `text`: no words, and no abbreviations of medicine."""
    for match in _POSSIBLE.finditer(text):
        if match["bare"] is None or _could_be(match["bare"]):
            yield match.span()


def facts(written: str) -> Iterator[str]:
    """What letters could stand for besides, as signs."""
    letters = "".join(filter(str.isalpha, written)).lower()
    kind = kind_of(letters)
    yield f"is {letters}"
    if letters in words("acronyms") or letters in words("no_initials"):
        yield "an acronym"
    if kind.common or kind.everyday:
        yield "a word"
    if letters.upper() in phrases("abbreviations"):
        yield "an illness"


def _could_be(written: str) -> bool:
    """Whether letters without full stops could be initials: in capitals, or two that are no word."""
    if written.isupper():
        return written not in phrases("abbreviations").certain
    kind = kind_of(written)
    return len(written) == 2 and written.islower() and not (kind.common or kind.everyday or kind.particle)
