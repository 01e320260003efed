"""Archives and encrypted files for the tests of `gateway.extract`, by own hand or by their libraries."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import inflate64
import py7zr
import pyppmd
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.gateway.extract.files import NOISE

LETTER = b"Mrs Jane Doe, NHS number 999 000 0018, asthma.\r\n" * 10


# ZIP (APPNOTE 6.3.10)


def zipped(members: Mapping[str, bytes], method: int = ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """An archive as the standard library writes it."""
    file = io.BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.comment = comment
    return file.getvalue()


class Entry(NamedTuple):
    """A member, with what its two headers say; in front of the member, and in the directory."""

    name: str
    octets: bytes
    size: int
    crc: int = 0
    method: int = 0
    flags: int = 0
    extra: bytes = b""
    own_name: str = ""
    own_flags: int = -1
    own_method: int = -1
    listed: bool = True


def plain(name: str, data: bytes) -> Entry:
    return Entry(name, data, len(data), zlib.crc32(data))


def zip_of(*entries: Entry) -> bytes:
    """An archive that says of its members whatever it is told to say."""
    body, directory, listed = b"", b"", 0
    for entry in entries:
        own_name = (entry.own_name or entry.name).encode()
        own_flags = entry.flags if entry.own_flags < 0 else entry.own_flags
        own_method = entry.method if entry.own_method < 0 else entry.own_method
        sizes = struct.pack("<III", entry.crc, len(entry.octets), entry.size)
        own = struct.pack("<HHHHH", 20, own_flags, own_method, 0, 0x5A00) + sizes
        lengths = struct.pack("<HH", len(own_name), len(entry.extra))
        if entry.listed:
            name, listed = entry.name.encode(), listed + 1
            said = struct.pack("<HHHHHH", 20, 20, entry.flags, entry.method, 0, 0x5A00) + sizes
            tail = struct.pack("<HHHHHII", len(name), len(entry.extra), 0, 0, 0, 0, len(body))
            directory += b"PK\1\2" + said + tail + name + entry.extra
        body += b"PK\3\4" + own + lengths + own_name + entry.extra + entry.octets
    end = struct.pack("<HHHHIIH", 0, 0, listed, listed, len(directory), len(body), 0)
    return body + directory + b"PK\5\6" + end


def deflate64(data: bytes) -> bytes:
    packer = inflate64.Deflater()
    return bytes(packer.deflate(data) + packer.flush())


def ppmd(data: bytes) -> bytes:
    """Order 8, one mebibyte, starting anew when that is full."""
    packer = pyppmd.Ppmd8Encoder(8, 1 << 20, 0)
    return struct.pack("<H", 7) + bytes(packer.encode(data) + packer.flush())


def lzma_of_literals(data: bytes) -> bytes:
    """LZMA that nothing but its size ends, which liblzma does not write: no matches, lc 3, lp 0, pb 2."""
    packed, chances = bytearray(), defaultdict[tuple[int, ...], int](lambda: 1 << 10)
    low, span, held, count = 0, (1 << 32) - 1, 0, 1

    def shift() -> None:
        nonlocal low, held, count
        if not 0xFF << 24 <= low < 1 << 32:
            packed.extend((octet + (low >> 32)) & 0xFF for octet in (held, *[0xFF] * (count - 1)))
            held, count = low >> 24 & 0xFF, 0
        low, count = (low & 0xFFFFFF) << 8, count + 1

    def encode(bit: int, *context: int) -> None:
        nonlocal low, span
        zero = (span >> 11) * chances[context]
        low, span = (low + zero, span - zero) if bit else (low, zero)
        chances[context] += -(chances[context] >> 5) if bit else ((1 << 11) - chances[context]) >> 5
        while span < 1 << 24:
            span <<= 8
            shift()

    before = 0
    for place, octet in enumerate(data):
        encode(0, place & 3)
        symbol = 1
        for bit in map(int, f"{octet:08b}"):
            encode(bit, before >> 5, symbol)
            symbol = symbol << 1 | bit
        before = octet
    for _ in range(5):
        shift()
    return struct.pack("<HHBI", 0x1409, 5, (2 * 5 + 0) * 9 + 3, 1 << 16) + bytes(packed)


def aes(name: str, data: bytes, password: str) -> Entry:
    """A member encrypted as WinZip does, AE-2 with AES-256, stored."""
    salt = NOISE[:16]
    derived = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1_000, 66)
    blocks = b"".join(number.to_bytes(16, "little") for number in range(1, len(data) // 16 + 2))
    stream = Cipher(algorithms.AES(derived[:32]), modes.ECB()).encryptor().update(blocks)  # noqa: S305 - makes CTR
    packed = bytes(a ^ b for a, b in zip(data, stream, strict=False))
    octets = salt + derived[64:] + packed + hmac.digest(derived[32:64], packed, "sha1")[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
    return Entry(name, octets, len(data), 0, 99, 1, extra)


def zip_crypto(name: str, data: bytes, password: str) -> Entry:
    """A member in the traditional encryption (section 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(octet: int) -> None:
        keys[0] = _crc(keys[0], octet)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    for octet in password.encode():
        update(octet)
    out = bytearray()
    for octet in NOISE[:11] + (zlib.crc32(data) >> 24).to_bytes() + data:
        mixed = keys[2] | 2
        out.append(octet ^ (mixed * (mixed ^ 1) >> 8) & 0xFF)
        update(octet)
    return Entry(name, bytes(out), len(data), zlib.crc32(data), 0, 1)


def _crc(crc: int, octet: int) -> int:
    """One step of the checksum, without the inversions at either end."""
    return zlib.crc32(bytes([octet]), crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


# 7z


def seven_zip(
    members: Mapping[str, bytes],
    password: str | None = None,
    *,
    hide_names: bool = False,
    filters: list[dict[str, int]] | None = None,
) -> bytes:
    """An archive packed by LZMA2 and the filter for programs, or by the filters of py7zr that are named."""
    file = io.BytesIO()
    with py7zr.SevenZipFile(
        file, "w", filters=filters, password=password, header_encryption=hide_names
    ) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return file.getvalue()


# RAR 5 (https://www.rarlab.com/technote.htm)


def rar(
    members: Iterable[tuple[str, bytes]],
    password: str | None = None,
    *,
    split: bool = False,
    record: bytes = b"",
    packed: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """An archive whose members are stored, or `packed`; with a password each is encrypted with AES-256.

    A name that ends with a slash is a folder's; `record` is one more for the extra area of each.
    """
    out = b"Rar!\x1a\x07\x01\0" + _rar_block(b"\1\0" + (b"\1" if split else b"\0"))
    for name, data in members:
        octets, extra = packed(data) if packed else data, b""
        if password is not None:
            octets, extra = _rar_encrypted(octets, password)
        extra += record
        folder = name.endswith("/")
        fields = (
            _vint(4 | folder)
            + _vint(len(data))
            + _vint(0x10 * folder)
            + struct.pack("<I", zlib.crc32(data))
            + _vint(0x180 if packed else 0)
            + b"\0"
        )
        named = fields + _vint(len(name.encode())) + name.encode() + extra
        flags = 0x02 | (0x01 if extra else 0) | (0x10 if split else 0)
        sizes = (_vint(len(extra)) if extra else b"") + _vint(len(octets))
        out += _rar_block(b"\2" + _vint(flags) + sizes + named) + octets
    return out + _rar_block(b"\5\0" + (b"\1" if split else b"\0"))


def _rar_block(body: bytes) -> bytes:
    sized = _vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized


def _rar_encrypted(data: bytes, password: str) -> tuple[bytes, bytes]:
    salt, vector, rounds = NOISE[:16], NOISE[16:32], 1 << 4
    derived = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds + 32)
    folded = bytes(derived[i] ^ derived[i + 8] ^ derived[i + 16] ^ derived[i + 24] for i in range(8))
    check = folded + hashlib.sha256(folded).digest()[:4]
    record = b"\1\0\1\4" + salt + vector + check
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(data + bytes(-len(data) % 16)), _vint(len(record)) + record


def _vint(number: int) -> bytes:
    low = number & 0x7F
    return bytes([low]) if number < 0x80 else bytes([low | 0x80]) + _vint(number >> 7)


# OpenPGP (RFC 9580)


def pgp(*packets: tuple[int, bytes]) -> bytes:
    """Packets of a tag and a body, in the new format."""
    return b"".join(bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body for tag, body in packets)


def literal(data: bytes, name: str = "letter.txt") -> tuple[int, bytes]:
    return 11, b"b" + bytes([len(name)]) + name.encode() + bytes(4) + data
