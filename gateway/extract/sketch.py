"""What the records of a drawing come to: what they write, pictures, and figures that may be letters."""

from __future__ import annotations

from typing import NamedTuple

CUT_SHORT = "damaged: a record of a drawing is longer than the drawing"
GLYPH = "\ufdd3"
"""Stands for what cannot be known: a noncharacter, which no text has."""
_FIGURES = 20
"""So many may be a line of letters, or of handwriting."""
_WORDLESS = 20
"""Letters and digits; fewer are a caption."""
_FIGURE, _LETTER = 3, 6
"""Corners from which on a figure is more than a line, and may be a letter. Bars and slices have four."""

Point = tuple[float, ...]
"""x and y."""


class Written(NamedTuple):
    """A piece of text, and how far down the drawing it stands."""

    y: int
    text: str


class Sketch:
    """What a walk over the records gathers."""

    def __init__(self) -> None:
        self.written: list[Written] = []
        self.beside: list[str] = []
        self.pictures: list[tuple[bytes | memoryview, str]] = []
        """Octets, and a media type, which is empty where the octets tell it."""
        self.draws = False
        self._figures = 0
        self._shapes: set[tuple[Point, ...]] = set()

    def add_figure(self, points: list[Point]) -> None:
        """A polygon, a curve or a stroke of a pen."""
        corners = len(points) - (points[:1] == points[-1:])
        if corners < _FIGURE or corners == 4 or len(self._shapes) >= _FIGURES:
            return
        self._figures += 1
        if corners >= _LETTER:
            left, top = points[0]
            self._shapes.add(tuple((round(x - left), round(y - top)) for x, y in points))

    def may_say_more_than(self, text: str) -> bool:
        """Whether the figures may be letters: they are many, of more shapes than a chart has, or of any.

        The latter where the text is a mere caption.
        """
        return len(self._shapes) >= _FIGURES or (is_caption(text) and self._figures >= _FIGURES)


def is_caption(text: str) -> bool:
    """Whether it is so short that what it stands beside may say all."""
    return sum(map(str.isalnum, text)) < _WORDLESS


def lines(written: list[Written]) -> str:
    """What stands equally high is one line; single letters join, and so do numbers written in two."""
    text, before = "", None
    for piece in written:
        if before is not None:
            apart = len(piece.text) > 1 and len(before.text) > 1
            text += "\n" if piece.y != before.y else " " * apart
        text += piece.text
        before = piece
    return text
