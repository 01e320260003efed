"""XLSB: the parts of a workbook that are kept in binary records ([MS-XLSB] 2.1.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from gateway.extract import cells, grid, words
from gateway.extract.source import Unreadable

_ROW, _FIRST_CELL, _LAST_CELL = 0, 1, 18
_BLANK, _RK, _ERROR, _BOOLEAN, _REAL, _STRING, _SHARED = range(1, 8)
_FORMULAS = {8: _STRING, 9: _REAL, 10: _BOOLEAN, 11: _ERROR}
_SHORT = {12: _BLANK, 13: _RK, 14: _ERROR, 15: _BOOLEAN, 16: _REAL, 17: _STRING, 18: _SHARED}
_RICH = 62
_SHARED_STRING, _FORMAT, _STYLE = 19, 44, 47
_STYLES_BEGIN, _STYLES_END = 617, 618
_PROPERTIES, _SHEET, _HEADERS = 153, 156, 479
_CUT_SHORT = "damaged: a record is longer than its part"

Record = tuple[int, bytes]


class Cell(NamedTuple):
    """Column, style, and what kind of value stands where in the record."""

    column: int
    style: int
    kind: int
    value: bytes


def records(part: bytes) -> Iterator[Record]:
    """Kind and content of each record; raises Unreadable where one is cut short."""
    place = 0
    while place < len(part):
        kind, place = _number(part, place, 2)
        length, place = _number(part, place, 4)
        if place + length > len(part):
            raise Unreadable(_CUT_SHORT)
        yield kind, part[place : place + length]
        place += length


def _number(part: bytes, place: int, most: int) -> tuple[int, int]:
    """Seven bits to an octet, the lowest first; the highest bit says that more follow."""
    value = 0
    for turn in range(most):
        if place >= len(part):
            raise Unreadable(_CUT_SHORT)
        octet = part[place]
        place += 1
        value |= (octet & 0x7F) << (7 * turn)
        if not octet & 0x80:
            break
    return value, place


def shared_strings(part: bytes) -> list[str]:
    return [grid.cell(_string(data, 1)) for kind, data in records(part) if kind == _SHARED_STRING]


def formats(part: bytes) -> list[str]:
    """By the style of a cell, as `gateway.extract.cells` has them."""
    codes: dict[int, str] = {}
    styles: list[str] = []
    inside = False
    for kind, data in records(part):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", data)[0]] = cells.known_format(_string(data, 2))
        elif kind in {_STYLES_BEGIN, _STYLES_END}:
            inside = kind == _STYLES_BEGIN
        elif kind == _STYLE and inside:
            (number,) = struct.unpack_from("<2xH", data)
            styles.append(codes.get(number, cells.built_in(number)))
    return styles


def workbook(part: bytes) -> tuple[list[tuple[str, str]], bool]:
    """Relationship and name of every sheet, and whether dates count from 1904."""
    sheets: list[tuple[str, str]] = []
    from_1904 = False
    for kind, data in records(part):
        if kind == _SHEET:
            sheets.append(_sheet_named(data))
        elif kind == _PROPERTIES:
            from_1904 = bool(data[:1] and data[0] & 1)
    return sheets, from_1904


def _sheet_named(data: bytes) -> tuple[str, str]:
    """Relationship and name, which end the record; before Excel 2007 was released, four octets later."""
    for start in (8, 12):
        length = max(struct.unpack_from("<i", data, start)[0], 0)
        behind = start + 4 + 2 * length
        if behind + 4 <= len(data) and behind + 4 + 2 * struct.unpack_from("<I", data, behind)[0] == len(
            data
        ):
            return _string(data, start) if length else "", _string(data, behind)
    raise Unreadable(_CUT_SHORT)


def texts(part: bytes) -> Iterator[str]:
    """The words of any other part: comments, tables, names, links."""
    for _, data in records(part):
        yield from words.wide(data)


def sheet(part: bytes, book: cells.Workbook, most: int) -> tuple[list[grid.Row], list[str]]:
    """Its rows, and the words that stand in no cell."""
    rows: list[tuple[int, list[str], list[int]]] = []
    beside: list[str] = []
    column = -1
    for kind, data in records(part):
        if kind == _ROW:
            rows.append((1 + struct.unpack_from("<I", data)[0], [], []))
            column = -1
        elif _FIRST_CELL <= kind <= _LAST_CELL or kind == _RICH:
            cell = _cell(kind, data, column)
            column = cell.column
            most -= 1
            if most < 0:
                raise Unreadable("more cells than are read")
            if not rows:
                rows.append((1, [], []))
            _, shown, columns = rows[-1]
            shown.append(_shown(cell, book))
            columns.append(cell.column + 1)
            if kind in _FORMULAS:
                beside += words.wide(data[8 + len(cell.value) :])
        else:
            found = words.wide(data)
            beside += map(cells.header, found) if kind == _HEADERS else found
    return [grid.row(shown, columns, number) for number, shown, columns in rows], beside


def _cell(kind: int, data: bytes, before: int) -> Cell:
    """Sections 2.5.9, 2.5.10: those that follow each other leave out their column."""
    if kind in _SHORT:
        (style,) = struct.unpack_from("<I", data)
        return Cell(before + 1, style & 0xFFFFFF, _SHORT[kind], data[4:])
    column, style = struct.unpack_from("<II", data)
    if kind == _RICH:
        return Cell(column, style & 0xFFFFFF, _STRING, data[9:])
    return Cell(column, style & 0xFFFFFF, _FORMULAS.get(kind, kind), data[8:])


def _shown(cell: Cell, book: cells.Workbook) -> str:
    if cell.kind == _STRING:
        return grid.cell(_string(cell.value, 0))
    if cell.kind == _SHARED:
        index = int.from_bytes(cell.value[:4], "little")
        book.used.add(index)
        return book.strings[index]
    if cell.kind == _BOOLEAN:
        return "TRUE" if cell.value[:1] == b"\1" else "FALSE"
    if cell.kind not in {_RK, _REAL}:
        return ""
    number = _rk(cell.value) if cell.kind == _RK else float(struct.unpack_from("<d", cell.value)[0])
    format_ = book.formats[cell.style] if book.formats else ""
    return cells.number(cells.digits(number), format_, book.epoch)


def _rk(value: bytes) -> float:
    """Section 2.5.122: an integer of 30 bits or the upper half of a double, maybe hundredths."""
    (bits,) = struct.unpack_from("<I", value)
    whole = struct.unpack("<i", value[:4])[0] >> 2
    number = float(whole) if bits & 2 else struct.unpack("<d", bytes(4) + struct.pack("<I", bits & ~3))[0]
    return float(number / 100 if bits & 1 else number)


def _string(data: bytes, place: int) -> str:
    """Section 2.5.168: the number of characters, then UTF-16."""
    (length,) = struct.unpack_from("<I", data, place)
    octets = data[place + 4 : place + 4 + 2 * length]
    if len(octets) < 2 * length:
        raise Unreadable(_CUT_SHORT)
    return octets.decode("utf-16-le", "replace")
