"""Compound files, the containers of older office formats ([MS-CFB]): storages in storages, and streams."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import olefile  # type: ignore[import-untyped]  # ships no types

from gateway.extract.source import Unreadable

if TYPE_CHECKING:
    from gateway.extract.source import Source

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = "a damaged compound file"
CUT_SHORT = "damaged: octets of a compound file are missing"
_SPELT = {
    name.lower(): name
    for name in (
        *("WordDocument", "0Table", "1Table", "Data", "Workbook", "Book", "PowerPoint Document"),
        *("EncryptedPackage", "EncryptionInfo"),
    )
}
"""Streams as their applications call them; names that differ in case only are the same (section 2.6.4)."""
_LEVELS = 50
_LOSSES = {"OLE stream size is less than declared", "OLE DirEntry index out of range"}
"""What olefile notes where it goes on without octets that should be there."""


class Storage:
    """One storage: what a folder is to files. Streams and storages within it go by their names."""

    def __init__(self, file: olefile.OleFileIO, entry: olefile.OleDirectoryEntry) -> None:
        self._file = file
        self._entries = {_SPELT.get(kid.name.lower(), kid.name): kid for kid in entry.kids}
        if len({name.lower() for name in self._entries}) < len(entry.kids):
            raise Unreadable("two streams of the same name in a compound file")
        self.streams = self._named(olefile.STGTY_STREAM)
        self.storages = self._named(olefile.STGTY_STORAGE)

    @property
    def size(self) -> int:
        """Octets of all streams in it."""
        own = sum(self._entries[name].size for name in self.streams)
        return int(own) + sum(self.storage(name).size for name in self.storages)

    @property
    def cut_short(self) -> bool:
        """Whether anything read so far, of the whole file, was not there to its end."""
        return any(issue in _LOSSES for _, issue in self._file.parsing_issues)

    @property
    def is_sound(self) -> bool:
        """Whether nothing odd has been seen in the whole file."""
        return not self._file.parsing_issues

    @property
    def free(self) -> bytes:
        """Sectors of the whole file that belong to no stream any more."""
        data: bytes = self._file.fp.getvalue()
        size, table = self._file.sectorsize, self._file.fat
        places = range(len(data) // size)
        free = (place for place in places if place >= len(table) or table[place] == olefile.FREESECT)
        return b"".join(data[(place + 1) * size : (place + 2) * size] for place in free)

    def stream(self, name: str) -> bytes:
        """The octets of a stream, as far as they are there; raises Unreadable if there is none."""
        if name not in self.streams:
            raise Unreadable(DAMAGED)
        entry = self._entries[name]
        try:
            return bytes(self._file._open(entry.isectStart, entry.size).read())
        except (OSError, LookupError) as error:
            raise Unreadable(CUT_SHORT) from error

    def storage(self, name: str) -> Storage:
        return Storage(self._file, self._entries[name])

    def _named(self, kind: int) -> list[str]:
        return [name for name, entry in self._entries.items() if entry.entry_type == kind]


def open_file(data: bytes) -> Storage:
    """The root storage. Raises Unreadable for what is no compound file, or too damaged."""
    try:
        (shift,), (fat_sectors,) = struct.unpack_from("<H", data, 30), struct.unpack_from("<I", data, 44)
        if fat_sectors << min(shift, 12) > len(data):
            raise Unreadable(DAMAGED)
        file = olefile.OleFileIO(io.BytesIO(data))
    except (
        OSError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        struct.error,
        RecursionError,
    ) as error:
        raise Unreadable(DAMAGED) from error
    _check_tree(file.root)
    for entry in filter(None, file.direntries):
        if entry.size > len(data):  # olefile would read in circles
            file.parsing_issues.append((OSError, "OLE stream size is less than declared"))
            entry.size = len(data)
    return Storage(file, file.root)


def _check_tree(root: olefile.OleDirectoryEntry) -> None:
    """Raises Unreadable if something stands in itself, in two places, or deeper than anybody puts it."""
    seen, level = {root.sid}, [root]
    for _ in range(_LEVELS):
        level = [kid for entry in level for kid in entry.kids]
        if not level:
            return
        before = len(seen)
        seen.update(kid.sid for kid in level)
        if len(seen) < before + len(level):
            break
    raise Unreadable(DAMAGED)


def storage_of(source: Source) -> Storage:
    """The storage that a source is; raises Unreadable."""
    return source.storage or open_file(source.data)
