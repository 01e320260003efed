"""Proof that a page of a PDF shows nothing (ISO 32000-2, section 7.8.2 and annex A).

That pdfium finds no object on a page proves nothing: it passes over a content stream that
it cannot decode, and over operators that it cannot read.
"""

from __future__ import annotations

import io
import re
import zlib

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types

_PAGE = re.compile(rb"/Type\s*/Page\b")
_CONTENTS = re.compile(rb"/Contents\s*(\[[\s\dR]*\]|\d+ \d+ R)")
_REFERENCE = re.compile(rb"(\d+) \d+ R")
_NOTHING = re.compile(
    rb"""(?:
      [\s\0] | [-+]?[\d.]++ | /[^\s/<>()\[\]{}%]*+ | << | >> | \[ | \]
    | (?:true|false|null|q|Q|cm|gs|w|J|j|M|d|i|ri|BT|ET|T[cwzLfrdDm*]|g|G|rg|RG|k|K|cs|CS|sc|scn|SC|SCN
      |BMC|BDC|EMC|MP|DP|re|m|l|c|v|y|h|W\*?|n)(?=[\s\0/\[<]|\Z)
    )*+""",
    re.VERBOSE,
)
"""Operands, and the operators that set something or clip; none that paints or shows."""

_LONGEST = 1_000_000
"""Octets; a page of nothing needs no more."""


def is_blank(document: pdfium.PdfDocument, index: int) -> bool:
    """Whether every content stream of the page decodes, and paints nothing."""
    alone = _alone(document, index)
    page = next((item for item in alone.split(b"endobj") if _PAGE.search(item)), b"")
    if b"/Contents" not in page:
        return bool(page)
    contents = _CONTENTS.search(page)
    references = _REFERENCE.findall(contents[1]) if contents else []
    streams = [_decoded(alone, int(number)) for number in references]
    return bool(streams) and all(stream is not None and _NOTHING.fullmatch(stream) for stream in streams)


def _alone(document: pdfium.PdfDocument, index: int) -> bytes:
    """The page as a document of its own, decrypted, as pdfium writes it."""
    single = pdfium.PdfDocument.new()
    try:
        single.import_pages(document, [index])
        file = io.BytesIO()
        single.save(file)
        return file.getvalue()
    except pdfium.PdfiumError:
        return b""
    finally:
        single.close()


def _decoded(file: bytes, number: int) -> bytes | None:
    """The octets of a stream object; None if they cannot be had in full."""
    item = re.search(rb"\n%d 0 obj\s*<<(.*?)>>\s*stream\r\n(.*?)\r\nendstream" % number, file, re.DOTALL)
    if item is None:
        return None
    if b"/Filter" not in item[1]:
        return item[2]
    if b"/Filter/FlateDecode" not in item[1] or b"/DecodeParms" in item[1]:
        return None
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(item[2], _LONGEST)
    except zlib.error:
        return None
    return content if inflater.eof else None
