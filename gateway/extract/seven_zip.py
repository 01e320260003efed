"""7z archives (https://py7zr.readthedocs.io/en/stable/archive_format.html), by py7zr."""

from __future__ import annotations

import io
import lzma
from collections.abc import Callable, Iterator

import py7zr
from py7zr.compressor import SupportedMethods
from py7zr.io import BytesIOFactory

from gateway.extract import archives
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise, shows_something
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_ROUNDS = 1 << 19
"""Of SHA-256, as 7-Zip sets them."""
_NO_ANSWER = (Unreadable, PermissionError, MemoryError, ImportError)
"""What says nothing about a password."""
_PIECE = 1 << 23
_PPMD = b"\x03\x04\x01"
_SIGNATURE_HEADER = 32
_LOOKED_AT = 4096
_UNPROVED = "says that it is encrypted, but is not"
_PROOF = "7z AES: opens with a password only"

# py7zr would ask the machine how much memory is free, and a worker may not.
py7zr.py7zr.get_memory_limit = lambda: _PIECE  # type: ignore[attr-defined]  # it is there, not exported


class _Threaded(Unreadable):
    """py7zr would unpack PPMd in a thread of its own, and a worker may not have any."""


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names of members where they can be read, the members, and the proof that others need a password."""
    try:
        archive = py7zr.SevenZipFile(io.BytesIO(source.data))
    except py7zr.PasswordRequired:
        yield from _locked(source, [_header_octets(source.data)], limits, lambda _: True)
        return
    if len(source.data) == _SIGNATURE_HEADER:
        yield source.text("", empty="an archive without members")
        return
    yield from _names(source, archive)
    _refuse_excess(archive, limits)
    locked = {member.filename for member in archive.files if _is_encrypted(member)}
    plain = [member.filename for member in archive.files if member.filename not in locked]
    if plain:
        yield from _plain(source, plain, limits)
    if locked:
        yield from _locked(source, _encrypted_streams(source.data, archive), limits, locked.__contains__)
    end = _SIGNATURE_HEADER + archive.sig_header.nextheaderofs + archive.sig_header.nextheadersize
    if rest := source.data[end:]:
        yield Source(source.within("after the end"), rest)
        yield source.unscannable("octets after the end of an archive")


def _names(source: Source, archive: py7zr.SevenZipFile) -> Iterator[Found]:
    names = archive.getnames()
    yield file_names(source, names)
    if any(map(leads_out, names)):
        yield source.unscannable("a member whose name leads out of the archive", "structure")


def _refuse_excess(archive: py7zr.SevenZipFile, limits: Limits) -> None:
    sizes = [member.uncompressed for member in archive.files]
    largest = max(sizes, default=0)
    if len(sizes) > limits.nodes or sum(sizes) > limits.octets or largest > limits.member_octets:
        raise Unreadable(TOO_LARGE)


def _is_encrypted(member: py7zr.py7zr.ArchiveFile) -> bool:
    return not member.emptystream and SupportedMethods.needs_password(member.folder.coders)


def _is_by_ppmd(member: py7zr.py7zr.ArchiveFile) -> bool:
    return not member.emptystream and any(coder["method"] == _PPMD for coder in member.folder.coders)


def _members(source: Source, word: str, limits: Limits, wanted: Callable[[str], bool]) -> list[Found]:
    """The members that one password opens; raises what py7zr raises."""
    factory = BytesIOFactory(limits.member_octets)
    archive = py7zr.SevenZipFile(io.BytesIO(source.data), password=word, max_extract_size=limits.octets)
    _refuse_excess(archive, limits)
    if any(_is_by_ppmd(member) for member in archive.files if wanted(member.filename)):
        raise _Threaded("packed in a way that cannot be undone here")
    archive.extract(targets=[name for name in archive.getnames() if wanted(name)], factory=factory)
    read: list[Found] = [
        Source(source.within(step(name)), item.read()) for name, item in factory.products.items()
    ]
    if len(read) < sum(wanted(member.filename) and not member.emptystream for member in archive.files):
        read.append(source.unscannable("members that py7zr does not take for files", "structure"))
    return read


def _plain(source: Source, names: list[str], limits: Limits) -> Iterator[Found]:
    """The members that need no password, by libarchive where py7zr does not know how they are packed."""
    try:
        yield from _members(source, "", limits, names.__contains__)
    except (py7zr.UnsupportedCompressionMethodError, _Threaded):
        for name, content in archives.members(source.data, "7zip", limits):
            if content is not None and name in names:
                yield Source(source.within(step(name)), content)


def _locked(
    source: Source, streams: list[bytes], limits: Limits, wanted: Callable[[str], bool]
) -> Iterator[Found]:
    """Encryption is proved by noise where the content should be, and by a password that fails."""
    if not all(map(is_noise, streams)) or any(map(_unpacks_as_it_is, streams)):
        raise Unreadable(_UNPROVED)

    def open_(word: str) -> list[Found]:
        try:
            return _members(source, word, limits, wanted)
        except _NO_ANSWER as error:
            raise Unreadable("encrypted, and a password could not be tried") from error
        except Exception as error:  # the wrong key makes nonsense, on which py7zr may stumble in any way
            raise WrongPassword from error

    try:
        yield from open_("")
    except WrongPassword:
        yield Locked(source, source.encrypted(_PROOF), open_, _ROUNDS)


def _header_octets(data: bytes) -> bytes:
    """What stands in front of the description of an encrypted header: the members, and that header."""
    following = int.from_bytes(data[12:20], "little")
    return data[_SIGNATURE_HEADER : _SIGNATURE_HEADER + following]


def _encrypted_streams(data: bytes, archive: py7zr.SevenZipFile) -> list[bytes]:
    streams = []
    main = archive.header.main_streams
    positions = iter(main.packinfo.packpositions)
    start = next(positions)
    for folder in main.unpackinfo.folders:
        for _ in range(max(len(folder.packed_indices), 1)):
            end = next(positions)
            if SupportedMethods.needs_password(folder.coders):
                streams.append(data[archive.afterheader + start : archive.afterheader + end])
            start = end
    return streams


def _unpacks_as_it_is(stream: bytes) -> bool:
    """Whether LZMA makes something of it without a key; of octets that are encrypted it makes noise."""
    for filter_ in (lzma.FILTER_LZMA2, lzma.FILTER_LZMA1):
        try:
            decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": filter_}])
            content = decompressor.decompress(stream, _LOOKED_AT)
        except lzma.LZMAError:
            continue
        if content and shows_something(content):
            return True
    return False
