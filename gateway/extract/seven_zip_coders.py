"""How the members of 7z archives are packed (Methods.txt of the LZMA SDK), and undoing it.

zstandard, Brotli and LZ4 are those of https://github.com/mcmilk/7-Zip-zstd.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

import brotli  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract import archives, branches, compressed, zip_methods
from gateway.extract.node import Limits
from gateway.extract.seven_zip_header import Coder, Damaged, Folder
from gateway.extract.source import Unreadable

AES = b"\x06\xf1\x07\x01"
_BCJ2 = b"\x03\x03\x01\x1b"
_SKIPPED = b"\x50\x2a\x4d\x18"
"""Begins a frame that is no content (RFC 8878 section 3.1.2)."""
_FRAME = struct.Struct("<4sII")
"""Signature, length of what follows it, and of what follows that; Brotli has more in the former."""
_SIZE = 4
_MOST_ROUNDS_POWER = 24
_KEY_AS_IT_IS = 0x3F
_LEAST_DICTIONARY = 1 << 12
_ERRORS = (*compressed.ERRORS, brotli.error, struct.error, ValueError, IndexError)


class NeedsPassword(Unreadable):
    """It is encrypted, and there is no password to try."""


def needs_password(folder: Folder) -> bool:
    return any(coder.method == AES for coder in folder.coders)


def unpack(folder: Folder, password: str | None, limits: Limits) -> bytes:
    """The content of all that was packed together.

    Raises Damaged unless it is as the header says, NeedsPassword without one, and Unreadable
    where that cannot be told.
    """
    if sum(coder.size for coder in folder.coders) > 2 * limits.octets:
        raise Unreadable("more content than may be unfolded")
    content = _made(folder, folder.last, password, limits, len(folder.coders))
    if folder.crc is not None and zlib.crc32(content) != folder.crc:
        raise Damaged
    return content


def _made(folder: Folder, number: int, password: str | None, limits: Limits, depth: int) -> bytes:
    """What a coder makes of its inputs, which other coders may make."""
    if depth < 0:
        raise Damaged
    coder = folder.coders[number]
    first = sum(before.inputs for before in folder.coders[:number])
    inputs = [
        folder.streams[place]
        if place in folder.streams
        else _made(folder, folder.bonds[place], password, limits, depth - 1)
        for place in range(first, first + coder.inputs)
    ]
    try:
        content = _undone(coder, inputs, password)
    except _ERRORS as error:
        raise Damaged from error
    if len(content) < coder.size:
        raise Damaged
    return content[: coder.size]


def _undone(coder: Coder, inputs: list[bytes], password: str | None) -> bytes:
    if coder.method == _BCJ2:
        main, calls, jumps, decisions = inputs
        return branches.x86_in_four_streams(main, calls, jumps, decisions, coder.size)
    (octets,) = inputs
    if coder.method == AES:
        if password is None:
            raise NeedsPassword("encrypted")
        return _decrypted(octets, coder.properties, password)
    if undo := _METHODS.get(coder.method):
        return undo(octets, coder)
    raise Unreadable("packed in a way that cannot be undone here")


def _lzma(octets: bytes, coder: Coder) -> bytes:
    """A dictionary larger than the content is never looked at."""
    first, size = struct.unpack("<BI", coder.properties)
    filter_ = {
        "id": lzma.FILTER_LZMA1,
        "lc": first % 9,
        "lp": first // 9 % 5,
        "pb": first // 45,
        "dict_size": _dictionary(size, coder),
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filter_]).decompress(octets, coder.size)


def _lzma2(octets: bytes, coder: Coder) -> bytes:
    (power,) = coder.properties
    size = _dictionary((2 | power & 1) << (power // 2 + 11), coder)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": size}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(octets, coder.size)


def _dictionary(stated: int, coder: Coder) -> int:
    return max(_LEAST_DICTIONARY, min(stated, coder.size))


def _filtered(filter_: int) -> Callable[[bytes, Coder], bytes]:
    """By liblzma, whose filters stand in front of LZMA2: the octets are put into chunks of it as they are."""

    def undo(octets: bytes, coder: Coder) -> bytes:
        options: dict[str, int] = {"id": filter_}
        if filter_ == lzma.FILTER_DELTA:
            options["dist"] = (coder.properties or b"\0")[0] + 1
        filters = [options, {"id": lzma.FILTER_LZMA2, "dict_size": _LEAST_DICTIONARY}]
        decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
        return decompressor.decompress(_chunked(octets))

    return undo


def _chunked(octets: bytes) -> bytes:
    """LZMA2 that packs nothing: 1 or 2, the size less one, and the octets."""
    chunks = []
    for start in range(0, len(octets), 1 << 16):
        piece = octets[start : start + (1 << 16)]
        chunks.append(struct.pack(">BH", 2 if start else 1, len(piece) - 1) + piece)
    return b"".join(chunks) + b"\0"


def _ppmd(octets: bytes, coder: Coder) -> bytes:
    """By libarchive, as an archive of this one member: the decoder for Python works in a thread."""
    coders = b"\1\x23\3\4\1" + bytes([len(coder.properties)]) + coder.properties
    packed, size = (b"\xff" + struct.pack("<Q", number) for number in (len(octets), coder.size))
    header = (
        b"\1\4\6\0\1\x09" + packed + b"\0\7\x0b\1\0" + coders + b"\x0c" + size + b"\0\x08\0\0"
        b"\5\1\x11\5\0a\0\0\0\0\0"
    )  # fmt: skip
    start = struct.pack("<QQI", len(octets), len(header), zlib.crc32(header))
    archive = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + octets + header
    contents = (content for _, content in archives.members(archive, "7zip", Limits(member_octets=coder.size)))
    return next(contents, b"") or b""


def _deflated(octets: bytes, coder: Coder) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(octets, coder.size)


def _in_streams(begin: Callable[[], compressed.Decompressor]) -> Callable[[bytes, Coder], bytes]:
    """One stream after another, up to the size."""

    def undo(octets: bytes, coder: Coder) -> bytes:
        content: list[bytes] = []
        left = coder.size
        while left > 0 and octets:
            stream = begin()
            content.append(stream.decompress(octets, left))
            left -= len(content[-1])
            if left > 0 and not stream.eof:
                break
            octets = stream.unused_data
        return b"".join(content)

    return undo


def _in_frames(undo: Callable[[bytes, int], bytes]) -> Callable[[bytes, Coder], bytes]:
    """One after another, where each says its size in front, so that many can be undone at once."""

    def undo_all(octets: bytes, coder: Coder) -> bytes:
        if not octets.startswith(_SKIPPED):
            return undo(octets, coder.size)
        content, place = b"", 0
        while place < len(octets) and len(content) < coder.size:
            signature, length, packed = _FRAME.unpack_from(octets, place)
            if signature != _SKIPPED or length < _SIZE:
                raise ValueError
            place += _FRAME.size - _SIZE + length
            content += undo(octets[place : place + packed], coder.size - len(content))
            place += packed
        return content

    return undo_all


def _of_brotli(octets: bytes, size: int) -> bytes:
    decompressor, content = brotli.Decompressor(), bytearray()
    piece = decompressor.process(octets, output_buffer_limit=size or 1)
    while piece and len(content) < size:
        content += piece
        piece = decompressor.process(b"", output_buffer_limit=size) if not decompressor.is_finished() else b""
    return bytes(content)


def _of_lz4(octets: bytes, size: int) -> bytes:
    contents = archives.members(octets, "raw", Limits(member_octets=size), "lz4")
    return next((content for _, content in contents), b"") or b""


def _decrypted(octets: bytes, properties: bytes, password: str) -> bytes:
    """The properties: rounds, lengths of salt and vector, and these."""
    first, second = properties[0], properties[1] if properties[0] & 0xC0 else 0
    salt_size, vector_size = (first >> 7) + (second >> 4), (first >> 6 & 1) + (second & 0x0F)
    salt, vector = properties[2 : 2 + salt_size], properties[2 + salt_size :][:vector_size]
    key = _key(password, salt, first & 0x3F)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector.ljust(16, b"\0"))).decryptor()
    return decryptor.update(octets[: len(octets) // 16 * 16])


@lru_cache(maxsize=64)
def _key(password: str, salt: bytes, power: int) -> bytes:
    """SHA-256 over salt, password and a counter of eight octets, 2 ** power times one after another.

    The folders of an archive have one salt, as a rule none, so that a word is tried on all with one key.
    """
    seed = salt + password.encode("utf-16-le")
    if power == _KEY_AS_IT_IS:
        return seed[:32].ljust(32, b"\0")
    if power > _MOST_ROUNDS_POWER:
        raise Unreadable("encrypted, and a password could not be tried")
    digest = hashlib.sha256()
    low = [count.to_bytes(2, "little") for count in range(min(1 << power, 1 << 16))]
    for count in range(0, 1 << power, 1 << 16):
        high = (count >> 16).to_bytes(6, "little")
        digest.update(seed + (high + seed).join(low) + high)
    return digest.digest()


_X86, _POWER, _ITANIUM = lzma.FILTER_X86, lzma.FILTER_POWERPC, lzma.FILTER_IA64
_ARM, _THUMB, _SPARC = lzma.FILTER_ARM, lzma.FILTER_ARMTHUMB, lzma.FILTER_SPARC
_METHODS: dict[bytes, Callable[[bytes, Coder], bytes]] = {
    **dict.fromkeys((b"", b"\0"), lambda octets, _: octets),
    b"\x21": _lzma2,
    b"\3\1\1": _lzma,
    b"\3\4\1": _ppmd,
    b"\4\1\x08": _deflated,
    b"\4\1\x09": lambda octets, coder: zip_methods.deflate64(octets, coder.size),
    b"\4\2\2": _in_streams(bz2.BZ2Decompressor),
    b"\4\xf7\x11\1": _in_streams(compressed.zstandard),
    b"\4\xf7\x11\2": _in_frames(_of_brotli),
    b"\4\xf7\x11\4": _in_frames(_of_lz4),
    b"\3": _filtered(lzma.FILTER_DELTA),
    **dict.fromkeys((b"\4", b"\3\3\1\3"), _filtered(_X86)),
    **dict.fromkeys((b"\5", b"\3\3\2\5"), _filtered(_POWER)),
    **dict.fromkeys((b"\6", b"\3\3\4\1"), _filtered(_ITANIUM)),
    **dict.fromkeys((b"\7", b"\3\3\5\1"), _filtered(_ARM)),
    **dict.fromkeys((b"\x08", b"\3\3\7\1"), _filtered(_THUMB)),
    **dict.fromkeys((b"\x09", b"\3\3\x08\5"), _filtered(_SPARC)),
    b"\x0a": lambda octets, coder: branches.arm64(octets, _first_place(coder)),
    b"\x0b": lambda octets, coder: branches.risc_v(octets, _first_place(coder)),
}


def _first_place(coder: Coder) -> int:
    return int.from_bytes(coder.properties[:4], "little")
