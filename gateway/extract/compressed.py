"""Single compressed files: gzip, zlib, bzip2, xz, LZMA, zstandard, lzip, lz4, compress.

RFC 1952, RFC 1950, RFC 8878; https://tukaani.org/xz/xz-file-format.txt.
"""

from __future__ import annotations

import bz2
import lzma
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from gateway.extract import archives, charset, types
from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits
from gateway.extract.source import Found, Source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ERRORS = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError)
"""What decompressors raise for octets that they cannot make sense of."""
_ENDING = re.compile(r"\.(?:(t)?(?:gz|bz2?|xz|zst|lzma|lz4?|Z))$", re.IGNORECASE)
_XZ_MEMORY = 1 << 28
_LZIP_TRAILER = 20
_ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 27}


class Decompressor(Protocol):
    """What those of zlib, bz2, lzma and zstd have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def xz() -> Decompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)


def zstandard() -> Decompressor:
    return zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)


class _Lzip:
    """A member of a lzip file (https://www.nongnu.org/lzip/manual/lzip_manual.html, section 6)."""

    eof = False
    unused_data = b""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if data[:5] != b"LZIP\x01":
            raise lzma.LZMAError
        size = 1 << (data[5] & 0x1F)
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": size - size // 16 * (data[5] >> 5)}]
        raw = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
        content = raw.decompress(data[6:], max_length)
        self.eof = raw.eof and len(raw.unused_data) >= _LZIP_TRAILER
        self.unused_data = raw.unused_data[_LZIP_TRAILER:]
        return content


_DECOMPRESSORS: dict[str, Callable[[], Decompressor]] = {
    types.GZIP: lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    types.ZLIB: zlib.decompressobj,
    types.BZIP2: bz2.BZ2Decompressor,
    types.XZ: xz,
    types.LZIP: _Lzip,
    types.LZMA: lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY),
    types.ZSTD: zstandard,
}
_FILTERS = {types.LZ4: "lz4", types.COMPRESS: "compress"}

_GZIP_HEADER, _GZIP_EXTRA, _GZIP_NAME, _GZIP_COMMENT = 10, 4, 8, 16
_LZ4 = b"\x04\x22\x4d\x18"
_BEHIND = "octets after the end of a compressed file"


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The file inside, what follows it, and whether it is all there."""
    content, rest, whole = _unpacked(source.data, _DECOMPRESSORS[source.type], limits.member_octets)
    yield Source(source.within(_inner_name(source.name)), content)
    if said := _said_by_gzip(source.data):
        yield source.text(said, "properties")
    if len(content) > limits.member_octets:
        yield source.unscannable(TOO_LARGE)
    elif not whole:
        yield source.unscannable("a compressed file that is damaged")
    elif rest.strip(b"\0"):
        yield Source(source.within("after the end"), rest)
        yield source.unscannable(_BEHIND)


def _said_by_gzip(data: bytes) -> str:
    """The name and the comment that a gzip file has in its header, a line each (RFC 1952 section 2.3)."""
    if data[:2] != b"\x1f\x8b" or len(data) < _GZIP_HEADER:
        return ""
    flags, at = data[3], _GZIP_HEADER
    if flags & _GZIP_EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    said = data[at:].split(b"\0", 2)[: bool(flags & _GZIP_NAME) + bool(flags & _GZIP_COMMENT)]
    return "\n".join(charset.decode(words) for words in said).strip()


def read_by_libarchive(source: Source, limits: Limits) -> Iterator[Found]:
    """The same of those for which the standard library has no decompressor.

    compress has no mark of its end: what is put behind it, everybody unpacks to nonsense.
    """
    for _, content in archives.members(source.data, "raw", limits, _FILTERS[source.type]):
        yield Source(source.within(_inner_name(source.name)), content or b"")
    end = _end_of_lz4(source.data) if source.type == types.LZ4 else len(source.data)
    if rest := source.data[end:].strip(b"\0"):
        yield Source(source.within("after the end"), rest)
        yield source.unscannable(_BEHIND)


def _end_of_lz4(data: bytes) -> int:
    """Frames, and blocks in them (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md)."""
    place = 0
    while data.startswith(_LZ4, place):
        flags = data[place + 4]
        place += 7 + 8 * bool(flags & 0x08) + 4 * (flags & 0x01)
        while size := int.from_bytes(data[place : place + 4], "little") & 0x7FFFFFFF:
            place += 4 + size + 4 * bool(flags & 0x10)
        place += 4 + 4 * bool(flags & 0x04)
    return place


def _unpacked(data: bytes, begin: Callable[[], Decompressor], most: int) -> tuple[bytes, bytes, bool]:
    """The content of one stream after another, what is left behind them, and whether the last one ended."""
    content: list[bytes] = []
    left = most + 1
    while left > 0:
        stream = begin()
        try:
            piece = stream.decompress(data, left)
        except ERRORS:
            return b"".join(content), data, bool(content)
        content.append(piece)
        left -= len(piece)
        if not stream.eof:
            return b"".join(content), b"", False
        data = stream.unused_data
        if not data.strip(b"\0"):
            return b"".join(content), b"", True
    return b"".join(content), data, True


def _inner_name(name: str) -> str:
    """`list.csv` for `list.csv.gz`, `list.tar` for `list.tgz`."""
    last = name.rpartition(" › ")[2]
    ending = _ENDING.search(last)
    return last[: ending.start()] + (".tar" if ending[1] else "") if ending else "content"
