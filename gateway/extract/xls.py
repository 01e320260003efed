"""XLS: Excel 2 to 2003; cells by xlrd, and a walk over all records for what it does not show ([MS-XLS])."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import xlrd  # type: ignore[import-untyped]  # ships no types

from gateway.extract import (
    cells,
    drawings,
    grid,
    objects,
    office_encryption,
    ole,
    pivots,
    shared_strings,
    words,
)
from gateway.extract.node import Limits, Node
from gateway.extract.source import Found, Source, Unreadable

_FILEPASS, _CONTINUE, _STRINGS, _PICTURES = 0x2F, 0x3C, 0xFC, 0xEB
_BEHIND = -1
"""Not a record: what stands behind the last one."""
_SPEAKING = {
    _BEHIND,
    *(0x06, 0x14, 0x15, 0x17, 0x18, 0x1C, 0x1E, 0x23, 0x5C, 0xCD, 0xEC, 0x17F, 0x1AE, 0x1B0, 0x1B1),
    *(0x1B6, 0x1B8, 0x1BE, 0x41E, 0x859, 0x864, 0x866, 0x89C),
}
"""Records with words that stand in no cell: formulas, headers, names, notes, drawings, links, validations."""
_LABEL, _RICH_LABEL = 0x204, 0xD6
_CELLS_OF_TEXT = {0x04, _LABEL, _RICH_LABEL, 0x207}
_BESIDE_CELLS = {
    *(0x16, 0x17, 0x18, 0x1C, 0x23, 0x5D, 0xEB, 0xEC, 0xED, 0x1AE, 0x1B0, 0x1B1, 0x1B6, 0x1B8, 0x218, 0x800),
    *(0x879, 0x87A),
}
"""Records that xlrd would make sense of or fail, and that no cell needs: names, links, drawings, notes."""
_UNHEEDED = 0x0FFE
"""A kind of record that there is not, which xlrd passes over."""
_WPS = "ETExtData"
"""A stream of records that only WPS Spreadsheets writes and reads."""

Record = tuple[int, bytes]


def read(source: Source, limits: Limits) -> Iterator[Found]:
    storage = (
        None if source.storage is None and not source.data.startswith(ole.MAGIC) else ole.storage_of(source)
    )
    name = "Workbook" if storage and "Workbook" in storage.streams else "Book"
    stream = storage.stream(name) if storage else source.data
    records = list(_records(stream))
    if any(kind == _FILEPASS for kind, _ in records):
        yield from office_encryption.read(source, limits)
        return
    yield from _workbook(source, stream, records, limits)
    yield from drawings.pictures(source, _joined(records, _PICTURES))
    if storage:
        yield from _caches(source, storage)
        yield from _kept_by_wps(source, storage)
        yield from objects.rest(source, storage, {name, _WPS, *pivots.STORAGES})


def _caches(source: Source, storage: ole.Storage) -> Iterator[Node]:
    for name in pivots.STORAGES.intersection(storage.storages):
        caches = storage.storage(name)
        for stream in caches.streams:
            if text := "\n".join(pivots.texts(_records(caches.stream(stream)))):
                yield source.text(text, f"pivot table › {stream}")


def _kept_by_wps(source: Source, storage: ole.Storage) -> Iterator[Node]:
    data = storage.stream(_WPS) if _WPS in storage.streams else b""
    if words.is_packed(data):
        yield source.unscannable("a stream of an unknown application", _WPS)
    elif text := words.words(data):
        yield source.text(text, _WPS)


def _records(stream: bytes) -> Iterator[Record]:
    """Kind and content of each record, as far as they go (section 2.1.4)."""
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if not kind and not length:
            yield _BEHIND, stream[place:]
            return
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _workbook(source: Source, stream: bytes, records: list[Record], limits: Limits) -> Iterator[Node]:
    strings = _shared_strings(records)
    shown: set[str] = set()
    try:
        for sheet, rows in _sheets(_plain(stream, len(strings)), limits.cells):
            shown.update(text for row in rows for text in row)
            yield source.sheet((grid.Row("\t".join(row)) for row in rows), sheet)
    except Unreadable:
        raise
    except Exception:  # xlrd raises anything for what it does not know
        cells_of_text = (words.words(data) for kind, data in records if kind in _CELLS_OF_TEXT)
        yield source.text("\n".join(cells_of_text), "cells", empty="no words in it")
        yield source.unscannable("damaged: the cells cannot be read")
    unused = [text for text in strings if grid.cell(text) not in shown]
    for step, pieces in (("strings in no cell", unused), ("beside the cells", list(_beside(records)))):
        if text := "\n".join(filter(None, pieces)):
            yield source.text(text, step)


def _sheets(stream: bytes, most: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Name and rows of every sheet, hidden ones too."""
    book = xlrd.open_workbook(
        file_contents=stream, logfile=io.StringIO(), formatting_info=True, ragged_rows=True
    )
    formats = {key: cells.known_format(entry.format_str or "") for key, entry in book.format_map.items()}
    styles = [formats.get(style.format_key) or cells.built_in(style.format_key) for style in book.xf_list]
    for sheet in book.sheets():
        most -= sum(map(sheet.row_len, range(sheet.nrows)))
        if most < 0:
            raise Unreadable("more cells than are read")
        rows = (sheet.row(index) for index in range(sheet.nrows))
        yield sheet.name, [[_shown(cell, styles, book.datemode) for cell in row] for row in rows]


def _shown(cell: Any, styles: list[str], datemode: int) -> str:
    if cell.ctype in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
        return cells.number(_digits(cell.value), styles[cell.xf_index], cells.EPOCHS[bool(datemode)])
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return str(bool(cell.value)).upper()
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return grid.cell(str(cell.value))


def _digits(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _plain(stream: bytes, strings: int) -> bytes:
    """The stream with nothing in it but cells, and with the number of its shared strings put right."""
    plain = bytearray(stream)
    place = 0
    for kind, data in _records(stream):
        if kind in _BESIDE_CELLS:
            struct.pack_into("<H", plain, place, _UNHEEDED)
        elif kind == _RICH_LABEL:  # the same, and then how its letters look
            struct.pack_into("<H", plain, place, _LABEL)
        elif kind == _STRINGS and len(data) >= 8:
            struct.pack_into("<I", plain, place + 8, strings)
        place += 4 + len(data)
    return bytes(plain)


def _shared_strings(records: list[Record]) -> list[str]:
    """Strings that cells refer to, and maybe none does any more (section 2.4.265)."""
    for index, (kind, data) in enumerate(records):
        if kind == _STRINGS:
            try:
                return list(shared_strings.strings([data, *_continued(records[index + 1 :])]))
            except LookupError:
                return words.words(data).splitlines()
    return []


def _continued(records: Iterable[Record]) -> Iterator[bytes]:
    for kind, data in records:
        if kind != _CONTINUE:
            return
        yield data


def _beside(records: list[Record]) -> Iterator[str]:
    before = 0
    for kind, data in records:
        if kind != _CONTINUE:
            before = kind
        if before in _SPEAKING:
            yield words.words(data)


def _joined(records: list[Record], wanted: int) -> bytes:
    """The content of a record with what it is continued by."""
    before, pieces = 0, []
    for kind, data in records:
        if kind != _CONTINUE:
            before = kind
        if before == wanted:
            pieces.append(data)
    return b"".join(pieces)
