"""What a 7z archive lists (7zFormat.txt of the LZMA SDK, https://7-zip.org/sdk.html).

Every octet of the file must belong to something that is listed; what does not is a gap.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gateway.extract import words
from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits
from gateway.extract.source import Unreadable

SIGNATURE_SIZE = 32
_END, _HEADER, _ARCHIVE, _ADDITIONAL, _MAIN, _FILES = 0, 1, 2, 3, 4, 5
_PACKED, _UNPACKED, _SUBSTREAMS, _SIZES, _CRCS = 6, 7, 8, 9, 10
_FOLDERS, _UNPACKED_SIZES, _COUNTS = 11, 12, 13
_NO_STREAM, _EMPTY_FILE, _ANTI, _NAMES, _COMMENT, _ENCODED, _DUMMY = 14, 15, 16, 17, 22, 23, 25
_WORDLESS = {_ANTI, 18, 19, 20, 21, 24}
"""Moments, attributes, places."""
_MOST_CODERS = 32
_MOST_HEADERS = 4
"""Packed headers inside packed headers."""


class Damaged(Unreadable):
    """It is not as its headers say, or the password is wrong."""

    def __init__(self) -> None:
        super().__init__("a damaged 7z archive")


class Coder(NamedTuple):
    """One step of packing: it makes one stream of `inputs` others."""

    method: bytes
    inputs: int
    properties: bytes
    size: int
    """Of what it makes, in octets."""


class Folder(NamedTuple):
    """What was packed together."""

    coders: tuple[Coder, ...]
    bonds: dict[int, int]
    """By an input, counted over all coders: the coder that makes it."""
    streams: dict[int, bytes]
    """By an input: the octets in the file."""
    last: int
    """The coder that makes the content."""
    crc: int | None

    @property
    def size(self) -> int:
        return self.coders[self.last].size


class Member(NamedTuple):
    """A file, folder or link; `packed` is the number of what it is packed in, None without octets."""

    name: str
    packed: int | None
    start: int
    size: int
    crc: int | None
    is_folder: bool


class Listing(NamedTuple):
    """All of an archive."""

    folders: tuple[Folder, ...]
    members: tuple[Member, ...]
    words: str
    """Of comments, and of what is there for no use."""
    gaps: tuple[bytes, ...]
    """Octets that belong to nothing, and those behind the end."""


class _Streams(NamedTuple):
    folders: tuple[Folder, ...]
    parts: tuple[tuple[int, int, int, int | None], ...]
    """Folder, start in its content, size and CRC of one piece after another."""


def read(data: bytes, unpack: Callable[[Folder], bytes], limits: Limits) -> Listing:
    """Raises Damaged, and what `unpack` raises, for the header may be packed itself."""
    try:
        return _read(data, unpack, limits)
    except (struct.error, LookupError, ValueError, OverflowError) as error:
        raise Damaged from error


def _read(data: bytes, unpack: Callable[[Folder], bytes], limits: Limits) -> Listing:
    (check,) = struct.unpack_from("<I", data, 8)
    offset, size, crc = struct.unpack_from("<QQI", data, 12)
    if zlib.crc32(data[12:SIGNATURE_SIZE]) != check:
        raise ValueError
    start = SIGNATURE_SIZE + offset
    used = [(0, SIGNATURE_SIZE), (start, start + size)]
    header = data[start : start + size]
    if len(header) != size or zlib.crc32(header) != crc:
        raise ValueError
    checked = True
    for _ in range(_MOST_HEADERS):
        reader = _Reader(header, data, limits, used)
        kind = reader.octet() if header else _END
        if kind == _ENCODED:
            (folder,) = reader.streams().folders
            header, checked = unpack(folder), folder.crc is not None
        elif kind in {_HEADER, _END}:
            folders, members, told = reader.header() if kind == _HEADER else ((), (), "")
            if not (checked or reader.is_at_end()):  # What a wrong password makes may begin like a header.
                raise ValueError
            return Listing(folders, members, told, tuple(_gaps(data, used)))
        else:
            break
    raise ValueError


def _gaps(data: bytes, used: list[tuple[int, int]]) -> Iterator[bytes]:
    end = 0
    for start, after in [*sorted(used), (len(data), len(data))]:
        if gap := data[end:start]:
            yield gap
        end = max(end, after)


class _Reader:
    """Goes through a header from front to back; any of it may raise LookupError, ValueError, struct.error."""

    def __init__(self, header: bytes, data: bytes, limits: Limits, used: list[tuple[int, int]]) -> None:
        self._header, self._data, self._limits, self._used = header, data, limits, used
        self._at = 0

    def octet(self) -> int:
        self._at += 1
        return self._header[self._at - 1]

    def is_at_end(self) -> bool:
        return self._at >= len(self._header)

    def _octets(self, count: int) -> bytes:
        found = self._header[self._at : self._at + count]
        if len(found) != count:
            raise ValueError
        self._at += count
        return found

    def _number(self) -> int:
        """As many octets follow the first as it has leading ones; its other bits come on top."""
        first = self.octet()
        following = 8 - (first ^ 0xFF).bit_length()
        low = int.from_bytes(self._octets(following), "little")
        return low | (first & (0x7F >> following)) << 8 * following

    def _count(self) -> int:
        """Of things that are described one by one, so that there cannot be more than octets."""
        count = self._number()
        if count > self._limits.nodes:
            raise Unreadable(TOO_LARGE)
        return count

    def _bits(self, count: int) -> list[bool]:
        octets = self._octets((count + 7) // 8)
        return [bool(octets[place // 8] & 0x80 >> place % 8) for place in range(count)]

    def _crcs(self, count: int) -> list[int | None]:
        known = [True] * count if self.octet() else self._bits(count)
        return [int.from_bytes(self._octets(4), "little") if one else None for one in known]

    def _expect(self, kind: int) -> None:
        if self.octet() != kind:
            raise ValueError

    def header(self) -> tuple[tuple[Folder, ...], tuple[Member, ...], str]:
        streams, told = _Streams((), ()), ""
        members: tuple[Member, ...] = ()
        while kind := self.octet():
            if kind == _ARCHIVE:
                told += "\n".join(words.words(value) for _, value in self._properties())
            elif kind == _ADDITIONAL:
                raise ValueError
            elif kind == _MAIN:
                streams = self.streams()
            elif kind == _FILES:
                members, more = self._files(streams)
                told += more
            else:
                raise ValueError
        if len(members) < len(streams.parts):
            raise ValueError
        return streams.folders, members, told

    def _properties(self) -> Iterator[tuple[int, bytes]]:
        while kind := self._number():
            yield kind, self._octets(self._number())

    def streams(self) -> _Streams:
        packed: list[bytes] = []
        folders: list[Folder] = []
        parts: list[tuple[int, int, int, int | None]] | None = None
        while kind := self.octet():
            if kind == _PACKED:
                packed = self._packed()
            elif kind == _UNPACKED:
                folders = self._folders(packed)
            elif kind == _SUBSTREAMS:
                parts = self._parts(folders)
            else:
                raise ValueError
        if parts is None:
            parts = [(number, 0, folder.size, folder.crc) for number, folder in enumerate(folders)]
        return _Streams(tuple(folders), tuple(parts))

    def _packed(self) -> list[bytes]:
        start = SIGNATURE_SIZE + self._number()
        count, sizes = self._count(), []
        while kind := self.octet():
            if kind == _SIZES:
                sizes = [self._number() for _ in range(count)]
            elif kind == _CRCS:
                self._crcs(count)
            else:
                raise ValueError
        streams = []
        for size in sizes:
            streams.append(self._data[start : start + size])
            if len(streams[-1]) != size:
                raise ValueError
            self._used.append((start, start + size))
            start += size
        return streams

    def _folders(self, packed: list[bytes]) -> list[Folder]:
        self._expect(_FOLDERS)
        count = self._count()
        self._expect(0)  # that they are described here
        left = iter(packed)
        shapes = [self._folder(left) for _ in range(count)]
        self._expect(_UNPACKED_SIZES)
        sized = [
            (tuple(coder._replace(size=self._number()) for coder in coders), bonds, streams)
            for coders, bonds, streams in shapes
        ]
        crcs: list[int | None] = [None] * count
        while kind := self.octet():
            if kind != _CRCS:
                raise ValueError
            crcs = self._crcs(count)
        if next(left, None) is not None:
            raise ValueError
        return [
            Folder(coders, bonds, streams, self._last(len(coders), bonds), crc)
            for (coders, bonds, streams), crc in zip(sized, crcs, strict=True)
        ]

    def _last(self, coders: int, bonds: dict[int, int]) -> int:
        (last,) = set(range(coders)) - set(bonds.values())
        return last

    def _folder(self, left: Iterator[bytes]) -> tuple[list[Coder], dict[int, int], dict[int, bytes]]:
        count = self._number()
        if not 0 < count <= _MOST_CODERS:
            raise ValueError
        coders = [self._coder() for _ in range(count)]
        inputs = sum(coder.inputs for coder in coders)
        bonds = {}
        for _ in range(count - 1):
            place = self._number()
            bonds[place] = self._number()
        free = [place for place in range(inputs) if place not in bonds]
        if inputs - (count - 1) > 1:
            free = [self._number() for _ in range(inputs - (count - 1))]
        streams = {place: next(left, None) for place in free}
        if len(bonds) != count - 1 or {*bonds, *streams} != {*range(inputs)} or None in streams.values():
            raise ValueError
        return coders, bonds, {place: stream for place, stream in streams.items() if stream is not None}

    def _coder(self) -> Coder:
        flags = self.octet()
        method = self._octets(flags & 0x0F)
        inputs = outputs = 1
        if flags & 0x10:
            inputs, outputs = self._number(), self._number()
        properties = self._octets(self._number()) if flags & 0x20 else b""
        if not 0 < inputs <= _MOST_CODERS or outputs != 1 or flags & 0xC0:
            raise ValueError
        return Coder(method, inputs, properties, 0)

    def _parts(self, folders: list[Folder]) -> list[tuple[int, int, int, int | None]]:
        counts, kind = [1] * len(folders), self.octet()
        if kind == _COUNTS:
            counts, kind = [self._count() for _ in folders], self.octet()
        sizes = self._part_sizes(folders, counts, stated=kind == _SIZES)
        if kind == _SIZES:
            kind = self.octet()
        unknown = [
            not (count == 1 and folder.crc is not None)
            for folder, count in zip(folders, counts, strict=True)
            for _ in range(count)
        ]
        crcs: Iterator[int | None] = iter(())
        while kind:
            if kind != _CRCS:
                raise ValueError
            crcs, kind = iter(self._crcs(sum(unknown))), self.octet()
        parts, asked = [], iter(unknown)
        for number, of_folder in enumerate(sizes):
            start = 0
            for size in of_folder:
                crc = next(crcs, None) if next(asked) else folders[number].crc
                parts.append((number, start, size, crc))
                start += size
        return parts

    def _part_sizes(self, folders: list[Folder], counts: list[int], *, stated: bool) -> list[list[int]]:
        """All but the last of a folder are stated."""
        sizes = []
        for folder, count in zip(folders, counts, strict=True):
            if count > 1 and not stated:
                raise ValueError
            of_folder = [self._number() for _ in range(count - 1)]
            rest = folder.size - sum(of_folder)
            if rest < 0:
                raise ValueError
            sizes.append([*of_folder, rest] if count else [])
        return sizes

    def _files(self, streams: _Streams) -> tuple[tuple[Member, ...], str]:
        count = self._count()
        empty, is_file, names, told = [False] * count, [], b"", []
        for kind, value in self._properties():
            inside = _Reader(value, b"", self._limits, [])
            if kind == _NO_STREAM:
                empty = inside._bits(count)
            elif kind == _EMPTY_FILE:
                is_file = inside._bits(sum(empty))
            elif kind == _NAMES:
                inside._expect(0)  # that they stand here
                names = value[1:]
            elif kind not in _WORDLESS:
                told.append(words.words(value))
        listed = names.decode("utf-16-le", "replace").split("\0")[:count]
        listed += [""] * (count - len(listed))
        parts, files = iter(streams.parts), iter(is_file)
        members = []
        for name, without in zip(listed, empty, strict=True):
            if without:
                members.append(Member(name, None, 0, 0, None, not next(files, False)))
            else:
                members.append(Member(name, *next(parts), is_folder=False))
        if next(parts, None) is not None:
            raise ValueError
        return tuple(members), "\n".join(filter(None, told))
