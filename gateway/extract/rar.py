"""RAR archives (https://www.rarlab.com/technote.htm): listed by rarfile, unpacked by libarchive.

Where the two do not find the same, the archive is not read in full. What libarchive does not
unpack, `gateway.extract.rar_unpacker` does. A member that a password opens is put, decrypted,
into an archive of its own, which libarchive unpacks.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import rarfile  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract import archives
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.rar_unpacker import NEWEST, Unpacker
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_VERSION_5 = b"Rar!\x1a\x07\x01\0"
_ROUNDS_OF_HEADERS = 1 << 18
_MOST_ROUNDS_POWER = 24
_CHECKED = 0x01
_BEYOND_HEADERS = 64
"""Octets that the signature and the description of the encryption take at the most."""
_PROOF = "RAR AES: opens with a password only"
_UNPROVED = "says that it is encrypted, but is not"
_PACKED = "encrypted with a password of this message, and packed together with other members"
_NOT_UNPACKED = "a member that could not be unpacked"
_SOLID = "a member packed together with one that could not be unpacked"
_DAMAGED = "a damaged member of a RAR archive"
_VOLUME = "a volume of an archive that has several"


_MAIN_COMMENT, _FILE_COMMENT = 0x02, 0x08
_WITH_DATA = {rarfile.RAR_BLOCK_FILE, rarfile.RAR_BLOCK_SUB}
_RAR_29 = 29
_LAST_BLOCK = 0x40
_SOLID_5 = 0x40
"""In what the header of a member of version 5 says of how it is packed."""


def _unpacked_comment(
    version: int, method: int, data: bytes, size: int = 0, flags: int = 0, *_: object
) -> bytes:
    """In the place of what rarfile has a program do; empty where it cannot be done."""
    if flags & rarfile.RAR_FILE_PASSWORD:
        return b""
    if method == rarfile.RAR_M0:
        return data
    try:
        return Unpacker().unpack(data, size, version)
    except Unreadable:
        return b""


rarfile.rar3_decompress = _unpacked_comment


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names of members where they can be read, the members, and the proof that others need a password."""
    blocks: list[Any] = []
    try:
        archive = rarfile.RarFile(io.BytesIO(source.data), info_callback=blocks.append)
        partial = _VOLUME if archive.strerror() else ""
    except rarfile.NeedFirstVolume as error:
        raise Unreadable(_VOLUME) from error
    except (rarfile.Error, ValueError, LookupError, struct.error):
        archive, partial = None, "a damaged RAR archive"
    if partial:
        with suppress(Unreadable):
            yield from (content for _, content in _unpacked(source, limits))
        raise Unreadable(partial)
    if archive.needs_password() and not archive.infolist():
        yield from _locked_headers(source, limits)
        return
    yield from _comments(source, archive.comment, blocks, limits)
    yield from _members(source, blocks, limits)
    if blocks[-1].type == rarfile.RAR_BLOCK_ENDARC and (rest := source.data[blocks[-1].data_offset :]):
        yield Source(source.within("after the end"), rest)
        yield source.unscannable("octets after the end of an archive")


def _comments(source: Source, comment: str | None, blocks: list[Any], limits: Limits) -> Iterator[Found]:
    """Of the archive and of its members; and that there are some that cannot be read."""
    files = _files(blocks)
    texts = list(filter(None, (comment, *(info.comment for info in files))))
    if texts:
        yield source.text("\n".join(texts), "comments")
    if source.data.startswith(_VERSION_5):
        return
    beside = [block for block in blocks if block.type == rarfile.RAR_BLOCK_SUB and block.filename == "CMT"]
    for block in beside:
        if block.needs_password():
            yield from _encrypted(source, block, limits)
    stated = sum(not block.needs_password() for block in beside)
    stated += sum(
        bool(block.flags & _MAIN_COMMENT) for block in blocks if block.type == rarfile.RAR_BLOCK_MAIN
    )
    stated += sum(bool(info.flags & _FILE_COMMENT) for info in files)
    if stated > len(texts):
        yield source.unscannable("a comment that cannot be unpacked", "comments")


