"""XLS: Excel 2 to 2003; cells by xlrd, and a walk over all records for what it does not show ([MS-XLS])."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlrd  # type: ignore[import-untyped]  # ships no types

from gateway.extract import biff, cells, drawings, grid, objects, office_encryption, ole, pivots, words
from gateway.extract.biff import Record
from gateway.extract.node import Limits, Node
from gateway.extract.source import Found, Source, Unreadable

_WPS = "ETExtData"
"""A stream of records that only WPS Spreadsheets writes and reads."""


def read(source: Source, limits: Limits) -> Iterator[Found]:
    storage = (
        None if source.storage is None and not source.data.startswith(ole.MAGIC) else ole.storage_of(source)
    )
    name = "Workbook" if storage and "Workbook" in storage.streams else "Book"
    stream = storage.stream(name) if storage else source.data
    records = list(biff.records(stream))
    if any(kind == biff.FILEPASS for kind, _ in records):
        yield from office_encryption.read(source, limits)
        return
    yield from (
        _graph(source, records) if biff.is_graph(records) else _workbook(source, stream, records, limits)
    )
    yield from drawings.pictures(source, biff.joined(records, biff.PICTURES))
    if storage:
        yield from _caches(source, storage)
        yield from _kept_by_wps(source, storage)
        yield from objects.rest(source, storage, {name, _WPS, *pivots.STORAGES})


def _graph(source: Source, records: list[Record]) -> Iterator[Node]:
    cells_of = biff.graph_cells(records)
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in sorted(cells_of.items()):
        rows.setdefault(row, {})[column] = grid.cell(text)
    yield source.sheet(
        (grid.row(list(shown.values()), shown, number) for number, shown in rows.items()), "data of a chart"
    )
    if text := "\n".join(filter(None, biff.beside(records))):
        yield source.text(text, "beside the cells")


def _workbook(source: Source, stream: bytes, records: list[Record], limits: Limits) -> Iterator[Node]:
    strings = biff.strings(records)
    shown: set[str] = set()
    names: list[str] = []
    try:
        for sheet, rows in _sheets(biff.for_xlrd(stream, len(strings)), limits.cells):
            shown.update(text for row in rows for text in row)
            names.append(sheet)
            yield source.sheet((grid.Row("\t".join(row)) for row in rows), sheet)
    except Unreadable:
        raise
    except Exception:  # xlrd raises anything for what it does not know
        yield source.text("\n".join(biff.cells_of_text(records)), "cells", empty="no words in it")
        yield source.unscannable("damaged: the cells cannot be read")
    unused = [text for text in strings if grid.cell(text) not in shown]
    beside = [*names, *biff.beside(records)]
    for step, pieces in (("strings in no cell", unused), ("beside the cells", beside)):
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
        return cells.number(cells.digits(cell.value), styles[cell.xf_index], cells.EPOCHS[bool(datemode)])
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return str(bool(cell.value)).upper()
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return grid.cell(str(cell.value))


def _caches(source: Source, storage: ole.Storage) -> Iterator[Node]:
    for name in pivots.STORAGES.intersection(storage.storages):
        caches = storage.storage(name)
        for stream in caches.streams:
            if text := "\n".join(pivots.texts(biff.records(caches.stream(stream)))):
                yield source.text(text, f"pivot table › {stream}")


def _kept_by_wps(source: Source, storage: ole.Storage) -> Iterator[Node]:
    data = storage.stream(_WPS) if _WPS in storage.streams else b""
    if words.is_packed(data):
        yield source.unscannable("a stream of an unknown application", _WPS)
    elif text := words.words(data):
        yield source.text(text, _WPS)
