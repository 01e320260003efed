"""Single compressed files: gzip (RFC 1952), bzip2, xz, zstandard (RFC 8878)."""

from __future__ import annotations

import bz2
import lzma
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from gateway.extract import types
from gateway.extract.members import TOO_LARGE
from gateway.extract.node import Limits
from gateway.extract.source import Found, Source

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ERRORS = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError)
"""What decompressors raise for octets that they cannot make sense of."""
_ENDING = re.compile(r"\.(?:(t)?(?:gz|bz2?|xz|zst))$", re.IGNORECASE)
_XZ_MEMORY = 1 << 28
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


_DECOMPRESSORS: dict[str, Callable[[], Decompressor]] = {
    types.GZIP: lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    types.BZIP2: bz2.BZ2Decompressor,
    types.XZ: xz,
    types.ZSTD: zstandard,
}


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The file inside, what follows it, and whether it is all there."""
    content, rest, whole = _unpacked(source.data, _DECOMPRESSORS[source.type], limits.member_octets)
    yield Source(source.within(_inner_name(source.name)), content)
    if len(content) > limits.member_octets:
        yield source.unscannable(TOO_LARGE)
    elif not whole:
        yield source.unscannable("a compressed file that is damaged")
    elif rest.strip(b"\0"):
        yield Source(source.within("after the end"), rest)
        yield source.unscannable("octets after the end of a compressed file")


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