def _files(blocks: list[Any]) -> list[Any]:
    """All members; rarfile does not list earlier versions of a file, which a person can get at."""
    return [block for block in blocks if block.type == rarfile.RAR_BLOCK_FILE]


def _members(source: Source, blocks: list[Any], limits: Limits) -> Iterator[Found]:
    infos = _files(blocks)
    if len(infos) > limits.nodes or max((info.file_size for info in infos), default=0) > limits.member_octets:
        raise Unreadable(TOO_LARGE)
    yield file_names(source, (info.filename for info in infos))
    if any(leads_out(info.filename) for info in infos):
        yield source.unscannable("a member whose name leads out of the archive", "structure")
    plain = [info for info in infos if info.is_file() and not info.needs_password() and not info.file_redir]
    if any(_is_for_us(block) for block in blocks if block.type in _WITH_DATA):
        yield from _unpacked_here(source, infos)
    else:
        yield from _plain(source, plain, limits)
    for info in infos:
        if info.needs_password():
            yield from _encrypted(source, info, limits)


def _is_for_us(info: Any) -> bool:
    """Whether libarchive does not unpack it, or anything that stands in one archive with it."""
    is_packed = info.compress_type != rarfile.RAR_M0
    return (info.extract_version < _RAR_29 and is_packed) or (
        info.extract_version <= NEWEST and bool(info.flags & rarfile.RAR_FILE_SOLID)
    )


def _unpacked_here(source: Source, infos: list[Any]) -> Iterator[Found]:
    """Members in their order; in a solid archive none can be had behind one that cannot."""
    unpacker, broken = Unpacker(), False
    for info in infos:
        octets = source.data[info.data_offset : info.data_offset + info.compress_size]
        is_packed = info.compress_type != rarfile.RAR_M0
        if info.needs_password() or not info.file_size:
            broken |= is_packed and bool(info.file_size)
        elif not is_packed:
            yield from _stored(source, info)
        elif (solid := bool(info.flags & rarfile.RAR_FILE_SOLID)) and broken:
            yield source.unscannable(_SOLID, step(info.filename))
        else:
            try:
                content = unpacker.unpack(octets, info.file_size, info.extract_version, solid=solid)
            except Unreadable as refusal:
                broken = True
                yield source.unscannable(str(refusal), step(info.filename))
                continue
            yield (place := Source(source.within(step(info.filename)), content))
            if broken := not _is_whole(info, content):
                yield place.unscannable(_DAMAGED)


def _plain(source: Source, infos: list[Any], limits: Limits) -> Iterator[Found]:
    """What is merely stored needs no unpacking, and stays readable where libarchive gives up."""
    packed, stored = {}, set()
    for info in infos:
        if info.compress_type == rarfile.RAR_M0:
            stored.add(info.filename)
            yield from _stored(source, info)
        elif info.file_size:
            packed[info.filename] = info
    for name, content in _unpacked(source, limits) if packed else ():
        info = packed.pop(name, None)
        if name not in stored:
            yield content
        if info and not _is_whole(info, content.data):
            yield content.unscannable(_DAMAGED)
    for name in packed:
        yield source.unscannable(_NOT_UNPACKED, step(name))


def _stored(source: Source, info: Any) -> Iterator[Found]:
    octets = source.data[info.data_offset : info.data_offset + info.compress_size]
    place = Source(source.within(step(info.filename)), octets)
    if info.file_size:  # links have none
        yield place
    if not _is_whole(info, octets):
        yield place.unscannable(_DAMAGED)


def _unpacked(source: Source, limits: Limits) -> Iterator[tuple[str, Source]]:
    version = "rar5" if source.data.startswith(_VERSION_5) else "rar"
    for name, content in archives.members(source.data, version, limits):
        if content is not None:
            yield name, Source(source.within(step(name)), content)


def _is_whole(info: Any, content: bytes) -> bool:
    return len(content) == info.file_size and info.CRC in {None, zlib.crc32(content)}


