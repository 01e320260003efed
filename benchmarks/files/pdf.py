"""PDF documents (ISO 32000-1) of text pages and one picture."""

from __future__ import annotations

import textwrap
import zlib
from random import Random

from benchmarks import prose
from benchmarks.files import pictures

_OCTETS_PER_CHARACTER = 16
"""What a document weighs for each character of its text."""
_LINES = 48
"""Lines of a page."""


def pdf(random: Random, size: int) -> bytes:
    """Pages of 48 lines, on the first of them the picture."""
    lines = [
        line
        for text in prose.paragraphs(random, size // _OCTETS_PER_CHARACTER)
        for line in (*textwrap.wrap(text, 90), "")
    ]
    pages = [_text(lines[start : start + _LINES]) for start in range(0, len(lines), _LINES)]
    pages[0] += "q 100 0 0 70 450 20 cm /Picture Do Q\n"
    contents = [_stream("", page.encode("cp1252")) for page in pages]
    height = pictures.height_for(size - sum(map(len, contents)))
    picture = _stream(
        f"/Type /XObject /Subtype /Image /Width {pictures.WIDTH} /Height {height} "
        "/ColorSpace /DeviceGray /BitsPerComponent 8",
        pictures.noise(random, height),
    )
    return _file(contents, picture)


def _text(lines: list[str]) -> str:
    shown = "\n".join(f"({_string(line)}) '" for line in lines)
    return f"BT /F1 10 Tf 14 TL 50 780 Td\n{shown}\nET\n"


def _string(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _stream(entries: str, content: bytes) -> bytes:
    deflated = zlib.compress(content)
    head = f"<< {entries} /Filter /FlateDecode /Length {len(deflated)} >>\nstream\n"
    return head.encode() + deflated + b"\nendstream"


def _file(contents: list[bytes], picture: bytes) -> bytes:
    """Objects 1 to 4 are catalogue, page tree, font and picture; then a page and its content in turn."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        picture,
    ]
    for content in contents:
        page = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> "
            f"/XObject << /Picture 4 0 R >> >> /Contents {len(objects) + 2} 0 R >>"
        )
        objects += (page.encode(), content)
    file = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, value in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(file)
