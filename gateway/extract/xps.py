"""Pages of XPS, as Windows prints to a file (ECMA-388): words that stand at places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract.sketch import Point, Sketch
from gateway.extract.source import Unreadable
from gateway.extract.xml import Element

_LITERAL = "{}"
"""What stands in front of a string that begins with a brace (section 9.1.7.3)."""
_USUAL_ADVANCE = 50
"""Hundredths of an em by which a glyph goes on that does not say so."""
_COLUMN, _SPACE = 1.5, 0.2
"""Ems between two runs of glyphs from which they are two columns, or two words."""
_DRAWN = ("Indices", "Data", "Figures", "Points", "Clip", "RenderTransform", "Transform", "Matrix")
_FIGURES = re.compile(r"[\s\d.,;:()+\-eEFMLHVCQSAZmlhvcqsaz]*")

_COMMAND = re.compile(r"([FMLHVCQSAZ])([^FMLHVCQSAZ]*)", re.IGNORECASE)
"""Of the short form of figures, and its numbers (section 11.2.3)."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_POINTS = {"C": 3, "Q": 2, "S": 2}
"""That one curve takes; all else takes one."""
_ARC = 7
"""Numbers of an arc, the last two of which are where it ends."""


def sketch(root: Element) -> Sketch:
    """The figures of a page, and what cuts others out: letters may be drawn by either."""
    drawn = Sketch()
    for element in root.iter("*"):
        for name in ("Data", "Figures", "Clip"):
            for figure in _figures(element.get(name, "")):
                drawn.add_figure(figure)
    for element in root.iter("{*}PathFigure"):
        points = (
            segment.get("Points") or segment.get("Point") or "" for segment in element.iterchildren("*")
        )
        numbers = _numbers(" ".join((element.get("StartPoint", ""), *points)))
        drawn.add_figure(list(zip(numbers[::2], numbers[1::2], strict=False)))
    return drawn


def _figures(data: str) -> Iterator[list[Point]]:
    """The corners of each, and the points that bend its curves."""
    figure: list[Point] = []
    x = y = 0.0
    for command, said in _COMMAND.findall(data):
        kind, numbers = command.upper(), _numbers(said)
        if kind == "M":
            yield figure
            figure = []
        if kind == "A":
            numbers = [number for place, number in enumerate(numbers) if place % _ARC >= _ARC - 2]
        step = 1 if kind in "HV" else 2 * _POINTS.get(kind, 1)
        for place in range(0, len(numbers) if kind not in "FZ" else 0, step):
            left, top = (x, y) if command.islower() else (0.0, 0.0)
            if kind == "H":
                points = [(left + numbers[place], y)]
            elif kind == "V":
                points = [(x, top + numbers[place])]
            else:
                values = numbers[place : place + step]
                points = [
                    (left + across, top + down)
                    for across, down in zip(values[::2], values[1::2], strict=False)
                ]
            figure += points
            x, y = points[-1] if points else (x, y)
    yield figure


def _numbers(said: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(said)]


def take_lines(root: Element) -> str:
    """The words of a page, taken out of its tree; raises Unreadable where there may be some that are drawn.

    Runs on one line are one text, as a program parts them wherever the font changes.
    """
    pieces: list[str] = []
    end, line = 0.0, None
    for glyphs in root.iter("{*}Glyphs"):
        text = str(glyphs.attrib.pop("UnicodeString", "")).removeprefix(_LITERAL)
        if not text.strip() and glyphs.get("Indices"):
            raise Unreadable("a page with words that have no letters")
        left, base, em = (_measure(glyphs, name) for name in ("OriginX", "OriginY", "FontRenderingEmSize"))
        if line is None or abs(base - line) > em / 2 or left < end - em:
            pieces.append("\n")
        elif left - end > _COLUMN * em:
            pieces.append("\t")
        elif left - end > _SPACE * em:
            pieces.append(" ")
        pieces.append(text)
        end, line = left + em * _width(text, glyphs.get("Indices", "")), base
    lines = "".join(pieces).strip("\n")
    drawn, shown = (next(root.iter(f"{{*}}{name}"), None) is not None for name in ("Path", "ImageBrush"))
    if drawn and not (lines.strip() or shown):
        raise Unreadable("a page that is only drawn")
    for element in root.iter("*"):
        for name in _DRAWN:
            if _FIGURES.fullmatch(element.get(name, "")):
                element.attrib.pop(name, None)
    return lines


def _measure(element: Element, name: str) -> float:
    try:
        return float(element.get(name, ""))
    except ValueError:
        return 0.0


def _width(text: str, indices: str) -> float:
    """Ems; an entry for each glyph may say by how much it goes on (section 12.1.3)."""
    stated = [entry.split(",")[1] if "," in entry else "" for entry in indices.split(";")]
    known = [float(advance) for advance in stated[: len(text)] if advance.replace(".", "", 1).isdecimal()]
    return (sum(known) + _USUAL_ADVANCE * (len(text) - len(known))) / 100