def _encrypted(source: Source, info: Any, limits: Limits) -> Iterator[Found]:
    """Encryption is proved by noise where the content should be, and by a password that fails."""
    octets = source.data[info.data_offset : info.data_offset + info.compress_size]
    place = Source(source.within(step(info.filename)), octets, type=source.type)
    if not is_noise(octets) or (info.CRC is not None and zlib.crc32(octets) == info.CRC):
        yield Source(place.name, octets)
        yield place.unscannable(_UNPROVED)
        return
    modern = source.data.startswith(_VERSION_5)
    scheme = _Scheme5.of(info) if modern else _Scheme3.of(info)
    if scheme is None:
        yield place.encrypted(_PROOF)
        return

    def open_(word: str) -> list[Found]:
        decrypted = scheme.decrypt(octets, word)
        if info.compress_type == rarfile.RAR_M0:
            content = decrypted[: info.file_size]
        elif info.flags & rarfile.RAR_FILE_SOLID:
            return [place.unscannable(_PACKED)]
        else:
            content = _unpacked_alone(info, decrypted, limits, modern=modern)
        if not modern and not _is_whole(info, content):
            raise WrongPassword
        return [Source(place.name, content)]

    try:
        yield from open_("")
    except WrongPassword:
        yield Locked(place, place.encrypted(_PROOF), open_, scheme.rounds)


def _unpacked_alone(info: Any, octets: bytes, limits: Limits, *, modern: bool) -> bytes:
    """A member that has been decrypted, from an archive of its own. Empty where that fails."""
    archive = _of_one_5(info, octets) if modern else _of_one_3(info, octets)
    try:
        return next(
            content or b"" for _, content in archives.members(archive, "rar5" if modern else "rar", limits)
        )
    except Unreadable:
        if modern:  # the password has been checked
            raise
        return b""


def _of_one_3(info: Any, octets: bytes) -> bytes:
    """An archive of version 3 with this member only (section "File header" of RAR 3's technical note)."""
    main = struct.pack("<BHH6x", rarfile.RAR_BLOCK_MAIN, 0, 13)
    flags = info.flags & rarfile.RAR_FILE_DICTMASK | rarfile.RAR_LONG_BLOCK
    fields = (
        len(octets),
        info.file_size,
        rarfile.RAR_OS_UNIX,
        info.CRC,
        0,
        info.extract_version,
        info.compress_type,
    )
    file = struct.pack("<BHHLLBLLBBHL1s", rarfile.RAR_BLOCK_FILE, flags, 33, *fields, 1, 0x81A4, b"a")
    end = struct.pack("<BHH", rarfile.RAR_BLOCK_ENDARC, 0, 7)
    headers = (struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header for header in (main, file, end))
    return b"Rar!\x1a\x07\0" + next(headers) + next(headers) + octets + next(headers)


def _of_one_5(info: Any, octets: bytes) -> bytes:
    """An archive of version 5 with this member only (section "File header")."""
    octets = octets[: _end_of_blocks(octets)]  # libarchive would take what encryption added for one more
    method = info.file_compress_flags & ~_SOLID_5
    fields = b"".join(map(_written, (0, info.file_size, 0, method, 1, 1))) + b"a"
    blocks = (b"\1\0\0", b"\2\2" + _written(len(octets)) + fields, b"\5\0\0")
    sized = [_written(len(block)) + block for block in blocks]
    main, file, end = (struct.pack("<L", zlib.crc32(block)) + block for block in sized)
    return _VERSION_5 + main + file + octets + end


def _end_of_blocks(packed: bytes) -> int:
    """Behind the last of the blocks that a member of version 5 is packed in."""
    place = 0
    while place < len(packed):
        flags = packed[place]
        size_end = place + 3 + (flags >> 3 & 3)
        place = size_end + int.from_bytes(packed[place + 2 : size_end], "little")
        if flags & _LAST_BLOCK:
            break
    return place


