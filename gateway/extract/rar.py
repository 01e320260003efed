"""RAR archives (https://www.rarlab.com/technote.htm): listed by rarfile, unpacked by libarchive.

Where the two do not find the same, the archive is not read in full. What a password opens
can be read here if it is merely stored; to decrypt and unpack would take a program.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import rarfile  # type: ignore[import-untyped]  # ships no types
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract import archives
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_VERSION_5 = b"Rar!\x1a\x07\x01\0"
_ROUNDS_OF_HEADERS = 1 << 18
_MOST_ROUNDS_POWER = 24
_CHECKED = 0x01
_BEYOND_HEADERS = 64
"""Octets that the signature and the description of the encryption take at the most."""
_PROOF = "RAR AES: opens with a password only"
_UNPROVED = "says that it is encrypted, but is not"
_PACKED = "encrypted with a password of this message; to unpack it takes a program"
_DAMAGED = "a damaged member of a RAR archive"
_VOLUME = "a volume of an archive that has several"


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names of members where they can be read, the members, and the proof that others need a password."""
    blocks: list[Any] = []
    try:
        archive = rarfile.RarFile(io.BytesIO(source.data), info_callback=blocks.append)
        partial = _VOLUME if archive.strerror() else ""
    except rarfile.NeedFirstVolume as error:
        raise Unreadable(_VOLUME) from error
    except rarfile.RarCannotExec:
        archive, partial = None, "a RAR archive with a comment that only a program can unpack"
    except (rarfile.Error, ValueError, LookupError, struct.error):
        archive, partial = None, "a damaged RAR archive"
    if partial:
        yield from (content for _, content in _unpacked(source, limits))
        raise Unreadable(partial)
    if archive.needs_password() and not archive.infolist():
        yield from _locked_headers(source, limits)
        return
    if archive.comment:
        yield source.text(archive.comment, "comments")
    yield from _members(source, _files(blocks), limits)
    if blocks[-1].type == rarfile.RAR_BLOCK_ENDARC and (rest := source.data[blocks[-1].data_offset :]):
        yield Source(source.within("after the end"), rest)
        yield source.unscannable("octets after the end of an archive")


def _files(blocks: list[Any]) -> list[Any]:
    """All members; rarfile does not list earlier versions of a file, which a person can get at."""
    return [block for block in blocks if block.type == rarfile.RAR_BLOCK_FILE]


def _members(source: Source, infos: list[Any], limits: Limits) -> Iterator[Found]:
    if len(infos) > limits.nodes or max((info.file_size for info in infos), default=0) > limits.member_octets:
        raise Unreadable(TOO_LARGE)
    yield file_names(source, (info.filename for info in infos))
    if any(leads_out(info.filename) for info in infos):
        yield source.unscannable("a member whose name leads out of the archive", "structure")
    plain = [info for info in infos if info.is_file() and not info.needs_password() and not info.file_redir]
    yield from _plain(source, plain, limits)
    for info in infos:
        if info.needs_password():
            yield from _encrypted(source, info)


def _plain(source: Source, infos: list[Any], limits: Limits) -> Iterator[Found]:
    """What is merely stored needs no unpacking, and stays readable where libarchive gives up."""
    packed, stored = {}, set()
    for info in infos:
        if info.compress_type == rarfile.RAR_M0:
            stored.add(info.filename)
            yield from _stored(source, info)
        else:
            packed[info.filename] = info
    for name, content in _unpacked(source, limits) if packed else ():
        info = packed.pop(name, None)
        if name not in stored:
            yield content
        if info and not _is_whole(info, content.data):
            yield content.unscannable(_DAMAGED)
    for name in packed:
        yield source.unscannable("a member that could not be unpacked", step(name))


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


def _encrypted(source: Source, info: Any) -> Iterator[Found]:
    """Encryption is proved by noise where the content should be, and by a password that fails."""
    octets = source.data[info.data_offset : info.data_offset + info.compress_size]
    place = Source(source.within(step(info.filename)), octets, type=source.type)
    if not is_noise(octets) or (info.CRC is not None and zlib.crc32(octets) == info.CRC):
        yield Source(place.name, octets)
        yield place.unscannable(_UNPROVED)
        return
    scheme = _Scheme.of(info)
    if scheme is None:
        yield place.encrypted(_PROOF)  # version 3 and older: no password can be tried without unpacking
        return

    def open_(word: str) -> list[Found]:
        decrypted = scheme.decrypt(octets, word)
        if info.compress_type != rarfile.RAR_M0:
            return [place.unscannable(_PACKED)]
        return [Source(place.name, decrypted[: info.file_size])]

    try:
        yield from open_("")
    except WrongPassword:
        yield Locked(place, place.encrypted(_PROOF), open_, scheme.rounds)


class _Scheme(NamedTuple):
    """How a member of a version 5 archive is encrypted (section "File encryption record")."""

    flags: int
    power: int
    salt: bytes
    vector: bytes
    check: bytes

    @classmethod
    def of(cls, info: Any) -> _Scheme | None:
        """None for older versions; raises Unreadable for what cannot be checked."""
        if not hasattr(info, "file_encryption"):
            return None
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
        decryptor = Cipher(algorithms.AES(key), modes.CBC(self.vector)).decryptor()
        return decryptor.update(octets[: len(octets) // 16 * 16])


def _locked_headers(source: Source, limits: Limits) -> Iterator[Found]:
    if not is_noise(source.data[_BEYOND_HEADERS:]):
        raise Unreadable(_UNPROVED)

    def open_(word: str) -> Iterable[Found]:
        blocks: list[Any] = []
        archive = rarfile.RarFile(io.BytesIO(source.data), info_callback=blocks.append)
        try:
            archive.setpassword(word)
        except rarfile.RarCannotExec:  # so the headers could be read
            return [source.unscannable(_PACKED)]
        except (rarfile.Error, ValueError, LookupError) as error:
            raise WrongPassword from error
        if not archive.infolist():
            raise WrongPassword
        return _members(source, _files(blocks), limits)

    yield Locked(source, source.encrypted(_PROOF), open_, _ROUNDS_OF_HEADERS)
