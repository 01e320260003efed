"""What happens to text on its way into mail: capitals, slips of the finger, wrapping, quoting."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from detectors.pipeline.grammar import Piece

WORD = re.compile(r"[^\W\d_]{4,}")
Change = Callable[[str, random.Random], str]


def disturb(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """The same pieces with some of their texts changed; nearly half of all documents stay as they are."""
    for chance, change in CHANGES:
        if rng.random() < chance:
            pieces = [_with_text(piece, change(piece.text, rng)) for piece in pieces]
    if rng.random() < 0.12:
        pieces = _wrapped(pieces, rng.randint(50, 78))
    if rng.random() < 0.08:
        mark = rng.choice(("> ", "> ", ">", ">> ", "| "))
        pieces = [
            Piece(mark),
            *(_with_text(piece, piece.text.replace("\n", "\n" + mark)) for piece in pieces),
        ]
    return pieces


def _with_text(piece: Piece, text: str) -> Piece:
    return Piece(text, piece.label, piece.origin)


def _slips(text: str, rng: random.Random) -> str:
    return WORD.sub(lambda word: _slip(word[0], rng) if rng.random() < 0.06 else word[0], text)


def _slip(word: str, rng: random.Random) -> str:
    """Two letters swapped, one left out, or one doubled."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def _wrapped(pieces: list[Piece], width: int) -> list[Piece]:
    """Lines broken at the last space before `width` columns would be passed, anywhere at all."""
    text = list("".join(piece.text for piece in pieces))
    line_start, space = 0, -1
    for at, char in enumerate(text):
        if char == "\n":
            line_start, space = at + 1, -1
        elif char == " ":
            space = at
        if at - line_start >= width and space > line_start:
            text[space], line_start, space = "\n", space + 1, -1
    wrapped, start = [], 0
    for piece in pieces:
        end = start + len(piece.text)
        wrapped.append(_with_text(piece, "".join(text[start:end])))
        start = end
    return wrapped


CHANGES: tuple[tuple[float, Change], ...] = (
    (0.12, _slips),
    (0.10, lambda text, _: text.lower()),
    (0.05, lambda text, _: text.upper()),
    (0.06, lambda text, _: text.replace(",", "").replace(".", "")),
    (0.04, lambda text, _: text.replace("\n", " ")),
    (0.04, lambda text, _: text.replace("\n", "\n\n")),
    (0.04, lambda text, _: text.replace("\n", "\r\n")),
    (0.12, lambda text, _: text.replace("'", "’")),
)
