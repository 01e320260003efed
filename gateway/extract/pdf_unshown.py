"""Pictures in a PDF that none of its pages shows (ISO 32000-2, section 8.9.5). By qpdf.

Those of patterns, of glyphs, of hidden annotations, and what pages showed once: who has the file has them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pikepdf

from gateway.extract.pdf_pictures import PIXELS_PER_POINT, digest
from gateway.extract.pictures import LARGEST_PREVIEW, LEAST

_MASKS = ("/SMask", "/Mask")
"""What makes a picture transparent: part of it, and as large or larger."""

Number = tuple[int, int]
"""Of an object, and its generation."""


def pictures(data: bytes, password: str, seen: set[bytes]) -> bytes:
    """A PDF with a page for each of them; empty without any, and for what qpdf cannot open,
    of which `pdf_objects` says that it cannot be read.

    `seen` are the digests of pictures that are known already, to which it adds these.
    """
    try:
        document = pikepdf.open(io.BytesIO(data), password=password, suppress_warnings=True)
    except (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError):
        return b""
    file = io.BytesIO()
    with document, pikepdf.new() as album:
        for picture, width, height in _pictures(document):
            known = len(seen)
            seen.add(digest(picture.read_raw_bytes()))
            if len(seen) > known:
                _add(album, picture, _points(width), _points(height))
        if album.pages:
            album.save(file)
    return file.getvalue()


def _pictures(document: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Stream, int, int]]:
    """Each in which there may be words, its width and its height in pixels."""
    streams: list[pikepdf.Stream] = []
    masks: set[Number] = set()
    previews: set[Number] = set()
    for item in document.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
            streams.append(item)
            masks |= {mask.objgen for mask in _masks(item)}
        elif isinstance(item, pikepdf.Dictionary) and isinstance(item.get("/Thumb"), pikepdf.Stream):
            previews.add(item["/Thumb"].objgen)
    for stream in streams:
        sizes = [(int(one.get("/Width", 0)), int(one.get("/Height", 0))) for one in (stream, *_masks(stream))]
        width, height = map(max, zip(*sizes, strict=True))
        preview = stream.objgen in previews and max(width, height) <= LARGEST_PREVIEW
        if width >= LEAST[0] and height >= LEAST[1] and not preview and stream.objgen not in masks:
            yield stream, width, height


def _masks(picture: pikepdf.Stream) -> list[pikepdf.Stream]:
    return [mask for mask in map(picture.get, _MASKS) if isinstance(mask, pikepdf.Stream)]


def _points(pixels: int) -> float:
    """Pages have no other sizes (annex C)."""
    return min(max(pixels / PIXELS_PER_POINT, 3.0), 14_400.0)


def _add(album: pikepdf.Pdf, picture: pikepdf.Stream, width: float, height: float) -> None:
    """A page that shows the picture, in points."""
    page = album.add_blank_page(page_size=(width, height))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=album.copy_foreign(picture)))
    page.Contents = album.make_stream(b"%f 0 0 %f 0 0 cm /Im Do" % (width, height))
