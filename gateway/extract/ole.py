"""Compound files, the containers of older office formats ([MS-CFB])."""

from __future__ import annotations

import struct
from typing import NamedTuple

from gateway.extract.source import Unreadable

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA
"""Greater sector numbers are marks (section 2.1)."""
_IN_HEADER = 109
_MINI_SHIFT = 6
_STREAM, _ROOT = 2, 5
_ENTRY = struct.Struct("<64sHB49xII4x")
"""Sizes are read as 32 bits: the upper half may be anything in version 3 (section 2.6.3)."""


class _Entry(NamedTuple):
    """A directory entry (section 2.6.1)."""

    name: str
    kind: int
    start: int
    size: int


class CompoundFile:
    """The streams of a compound file by name; raises Unreadable where it is damaged."""

    def __init__(self, data: bytes) -> None:
        try:
            shift, directory, self._cutoff, mini_fat, difat = _header(data)
            self._sectors = _sectors(data[1 << shift :], shift)
            self._fat = self._allocation(data, difat)
            self._entries = _entries(b"".join(self._chain(directory)))
            root = next((entry for entry in self._entries if entry.kind == _ROOT), None)
            self._mini_fat = _numbers(b"".join(self._chain(mini_fat)))
            self._mini = _sectors(b"".join(self._chain(root.start)) if root else b"", _MINI_SHIFT)
        except (struct.error, LookupError) as error:
            raise Unreadable("a damaged compound file") from error

    @property
    def names(self) -> set[str]:
        return {entry.name for entry in self._entries}

    def stream(self, name: str) -> bytes:
        """The octets of a stream; raises Unreadable if there is none of that name."""
        entry = next((entry for entry in self._entries if entry.kind == _STREAM and entry.name == name), None)
        try:
            if entry is None:
                raise LookupError
            small = entry.size < self._cutoff
            sectors = _follow(self._mini, self._mini_fat, entry.start) if small else self._chain(entry.start)
            return b"".join(sectors)[: entry.size]
        except LookupError as error:
            raise Unreadable("a damaged compound file") from error

    def _chain(self, start: int) -> list[bytes]:
        return _follow(self._sectors, self._fat, start)

    def _allocation(self, data: bytes, difat: int) -> list[int]:
        """The sector allocation table (sections 2.3, 2.5)."""
        places = list(struct.unpack_from(f"<{_IN_HEADER}I", data, 76))
        for _ in self._sectors:
            if difat >= _LAST_SECTOR:
                break
            *more, difat = _numbers(self._sectors[difat])
            places += more
            if len(places) > len(self._sectors) + 2 * _IN_HEADER:
                raise LookupError
        return [
            number for place in places if place < _LAST_SECTOR for number in _numbers(self._sectors[place])
        ]


def _header(data: bytes) -> tuple[int, int, int, int, int]:
    """Section 2.2: sector shift, directory, mini stream cutoff, mini FAT, DIFAT; first sectors each."""
    (shift,) = struct.unpack_from("<H", data, 30)
    directory, _, cutoff, mini_fat, _, difat = struct.unpack_from("<6I", data, 48)
    if shift not in {9, 12}:
        raise LookupError
    return shift, directory, cutoff, mini_fat, difat


def _sectors(data: bytes, shift: int) -> list[bytes]:
    return [data[start : start + (1 << shift)] for start in range(0, len(data), 1 << shift)]


def _follow(sectors: list[bytes], table: list[int], start: int) -> list[bytes]:
    """A chain of sectors; raises LookupError where it leaves the file or runs in a circle."""
    chain: list[bytes] = []
    while start < _LAST_SECTOR:
        if len(chain) > len(sectors):
            raise LookupError
        chain.append(sectors[start])
        start = table[start]
    return chain


def _numbers(sector: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4]))


def _entries(directory: bytes) -> list[_Entry]:
    entries = []
    for name, length, kind, start, size in struct.iter_unpack(
        "<64sHB49xIQ", directory[: len(directory) // 128 * 128]
    ):
        entries.append(_Entry(name[: max(length - 2, 0)].decode("utf-16-le", "replace"), kind, start, size))
    return entries
