"""Handwriting as strokes of a pen, drawn for OCR: what that cannot read is held like any other picture.

InkML (https://www.w3.org/TR/InkML, section 3.2), of which Office writes a part for every drawing by pen.
"""

from __future__ import annotations

import io
import math
import re

from PIL import Image, ImageDraw

from gateway.extract.source import Unreadable
from gateway.extract.xml import Element, take_out

ROOT = "{http://www.w3.org/2003/InkML}ink"
TYPE = "image/x-portable-graymap"
_PIXELS_PER_CM = 200 / 2.54
_RESOLUTION = 1_000.0
"""Units per centimetre, where nothing is said."""
_STROKES, _POINTS = 12, 300
"""From which on it is more than a tick, an arrow, a circle around a word, or initials."""
_TELLING_PIXELS = 250_000
"""What is more is drawn at least so large: in a small picture it is no matter that no words are found."""
_MOST_PIXELS, _LONGEST = 4_000_000, 8_000
_PEN, _MARGIN = 5, 30
"""Pixels: the width of a fine pen, and of white paper around."""
_SMALLEST = 0.3
"""So many times smaller nobody reads what was written with a fine pen; a page of A4 fits four times over."""
_TOO_FAR = "written with a pen over more space than can be looked at"
_NO_NUMBERS = "written with a pen in a way that cannot be drawn"
_NUMBER = r"[-+]?(?:\d++\.?\d*+|\.\d++)"
_VALUE = re.compile(rf"""([!'"]?)\s*({_NUMBER})""")
_PLACE = re.compile(rf"""(?:\s*+[!'"]?\s*+{_NUMBER}){{2}}(?:\s*+(?:[!'"]?\s*+{_NUMBER}|[TF*?]))*+\s*+""")
"""A point of a trace: where it is, then what other channels say (section 3.2.1)."""

Point = tuple[float, float]
"""To the right, and downwards."""
Stroke = list[Point]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def picture(strokes: list[Stroke], scale: Point) -> bytes:
    """Strokes on white paper; `scale` is pixels per unit, across and down.

    Raises Unreadable for those so far apart that they would be too small to be seen.
    """
    left, top, right, bottom = around(strokes)
    width, height = max((right - left) * scale[0], 1.0), max((bottom - top) * scale[1], 1.0)
    larger = min(math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST / max(width, height))
    if not larger >= _SMALLEST:  # no number at all where a resolution is next to nothing
        raise Unreadable(_TOO_FAR)
    if len(strokes) < _STROKES and sum(map(len, strokes)) < _POINTS:
        larger = min(larger, 1.0)
    else:
        larger = min(larger, max(1.0, math.sqrt(_TELLING_PIXELS / (width * height))))
    paper = Image.new("L", (round(width * larger) + 2 * _MARGIN, round(height * larger) + 2 * _MARGIN), 255)
    pen = ImageDraw.Draw(paper)
    across, down = scale[0] * larger, scale[1] * larger
    for stroke in strokes:
        line = [((x - left) * across + _MARGIN, (y - top) * down + _MARGIN) for x, y in stroke]
        pen.line([*line, line[-1]], fill=0, width=round(_PEN * max(1.0, larger)))  # a dot is a line, too
    file = io.BytesIO()
    paper.save(file, "PPM")
    return file.getvalue()


def around(strokes: list[Stroke]) -> Box:
    across, down = zip(*(point for stroke in strokes for point in stroke), strict=True)
    return min(across), min(down), max(across), max(down)


def of_markup(root: Element) -> bytes:
    """The traces of InkML as a picture, taken out of the tree; empty without any.

    What is no numbers stays in the tree as text. Raises Unreadable for it, and for what `picture` does.
    """
    strokes: list[Stroke] = []
    traces = list(root.iter("{*}trace"))
    drawn = [trace for trace in traces if _is_drawn("".join(trace.itertext()))]
    for trace in drawn:
        if stroke := _stroke("".join(trace.itertext())):
            strokes.append(stroke)
        take_out(trace)
    if len(drawn) < len(traces):
        raise Unreadable(_NO_NUMBERS)
    scale = _PIXELS_PER_CM / _resolution(root, "X"), _PIXELS_PER_CM / _resolution(root, "Y")
    return picture(strokes, scale) if strokes else b""


def _is_drawn(trace: str) -> bool:
    """Whether all of it are points; some programs end it with a comma, or write none."""
    *points, last = trace.split(",")
    return all(map(_PLACE.fullmatch, points)) and bool(not last.strip() or _PLACE.fullmatch(last))


def _stroke(trace: str) -> Stroke:
    """Values of channels, the first two of which are places; or by how much these, or their steps, change."""
    stroke: Stroke = []
    kinds = ["!", "!"]
    places, steps = [0.0, 0.0], [0.0, 0.0]
    for point in trace.split(","):
        for channel, (kind, number) in enumerate(_VALUE.findall(point)[:2]):
            kinds[channel] = kind or kinds[channel]
            if kinds[channel] == "!":
                places[channel] = float(number)
            else:
                steps[channel] = float(number) + (steps[channel] if kinds[channel] == '"' else 0.0)
                places[channel] += steps[channel]
        if not (math.isfinite(places[0]) and math.isfinite(places[1])):
            raise Unreadable(_TOO_FAR)
        if point.strip():
            stroke.append((places[0], places[1]))
    return stroke


def _resolution(root: Element, channel: str) -> float:
    """Units per centimetre."""
    for entry in root.iter("{*}channelProperty"):
        said = entry.attrib
        if (said.get("channel"), said.get("name"), said.get("units")) == (channel, "resolution", "1/cm"):
            value = said.get("value", "")
            return float(value) if _VALUE.fullmatch(value) and float(value) > 0 else _RESOLUTION
    return _RESOLUTION
