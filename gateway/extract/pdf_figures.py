"""Whether paths on a page of a PDF may be letters: print that is drawn as outlines, or in dots.

ISO 32000-2, section 8.5. What is looked for are lines of small figures that stand close together. Maps and
charts may have some, too: it costs a look by OCR to tell.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from gateway.extract.pdf_pictures import Box, bounds

_CELL = 12.0
"""Points, each way; of a line of print, there is a letter in every cell."""
_LETTER, _DOT = 40.0, 4.0
"""Points, each way, of the largest letter, and of the largest rectangle of which letters are made."""
_BAR = 4
"""Corners; bars, rules and cells of tables have no more."""
_DOTTED = 3
"""Places, each way, of dots in one cell that are more than a rule."""
_SHORTEST = 8
"""Cells of one line."""
_ENOUGH = 20
"""Cells of all lines: more than there are in a logo with a name beside it."""
_WORDLESS = 20
"""Characters; on a page with fewer, one line of figures is enough."""
_MOST_POINTS = 60_000
_FORM_LEVELS = 5

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Cells = tuple[int, int, int, int]
"""Left, bottom, right, top, in cells."""
_UNIT: Matrix = (1, 0, 0, 1, 0, 0)


def may_be_letters(page: pdfium.PdfPage, text: str) -> bool:
    """Whether there are lines of figures beside this text, or more points than are looked at."""
    boxes: list[Cells] = []
    dots: dict[Cells, list[Point]] = defaultdict(list)
    points = 0
    for path, around in _paths(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject):
        count = raw.FPDFPath_CountSegments(path)
        if count <= 2 or not _is_drawn(path):  # a line, of which tables are made
            continue
        points += count
        if points > _MOST_POINTS:
            return True
        for corners, box in _figures(path, count, around):
            left, bottom, _, _ = box
            if corners == _BAR and _size(box) <= _DOT:
                dots[_cells(left, bottom, left, bottom)].append((left, bottom))
            elif corners > 2 and corners != _BAR and _size(box) <= _LETTER:
                boxes.append(_cells(*box))
    boxes += [cell for cell, places in dots.items() if _is_area(places)]
    enough = _SHORTEST if len("".join(text.split())) < _WORDLESS else _ENOUGH
    return any(_in_lines(boxes, edge) >= enough for edge in range(4))


def _cells(left: float, bottom: float, right: float, top: float) -> Cells:
    return int(left // _CELL), int(bottom // _CELL), int(right // _CELL), int(top // _CELL)


def _is_area(dots: list[Point]) -> bool:
    """Whether they are more than a dotted rule."""
    return all(len(set(places)) >= _DOTTED for places in zip(*dots, strict=True))


def _in_lines(boxes: list[Cells], edge: int) -> int:
    """How many cells stand in lines that are long enough, if letters stand on this edge of theirs."""
    across = (edge + 1) % 2
    cells = {(box[edge], cell) for box in boxes for cell in range(box[across], box[across + 2] + 1)}
    count = 0
    for line, start in cells:
        if (line, start - 1) not in cells:
            end = start
            while (line, end) in cells:
                end += 1
            count += end - start if end - start >= _SHORTEST else 0
    return count


def _is_drawn(path: Any) -> bool:
    """Whether it is filled or stroked, and not only what others are clipped by."""
    fills, strokes = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fills, strokes)
    return bool(fills.value or strokes.value)


def _figures(path: Any, count: int, around: Matrix) -> Iterator[tuple[int, Box]]:
    """Of every outline and line in a path, how many corners it has and where on the page it is.

    A path no larger than a letter is taken for one outline: to ask for every point takes far longer.
    """
    box = _placed(bounds(path), around)
    if count == _BAR + 1 or (count > _BAR and _size(box) <= _LETTER):
        yield count - 1, box
        return
    matrix = _times(_matrix(path), around)
    for across, up in _lines(path, count):
        is_closed = across[0] == across[-1] and up[0] == up[-1]
        yield len(across) - is_closed, _placed((min(across), min(up), max(across), max(up)), matrix)


def _size(box: Box) -> float:
    left, bottom, right, top = box
    return max(right - left, top - bottom)


def _lines(path: Any, count: int) -> Iterator[tuple[list[float], list[float]]]:
    """How far across and how far up the points are of each that is drawn without lifting the pen."""
    x, y = ctypes.c_float(), ctypes.c_float()
    across: list[float] = []
    up: list[float] = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        if across and raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
            yield across, up
            across, up = [], []
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        across.append(x.value)
        up.append(y.value)
    if across:
        yield across, up


def _placed(extent: Box, matrix: Matrix) -> Box:
    """What holds it where the matrix puts it."""
    left, bottom, right, top = extent
    a, b, c, d, e, f = matrix
    across = (a * left, a * right), (c * bottom, c * top)
    up = (b * left, b * right), (d * bottom, d * top)
    return sum(map(min, across), e), sum(map(min, up), f), sum(map(max, across), e), sum(map(max, up), f)


def _paths(
    parent: Any, count: Any, get: Any, around: Matrix = _UNIT, level: int = 0
) -> Iterator[tuple[Any, Matrix]]:
    """The paths on a page or in a form XObject, each with the matrix of the forms around it."""
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            yield item, around
        elif kind == raw.FPDF_PAGEOBJ_FORM and level < _FORM_LEVELS:
            inner = _times(_matrix(item), around)
            yield from _paths(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, inner, level + 1)


def _matrix(item: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """First the inner one, then the outer (section 8.3.4)."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
