"""ZIP archives: every member that some program would find (APPNOTE 6.3.10).

Some programs find members by the directory at the end, others by the headers in front of
each. Here the directory is read, every octet of the file must belong to something that it
lists, and both headers of a member must say the same. Octets that belong to nothing are
read as a file of their own; that there are any, or a contradiction, is said by a node
named "structure", for another program may see another archive.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from gateway.extract import types, winzip_aes, zip_methods
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword
from gateway.extract.winzip_aes import Aes

_LOCAL = struct.Struct("<4s2xHH4xIIIHH")
"""Signature, flags, method, CRC, packed size, size, lengths of name and extra fields (section 4.3.7)."""
_END = struct.Struct("<4sHHHHIIH")
"""Signature, this disk, that of the directory, members here, in all, directory, comment (section 4.3.16)."""
_LOCAL_SIGNATURE, _END_SIGNATURE, _DESCRIPTOR_SIGNATURE = b"PK\3\4", b"PK\5\6", b"PK\7\x08"
_DESCRIPTOR_SIZES = {12, 20}
_ENCRYPTED, _DESCRIBED_AFTER, _STRONGLY, _UTF8, _HIDDEN = 0x01, 0x08, 0x40, 0x800, 0x2000
_UNICODE_PATH = 0x7075
_SHORT, _LONG = 0xFFFF, 0xFFFFFFFF
"""What stands where an extra field has the number (section 4.5.3)."""
_STRAY = "octets that belong to no member"
_UNPROVED = "says that it is encrypted, but is not"
_DEFAULT_PASSWORDS = ("", "VelvetSweatshop")
_LEAST_WORK = 10_000
"""What looking for a member costs, in octets read."""
_ZIP_CRYPTO_LARGEST = 4 * 1024 * 1024
_ZIP_CRYPTO_ROUNDS = 20_000
"""Octets that may be decrypted in Python, and what an attempt costs, in rounds of hashing."""


class Member(NamedTuple):
    """A member as the directory lists it, its octets, and what its own header says differently."""

    info: zipfile.ZipInfo
    start: int
    """Of the header."""
    octets: bytes
    end: int
    contradicted: bool


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names and comments of the members, the members, what is between them, and what is odd."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            members = [_member(source.data, info) for info in archive.infolist()]
            directory, comment = archive.start_dir, archive.comment
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
        yield from _salvaged(source, limits)
        raise Unreadable("a damaged ZIP archive") from error
    members.sort(key=lambda member: member.start)
    _refuse_excess(members, limits)
    if members:
        yield file_names(source, (member.info.filename for member in members))
    else:
        yield source.text("", empty="an archive without members")
    if words := b"\n".join(filter(None, (comment, *(member.info.comment for member in members)))):
        yield source.text(words.decode("utf-8", "replace"), "comments")
    for member in members:
        yield from _read_member(source, member, limits)
    gaps = list(_gaps(source.data, members, directory, comment))
    for gap in gaps:
        yield Source(source.within("between the members"), gap)
    for reason in dict.fromkeys(([_STRAY] if gaps else []) + _contradictions(source.data, members)):
        yield source.unscannable(reason, "structure")


def _member(data: bytes, info: zipfile.ZipInfo) -> Member:
    """Raises struct.error or BadZipFile where no such member can be."""
    signature, flags, method, *numbers, name_length, extra_length = _LOCAL.unpack_from(
        data, info.header_offset
    )
    name_start = info.header_offset + _LOCAL.size
    start = name_start + name_length + extra_length
    octets = data[start : start + info.compress_size]
    if signature != _LOCAL_SIGNATURE or len(octets) < info.compress_size:
        raise zipfile.BadZipFile
    name = data[name_start : name_start + name_length]
    listed = [info.CRC, info.compress_size, info.file_size]
    contradicted = (
        not _is_called(info, name, flags)
        or method != info.compress_type
        or ((flags ^ info.flag_bits) & (_ENCRYPTED | _STRONGLY | _HIDDEN)) != 0
        or (not flags & _DESCRIBED_AFTER and _LONG not in numbers and numbers != listed)
    )
    return Member(info, info.header_offset, octets, start + info.compress_size, contradicted)


def _is_called(info: zipfile.ZipInfo, name: bytes, flags: int) -> bool:
    """Whether the directory has the same name; it may have it in Unicode, with a checksum (section 4.6.9)."""
    checksum = zip_methods.extra_fields(info.extra).get(_UNICODE_PATH, b"")[1:5]
    if checksum == zlib.crc32(name).to_bytes(4, "little"):
        return True
    return name.decode("utf-8" if flags & _UTF8 else "cp437", "replace") == info.orig_filename


def _refuse_excess(members: list[Member], limits: Limits) -> None:
    if len(members) > limits.nodes or sum(member.info.file_size for member in members) > limits.octets:
        raise Unreadable(TOO_LARGE)
    if any(before.end > after.start for before, after in pairwise(members)):
        raise Unreadable("members that overlap")


def _gaps(data: bytes, members: list[Member], directory: int, comment: bytes) -> Iterator[bytes]:
    """What stands before, between and after the members, and does not belong there."""
    end = 0
    described: Member | None = None
    for start, member in [*((member.start, member) for member in members), (directory, None)]:
        gap = data[end:start]
        if gap and not (described and _is_descriptor(gap, described.info)):
            yield gap
        end, described = (member.end, member) if member else (start, None)
    if rest := data[data.rfind(_END_SIGNATURE) + _END.size + len(comment) :]:
        yield rest


def _is_descriptor(gap: bytes, info: zipfile.ZipInfo) -> bool:
    """Section 4.3.9."""
    numbers = gap.removeprefix(_DESCRIPTOR_SIGNATURE)
    checksum = info.CRC.to_bytes(4, "little")
    described = bool(info.flag_bits & _DESCRIBED_AFTER)
    return described and len(numbers) in _DESCRIPTOR_SIZES and numbers.startswith(checksum)


def _contradictions(data: bytes, members: list[Member]) -> list[str]:
    _, disk, first_disk, here, total, *_ = _END.unpack_from(data, data.rfind(_END_SIGNATURE))
    odd = {
        "a volume of an archive that has several": {disk, first_disk} - {0, _SHORT},
        "members that the directory does not count": {here, total} - {len(members), _SHORT},
        "the two headers of a member contradict each other": any(m.contradicted for m in members),
        "a member whose name leads out of the archive": any(leads_out(m.info.orig_filename) for m in members),
    }
    return [reason for reason, is_so in odd.items() if is_so]


def _read_member(source: Source, member: Member, limits: Limits) -> Iterator[Found]:
    info = member.info
    place = Source(source.within(step(info.filename)), member.octets, type=types.ZIP)
    if info.is_dir() and not member.octets:
        return
    try:
        if info.file_size > limits.member_octets:
            raise Unreadable(TOO_LARGE)
        if info.flag_bits & _ENCRYPTED or info.compress_type == zip_methods.AES:
            yield from _read_encrypted(source, place, member)
        else:
            yield _content(
                place, zip_methods.unpack(info.compress_type, member.octets, info.file_size, info.CRC)
            )
    except Unreadable as refusal:
        yield place.unscannable(str(refusal))


def _content(place: Source, octets: bytes) -> Source:
    return Source(place.name, octets)


def _read_encrypted(source: Source, place: Source, member: Member) -> Iterator[Found]:
    info = member.info
    if (plain := _as_if_plain(member)) is not None:
        yield _content(place, plain)
        raise Unreadable(_UNPROVED)
    if info.flag_bits & (_STRONGLY | _HIDDEN):
        raise Unreadable("encrypted in a way that cannot be checked")
    if info.compress_type == zip_methods.AES:
        yield from _read_aes(place, member)
        return
    weak = place.unscannable("encrypted by ZipCrypto, which protects nothing")
    if info.file_size > _ZIP_CRYPTO_LARGEST:
        yield weak
    else:
        yield Locked(
            place, weak, lambda word: _open_zip_crypto(source, place, info, word), _ZIP_CRYPTO_ROUNDS
        )


def _as_if_plain(member: Member) -> bytes | None:
    """The content, if it is there for everybody who does not heed the flag."""
    info = member.info
    for method in (info.compress_type, zip_methods.STORED, zip_methods.DEFLATED):
        try:
            return zip_methods.unpack(method, member.octets, info.file_size, info.CRC)
        except Unreadable:
            continue
    return None


def _read_aes(place: Source, member: Member) -> Iterator[Found]:
    """Encryption is proved by both headers, by noise in the place of content, and by failing passwords."""
    aes, info = Aes.of(member.info.extra), member.info
    ciphertext = aes.ciphertext(member.octets)
    stored = aes.method == zip_methods.STORED
    if member.contradicted or not is_noise(ciphertext) or (stored and len(ciphertext) != info.file_size):
        raise Unreadable(_UNPROVED)

    def open_(word: str) -> list[Source]:
        packed = aes.decrypt(member.octets, word)
        return [_content(place, zip_methods.unpack(aes.method, packed, info.file_size, info.CRC or None))]

    for word in _DEFAULT_PASSWORDS:
        try:
            yield from open_(word)
            return
        except (WrongPassword, Unreadable):
            continue
    yield Locked(place, place.encrypted("AES: opens with a password only"), open_, winzip_aes.ROUNDS)


def _open_zip_crypto(source: Source, place: Source, info: zipfile.ZipInfo, word: str) -> list[Source]:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            return [_content(place, archive.read(info, word.encode()))]
    except (RuntimeError, zipfile.BadZipFile, OSError) as error:
        raise WrongPassword from error


def _salvaged(source: Source, limits: Limits) -> Iterator[Source]:
    """Members that can be read by their own headers, for what there is of a damaged archive."""
    left = limits.member_octets
    at = source.data.find(_LOCAL_SIGNATURE)
    while at >= 0 and left > 0:
        try:
            _, _, method, crc, packed, size, name, extra = _LOCAL.unpack_from(source.data, at)
            start, left = at + _LOCAL.size + name + extra, left - size - _LEAST_WORK
            content = zip_methods.unpack(method, source.data[start : start + packed], min(size, left), crc)
            yield Source(source.within(f"member at octet {at}"), content)
        except (struct.error, Unreadable):
            pass
        at = source.data.find(_LOCAL_SIGNATURE, at + 1)
