"""Pictures in the drawings of DOC, XLS and PPT, each of them a file of its own ([MS-ODRAW] 2.2.23)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from gateway.extract.source import Source

_KIND = re.compile(rb"[\x1a-\x1f\x29\x2a]\xf0")
_HEADER = struct.Struct("<HHI")
_TYPES = {
    0xF01A: "image/emf",
    0xF01B: "image/wmf",
    0xF01C: "image/x-pict",
    0xF01D: "image/jpeg",
    0xF01E: "image/png",
    0xF01F: "image/bmp",
    0xF029: "image/tiff",
    0xF02A: "image/jpeg",
}
_ONE_IDENTIFIER = {0x3D4, 0x216, 0x542, 0x46A, 0x6E2, 0x6E0, 0x7A8, 0x6E4}
"""Instances of these records; with the next number there are two identifiers in front."""
_METAFILES = {0xF01A, 0xF01B, 0xF01C}
_NOT_PACKED = b"\xfe"
_MOST = 100_000_000


def pictures(source: Source, data: bytes) -> Iterator[Source]:
    """Every picture among the octets of a stream, wherever its record stands."""
    start = number = 0
    while kind := _KIND.search(data, start):
        start = kind.start() + 1
        content = _content(data, kind.start() - 2)
        if content:
            number += 1
            type_ = _TYPES[int.from_bytes(kind[0], "little")]
            yield Source(source.within(f"picture {number}"), content, type=type_)
            start = kind.end() + len(content)


def _content(data: bytes, place: int) -> bytes:
    """The picture of the record that begins at `place`; empty where none does."""
    if place < 0 or place + _HEADER.size > len(data):
        return b""
    version, kind, length = _HEADER.unpack_from(data, place)
    instance = version >> 4
    if version & 0xF or instance & ~1 not in _ONE_IDENTIFIER or place + _HEADER.size + length > len(data):
        return b""
    content = data[place + _HEADER.size : place + _HEADER.size + length]
    content = content[16 if instance in _ONE_IDENTIFIER else 32 :]
    return _metafile(content) if kind in _METAFILES else content[1:]


def _metafile(content: bytes) -> bytes:
    """After its header (section 2.2.31), which says whether the rest is deflated."""
    if content[32:33] == _NOT_PACKED:
        return content[34:]
    try:
        return zlib.decompressobj().decompress(content[34:], _MOST)
    except zlib.error:
        return content[34:]
