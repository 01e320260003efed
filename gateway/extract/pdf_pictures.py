"""What pages of a PDF show besides their text: each picture, or the page as a whole, as a picture for OCR."""

from __future__ import annotations

import ctypes
import hashlib
import io
import math
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from PIL import Image
from pypdfium2 import raw

SMALL = "image/png"
LARGE = "image/x-portable-graymap"
"""Not compressed: that would take longer than OCR, and make of a page something of a logo's size."""
_LARGE_PIXELS = 200_000
PIXELS_PER_POINT = 200 / 72
"""200 dots per inch, at which print is read best."""
_MOST_PIXELS = 4_000_000
_FINER = 3
"""A picture with so many times the pixels each way that the page shows of it is read as it is kept."""
_APART = 3.0
"""Points; pictures that are closer are strips of one."""
_MOST_APART = 1_000
"""Pictures of one page; those after them are taken for strips of one."""
_FORM_LEVELS = 5

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


class _Region(NamedTuple):
    """A part of a page that shows pictures."""

    box: Box
    """In points."""
    images: list[Any]
    """pdfium's objects."""


def page_as_picture(page: pdfium.PdfPage) -> tuple[bytes, str]:
    """The whole page, and the media type."""
    return _file(_rendered(page), LARGE)


def pictures(page: pdfium.PdfPage, seen: set[bytes], *, whole: bool) -> Iterator[tuple[bytes, str]]:
    """Each picture of a page, strips put together; without those in `seen`, which it adds to.

    Of a page that is read as a whole, only those that it hides. `seen` are digests, also of pictures.
    """
    regions = [region for region in _joined(list(_regions(page))) if _is_new(region, seen)]
    canvas = _rendered(page) if regions else None
    for region in regions:
        assert canvas is not None
        shown = canvas.crop(_on_device(page, canvas.size, region.box))
        hidden = _hides(shown, region.images)
        for view in map(_kept, region.images) if hidden else [] if whole else [shown]:
            yield _file(view, LARGE if view.width * view.height > _LARGE_PIXELS else SMALL)


def objects(parent: Any, count: Any, get: Any, level: int = 0) -> Iterator[tuple[int, Any]]:
    """The kinds (FPDF_PAGEOBJ_…) of the objects on a page or in a form XObject, with those within it."""
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind != raw.FPDF_PAGEOBJ_FORM:
            yield kind, item
        elif level < _FORM_LEVELS:
            yield from objects(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, level + 1)
        else:
            yield raw.FPDF_PAGEOBJ_UNKNOWN, item


def on_page(page: pdfium.PdfPage) -> Iterator[tuple[int, Any]]:
    return objects(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject)


def _regions(page: pdfium.PdfPage) -> Iterator[_Region]:
    """Where pictures are; of those in a form XObject it is known where the form is."""
    for index in range(raw.FPDFPage_CountObjects(page)):
        item = raw.FPDFPage_GetObject(page, index)
        images = [item] if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_IMAGE else []
        if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_FORM:
            inside = objects(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, 1)
            images = [inner for kind, inner in inside if kind == raw.FPDF_PAGEOBJ_IMAGE]
        if images:
            yield _Region(bounds(item), images)


def bounds(item: Any) -> Box:
    """Where one of pdfium's objects is, with what it is stroked by; nowhere, if that is no number."""
    edges = [ctypes.c_float() for _ in range(4)]
    raw.FPDFPageObj_GetBounds(item, *edges)
    left, bottom, right, top = (edge.value if math.isfinite(edge.value) else 0.0 for edge in edges)
    return left, bottom, right, top


def _joined(regions: list[_Region]) -> list[_Region]:
    """Regions that touch become one."""
    joined: list[_Region] = []
    for index, region in enumerate(regions):
        whole = region
        for other in [other for other in joined if index >= _MOST_APART or _touch(other.box, whole.box)]:
            joined.remove(other)
            whole = _Region(_around(other.box, whole.box), other.images + whole.images)
        joined.append(whole)
    return joined


def _touch(one: Box, other: Box) -> bool:
    return (
        one[0] - _APART <= other[2]
        and other[0] - _APART <= one[2]
        and one[1] - _APART <= other[3]
        and other[1] - _APART <= one[3]
    )


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _is_new(region: _Region, seen: set[bytes]) -> bool:
    """Whether these pictures were not in the same place on an earlier page, as those of a letterhead are."""
    digests = [digest(octets(partial(raw.FPDFImageObj_GetImageDataRaw, image))) for image in region.images]
    known = len(seen)
    seen.add(digest(repr(region.box).encode() + b"".join(digests)))
    is_new = len(seen) > known
    seen.update(digests)
    return is_new


def digest(octets: bytes) -> bytes:
    """What tells a picture, as it is kept in the file, from all others."""
    return hashlib.blake2b(octets, digest_size=16).digest()


def octets(call: Any) -> bytes:
    """What one of pdfium's functions writes into a buffer, having said how many octets that will be."""
    length = call(None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    call(buffer, length)
    return bytes(buffer)[:length]


def words(call: Any) -> str:
    """The same of a function that writes text."""
    return octets(call).decode("utf-16-le", "replace").rstrip("\0")


def _rendered(page: pdfium.PdfPage) -> Image.Image:
    width, height = page.get_size()
    scale = min(PIXELS_PER_POINT, math.sqrt(_MOST_PIXELS / max(1.0, width * height)))
    picture: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
    return picture.convert("L")


def _hides(shown: Image.Image, images: list[Any]) -> bool:
    """Whether what the page shows is nothing, or much less than there is in a single picture."""
    darkest, lightest = shown.getextrema() if shown.width and shown.height else (0, 0)
    if darkest == lightest:
        return True
    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(images[0], width, height)
    return len(images) == 1 and width.value * height.value > _FINER**2 * shown.width * shown.height


def _on_device(page: pdfium.PdfPage, size: tuple[int, int], box: Box) -> tuple[int, int, int, int]:
    """The box in pixels from the top left, inside the page."""
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, across, up, x, y)
        corners.append((min(max(x.value, 0), size[0]), min(max(y.value, 0), size[1])))
    (left, top), (right, bottom) = map(min, *corners), map(max, *corners)
    return left, top, right, bottom


def _kept(image: Any) -> Image.Image:
    """Raises PdfiumError for what cannot be decoded."""
    bitmap = raw.FPDFImageObj_GetBitmap(image)
    if not bitmap:
        raise pdfium.PdfiumError("no bitmap")
    picture: Image.Image = pdfium.PdfBitmap.from_raw(bitmap).to_pil()
    return picture.convert("L")


def _file(picture: Image.Image, type_: str) -> tuple[bytes, str]:
    excess = math.sqrt(picture.width * picture.height / _MOST_PIXELS)
    if excess > 1:
        picture = picture.resize((round(picture.width / excess), round(picture.height / excess)))
    file = io.BytesIO()
    picture.save(file, "PNG" if type_ == SMALL else "PPM")
    return file.getvalue(), type_
