"""Annotations on a page of a PDF: notes, fields of forms, links, stamps, ink (ISO 32000-2, section 12.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from gateway.extract import ink
from gateway.extract.pdf_pictures import PIXELS_PER_POINT, octets, words

_SCALE = PIXELS_PER_POINT, PIXELS_PER_POINT
_NEAR = 20.0
"""Points between words of one note."""
_KEYS = (b"Contents", b"RC", b"T", b"Subj", b"TU", b"V", b"DV")


def values(page: pdfium.PdfPage) -> Iterator[str]:
    """Contents of annotations, names and values of form fields, targets of links."""
    for annotation in _annotations(page):
        yield from filter(None, _values(page.pdf, annotation))


def ink_on(page: pdfium.PdfPage, most: int) -> list[Callable[[], bytes]]:
    """What was written onto the page with a pen (section 12.5.6.13), each a picture of all that is near.

    So many at most, and one more if there are more. Each is drawn when it is called, and may be Unreadable.
    """
    written: list[tuple[ink.Box, list[ink.Stroke]]] = []
    for annotation in _annotations(page):
        if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_INK:
            continue
        if not (strokes := _strokes(annotation)):
            continue
        box = _both(_box(annotation), ink.around(strokes))
        for other in [other for other in written if _near(other[0], box)]:
            written.remove(other)
            box, strokes = _both(other[0], box), _together(other[1], strokes)
        written.append((box, strokes))
        if len(written) > most:
            break
    return [partial(ink.picture, strokes, _SCALE) for _, strokes in written]


def _together(one: list[ink.Stroke], other: list[ink.Stroke]) -> list[ink.Stroke]:
    """Both, in the longer of the two: thousands may join one by one."""
    shorter, longer = sorted((one, other), key=len)
    longer += shorter
    return longer


def _box(annotation: Any) -> ink.Box:
    """What it says of where it is, upside down, as pictures are."""
    rectangle = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rectangle)
    return rectangle.left, -rectangle.top, rectangle.right, -rectangle.bottom


def _strokes(annotation: Any) -> list[ink.Stroke]:
    strokes: list[ink.Stroke] = []
    for index in range(raw.FPDFAnnot_GetInkListCount(annotation)):
        count = raw.FPDFAnnot_GetInkListPath(annotation, index, None, 0)
        points = (raw.FS_POINTF * count)()
        raw.FPDFAnnot_GetInkListPath(annotation, index, points, count)
        if stroke := [(point.x, -point.y) for point in points if isfinite(point.x) and isfinite(point.y)]:
            strokes.append(stroke)
    return strokes


def _near(one: ink.Box, other: ink.Box) -> bool:
    return all(one[n] - _NEAR <= other[n + 2] and other[n] - _NEAR <= one[n + 2] for n in (0, 1))


def _both(one: ink.Box, other: ink.Box) -> ink.Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def are_shown(page: pdfium.PdfPage) -> bool:
    """Whether annotations may show anything; links without an appearance (section 12.5.5) do not."""
    return any(
        raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_LINK or raw.FPDFAnnot_HasKey(annotation, b"AP")
        for annotation in _annotations(page)
    )


def flattened(document: pdfium.PdfDocument, index: int, page: pdfium.PdfPage) -> pdfium.PdfPage:
    """The page with its annotations drawn into it as viewers show them, after which it has none.

    What they show is then text and pictures like all else: stamps, buttons, fields, whatever their fonts.
    """
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _annotations(page: pdfium.PdfPage) -> Iterator[Any]:
    """pdfium's handles, each until the next one."""
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield annotation
            raw.FPDFPage_CloseAnnot(annotation)


def _values(document: pdfium.PdfDocument, annotation: Any) -> Iterator[str]:
    for key in _KEYS:
        if raw.FPDFAnnot_HasKey(annotation, key):
            yield words(partial(raw.FPDFAnnot_GetStringValue, annotation, key))
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if action:
        target = octets(partial(raw.FPDFAction_GetURIPath, document, action))
        yield target.decode("utf-8", "replace").rstrip("\0")
