"""EMF+: the records of GDI+ that stand in comments of an EMF ([MS-EMFPLUS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gateway.extract.sketch import CUT_SHORT, GLYPH, Point, Sketch, Written
from gateway.extract.source import Unreadable

_HEADER, _OBJECT, _DRAW_STRING, _DRAW_DRIVER_STRING = 0x4001, 0x4008, 0x401C, 0x4036
_DRAWS = {*range(0x400A, 0x401C), 0x4037}
_POINTS = {0x400C: 8, 0x400D: 4, 0x4016: 12, 0x4017: 8, 0x4018: 16, 0x4019: 4}
"""Where the points of polygons, lines and curves begin, right behind their number (section 2.3.4)."""
_DUAL = 1
"""Of the header: that the records of EMF alone draw the same."""
_CONTINUED, _SHORT, _RELATIVE = 0x8000, 0x4000, 0x0800
_RUNS = 0x1000
"""That what kind each point is of is told by the run, which GDI+ does not write (section 2.2.1.6)."""
_PATH, _IMAGE = 3, 5
_BITMAP, _METAFILE = 1, 2
_COMPRESSED = 1
_CHARACTERS = 1
"""Option of a driver string: it has no indices of glyphs (section 2.1.2.6)."""
_START, _KIND_OF_POINT = 0, 0x07
_ALPHA, _INDEXED = 0x40000, 0x10000
_BITS = {1, 4, 8, 24, 32}
"""Of a pixel, where those of EMF+ and of bitmap files are the same."""
_BITS_OF_NUMBERS = {1, 4, 8}
"""Of a pixel that is the number of a colour."""
_OTHER_PIXELS = "image/x-emf-plus"
_MASKS = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + bytes(52)


def read(octets: bytes, besides: list[Written]) -> Sketch:
    """What the records draw; `besides` is what those of EMF write, which may be the same.

    Raises Unreadable, and struct.error for a record that is too short.
    """
    sketch = Sketch()
    dual = False
    begun = bytearray()
    for kind, flags, content in _records(octets):
        sketch.draws |= kind in _DRAWS
        if kind == _HEADER:
            dual = bool(flags & _DUAL)
        elif kind == _OBJECT:
            begun += content[4:] if flags & _CONTINUED else content
            if not flags & _CONTINUED or len(begun) >= int.from_bytes(content[:4], "little"):
                _add_object(sketch, flags >> 8 & 0x7F, bytes(begun))
                begun = bytearray()
        elif kind == _DRAW_STRING:
            characters, y = struct.unpack_from("<8xI4xf", content)
            sketch.written.append(_written(y, content[28:], characters))
        elif kind == _DRAW_DRIVER_STRING:
            sketch.written.append(_driver_string(content))
        elif start := _POINTS.get(kind):
            (count,) = struct.unpack_from("<I", content, start - 4)
            sketch.add_figure(_points(content, start, count, flags)[0])
    if begun:
        raise Unreadable(CUT_SHORT)
    if dual and _characters(besides) >= _characters(sketch.written):
        sketch.written = [piece for piece in sketch.written if GLYPH not in piece.text]
    return sketch


def _characters(written: list[Written]) -> int:
    return sum(len(piece.text) for piece in written)


def _records(octets: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Kind, flags, and what they hold (section 2.3)."""
    place = 0
    while place + 12 <= len(octets):
        kind, flags, size, length = struct.unpack_from("<HHII", octets, place)
        if size < 12 or place + size > len(octets):
            raise Unreadable(CUT_SHORT)
        yield kind, flags, octets[place + 12 : place + min(size, 12 + length)]
        place += size


def _written(y: float, octets: bytes, characters: int) -> Written:
    text = octets[: 2 * characters].decode("utf-16-le", "replace")
    return Written(int(y) if abs(y) < 1e9 else 0, text)


def _driver_string(content: bytes) -> Written:
    """Characters or glyphs, then where each of them stands (section 2.3.4.6)."""
    options, count = struct.unpack_from("<4xI4xI", content)
    (y,) = struct.unpack_from("<4xf", content, 16 + 2 * count) if count else (0.0,)
    piece = _written(y, content[16:], count)
    return piece if options & _CHARACTERS else piece._replace(text=GLYPH * len(piece.text))


def _add_object(sketch: Sketch, kind: int, content: bytes) -> None:
    """Pictures, and paths, which are there to be drawn (sections 2.2.1.4, 2.2.1.6)."""
    (form,) = struct.unpack_from("<4xI", content.ljust(8, b"\0"))
    if kind == _IMAGE and form == _BITMAP:
        sketch.pictures.append(_bitmap(content[8:]))
    elif kind == _IMAGE and form == _METAFILE:
        sketch.pictures.append((content[16:], ""))
    elif kind == _PATH:
        _add_path(sketch, content)


def _add_path(sketch: Sketch, content: bytes) -> None:
    count, flags = struct.unpack_from("<4xII", content)
    if flags & _RUNS:
        raise Unreadable("a path in a drawing whose figures cannot be told apart")
    points, end = _points(content, 12, count, flags)
    figure: list[Point] = []
    for point, kind in zip(points, content[end:], strict=False):
        if kind & _KIND_OF_POINT == _START:
            sketch.add_figure(figure)
            figure = []
        figure.append(point)
    sketch.add_figure(figure)


def _points(content: bytes, start: int, count: int, flags: int) -> tuple[list[Point], int]:
    """So many points at most, and where they end."""
    if flags & _RELATIVE:
        return _relative(content, start, count)
    form, size = ("<hh", 4) if flags & _SHORT else ("<ff", 8)
    end = start + size * min(count, max(0, len(content) - start) // size)
    return list(struct.iter_unpack(form, content[start:end])), end


def _relative(content: bytes, start: int, count: int) -> tuple[list[Point], int]:
    """Points by their distance from the one before, in 7 or 15 bits each way (section 2.2.2.21)."""
    places = [0, 0]
    at = start
    while len(places) < 2 * count + 2 and at + 1 < len(content):
        long = content[at] >> 7
        bits, octets = (15, content[at : at + 2]) if long else (7, content[at : at + 1])
        step = int.from_bytes(octets) & (1 << bits) - 1
        places.append(places[-2] + step - (step >> bits - 1 << bits))
        at += len(octets)
    return list(zip(places[2::2], places[3::2], strict=False)), at


def _bitmap(content: bytes) -> tuple[bytes, str]:
    """A file, or pixels, which make a bitmap without a file header (section 2.2.2.2)."""
    width, height, stride, form, kind = struct.unpack_from("<iiiII", content)
    content = content[20:]
    if kind == _COMPRESSED:
        return content, ""
    bits = form >> 8 & 0xFF
    known = _BITS_OF_NUMBERS if form & _INDEXED else _BITS
    if bits not in known or stride != (width * bits + 31) // 32 * 4:
        return content, _OTHER_PIXELS
    colours = b""
    if form & _INDEXED:
        colours = content[8 : 8 + 4 * int.from_bytes(content[4:8], "little")]
        content = content[8 + len(colours) :]
        colours = colours.ljust(4 << bits, b"\0")
    masks = _MASKS if form & _ALPHA else b""
    fields = (40 + len(masks), width, -height, 1, bits, 3 if masks else 0, len(content), 0, 0, 0, 0)
    return struct.pack("<IiiHHIIiiII", *fields) + masks + colours + content, "image/bmp"
