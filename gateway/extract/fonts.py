"""Fonts (OpenType 1.9): what they are called, once it is proved that they are nothing else."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gateway.extract import codepages, words
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_VERSIONS = (b"\0\1\0\0", b"OTTO", b"true")
_DIRECTORY, _RECORD = 12, struct.Struct(">4sLLL")
_ADJUSTED = slice(8, 12)
"""Octets of the table `head` that its checksum leaves out."""
_NAMES = struct.Struct(">HHHHHH")
_WIDE, _ROMAN = 1201, 10000
"""Code pages: UTF-16, big-endian, and that of a Macintosh."""
_MACINTOSH = 1
_NAME = b"name"
_DRAWN = frozenset(
    b"cmap|glyf|head|hhea|hmtx|loca|maxp|post|OS/2|cvt |fpgm|prep|gasp|GDEF|GPOS|GSUB|BASE|JSTF|MATH|kern"
    b"|CFF |CFF2|VORG|hdmx|LTSH|PCLT|VDMX|vhea|vmtx|EBDT|EBLC|EBSC|CBDT|CBLC|COLR|CPAL|DSIG".split(b"|")
)
"""Tables of shapes, measures and rules, and of a signature."""
_WORDS = re.compile(rb"[\x20-\x7e]{16,}")
"""So long that shapes and measures hardly ever look like it."""


def read(source: Source, limits: Limits) -> Iterator[Node]:
    """Its names, designers and licences, and whatever stands in tables that draw nothing."""
    tables = _tables(source.data)
    if tables is None:
        raise Unreadable("what only begins like a font")
    try:
        said = list(_names(tables.pop(_NAME, b"")))
    except struct.error as error:
        raise Unreadable("a damaged font") from error
    for tag in tables.keys() - _DRAWN:
        if words.is_packed(tables[tag]):
            raise Unreadable("a font with octets that look packed where fonts keep none")
        said.append(words.words(tables[tag]))
    said += (run.decode() for run in _WORDS.findall(source.data.replace(b"\0", b"")))
    yield source.text("\n".join(dict.fromkeys(filter(None, said))), empty="a font without a name")


def is_font(data: bytes) -> bool:
    """Whether it begins like one, and all of it is tables with the checksums that are stated of them."""
    return data.startswith(_VERSIONS) and _tables(data) is not None


def _tables(data: bytes) -> dict[bytes, bytes] | None:
    """The tables by their tags; None where one is not as it is stated, or something stands between them."""
    count = int.from_bytes(data[4:6])
    end = _DIRECTORY + count * _RECORD.size
    if not count or len(data) < end:
        return None
    tables: dict[bytes, bytes] = {}
    for tag, checksum, start, length in sorted(_RECORD.iter_unpack(data[_DIRECTORY:end]), key=_start):
        table = data[start : start + length]
        if start - end not in range(4) or len(table) < length or _checksum(tag, table) != checksum:
            return None
        tables[tag], end = table, start + length
    return tables if len(data) - end in range(4) else None


def _start(record: tuple[bytes, int, int, int]) -> int:
    return record[2]


def _checksum(tag: bytes, table: bytes) -> int:
    octets = bytearray(table)
    if tag == b"head":
        octets[_ADJUSTED] = bytes(4)
    padded = bytes(octets) + bytes(-len(octets) % 4)
    return int(sum(struct.unpack(f">{len(padded) // 4}L", padded))) & 0xFFFFFFFF


def _names(table: bytes) -> Iterator[str]:
    """The strings of the table `name`; raises struct.error where it is cut short."""
    if not table:
        return
    _, count, strings = struct.unpack_from(">HHH", table)
    for number in range(count):
        platform, _, _, _, length, start = _NAMES.unpack_from(table, 6 + number * _NAMES.size)
        octets = table[strings + start : strings + start + length]
        yield codepages.decode(octets, _ROMAN if platform == _MACINTOSH else _WIDE).strip()
