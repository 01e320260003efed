"""One cheap pass over a text: which stretches could hold anything at all?

Cost follows suspicion. Most office mail passes here in a fraction of a millisecond; Presidio reads
only the windows that this pass cuts out, each of whole lines with enough around it to judge by.
The pass may let too much through; it must not let a thing that a detector would find go by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
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
PHRASE = 60
"""Characters that a clinical phrase may reach to either side of its rarest word."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:(?:'(?!s\b)|-)[A-Za-z]+)*")


class Window(NamedTuple):
    """A stretch to be read; findings count when they begin in the core.

    It is telling when more than names were seen: what stands there could identify a patient.
    """

    start: int
    end: int
    core_start: int
    core_end: int
    telling: bool


class _Suspicion(NamedTuple):
    start: int
    end: int
    telling: bool


def windows(text: str, more: Iterable[tuple[int, int]] = ()) -> tuple[Window, ...]:
    """The stretches of normalised `text` that need reading, in order; cores do not overlap.

    `more` holds spans that somebody else finds suspicious.
    """
    others = (_Suspicion(start, end, telling=True) for start, end in more)
    return tuple(_cut(text, _merge(sorted((*_figures(text), *_words(text), *others)))))


def _figures(text: str) -> Iterator[_Suspicion]:
    return (_Suspicion(*match.span(), telling=True) for figure in _FIGURES for match in figure.finditer(text))


def _words(text: str) -> Iterator[_Suspicion]:
    """Where words stand that begin a name, belong to a clinical phrase or are a label."""
    vocabulary = _vocabulary()
    suspects = set(_WORD.findall(text)) & vocabulary.keys()
    if not suspects:
        return
    clinical_from = clinical_to = 0
    for match in _WORD.finditer(text):
        if match[0] not in suspects:
            continue
        means = vocabulary[match[0]]
        if means is _Means.CLINICAL and match.end() > clinical_to:
            clinical_from, clinical_to = match.start(), match.end() + PHRASE
            if not any(clinical.find(text[max(0, clinical_from - PHRASE) : clinical_to + PHRASE])):
                clinical_from = clinical_to
        if means is not _Means.CLINICAL or clinical_from <= match.start():
            yield _Suspicion(*match.span(), telling=means is not _Means.NAME)


class _Means(Enum):
    """What a word of the vocabulary makes one suspect."""

    NAME = "a name"
    LABEL = "something personal beside it"
    CLINICAL = "a clinical phrase around it, to be looked at"


@cache
def _vocabulary() -> dict[str, _Means]:
    """Words that a detector needs to see, in each case they are written in."""
    given, surnames, titles = words("given_names"), words("surnames"), words("titles")
    lower = (given.certain | surnames.certain) - words("common_words").certain | titles.certain
    doubtful = given.ambiguous | surnames.ambiguous | titles.ambiguous
    return (
        dict.fromkeys((_in_capitals(lower | doubtful) - doubtful) | lower, _Means.NAME)
        | dict.fromkeys(_in_capitals(clinical.telling_words()), _Means.CLINICAL)
        | dict.fromkeys(_in_capitals(_LABELS) | {"DoB"}, _Means.LABEL)
    )


_LABELS = frozenset(
    {
        "dob",
        "born",
        "birth",
        "brith",
        "birht",
        "password",
        "passcode",
        "login",
        "pin",
        "token",
        "secret",
        "patient",
        "pt",
    }
)


def _in_capitals(chosen: Iterable[str]) -> frozenset[str]:
    """The words as they are, capitalised, and in capitals."""
    return frozenset(form for word in chosen for form in (word, word.title(), word.upper()))


def _merge(suspicions: Iterable[_Suspicion]) -> Iterator[_Suspicion]:
    """Join suspicions whose surroundings touch."""
    joined: _Suspicion | None = None
    for each in suspicions:
        if joined and each.start - joined.end <= 2 * MARGIN:
            joined = _Suspicion(joined.start, max(joined.end, each.end), joined.telling or each.telling)
        else:
            if joined:
                yield joined
            joined = each
    if joined:
        yield joined


def _cut(text: str, stretches: Iterable[_Suspicion]) -> Iterator[Window]:
    """Windows on line boundaries where lines are short enough, of bounded length."""
    done = 0
    for start, end, telling in stretches:
        core = max(done, _line_start(text, start - MARGIN // 2))
        last = _line_end(text, end + MARGIN // 2)
        while core < last:
            done = min(last, _line_end(text, core + LARGEST))
            yield Window(max(0, core - MARGIN), min(len(text), done + MARGIN), core, done, telling)
            core = done


def _line_start(text: str, offset: int) -> int:
    """The beginning of the line at `offset`, or `offset` when that is far away."""
    newline = text.rfind("\n", max(0, offset - MARGIN), max(0, offset))
    return newline + 1 if newline >= 0 else max(0, offset)


def _line_end(text: str, offset: int) -> int:
    """The end of the line at `offset`, or `offset` when that is far away."""
    newline = text.find("\n", offset, offset + MARGIN)
    return newline + 1 if newline >= 0 else min(offset, len(text))
