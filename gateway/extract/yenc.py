"""Files in yEnc (http://www.yenc.org/yenc-draft.1.3.txt): octets shifted by 42 between two lines of text."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from gateway.extract import types
from gateway.extract.members import step
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source

_FILE = re.compile(
    rb"^=ybegin ([^\r\n]{0,1000})\r?\n(?:=ypart ([^\r\n]{0,200})\r?\n)?(.*?)(?:^=yend([^\r\n]{0,200})|\Z)",
    re.DOTALL | re.MULTILINE,
)
_NAME = re.compile(rb"name=([^\r\n]*)")
_SIZE = re.compile(rb"\bsize=(\d{1,15})")
_CHECKSUM = re.compile(rb"\bp?crc32=([0-9A-Fa-f]{8})\b")
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)
_PLAIN = bytes((octet - 42) % 256 for octet in range(256))
_AFTER_ESCAPE = bytes((octet - 64) % 256 for octet in range(256))


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """Text with such files in it that is no text any more with their octets."""
    yield Source(source.within("around the files"), _FILE.sub(b"\n", source.data), type=types.TEXT)
    yield from within(source)


def within(source: Source) -> Iterator[Node | Source]:
    """The files in the octets, and whether each is all there."""
    found = False
    for begin, part, lines, end in _FILE.findall(source.data):
        found = True
        escaped = lines.translate(None, b"\r\n")
        octets = _ESCAPED.sub(lambda code: code[1].translate(_AFTER_ESCAPE), escaped).translate(_PLAIN)
        name = _NAME.search(begin)
        place = step(name[1].decode("utf-8", "replace").strip()) if name else "yEnc file"
        yield Source(source.within(place), octets)
        size, checksum = _SIZE.search(end), _CHECKSUM.search(end)
        whole = size and int(size[1]) == len(octets)
        if not whole or (checksum and int(checksum[1], 16) != zlib.crc32(octets)):
            yield source.unscannable("a damaged file in yEnc", place)
        elif part:
            yield source.unscannable("a file in yEnc, of which this is a part", place)
    if not found:
        yield source.unscannable("a file in yEnc", "yEnc file")
