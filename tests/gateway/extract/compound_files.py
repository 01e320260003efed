"""Compound files for tests, written octet by octet ([MS-CFB], version 3)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096


class _Chains:
    """Sectors of one size, and the table that chains them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sectors: list[bytes] = []
        self.table: list[int] = []

    def store(self, data: bytes) -> int:
        """Number of the first sector; the mark of an end where there is nothing to store."""
        if not data:
            return _END
        first = len(self.sectors)
        pieces = [data[start : start + self.size] for start in range(0, len(data), self.size)]
        self.sectors += [piece.ljust(self.size, b"\0") for piece in pieces]
        self.table += [*range(first + 1, first + len(pieces)), _END]
        return first


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams; "storage/stream" puts one into a storage."""
    large, small = _Chains(_SECTOR), _Chains(_MINI)
    paths = {(): b""} | {tuple(name.split("/")): data for name, data in streams.items()}
    for path in list(paths):
        paths |= {path[:length]: b"" for length in range(1, len(path))}
    order = list(paths)
    placed = {
        path: (large if len(data) >= _CUTOFF else small).store(data)
        for path, data in paths.items()
        if path in {tuple(name.split("/")) for name in streams}
    }
    mini_stream = large.store(b"".join(small.sectors))
    directory = b"".join(
        _entry(path, order, placed.get(path, 0), len(paths[path]))
        if path
        else _entry(path, order, mini_stream, len(small.sectors) * _MINI)
        for path in order
    )
    first = large.store(directory)
    mini_table = large.store(_numbers(small.table).ljust(-(-len(small.table) // 128) * _SECTOR, b"\xff"))
    return _header(large, first, mini_table, -(-len(small.table) // 128))


def _entry(path: tuple[str, ...], order: list[tuple[str, ...]], start: int, size: int) -> bytes:
    """Siblings hang on each other's right side, as if the tree were badly out of balance."""
    siblings = [other for other in order if other and other[:-1] == path[:-1]]
    children = [other for other in order if other and other[:-1] == path]
    later = siblings[siblings.index(path) + 1 :] if path else []
    kind = _ROOT if not path else _STORAGE if children else _STREAM
    name = (path[-1] if path else "Root Entry").encode("utf-16-le")
    right, child = (order.index(some[0]) if some else _NONE for some in (later, children))
    return struct.pack(
        "<64sHBBIII36xIQ", name, len(name) + 2, kind, 1, _NONE, right, child, start, size * (kind != _STORAGE)
    )


def _header(large: _Chains, directory: int, mini_table: int, minis: int) -> bytes:
    count = -(-(len(large.table) + len(large.table) // 64 + 2) // 128)
    places = range(len(large.table), len(large.table) + count)
    table = _numbers([*large.table, *([_FAT] * count)]).ljust(count * _SECTOR, b"\xff")
    marks = struct.pack("<16x5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    numbers = struct.pack("<4x8I", count, directory, 0, _CUTOFF, mini_table, minis, _END, 0)
    difat = _numbers(list(places)).ljust(109 * 4, b"\xff")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + marks + numbers + difat + b"".join(large.sectors) + table


def _numbers(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
