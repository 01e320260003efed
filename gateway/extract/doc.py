"""DOC: Word 6 to 2003, text by its pieces, and what is kept beside it ([MS-DOC])."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from gateway.extract import drawings, grid, objects, office_encryption, ole, words
from gateway.extract.node import Limits, Node
from gateway.extract.source import Found, Source, Unreadable

_WORD_97 = 0x00C1
_COMPLEX, _ENCRYPTED, _TABLE_1 = 0x0004, 0x0100, 0x0200
_PLACES = (
    "",
    "footnotes",
    "headers",
    "macros",
    "comments",
    "endnotes",
    "text boxes",
    "text boxes in headers",
)
"""Documents within the document, in the order of their text (section 2.3)."""
_TABLES_OF_WORDS = (9, 21, 32, 35, 36, 37, 45, 50, 51, 52, 53, 60, 71)
"""Of FibRgFcLcb97: AutoText, bookmarks, properties, where it was saved by itself, authors and bookmarks of
comments, form fields, drawings, authors of changes, captions, document variables, earlier authors."""
_CELL_END = "\x07"
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")
_FIELD = re.compile(r"([\x13-\x15])")
_MARKS = str.maketrans("\r\x0b\x0c\x0e\x1e", "\n\n\n\n-", "\0\1\2\3\4\5\x08\x1f")
_DAMAGED = "damaged: the pieces of the text cannot be put together"


class _Piece(NamedTuple):
    """A stretch of the text (section 2.8.35), and where it stands in the stream."""

    start: int
    octets: int
    compressed: bool


class _Layout(NamedTuple):
    """Where the text is, by the file information block (section 2.5)."""

    lengths: tuple[int, ...]
    """Characters of each of `_PLACES`."""
    table: bytes
    pieces_at: int
    pieces_size: int
    whole: _Piece
    """Where the text is, if it is not in pieces."""
    simple: bool
    modern: bool


def read(source: Source, limits: Limits) -> Iterator[Found]:
    storage = ole.storage_of(source)
    main = storage.stream("WordDocument")
    flags = _flags(main)
    if flags & _ENCRYPTED:
        yield from office_encryption.read(source, limits)
        return
    name = "1Table" if flags & _TABLE_1 else "0Table"
    table = storage.stream(name) if name in storage.streams else b""
    yield from _texts(source, main, table)
    modern = struct.unpack_from("<H", main, 2)[0] >= _WORD_97
    data = storage.stream("Data") if "Data" in storage.streams else b""
    beside = [*_tables(main, table), *words.wide(data)] if modern else []
    if beside:
        yield source.text("\n".join(beside), "beside the text")
    yield from drawings.pictures(source, main + data)
    yield from objects.rest(source, storage, {"WordDocument", "0Table", "1Table", "Data"})


def _flags(main: bytes) -> int:
    if len(main) < 0x200:
        raise Unreadable(ole.CUT_SHORT)
    return int(struct.unpack_from("<H", main, 10)[0])


def _texts(source: Source, main: bytes, table: bytes) -> Iterator[Node]:
    try:
        layout = _layout(main, table)
        pieces = _pieces(layout)
        text = b"".join(_octets(main, piece) for piece in pieces)
    except (struct.error, LookupError, ValueError):
        yield source.text(words.words(main), "words", empty="no words in it")
        yield source.unscannable(_DAMAGED)
        return
    start, fields = 0, []
    for place, length in zip(_PLACES, layout.lengths, strict=True):
        end = len(text) if place == _PLACES[-1] else start + 2 * length
        shown, instructions = _without_fields(text[start:end].decode("utf-16-le", "replace"))
        fields += instructions
        start = end
        if shown.strip() or not place:
            yield source.text(_tidy(shown), place, empty="a document without text")
    for step, pieces_of_text in (("fields", fields), ("earlier text", _gaps(main, pieces, layout.whole))):
        if pieces_of_text:
            yield source.text("\n".join(pieces_of_text), step, empty="no words in it")


def _layout(main: bytes, table: bytes) -> _Layout:
    version, flags = struct.unpack_from("<2x H 6x H", main)
    start, end = struct.unpack_from("<II", main, 0x18)
    modern = version >= _WORD_97
    lengths = struct.unpack_from("<8I", main, 0x4C if modern else 0x34)
    at, size = struct.unpack_from("<II", main, 0x1A2 if modern else 0x160)
    whole = _Piece(start, max(end - start, 0), compressed=True)
    simple = not modern and not flags & _COMPLEX
    return _Layout(lengths, table if modern else main, at, size, whole, simple, modern)


def _pieces(layout: _Layout) -> list[_Piece]:
    """The pieces in the order of the text (sections 2.4.1, 2.9.38)."""
    if layout.simple:
        return [layout.whole]
    clx = layout.table[layout.pieces_at : layout.pieces_at + layout.pieces_size]
    place = 0
    while clx[place] == 1:
        place += 3 + struct.unpack_from("<H", clx, place + 1)[0]
    if clx[place] != 2:
        raise ValueError
    (size,) = struct.unpack_from("<I", clx, place + 1)
    plc = clx[place + 5 : place + 5 + size]
    count = (len(plc) - 4) // 12
    if len(plc) < size or count < 1:
        raise ValueError
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    starts = [struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * n + 2)[0] for n in range(count)]
    return [
        _piece(start, after - before, layout.modern)
        for start, (before, after) in zip(starts, pairwise(ends), strict=True)
    ]


def _piece(start: int, characters: int, modern: bool) -> _Piece:
    if characters < 0:
        raise ValueError
    if not modern:
        return _Piece(start, characters, compressed=True)
    if start & 0x40000000:  # section 2.9.73
        return _Piece((start & 0x3FFFFFFF) // 2, characters, compressed=True)
    return _Piece(start, 2 * characters, compressed=False)


def _octets(main: bytes, piece: _Piece) -> bytes:
    """The piece in UTF-16, in whose units the lengths are given."""
    octets = main[piece.start : piece.start + piece.octets]
    if len(octets) < piece.octets:
        raise ValueError
    return octets.decode("cp1252", "replace").encode("utf-16-le") if piece.compressed else octets


def _gaps(main: bytes, pieces: list[_Piece], whole: _Piece) -> list[str]:
    """Words of the text in no piece: a fast save leaves there what it deletes."""
    found: list[str] = []
    end = _Piece(whole.start + whole.octets, 0, compressed=True)
    for piece, following in pairwise((_Piece(whole.start, 0, compressed=True), *sorted(pieces), end)):
        gap = main[piece.start + piece.octets : following.start]
        found += filter(None, words.words(gap).splitlines())
    return found


def _tables(main: bytes, table: bytes) -> Iterator[str]:
    for index in _TABLES_OF_WORDS:
        at, size = struct.unpack_from("<II", main, 0x9A + 8 * index)
        yield from words.wide(table[at : at + size])


def _without_fields(text: str) -> tuple[str, list[str]]:
    """The text with the results of fields only, and their instructions (section 2.8.25)."""
    shown: list[str] = []
    instructions: list[str] = []
    inside: list[bool] = []
    for piece in _FIELD.split(text):
        if piece == "\x13":
            inside.append(True)
        elif piece in "\x14\x15" and piece:
            opened = inside.pop() if inside else False
            inside += [False] if piece == "\x14" and (opened or inside) else []
        elif any(inside):
            instructions.append(piece.strip())
        else:
            shown.append(piece)
    return "".join(shown), [piece for piece in instructions if piece]


def _tidy(text: str) -> str:
    """The text with its tables in rows, and without empty lines."""
    if _CELL_END in text:
        text = "\r".join(_rows(text))
    return _EMPTY_LINES.sub("\n", grid.within(text.translate(_MARKS))).strip("\n")


def _rows(text: str) -> Iterator[str]:
    """Rows of tables, and the text behind them. A cell ends with a mark, a row with one more (section 2.4.3).

    An empty cell looks like the end of a row, so a row is taken to have as many cells as the one before.
    """
    *cells, behind = text.split(_CELL_END)
    row: list[str] = []
    width = 0
    for cell in cells:
        if not row and "\r" in cell:  # a new table, and the text before it
            width = 0
        if row and not cell and len(row) >= width:
            yield _row(row)
            row, width = [], len(row)
        else:
            row.append(cell)
    yield "\t".join(row)
    yield behind


def _row(cells: list[str]) -> str:
    """What stands in front of a table looks like part of its first cell."""
    before, _, first = cells[0].rpartition("\r")
    return "".join((before, "\r", grid.ROW, grid.CELL.join((first, *cells[1:])), grid.CELL, grid.END))
