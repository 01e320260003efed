"""Packed RAR archives for tests, in codes that take no account of what is frequent."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import rarfile  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SALT = b"saltsalt"


class Bits:
    """Written the highest first."""

    def __init__(self) -> None:
        self._written = ""

    def put(self, value: int, count: int) -> None:
        self._written += f"{value:0{count}b}" if count else ""

    @property
    def used_in_last(self) -> int:
        return (len(self._written) - 1) % 8 + 1

    def octets(self) -> bytes:
        padded = self._written + "0" * (-len(self._written) % 8)
        return int(padded, 2).to_bytes(len(padded) // 8)


class _Code:
    """A code of so many symbols, the first of which have words a bit shorter than the others."""

    def __init__(self, size: int) -> None:
        longest = (size - 1).bit_length()
        self._short = (1 << longest) - size
        self._longest = longest

    def length(self, symbol: int) -> int:
        return self._longest - (symbol < self._short)

    def put(self, symbol: int, out: Bits) -> None:
        out.put(symbol if symbol < self._short else symbol + self._short, self.length(symbol))


def _begin(out: Bits, first: int, sizes: tuple[int, ...]) -> list[_Code]:
    """Write the lengths of a code for lengths, and in that code the lengths of the others."""
    lengths = _Code(first)
    for symbol in range(first):
        out.put(lengths.length(symbol), 4)
    codes = [_Code(size) for size in sizes]
    for code, size in zip(codes, sizes, strict=True):
        for symbol in range(size):
            lengths.put(code.length(symbol), out)
    return codes


_OF_29 = (299, 60, 17, 28)
"""Symbols of what comes next, of distances, of their lowest bits, of lengths."""


def packed_29(
    pieces: Iterable[bytes | tuple[int, int]], *, codes: bool = True, before: Bits | None = None
) -> bytes:
    """Literals, and matches by length (3 to 10) and distance (1 to 4), in the way of RAR 3.

    Without `codes`, those of the member before go on; `before` is what has been written already.
    """
    out = before or Bits()
    if codes and before is None:
        begin_29(out)
    main, distances = _Code(_OF_29[0]), _Code(_OF_29[1])
    for piece in pieces:
        if isinstance(piece, bytes):
            for octet in piece:
                main.put(octet, out)
        else:
            length, distance = piece
            main.put(271 + length - 3, out)
            distances.put(distance - 1, out)
    main.put(256, out)
    out.put(0, 2)  # the member ends, its codes do not
    return out.octets()


def begin_29(out: Bits) -> None:
    out.put(0, 2)
    _begin(out, 20, _OF_29)


def put_filter(out: Bits, flags: int, announced: bytes) -> None:
    """A filter of RAR 3: what its machine is told."""
    _Code(_OF_29[0]).put(257, out)
    out.put(flags | 6, 8)
    out.put(len(announced) - 7, 8)
    for octet in announced:
        out.put(octet, 8)


def packed_20(data: bytes) -> bytes:
    """Literals in the way of RAR 2."""
    out = Bits()
    out.put(0, 2)
    main, *_ = _begin(out, 19, (298, 48, 28))
    for octet in data:
        main.put(octet, out)
    return out.octets()


def packed_50(data: bytes) -> bytes:
    """Literals in one block of RAR 5."""
    out = Bits()
    main, *_ = _begin(out, 20, (306, 64, 16, 44))
    for octet in data:
        main.put(octet, out)
    octets = out.octets()
    size = len(octets).to_bytes(2, "little")
    flags = 0xC0 | 1 << 3 | out.used_in_last - 1
    return bytes([flags, 0x5A ^ flags ^ size[0] ^ size[1]]) + size + octets


class Member(NamedTuple):
    """What a header of version 3 says of it."""

    name: str
    content: bytes
    packed: bytes
    version: int = 29
    method: int = 0x33
    solid: bool = False
    password: str = ""
    comment: bool = False


def rar_3(*members: Member, solid: bool = False) -> bytes:
    """An archive of RAR 2 or 3."""
    out = b"Rar!\x1a\x07\0" + _block(0x73, 8 * solid, bytes(6))
    for member in members:
        out += _member(member)
    return out + _block(0x7B, 0x4000, b"")


def _block(kind: int, flags: int, body: bytes) -> bytes:
    header = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header


def _member(member: Member) -> bytes:
    octets, salt = member.packed, b""
    flags = 0x8000 | 0x10 * member.solid
    if member.password:
        key, vector = rarfile.rar3_s2k(member.password, SALT)
        encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        octets = encryptor.update(octets + bytes(-len(octets) % 16))
        flags, salt = flags | 0x404, SALT
    name = member.name.encode()
    numbers = (
        len(octets),
        len(member.content),
        3,
        zlib.crc32(member.content),
        0,
        member.version,
        member.method,
    )
    body = struct.pack("<LLBLLBBHL", *numbers, len(name), 0x81A4) + name + salt
    return _block(0x7A if member.comment else 0x74, flags, body) + octets
