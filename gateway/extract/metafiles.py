"""EMF and WMF: what their records write, and the pictures in them ([MS-EMF], [MS-EMFPLUS], [MS-WMF]).

Letters may also be drawn as curves, and nobody draws these here: a metafile that writes
nothing and draws something is not read, nor is one that draws many figures of many shapes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice

from gateway.extract import emf_plus, words
from gateway.extract.node import Limits, Node
from gateway.extract.sketch import CUT_SHORT, GLYPH, Point, Sketch, Written, lines
from gateway.extract.source import Source, Unreadable

TYPES = ("image/emf", "image/wmf")

_EMF_END, _EMF_COMMENT = 14, 70
_WIDE, _NARROW = {84, 97}, {83, 96}
"""EMR_EXTTEXTOUT and EMR_POLYTEXTOUT in either encoding ([MS-EMF] 2.3.5)."""
_MANY, _SMALL = {96, 97}, 108
_EMF_DRAWS = {
    *range(2, 9),
    15,
    *range(41, 48),
    *range(53, 57),
    *range(62, 65),
    *range(71, 75),
    *range(76, 82),
}
_EMF_DRAWS |= {*range(85, 93), 114, 116, 118}
_GLYPHS, _SMALL_CHARS, _NO_BOUNDS = 0x10, 0x200, 0x100
"""Options: indices of glyphs in the place of characters, octets, no rectangle (sections 2.1.11, 2.3.5.37)."""
_PLUS = b"EMF+"
_EMF_LONG, _EMF_SHORT = {*range(2, 9)}, {*range(85, 92)}
"""Lines, curves and polygons by points of 32 and of 16 bits; the last two of each are many at a time."""
_EMF_MANY, _EMF_ONWARDS = {7, 8, 90, 91}, {5, 6, 88, 89}
_EMF_MOVE, _EMF_LINE, _EMF_ENDS = 27, 54, {59, 60, 61}
_WMF_TEXT, _WMF_EXTENDED_TEXT = 0x0521, 0x0A32
_WMF_DRAWS = {0x0324, 0x0325, 0x0538, 0x0213, 0x0418, 0x041B, 0x061C, 0x0817, 0x0830, 0x081A}
_WMF_DRAWS |= {0x0940, 0x0922, 0x0B41, 0x0B23, 0x0F43, 0x0D33, 0x012A, 0x012B, 0x0228}
_WMF_FIGURES, _WMF_POLYGONS, _WMF_MOVE, _WMF_LINE = {0x0324, 0x0325}, 0x0538, 0x0214, 0x0213
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_BITMAP = re.compile(rb"\x28\0\0\0.{8}\x01\0[\x01\x04\x08\x10\x18\x20]\0", re.DOTALL)
"""The header of a bitmap that is independent of devices ([MS-WMF] 2.2.2.3)."""
_PICTURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff")
_MOST_PICTURES = 100
"""Where any may begin in comments; one within another does, too."""

Record = tuple[int, bytes]
"""Kind and all octets, those of its header, too."""


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    sketches = _emf(source.data) if source.type == "image/emf" else [_wmf(source.data)]
    text = lines([piece for sketch in sketches for piece in sketch.written])
    said = text.replace(GLYPH, "").strip()
    draws = any(sketch.draws for sketch in sketches)
    pictures = [picture for sketch in sketches for picture in sketch.pictures]
    if GLYPH in text:
        yield source.unscannable("a drawing that names glyphs in the place of letters", "glyphs")
    if said or not draws:
        yield source.text(text.replace(GLYPH, ""), empty="a drawing in which nothing is drawn")
    if any(sketch.may_say_more_than(said) for sketch in sketches) or (draws and not said and not pictures):
        yield source.unscannable("a drawing whose lines may be letters", "lines" if said else "")
    if beside := dict.fromkeys(filter(None, sketches[0].beside)):
        yield source.text("\n".join(beside), "comments")
    for number, (data, type_) in enumerate(pictures, 1):
        yield Source(source.within(f"picture {number}"), bytes(data), type=type_)


def _emf(data: bytes) -> list[Sketch]:
    """What its own records draw, and what those of EMF+ do."""
    sketch = Sketch()
    plus: list[bytes] = []
    packed: list[tuple[memoryview, str]] = []
    for kind, record in _emf_records(data):
        if kind in _WIDE | _NARROW:
            sketch.written.extend(_emf_texts(kind, record))
        elif kind == _SMALL:
            sketch.written.append(_emf_small_text(record))
        elif kind == _EMF_COMMENT and record[12:16] == _PLUS:
            plus.append(record[16 : 12 + int.from_bytes(record[8:12], "little")])
        elif kind == _EMF_COMMENT:
            sketch.beside.append(words.words(record[12:]))
            packed += islice(_packed_pictures(record), _MOST_PICTURES + 1 - len(packed))
        elif kind in _EMF_DRAWS:
            sketch.draws = True
            sketch.pictures.extend(_bitmaps(record))
    if len(packed) > _MOST_PICTURES:
        raise Unreadable("more pictures in comments of a drawing than are read")
    sketch.pictures.extend(packed)
    for figure in _emf_figures(data):
        sketch.add_figure(figure)
    sketch.beside.extend(words.wide(data[: int.from_bytes(data[4:8], "little")]))
    return [sketch, emf_plus.read(b"".join(plus), sketch.written)]


def _emf_records(data: bytes) -> Iterator[Record]:
    place = 0
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, place)
        if size < 8 or place + size > len(data):
            raise Unreadable(CUT_SHORT)
        yield kind, data[place : place + size]
        place += size
        if kind == _EMF_END:
            return
    raise Unreadable(CUT_SHORT)


def _emf_texts(kind: int, record: bytes) -> Iterator[Written]:
    """Section 2.2.5: where it stands, the number of characters, where these are, options."""
    count = struct.unpack_from("<I", record, 36)[0] if kind in _MANY else 1
    for place in range(*((40, 40 + 40 * count, 40) if kind in _MANY else (36, 37, 1))):
        y, characters, at, options = struct.unpack_from("<4xiIII", record, place)
        yield _written(record, y, at, characters, options, wide=kind in _WIDE)


def _emf_small_text(record: bytes) -> Written:
    y, characters, options = struct.unpack_from("<12xiII", record)
    return _written(
        record, y, 36 if options & _NO_BOUNDS else 52, characters, options, wide=not options & _SMALL_CHARS
    )


def _written(record: bytes, y: int, at: int, characters: int, options: int, *, wide: bool) -> Written:
    if options & _GLYPHS:
        return Written(y, GLYPH)
    octets = record[at : at + characters * (2 if wide else 1)]
    if len(octets) < characters:
        raise Unreadable(CUT_SHORT)
    return Written(y, octets.decode("utf-16-le" if wide else "cp1252", "replace").replace("\0", ""))


def _emf_figures(data: bytes) -> Iterator[list[Point]]:
    """Sections 2.3.5 and 2.3.10: what is drawn at once, and what from a move of the pen to its next."""
    line: list[Point] = []
    for kind, record in _emf_records(data):
        if kind == _EMF_MOVE or kind in _EMF_ENDS:
            yield line
            line = _points(record, 8, "<ii") if kind == _EMF_MOVE else []
        elif kind == _EMF_LINE:
            line += _points(record, 8, "<ii")
        elif kind in _EMF_LONG | _EMF_SHORT:
            many = int.from_bytes(record[24:28], "little") if kind in _EMF_MANY else 0
            points = _points(record, 28 + 4 * bool(many) + 4 * many, "<ii" if kind in _EMF_LONG else "<hh")
            if kind in _EMF_ONWARDS:
                line += points
            else:
                yield from _parted(points, struct.unpack_from(f"<{many}I", record, 32))
    yield line


def _points(record: bytes, at: int, form: str) -> list[Point]:
    """Those from an octet on to the end of a record."""
    size = struct.calcsize(form)
    return list(struct.iter_unpack(form, record[at : at + (len(record) - at) // size * size]))


def _parted(points: list[Point], counts: tuple[int, ...]) -> Iterator[list[Point]]:
    """Figures of so many points each; without counts they are all of one."""
    start = 0
    for count in counts or (len(points),):
        yield points[start : start + count]
        start += count


def _wmf(data: bytes) -> Sketch:
    sketch = Sketch()
    for kind, record in _wmf_records(data):
        if kind == _WMF_TEXT:
            (length,) = struct.unpack_from("<H", record, 6)
            (y,) = struct.unpack_from("<h", record, 8 + length + length % 2)
            sketch.written.append(_written(record, y, 8, length, 0, wide=False))
        elif kind == _WMF_EXTENDED_TEXT:
            y, length, options = struct.unpack_from("<h2xHH", record, 6)
            at = 22 if options & 0x06 else 14
            sketch.written.append(_written(record, y, at, length, options, wide=False))
        elif kind in _WMF_DRAWS:
            sketch.draws = True
            sketch.pictures.extend(_bitmaps(record))
        else:
            sketch.beside.append(words.words(record[6:]) if kind == 0x0626 else "")
    for figure in _wmf_figures(data):
        sketch.add_figure(figure)
    return sketch


def _wmf_figures(data: bytes) -> Iterator[list[Point]]:
    """As those of EMF (sections 2.3.3 and 2.3.5)."""
    line: list[Point] = []
    for kind, record in _wmf_records(data):
        if kind == _WMF_MOVE:
            yield line
            line = _points(record, 6, "<hh")
        elif kind == _WMF_LINE:
            line += _points(record, 6, "<hh")
        elif kind in _WMF_FIGURES:
            yield _points(record, 8, "<hh")
        elif kind == _WMF_POLYGONS:
            (many,) = struct.unpack_from("<H", record, 6)
            counts = struct.unpack_from(f"<{many}H", record, 8)
            yield from _parted(_points(record, 8 + 2 * many, "<hh"), counts)
    yield line


def _wmf_records(data: bytes) -> Iterator[Record]:
    place = 22 if data.startswith(_PLACEABLE) else 0
    place += 2 * struct.unpack_from("<2xH", data, place)[0]
    while place + 6 <= len(data):
        size, kind = struct.unpack_from("<IH", data, place)
        if size < 3 or place + 2 * size > len(data):
            raise Unreadable(CUT_SHORT)
        if not kind:
            return
        yield kind, data[place : place + 2 * size]
        place += 2 * size
    raise Unreadable(CUT_SHORT)


def _bitmaps(record: bytes) -> Iterator[tuple[bytes, str]]:
    if found := _BITMAP.search(record):
        yield record[found.start() :], "image/bmp"


def _packed_pictures(record: bytes) -> Iterator[tuple[memoryview, str]]:
    """From where each begins to the end of the record: its own end only who opens it knows."""
    for found in _PICTURE.finditer(record):
        type_ = "image/png" if record[found.start()] == 0x89 else "image/jpeg"
        yield memoryview(record)[found.start() :], type_
