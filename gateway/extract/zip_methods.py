"""How the members of ZIP archives are packed (APPNOTE 6.3.10 section 4.4.5)."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable

from gateway.extract import compressed
from gateway.extract.source import Unreadable

STORED, DEFLATED, AES = 0, 8, 99
_LZMA_MEMORY = 1 << 28
_DAMAGED = "a damaged member of a ZIP archive"


def unpack(method: int, octets: bytes, size: int, crc: int | None) -> bytes:
    """The content of a member. Raises Unreadable unless it is exactly as its header says."""
    try:
        content = octets if method == STORED else _METHODS[method](octets, size)
    except LookupError:
        raise Unreadable("a member packed by an unusual method") from None
    except (*compressed.ERRORS, struct.error) as error:
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


def _bzip2(octets: bytes, size: int) -> bytes:
    return _with(bz2.BZ2Decompressor(), octets, size)


def _lzma(octets: bytes, size: int) -> bytes:
    """Section 5.8: a version, the length of the properties, the properties, and LZMA as in .lzma files."""
    (length,) = struct.unpack_from("<2xH", octets)
    alone = octets[4 : 4 + length] + struct.pack("<q", -1) + octets[4 + length :]
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY)
    content = decompressor.decompress(alone, size + 1)  # whether an end mark is there, is left to the packer
    if decompressor.unused_data:
        raise Unreadable(_DAMAGED)
    return content


def _xz(octets: bytes, size: int) -> bytes:
    return _with(compressed.xz(), octets, size)


def _zstandard(octets: bytes, size: int) -> bytes:
    return _with(compressed.zstandard(), octets, size)


_METHODS: dict[int, Callable[[bytes, int], bytes]] = {
    DEFLATED: _deflated,
    12: _bzip2,
    14: _lzma,
    20: _zstandard,
    93: _zstandard,
    95: _xz,
}
