"""ZIP archives: every member that some program would find, encrypted ones with the proof (APPNOTE 6.3.10)."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

from gateway.extract import types, winzip_aes, zip_directory, zip_methods
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword
from gateway.extract.winzip_aes import Aes
from gateway.extract.zip_directory import ENCRYPTED, HIDDEN, LOCAL, LOCAL_SIGNATURE, STRONGLY, Member

_UNPROVED = "says that it is encrypted, but is not"
_DEFAULT_PASSWORDS = ("", "VelvetSweatshop")
_LEAST_WORK = 10_000
"""What looking for a member costs, in octets read."""
_ZIP_CRYPTO_LARGEST = 4 * 1024 * 1024
_ZIP_CRYPTO_ROUNDS = 20_000
"""Octets that may be decrypted in Python, and what an attempt costs, in rounds of hashing."""


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names and comments of the members, the members, what is between them, and what is odd."""
    try:
        directory = zip_directory.read(source.data, limits)
    except zip_directory.Damaged:
        yield from _salvaged(source, limits)
        raise
    names = [member.info.filename for member in directory.members]
    if names:
        yield file_names(source, names)
    else:
        yield source.text("", empty="an archive without members")
    if any(leads_out(member.info.orig_filename) for member in directory.members):
        yield source.unscannable("a member whose name leads out of the archive", "structure")
    for member in directory.members:
        yield from _read_member(source, member, limits)
    yield from directory.beside(source)


def _read_member(source: Source, member: Member, limits: Limits) -> Iterator[Found]:
    info = member.info
    place = Source(source.within(step(info.filename)), member.octets, type=types.ZIP)
    if info.is_dir() and not member.octets:
        return
    try:
        if info.file_size > limits.member_octets:
            raise Unreadable(TOO_LARGE)
        if info.flag_bits & ENCRYPTED or info.compress_type == zip_methods.AES:
            yield from _read_encrypted(source, place, member)
        else:
            yield _content(place, member.content())
    except Unreadable as refusal:
        yield place.unscannable(str(refusal))


def _content(place: Source, octets: bytes) -> Source:
    return Source(place.name, octets)


def _read_encrypted(source: Source, place: Source, member: Member) -> Iterator[Found]:
    info = member.info
    if (plain := _as_if_plain(member)) is not None:
        yield _content(place, plain)
        raise Unreadable(_UNPROVED)
    if info.flag_bits & (STRONGLY | HIDDEN):
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
            return zip_methods.unpack(method, member.octets, info.file_size, info.CRC, info.flag_bits)
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
        return [
            _content(
                place,
                zip_methods.unpack(aes.method, packed, info.file_size, info.CRC or None, info.flag_bits),
            )
        ]

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
    at = source.data.find(LOCAL_SIGNATURE)
    while at >= 0 and left > 0:
        try:
            _, flags, method, crc, packed, size, name, extra = LOCAL.unpack_from(source.data, at)
            start, left = at + LOCAL.size + name + extra, left - size - _LEAST_WORK
            octets = source.data[start : start + packed]
            content = zip_methods.unpack(method, octets, min(size, left), crc, flags)
            yield Source(source.within(f"member at octet {at}"), content)
        except (struct.error, Unreadable):
            pass
        at = source.data.find(LOCAL_SIGNATURE, at + 1)
