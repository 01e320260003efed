"""Word lists of our own writing: one file a subject, read once.

A line that starts with "# " is a comment. A trailing "?" marks a word that also means something else;
whoever reads the list decides what more it takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
CLINICAL = ("drugs", "diagnoses", "procedures", "symptoms")
CARE = ("events", "measurements")
"""What happens to patients, without saying what they have."""
OPEN = (*CLINICAL, "abbreviations", "given_names", "surnames", "places", "organisations")
"""Lists that an operator may add to."""
_ENTRY = re.compile(r"(?=.*[A-Za-z])(?!#[^ ]* )[ !#-+\--:=-{}~]{1,200}")
"""In ASCII; a comma, a semicolon, a quote or a bar makes a table of a list, and "#word word" is a comment."""
_SPACE = {" ": r"(?:[ ]|[ ]?\n[>| \t]{0,6})"}
"""Wrapped phrases go on in the next line."""
_folders = [FOLDER]


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


@cache
def any_of(*names: str) -> str:
    """A pattern for any entry of the lists `names`, the longest that fits, in lower case, wrapped or not."""
    return _any_of(phrases(*names).certain)


def _any_of(endings: Iterable[str]) -> str:
    """Beginnings that entries share stand once: `re` tries each of its branches at every place."""
    by_letter: dict[str, list[str]] = {}
    for ending in sorted(endings):
        by_letter.setdefault(ending[:1], []).append(ending[1:])
    may_end = by_letter.pop("", None) is not None
    branches = [_SPACE.get(letter, re.escape(letter)) + _any_of(rest) for letter, rest in by_letter.items()]
    if len(branches) == 1 and not may_end:
        return branches[0]
    return f"(?:{'|'.join(branches)}){'?' * may_end}" if branches else ""


def count(folder: Path) -> dict[str, int]:
    """How many entries each list in `folder` has.

    Raises OSError when there is no such folder, and ValueError when it has no list, one of another name
    than ours, or one with a line that no folded text could hold; it names file and line.
    """
    files = sorted(file for file in folder.iterdir() if file.suffix == ".txt" or file.stem in OPEN)
    if not files:
        raise ValueError(f"{folder}: must hold lists such as drugs.txt")
    for file in files:
        if file.suffix != ".txt":
            raise ValueError(f"{file}: must be called {file.stem}.txt, and have a word or phrase to a line")
        if file.stem not in OPEN:
            raise ValueError(f"{file}: must be the name of one of our lists: {', '.join(OPEN)}")
    return {file.stem: sum(map(bool, _checked(file))) for file in files}


def _checked(file: Path) -> Iterator[str]:
    """The entries of a list. Raises ValueError for what is none."""
    for number, line in enumerate(file.read_text("utf-8-sig", errors="replace").splitlines(), start=1):
        entry = line.strip()
        if not entry or line.startswith("# "):
            continue
        if not _ENTRY.fullmatch(entry) or (entry != entry.lower() and file.stem != "abbreviations"):
            raise ValueError(
                f"{file}:{number}: must be a word or phrase in lower case, without accents, commas and quotes"
            )
        if file.stem in CLINICAL and entry in words("common_words"):
            raise ValueError(f"{file}:{number}: is a word of ordinary mail, too: must be {entry}?")
        yield entry


def use(folder: Path) -> None:
    """Read the lists in `folder` too, each beside ours of the same name. Before the first text only.

    Raises what `count` raises.
    """
    count(folder)
    if folder not in _folders:
        _folders.append(folder)
        words.cache_clear()
        phrases.cache_clear()
        any_of.cache_clear()


def _lines(name: str) -> list[str]:
    files = [folder / f"{name}.txt" for folder in _folders]
    lines = [line for file in files if file.exists() for line in file.read_text("utf-8-sig").splitlines()]
    return [line.strip() for line in lines if line.strip() and not line.startswith("# ")]


def _lexicon(entries: list[str]) -> Lexicon:
    ambiguous = frozenset(entry[:-1] for entry in entries if entry.endswith("?"))
    return Lexicon(frozenset(entry for entry in entries if not entry.endswith("?")) - ambiguous, ambiguous)
