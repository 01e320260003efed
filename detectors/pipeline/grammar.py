"""The little language that words and templates are written in.

A rules file has sections: `[rule]` or `[rule LABEL]` on a line of its own, then one alternative
per line, where `\\n` is a line break; lines that begin with `# ` are comments. A template file
holds whole texts separated by lines of `%`.

Inside either, `{rule}` stands for any alternative of that rule, `{this|that|}` for one of those
written there (slots of their own welcome), `{1-31}` for a number in that range (`{01-31}` pads
it) and `{###}` for any three digits; `{^rule}` begins with a capital. What a rule with a label
yields is one span of that label.
Other slots, such as those for people, are filled by whoever expands the text.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

HEADER = re.compile(r"\[([^\]]*?)(?: ([A-Z]+))?\]")
LEXEME = re.compile(r"[{|}]|[^{|}]+")
NUMBER_RANGE = re.compile(r"(\d+)-(\d+)")


class GrammarError(ValueError):
    """One of our own word or template files cannot be read or expanded."""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text; `label` is "" outside spans, `origin` is where a person's name comes from."""

    text: str
    label: str = ""
    origin: str = ""


class Slot(msgspec.Struct, frozen=True):
    """`{name}` in a text."""

    name: str


class Choice(msgspec.Struct, frozen=True):
    """`{this|that}` in a text."""

    options: tuple[Text, ...]


Text: TypeAlias = "tuple[str | Slot | Choice, ...]"
Fill: TypeAlias = Callable[[str], Iterator[Piece]]


class Rule(msgspec.Struct, frozen=True):
    """The alternatives of one `[rule LABEL]`; `label` may be ""."""

    label: str
    options: tuple[Text, ...]


def parse(source: str) -> Text:
    """Reads one alternative or template; raises GrammarError on unbalanced braces."""
    lexemes = LEXEME.findall(source)[::-1]
    options = _options(lexemes)
    if lexemes:
        raise GrammarError(f"closing brace without an opening one: {source!r}")
    if len(options) > 1:  # a bar outside braces is a bar
        return tuple(part for i, option in enumerate(options) for part in (("|", *option) if i else option))
    return options[0]


def _options(lexemes: list[str]) -> list[Text]:
    """Consumes lexemes (last first) up to the closing brace or the end: texts between bars."""
    options: list[list[str | Slot | Choice]] = [[]]
    while lexemes and lexemes[-1] != "}":
        lexeme = lexemes.pop()
        if lexeme == "|":
            options.append([])
        elif lexeme == "{":
            options[-1].append(_braced(lexemes))
        else:
            options[-1].append(lexeme)
    return [tuple(option) for option in options]


def _braced(lexemes: list[str]) -> Slot | Choice:
    options = _options(lexemes)
    if not lexemes:
        raise GrammarError(f"opening brace without a closing one: {options!r}")
    lexemes.pop()
    match options:
        case [(str(name),)]:
            return Slot(name)
        case [_]:
            raise GrammarError(f"a slot is a plain name: {options!r}")
    return Choice(tuple(options))


def read_rules(path: Path) -> dict[str, Rule]:
    """The rules of one file, or of every `*.txt` directly in a folder."""
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    rules: dict[str, tuple[str, list[Text]]] = {}
    for file in files:
        options: list[Text] | None = None
        for line in file.read_text("utf-8").splitlines():
            if header := HEADER.fullmatch(line):
                options = rules.setdefault(header[1], (header[2] or "", []))[1]
            elif line and not line.startswith("# "):
                if options is None:
                    raise GrammarError(f"{file.name}: an alternative before the first [rule]")
                options.append(parse(line.replace("\\n", "\n")))
    return {name: Rule(label, tuple(options)) for name, (label, options) in rules.items()}


def read_templates(folder: Path) -> tuple[tuple[Text, ...], ...]:
    """The texts of each template file in a folder, a tuple for each, in the order of file names."""
    return tuple(
        tuple(parse(source) for source in re.split(r"^%\n", file.read_text("utf-8"), flags=re.MULTILINE))
        for file in sorted(folder.glob("*.txt"))
    )


def expand(text: Text, rules: dict[str, Rule], fill: Fill, rng: random.Random) -> Iterator[Piece]:
    """Yields the pieces of one expansion; slots that are neither number nor rule go to `fill`."""
    for part in text:
        if isinstance(part, str):
            yield Piece(part)
        elif isinstance(part, Choice):
            yield from expand(rng.choice(part.options), rules, fill, rng)
        elif number := _number(part.name, rng):
            yield Piece(number)
        elif rule := rules.get(part.name.removeprefix("^")):
            pieces = expand(rng.choice(rule.options), rules, fill, rng)
            if rule.label:
                pieces = iter([Piece("".join(piece.text for piece in pieces), rule.label)])
            yield from _capitalised(pieces) if part.name.startswith("^") else pieces
        else:
            yield from fill(part.name)


def _capitalised(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for first in pieces:
        yield msgspec.structs.replace(first, text=first.text[:1].upper() + first.text[1:])
        yield from pieces


def _number(name: str, rng: random.Random) -> str:
    if limits := NUMBER_RANGE.fullmatch(name):
        width = len(limits[1]) if limits[1].startswith("0") else 0
        return str(rng.randint(int(limits[1]), int(limits[2]))).zfill(width)
    if name and not name.strip("#"):
        return "".join(rng.choices("0123456789", k=len(name)))
    return ""
