"""One cheap pass over a text: which stretches could hold anything at all?

Cost follows suspicion. Most office mail passes here in a fraction of a millisecond; Presidio reads
only the windows that this pass cuts out, each of whole lines with enough around it to judge by.
The pass may let too much through; it must not let a thing that a detector would find go by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from detectors import clinical
from detectors.lexicons import words

MARGIN = 240
"""Characters of context kept on each side of a suspicion."""
LARGEST = 8_000
"""Characters of a window's core; a longer stretch is read in several windows."""

_STREET = (
    r"[0-9][A-Za-z]?,?[ ](?:[A-Za-z'.-]{1,20}[ ]){1,4}(?i:road|rd|street|st|avenue|ave|lane|drive|close|"
    r"crescent|"
    r"court|gardens|grove|place|square|terrace|way|walk|hill|mews|parade|rise|row|view|green|park)(?![A-Za-z])"
)
_FIGURES = (
    re.compile(r"[0-9](?:[-./ \t\n_:]{0,4}[0-9]){5}"),
    re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}"),
    re.compile(r"[0-9]{4,}(?<!(?<![0-9])19[0-9]{2})(?<!(?<![0-9])20[0-9]{2})"),
    re.compile(r"[0-9](?<=[A-Za-z].)[0-9A-Za-z]?[ \t]{0,3}[0-9][A-Za-z]{2}(?![A-Za-z0-9])"),
    re.compile(_STREET),
    re.compile(r"@[A-Za-z0-9]"),
)
"""Long numbers, dates, four digits that are no year, postcodes, streets, e-mail addresses. Each begins with
a character that prose seldom has: that makes it cheap."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:(?:'(?!s\b)|-)[A-Za-z]+)*")


class Window(NamedTuple):
    """A stretch to be read; findings count when they begin in the core."""

    start: int
    end: int
    core_start: int
    core_end: int


def windows(text: str, more: Iterable[tuple[int, int]] = ()) -> tuple[Window, ...]:
    """The stretches of normalised `text` that need reading, in order; cores do not overlap.

    `more` holds spans that somebody else finds suspicious.
    """
    return tuple(_cut(text, _merge(sorted((*_figures(text), *_words(text), *more)))))


def _figures(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for figure in _FIGURES for match in figure.finditer(text))


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand that begin a name, a clinical phrase or a label."""
    suspects = set(_WORD.findall(text)) & _suspicious()
    if not suspects:
        return iter(())
    return (match.span() for match in _WORD.finditer(text) if match[0] in suspects)


@cache
def _suspicious() -> frozenset[str]:
    """Words, in each case they are written in, that a detector needs to see."""
    names = words("given_names").certain | words("surnames").certain
    doubtful = words("given_names").ambiguous | words("surnames").ambiguous
    titles = words("titles").certain | words("titles").ambiguous
    labels = {
        "dob",
        "born",
        "birth",
        "brith",
        "birht",
        "password",
        "passcode",
        "passwort",
        "login",
        "pin",
        "token",
        "secret",
    }
    clinical_words = clinical.telling_words()
    lower = (names - words("common_words").certain) | titles | labels | clinical_words
    both = names | doubtful | titles | labels | {word for word in clinical_words if word.islower()}
    return frozenset(lower | {word.title() for word in both} | {word.upper() for word in both} | {"DoB"})


def _merge(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join suspicions whose surroundings touch."""
    start = end = -2 * MARGIN
    for next_start, next_end in spans:
        if next_start - end > 2 * MARGIN:
            if end > 0:
                yield start, end
            start = next_start
        end = max(end, next_end)
    if end > 0:
        yield start, end


def _cut(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[Window]:
    """Windows on line boundaries where lines are short enough, of bounded length."""
    done = 0
    for start, end in stretches:
        core = max(done, _line_start(text, start - MARGIN // 2))
        last = _line_end(text, end + MARGIN // 2)
        while core < last:
            done = min(last, _line_end(text, core + LARGEST))
            yield Window(max(0, core - MARGIN), min(len(text), done + MARGIN), core, done)
            core = done


def _line_start(text: str, offset: int) -> int:
    """The beginning of the line at `offset`, or `offset` when that is far away."""
    newline = text.rfind("\n", max(0, offset - MARGIN), max(0, offset))
    return newline + 1 if newline >= 0 else max(0, offset)


def _line_end(text: str, offset: int) -> int:
    """The end of the line at `offset`, or `offset` when that is far away."""
    newline = text.find("\n", offset, offset + MARGIN)
    return newline + 1 if newline >= 0 else min(offset, len(text))
