"""How the members of ZIP archives are packed (APPNOTE 6.3.10 section 4.4.5)."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable

import inflate64

from gateway.extract import archives, compressed, pkzip
from gateway.extract.node import Limits
from gateway.extract.source import Unreadable

STORED, DEFLATED, _LZMA, _PPMD, AES = 0, 8, 14, 98, 99
_SHRUNK, _IMPLODED = 1, 6
_REDUCED = range(2, 6)
_PIECE = 4096
"""Octets that Deflate64 makes at most four million of."""
_LZMA_MEMORY = 1 << 28
_END_MARKED = 1 << 1
"""Of the flags of what LZMA packed: a mark ends it, where else its size does (section 4.4.4)."""
_DAMAGED = "a damaged member of a ZIP archive"


def unpack(method: int, octets: bytes, size: int, crc: int | None, flags: int = 0) -> bytes:
    """The content of a member. Raises Unreadable unless it is exactly as its header says."""
    try:
        if method == _PPMD:  # the decoder for Python works in a thread of its own, and a worker has one only
            content = _by_libarchive(method, octets, size, crc or 0)
        elif method == _IMPLODED:
            content = pkzip.explode(octets, size, flags)
        elif method == _LZMA:
            content = _from_lzma(octets, size, flags)
        elif method in _REDUCED:
            content = pkzip.expand(octets, size, _REDUCED.index(method) + 1)
        else:
            content = octets if method == STORED else _METHODS[method](octets, size)
    except LookupError:
        raise Unreadable("a member packed by an unusual method") from None
    except (*compressed.ERRORS, struct.error, ValueError) as error:
        raise Unreadable(_DAMAGED) from error
    if len(content) != size or (crc is not None and zlib.crc32(content) != crc):
        raise Unreadable(_DAMAGED)
    return content


def extra_fields(extra: bytes) -> dict[int, bytes]:
    """What stands in an extra field, by its identifier (section 4.5)."""
    fields = {}
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        fields[kind] = extra[4 : 4 + length]
        extra = extra[4 + length :]
    return fields


def _with(decompressor: compressed.Decompressor, octets: bytes, size: int) -> bytes:
    content = decompressor.decompress(octets, size + 1)
    if not decompressor.eof or decompressor.unused_data:
        raise Unreadable(_DAMAGED)
    return content


def _deflated(octets: bytes, size: int) -> bytes:
    return _with(zlib.decompressobj(-zlib.MAX_WBITS), octets, size)


def deflate64(octets: bytes, size: int) -> bytes:
    inflater, content = inflate64.Inflater(), bytearray()
    for start in range(0, len(octets), _PIECE):
        content += inflater.inflate(octets[start : start + _PIECE])
        if len(content) > size:
            raise Unreadable(_DAMAGED)
    return bytes(content)


def _by_libarchive(method: int, octets: bytes, size: int, crc: int) -> bytes:
    """As an archive of this one member (section 4.3.7)."""
    lengths = struct.pack("<IIIHH", crc, len(octets), size, 1, 0)
    archive = b"PK\3\4" + struct.pack("<HHHI", 63, 0, method, 0) + lengths + b"a" + octets
    contents = (content for _, content in archives.members(archive, "zip", Limits(member_octets=size)))
    return next(contents, b"") or b""


def _bzip2(octets: bytes, size: int) -> bytes:
    return _with(bz2.BZ2Decompressor(), octets, size)


def _from_lzma(octets: bytes, size: int, flags: int) -> bytes:
    """Section 5.8: a version, the length of the properties, the properties, and LZMA as in .lzma files."""
    (length,) = struct.unpack_from("<2xH", octets)
    told = struct.pack("<q", -1 if flags & _END_MARKED else size)
    alone = octets[4 : 4 + length] + told + octets[4 + length :]
    return _with(lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY), alone, size)


def _xz(octets: bytes, size: int) -> bytes:
    return _with(compressed.xz(), octets, size)


def _zstandard(octets: bytes, size: int) -> bytes:
    return _with(compressed.zstandard(), octets, size)


_METHODS: dict[int, Callable[[bytes, int], bytes]] = {
    _SHRUNK: pkzip.unshrink,
    DEFLATED: _deflated,
    9: deflate64,
    12: _bzip2,
    20: _zstandard,
    93: _zstandard,
    95: _xz,
}
