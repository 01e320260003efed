"""EMF and WMF: what their records write, and the pictures in them ([MS-EMF], [MS-EMFPLUS], [MS-WMF]).

Letters may also be drawn as curves, and nobody draws these here: a metafile that writes
nothing and draws something is not read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from gateway.extract import words
from gateway.extract.node import Limits, Node
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
_GLYPH = "\ufdd3"
"""Stands for what cannot be known: a noncharacter, which no text has."""
_PLUS, _DRAW_STRING = b"EMF+", 0x401C
_WMF_TEXT, _WMF_EXTENDED_TEXT = 0x0521, 0x0A32
_WMF_DRAWS = {0x0324, 0x0325, 0x0538, 0x0213, 0x0418, 0x041B, 0x061C, 0x0817, 0x0830, 0x081A}
_WMF_DRAWS |= {0x0940, 0x0922, 0x0B41, 0x0B23, 0x0F43, 0x0D33, 0x012A, 0x012B, 0x0228}
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_BITMAP = re.compile(rb"\x28\0\0\0.{8}\x01\0[\x01\x04\x08\x10\x18\x20]\0", re.DOTALL)
"""The header of a bitmap that is independent of devices ([MS-WMF] 2.2.2.3)."""
_PICTURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff")
_CUT_SHORT = "damaged: a record of a drawing is longer than the drawing"

Record = tuple[int, bytes]
"""Kind and all octets, those of its header, too."""


class Written(NamedTuple):
    """A piece of text, and how far down the drawing it stands."""

    y: int
    text: str


class _Drawing(NamedTuple):
    """What a walk over the records gathers."""

    written: list[Written]
    beside: list[str]
    pictures: list[tuple[bytes, str]]
    draws: bool


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    drawing = _emf(source.data) if source.type == "image/emf" else _wmf(source.data)
    text = _lines(drawing.written)
    if _GLYPH in text:
        yield source.unscannable("a drawing that names glyphs in the place of letters", "glyphs")
    if drawing.written:
        yield source.text(text.replace(_GLYPH, ""))
    elif not drawing.draws:
        yield source.text("", empty="a drawing in which nothing is drawn")
    elif not drawing.pictures:
        yield source.unscannable("a drawing whose lines may be letters")
    if any(drawing.beside):
        yield source.text("\n".join(dict.fromkeys(filter(None, drawing.beside))), "comments")
    for number, (data, type_) in enumerate(drawing.pictures, 1):
        yield Source(source.within(f"picture {number}"), data, type=type_)


def _lines(written: list[Written]) -> str:
    """What stands equally high is one line; single letters join, and so do numbers written in two."""
    text, before = "", None
    for piece in written:
        if before is not None:
            apart = len(piece.text) > 1 and len(before.text) > 1
            text += "\n" if piece.y != before.y else " " * apart
        text += piece.text
        before = piece
    return text


def _emf(data: bytes) -> _Drawing:
    drawing = _Drawing([], [], [], draws=False)
    draws = False
    for kind, record in _emf_records(data):
        if kind in _WIDE | _NARROW:
            drawing.written.extend(_emf_texts(kind, record))
        elif kind == _SMALL:
            drawing.written.append(_emf_small_text(record))
        elif kind == _EMF_COMMENT:
            drawing.written.extend(_plus_texts(record))
            drawing.beside.append("" if record[12:16] == _PLUS else words.words(record[12:]))
            drawing.pictures.extend(_packed_pictures(record))
        elif kind in _EMF_DRAWS:
            draws = True
            drawing.pictures.extend(_bitmaps(record))
    drawing.beside.extend(words.wide(data[: int.from_bytes(data[4:8], "little")]))
    return drawing._replace(draws=draws)


def _emf_records(data: bytes) -> Iterator[Record]:
    place = 0
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, place)
        if size < 8 or place + size > len(data):
            raise Unreadable(_CUT_SHORT)
        yield kind, data[place : place + size]
        place += size
        if kind == _EMF_END:
            return
    raise Unreadable(_CUT_SHORT)


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
        return Written(y, _GLYPH)
    octets = record[at : at + characters * (2 if wide else 1)]
    if len(octets) < characters:
        raise Unreadable(_CUT_SHORT)
    return Written(y, octets.decode("utf-16-le" if wide else "cp1252", "replace").replace("\0", ""))


def _plus_texts(record: bytes) -> Iterator[Written]:
    """Records of EMF+ in a comment ([MS-EMFPLUS] 2.3.4.14); most files have the same text without it."""
    place = 16 if record[12:16] == _PLUS else len(record)
    while place + 12 <= len(record):
        kind, size, length = struct.unpack_from("<H2xII", record, place)
        content = record[place + 12 : place + 12 + length]
        if kind == _DRAW_STRING and len(content) >= 28:
            (characters,) = struct.unpack_from("<I", content, 8)
            (y,) = struct.unpack_from("<f", content, 16)
            yield Written(
                int(y) if abs(y) < 1e9 else 0,
                content[28 : 28 + 2 * characters].decode("utf-16-le", "replace"),
            )
        place += max(size, 12)


def _wmf(data: bytes) -> _Drawing:
    drawing = _Drawing([], [], [], draws=False)
    draws = False
    for kind, record in _wmf_records(data):
        if kind == _WMF_TEXT:
            (length,) = struct.unpack_from("<H", record, 6)
            (y,) = struct.unpack_from("<h", record, 8 + length + length % 2)
            drawing.written.append(_written(record, y, 8, length, 0, wide=False))
        elif kind == _WMF_EXTENDED_TEXT:
            y, length, options = struct.unpack_from("<h2xHH", record, 6)
            at = 22 if options & 0x06 else 14
            drawing.written.append(_written(record, y, at, length, options, wide=False))
        elif kind in _WMF_DRAWS:
            draws = True
            drawing.pictures.extend(_bitmaps(record))
        else:
            drawing.beside.append(words.words(record[6:]) if kind == 0x0626 else "")
    return drawing._replace(draws=draws)


def _wmf_records(data: bytes) -> Iterator[Record]:
    place = 22 if data.startswith(_PLACEABLE) else 0
    place += 2 * struct.unpack_from("<2xH", data, place)[0]
    while place + 6 <= len(data):
        size, kind = struct.unpack_from("<IH", data, place)
        if size < 3 or place + 2 * size > len(data):
            raise Unreadable(_CUT_SHORT)
        if not kind:
            return
        yield kind, data[place : place + 2 * size]
        place += 2 * size
    raise Unreadable(_CUT_SHORT)


def _bitmaps(record: bytes) -> Iterator[tuple[bytes, str]]:
    if found := _BITMAP.search(record):
        yield record[found.start() :], "image/bmp"


def _packed_pictures(record: bytes) -> Iterator[tuple[bytes, str]]:
    if found := _PICTURE.search(record):
        yield record[found.start() :], "image/png" if record[found.start()] == 0x89 else "image/jpeg"