def _written(number: int) -> bytes:
    """Seven bits to an octet, the lowest first; the highest bit says that more follow."""
    return bytes([number & 0x7F | 0x80]) + _written(number >> 7) if number > 0x7F else bytes([number])


class _Scheme3(NamedTuple):
    """How a member of a version 3 archive is encrypted; nothing but its checksum tells the right password."""

    salt: bytes

    @classmethod
    def of(cls, info: Any) -> _Scheme3 | None:
        """None for older versions, whose encryption is their own."""
        return cls(info.salt or b"") if info.extract_version >= _RAR_29 else None

    @property
    def rounds(self) -> int:
        return _ROUNDS_OF_HEADERS

    def decrypt(self, octets: bytes, word: str) -> bytes:
        return _decrypted(octets, *_key_3(word, self.salt))


def _key_3(word: str, salt: bytes) -> tuple[bytes, bytes]:
    """Key and vector of version 3: SHA-1 over the word and a counter, 262,144 times one after another.

    In a quarter of rarfile's time, unless RAR writes into the word, as it does where that fills a block.
    """
    seed = word.encode("utf-16-le") + salt
    if len(seed) > hashlib.sha1(usedforsecurity=False).block_size:
        key, vector = _key_of_long_word(word, salt)
        return key, vector
    digest, vector = hashlib.sha1(usedforsecurity=False), b""
    step = _ROUNDS_OF_HEADERS // 16
    for begin in range(0, _ROUNDS_OF_HEADERS, step):
        counters = (count.to_bytes(3, "little") for count in range(begin, begin + step))
        digest.update(seed + next(counters))
        vector += digest.digest()[-1:]
        digest.update(seed + seed.join(counters))
    key = digest.digest()[:16]
    return b"".join(key[place : place + 4][::-1] for place in range(0, 16, 4)), vector


_key_of_long_word = rarfile.rar3_s2k
rarfile.rar3_s2k = _key_3


def _decrypted(octets: bytes, key: bytes, vector: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(octets[: len(octets) // 16 * 16])


class _Scheme5(NamedTuple):
    """How a member of a version 5 archive is encrypted (section "File encryption record")."""

    flags: int
    power: int
    salt: bytes
    vector: bytes
    check: bytes

    @classmethod
    def of(cls, info: Any) -> _Scheme5:
        """Raises Unreadable for what cannot be checked."""
        algorithm, *fields = info.file_encryption
        scheme = cls(*fields)
        if algorithm or not scheme.flags & _CHECKED or scheme.power > _MOST_ROUNDS_POWER:
            raise Unreadable("encrypted in a way that cannot be checked")
        return scheme

    @property
    def rounds(self) -> int:
        return 1 << self.power

    def decrypt(self, octets: bytes, word: str) -> bytes:
        derived = hashlib.pbkdf2_hmac("sha256", word.encode(), self.salt, self.rounds + 32)
        folded = bytes(derived[i] ^ derived[i + 8] ^ derived[i + 16] ^ derived[i + 24] for i in range(8))
        if not self.check.startswith(folded):
            raise WrongPassword
        key = hashlib.pbkdf2_hmac("sha256", word.encode(), self.salt, self.rounds)
        return _decrypted(octets, key, self.vector)


def _locked_headers(source: Source, limits: Limits) -> Iterator[Found]:
    if not is_noise(source.data[_BEYOND_HEADERS:]):
        raise Unreadable(_UNPROVED)

    def open_(word: str) -> Iterable[Found]:
        blocks: list[Any] = []
        archive = rarfile.RarFile(io.BytesIO(source.data), info_callback=blocks.append)
        try:
            archive.setpassword(word)
        except (rarfile.Error, ValueError, LookupError) as error:
            raise WrongPassword from error
        if not archive.infolist():
            raise WrongPassword
        return [*_comments(source, archive.comment, blocks, limits), *_members(source, blocks, limits)]

    yield Locked(source, source.encrypted(_PROOF), open_, _ROUNDS_OF_HEADERS)
