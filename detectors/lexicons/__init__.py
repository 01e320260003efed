"""Word lists of our own writing: one file a subject, read once.

A line that starts with "# " is a comment. A trailing "?" marks a word that also means something else;
whoever reads the list decides what more it takes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class Lexicon(msgspec.Struct, frozen=True):
    certain: frozenset[str]
    ambiguous: frozenset[str]

    def __contains__(self, word: str) -> bool:
        return word in self.certain or word in self.ambiguous


@cache
def words(name: str) -> Lexicon:
    """The list `name`, any number of words to a line."""
    return _lexicon([word for line in _lines(name) for word in line.split()])


@cache
def phrases(*names: str) -> Lexicon:
    """The lists `names` together, one word or phrase to a line."""
    return _lexicon([line for name in names for line in _lines(name)])


def _lines(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("# ")]


def _lexicon(entries: list[str]) -> Lexicon:
    ambiguous = frozenset(entry[:-1] for entry in entries if entry.endswith("?"))
    return Lexicon(frozenset(entry for entry in entries if not entry.endswith("?")) - ambiguous, ambiguous)
