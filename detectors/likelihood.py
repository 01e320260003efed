"""How likely a passage identifies a patient: what labelled mail has taught, beside what the rules say.

The words of a text as signs, and the weights of signs, are those of figures (`detectors.figures`), too.

A passage shows signs: its words, alone and in pairs, and their first and last letters; the words beside
those whom it names; which types of findings stand in it; and what the rules make of each person. Each sign
has one weight (logistic regression), which `python -m detectors.pipeline.learn` finds and whoever doubts a
verdict can look up in the file. No sign holds a name or a number: what was found stands as its type, digits
as zeros, and words with a capital that are not English as a capital.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import accumulate, chain, pairwise, repeat
from pathlib import Path
from typing import NamedTuple

import msgspec

from detectors.findings import Finding
from detectors.lexicons import words

WEIGHTS = Path(__file__).with_name("pipeline") / "likelihood"
PASSAGES = "passages"
"""The file of weights that passages are judged by."""
TYPES = frozenset(
    {
        "PERSON",
        "NHS_NUMBER",
        "CHI_NUMBER",
        "HC_NUMBER",
        "DATE_OF_BIRTH",
        "HOSPITAL_NUMBER",
        "CLINICAL",
        "ADDRESS",
        "UK_POSTCODE",
        "PHONE",
        "NINO",
        "CREDIT_CARD",
        "UK_BANK_ACCOUNT",
        "IBAN",
    }
)
_UNLABELLED = (0.95, 0.5)
DOUBTFUL = {
    "CLINICAL": (0.51,),
    "DATE_OF_BIRTH": (0.75,),
    "HOSPITAL_NUMBER": (0.75,),
    **dict.fromkeys(("NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER"), _UNLABELLED),
}
"""Scores below which something may be something else: a word of two meanings, a number without a label."""
BESIDE = 4
"""Words on either side of a name that are signs of their own."""
NAMED = ("PERSON", "NAME")
"""Signs of a name of several words and of one."""
MANY = (1, 2, 4, 8)
LENGTHS = (60, 120, 250, 500, 1000)

_TOKEN = re.compile(r"([A-Za-z']+|[0-9]+|\n\s*|[^\w\s]|[^\W\d_]+)")
_AFFIX = 4


class Tokens(NamedTuple):
    """Words, marks, lines' ends and findings of a text, in its order: where each begins and ends, and what
    it is as a sign."""

    starts: list[int]
    ends: list[int]
    words: list[str]


class Signs(msgspec.Struct, frozen=True):
    """What a passage shows."""

    words: tuple[str, ...]
    facts: tuple[str, ...]
    """What the rules make of those who are named."""


def signs(text: str, begin: int, end: int, findings: Iterable[Finding], facts: Iterable[str]) -> Signs:
    """Those of `text` between `begin` and `end`; `findings` are those within, in the order of the text."""
    inside = [finding for finding in findings if finding.type in TYPES]
    seen = dict.fromkeys(_words(tokens(text, begin, end, inside).words))
    seen.update(dict.fromkeys(_kinds(Counter(_name_of(text, finding) for finding in inside))))
    seen.update(dict.fromkeys(f"length {length}" for length in LENGTHS if end - begin >= length))
    return Signs(tuple(seen), tuple(dict.fromkeys(facts)))


def likelihood(shown: Signs, by: Mapping[str, float] | None = None) -> float:
    """Of what shows these signs, from 0 to 1; by the shipped weights of passages if none are given."""
    by = by or weights(PASSAGES)
    total = by[""] + _mean(shown.words, by) + _mean(shown.facts, by)
    return (1 + math.tanh(total / 2)) / 2  # The logistic function, which does not overflow so.


def _mean(shown: Sequence[str], by: Mapping[str, float]) -> float:
    return sum(map(by.get, shown, repeat(0.0))) / math.sqrt(len(shown) or 1)


@cache
def weights(of: str) -> dict[str, float]:
    """Each sign's weight for what a file is named after; that of the empty one is added to every sum."""
    lines = (line.split("\t") for line in (WEIGHTS / f"{of}.tsv").read_text("utf-8").splitlines())
    return {sign: float(weight) for weight, sign in lines}


def load() -> None:
    """Read all weights, which is otherwise done when one is first asked for."""
    for file in WEIGHTS.glob("*.tsv"):
        weights(file.stem)


def _words(said: Sequence[str]) -> Iterator[str]:
    yield from said
    yield from map(" ".join, pairwise(said))
    yield from chain.from_iterable(map(_affixes, said))
    for at, token in enumerate(said):
        if token in NAMED:
            before, after = said[max(0, at - BESIDE) : at], said[at + 1 : at + 1 + BESIDE]
            yield from (f"{word} < PERSON" for word in before)
            yield from (f"PERSON > {word}" for word in after)
            yield f"{' '.join(before[-2:])} PERSON"
            yield f"PERSON {' '.join(after[:2])}"


@lru_cache(maxsize=20_000)
def _affixes(word: str) -> tuple[str, ...]:
    if word.islower() and word.isalpha() and len(word) > _AFFIX:
        return f"{word[:_AFFIX]}-", f"-{word[-_AFFIX:]}"
    return ()


def _kinds(counts: Counter[str]) -> Iterator[str]:
    whose = "with PERSON" if any(counts[name] for name in NAMED) else "without PERSON"
    for kind, count in counts.items():
        yield f"{kind} {whose}"
        yield from (f"{kind} x{many}" for many in MANY if count >= many)


def tokens(text: str, begin: int, end: int, findings: Iterable[Finding]) -> Tokens:
    """What `text` is of between two places; where two findings overlap, the one that begins first."""
    read = Tokens([], [], [])
    at = begin
    for finding in findings:
        if finding.start >= at:
            _add_plain(read, text, at, finding.start)
            read.starts.append(finding.start)
            read.ends.append(finding.end)
            read.words.append(_name_of(text, finding))
            at = finding.end
    _add_plain(read, text, at, end)
    return read


def _name_of(text: str, finding: Finding) -> str:
    if finding.type == "PERSON":
        return "PERSON" if len(text[finding.start : finding.end].split()) > 1 else "NAME"
    doubts = [least for least in DOUBTFUL.get(finding.type, ()) if finding.score < least]
    return finding.type + "?" * len(doubts)


def _add_plain(read: Tokens, text: str, begin: int, end: int) -> None:
    pieces = _TOKEN.split(text[begin:end])
    borders = list(accumulate(map(len, pieces), initial=begin))
    read.starts.extend(borders[1:-1:2])
    read.ends.extend(borders[2::2])
    read.words.extend(map(_as_sign, pieces[1::2]))


@lru_cache(maxsize=20_000)
def _as_sign(word: str) -> str:
    if "\n" in word:
        return "¶" if word.count("\n") > 1 else "↵"
    if word[0].isdigit():
        return f"{word[:2]}00s" if len(word) == 4 and word[:2] in ("19", "20") else "0" * min(len(word), 6)
    if word[0].isupper() and len(word) > 1 and not _is_english(word.lower()):
        return "CAPITALS" if word.isupper() else "Capital"
    return word.lower()


def _is_english(word: str) -> bool:
    return word in words("english") or word in words("common_words")
