"""The records that a workbook of Excel 2 to 2003 is made of ([MS-XLS] 2.1.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from gateway.extract import cells, shared_strings, words

Record = tuple[int, bytes]
"""Kind and content."""

FILEPASS, PICTURES = 0x2F, 0xEB
_CONTINUE, _STRINGS, _SHEET, _END = 0x3C, 0xFC, 0x85, 0x0A
_BEGIN = {0x09, 0x209, 0x409, 0x809}
_WORKSHEET, _CHART, _MACRO_SHEET, _GRAPH = 0x10, 0x20, 0x40, 0x8000
"""What a part of the stream is, by the record that it begins with (section 2.4.21)."""
_BEHIND = -1
"""Not a record: what stands behind the last one."""
_SPEAKING = {
    _BEHIND,
    *(0x06, 0x17, 0x18, 0x1C, 0x1E, 0x23, 0x5C, 0xCD, 0xEC, 0x17F, 0x1AE, 0x1B0, 0x1B1),
    *(0x1B6, 0x1B8, 0x1BE, 0x41E, 0x859, 0x864, 0x866, 0x100D),
    *(0x51, 0x52, 0x9E, 0xAF, 0xB0, 0xB1, 0xC5, 0xDC, 0x1AD, 0x1B5, 0x800, 0x804, 0x872, 0x894),
}
"""Records with words that stand in no cell: formulas, names, notes, drawings, links, validations;
sources, filters, scenarios, pivot tables, queries, tips of links, tables, comments on names."""
_HEADERS = {0x14, 0x15, 0x89C}
_LABEL, _RICH_LABEL, _NUMBER = 0x204, 0xD6, 0x203
_GRAPH_LABEL, _GRAPH_NUMBER = 0x04, 0x03
_CELLS_OF_TEXT = {_GRAPH_LABEL, _LABEL, _RICH_LABEL, 0x207}
_BESIDE_CELLS = {
    *(
        0x16,
        0x17,
        0x18,
        0x1C,
        0x23,
        0x5D,
        0xEB,
        0xEC,
        0xED,
        0x1AE,
        0x1B0,
        0x1B1,
        0x1B6,
        0x1B8,
        0x218,
        0x293,
        0x800,
    ),
    *(0x879, 0x87A),
}
"""Records that xlrd would make sense of or fail, and that no cell needs: names, links, styles, notes."""
_UNHEEDED = 0x0FFE
"""A kind of record that there is not, which xlrd passes over."""


def records(stream: bytes) -> Iterator[Record]:
    """As far as they go."""
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if not kind and not length:
            yield _BEHIND, stream[place:]
            return
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def for_xlrd(stream: bytes, strings: int) -> bytes:
    """The stream with nothing in it but cells, those of macro sheets too, and with its number of strings."""
    plain = bytearray(stream)
    place = 0
    for kind, data in records(stream):
        if kind in _BESIDE_CELLS:
            struct.pack_into("<H", plain, place, _UNHEEDED)
        elif kind == _RICH_LABEL:  # the same, and then how its letters look
            struct.pack_into("<H", plain, place, _LABEL)
        elif kind == _STRINGS and len(data) >= 8:
            struct.pack_into("<I", plain, place + 8, strings)
        elif kind in _BEGIN and _begins(data) == _MACRO_SHEET:
            struct.pack_into("<H", plain, place + 6, _WORKSHEET)
        elif kind == _SHEET and data[5:6] == b"\1":
            plain[place + 9] = 0
        place += 4 + len(data)
    return bytes(plain)


def strings(found: list[Record]) -> list[str]:
    """Strings that cells refer to, and maybe none does any more (section 2.4.265)."""
    for index, (kind, data) in enumerate(found):
        if kind == _STRINGS:
            try:
                return list(shared_strings.strings([data, *_continued(found[index + 1 :])]))
            except LookupError:
                return words.words(data).splitlines()
    return []


def cells_of_text(found: list[Record]) -> Iterator[str]:
    """The words in cells, where nothing better can be had of them."""
    return (words.words(data) for kind, data in found if kind in _CELLS_OF_TEXT)


def is_graph(found: list[Record]) -> bool:
    """Whether it is a chart of Microsoft Graph, which keeps its cells in records of its own ([MS-OGRAPH])."""
    return any(kind in _BEGIN and _begins(data) == _GRAPH for kind, data in found)


def graph_cells(found: list[Record]) -> dict[tuple[int, int], str]:
    """What the records Label and Number of [MS-OGRAPH] say, by row and column, both from 1."""
    shown = {}
    older = any(kind in _BEGIN and data[1:2] == b"\5" for kind, data in found)
    for kind, data in found:
        if kind == _GRAPH_LABEL and older:
            text = data[8:].decode("cp1252", "replace")
        elif kind == _GRAPH_LABEL:
            text = data[9:].decode("utf-16-le" if data[8:9] == b"\1" else "latin-1", "replace")
        elif kind == _GRAPH_NUMBER and len(data) == 15:
            text = cells.digits(struct.unpack_from("<7xd", data)[0])
        else:
            continue
        row, column = struct.unpack_from("<HH", data)
        shown[row + 1, column + 1] = text
    return shown


def beside(found: list[Record]) -> Iterator[str]:
    """Words that stand in no cell, and what charts keep of the cells that they show."""
    before, chart = 0, False
    for kind, data in found:
        if kind != _CONTINUE:
            before = kind
        if kind in _BEGIN:
            chart = _begins(data) == _CHART
        chart &= kind != _END
        if before in _HEADERS:
            yield cells.header(words.words(data))
        elif before in _SPEAKING or (chart and kind == _LABEL):
            yield words.words(data)
        elif chart and kind == _NUMBER and len(data) == 14:
            yield cells.digits(struct.unpack_from("<6xd", data)[0])


def joined(found: list[Record], wanted: int) -> bytes:
    """The content of a record with what it is continued by."""
    before, pieces = 0, []
    for kind, data in found:
        if kind != _CONTINUE:
            before = kind
        if before == wanted:
            pieces.append(data)
    return b"".join(pieces)


def _begins(data: bytes) -> int:
    return int.from_bytes(data[2:4], "little")


def _continued(following: Iterable[Record]) -> Iterator[bytes]:
    for kind, data in following:
        if kind != _CONTINUE:
            return
        yield data
