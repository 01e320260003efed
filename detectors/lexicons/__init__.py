"""Word lists of our own writing: one file a subject, read once.

A line that starts with "# " is a comment. A trailing "?" marks a word that also means something else;
whoever reads the list decides what more it takes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent
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


def use(folder: Path) -> None:
    """Read the lists in `folder` too, each beside ours of the same name. Before the first text only.

    Raises OSError when there is no such folder, and ValueError when none of its lists is one of ours.
    """
    names = {file.stem for file in folder.iterdir() if file.suffix == ".txt"}
    if not names & {file.stem for file in FOLDER.glob("*.txt")}:
        raise ValueError(f"{folder}: holds no list by the name of one of ours, such as drugs.txt")
    if folder not in _folders:
        _folders.append(folder)
        words.cache_clear()
        phrases.cache_clear()


def _lines(name: str) -> list[str]:
    files = [folder / f"{name}.txt" for folder in _folders]
    lines = [line for file in files if file.exists() for line in file.read_text("utf-8").splitlines()]
    return [line.strip() for line in lines if line.strip() and not line.startswith("# ")]


def _lexicon(entries: list[str]) -> Lexicon:
    ambiguous = frozenset(entry[:-1] for entry in entries if entry.endswith("?"))
    return Lexicon(frozenset(entry for entry in entries if not entry.endswith("?")) - ambiguous, ambiguous)
