"""7z archives: the members, and the proof that others need a password (7zFormat.txt of the LZMA SDK)."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from gateway.extract import seven_zip_coders, seven_zip_header
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise, shows_something
from gateway.extract.seven_zip_coders import NeedsPassword, needs_password
from gateway.extract.seven_zip_header import SIGNATURE_SIZE, Damaged, Folder, Listing, Member
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_ROUNDS = 1 << 19
"""Of SHA-256, as 7-Zip sets them."""
_LOOKED_AT = 4096
_UNPROVED = "says that it is encrypted, but is not"
_PROOF = "7z AES: opens with a password only"


def read(source: Source, limits: Limits) -> Iterator[Found]:
    """The names of members where they can be read, the members, and the proof that others need a password."""
    try:
        listing = _listing(source, None, limits)
    except NeedsPassword:
        yield from _locked_header(source, limits)
        return
    yield from _beside(source, listing, limits)
    yield from _plain(source, listing, limits)
    yield from _locked(source, listing, limits)


def _listing(source: Source, password: str | None, limits: Limits) -> Listing:
    unpack = partial(seven_zip_coders.unpack, password=password, limits=limits)
    return seven_zip_header.read(source.data, unpack, limits)


def _beside(source: Source, listing: Listing, limits: Limits) -> Iterator[Found]:
    """Names, empty files, comments, and what belongs to no member."""
    sizes = [member.size for member in listing.members]
    names = [member.name for member in listing.members]
    if any(names):
        yield file_names(source, names)
    elif not any(sizes):
        yield source.text("", empty="an archive without members")
    if any(map(leads_out, names)):
        yield source.unscannable("a member whose name leads out of the archive", "structure")
    if sum(sizes) > limits.octets or max(sizes, default=0) > limits.member_octets:
        raise Unreadable(TOO_LARGE)
    for member in listing.members:
        if member.packed is None and not member.is_folder:
            yield Source(source.within(step(member.name)), b"")
    if listing.words:
        yield source.text(listing.words, "comments")
    for gap in listing.gaps:
        yield Source(source.within("between the members"), gap)
        yield source.unscannable("octets that belong to no member", "structure")


def _plain(source: Source, listing: Listing, limits: Limits) -> Iterator[Found]:
    """The members that need no password; those that cannot be unpacked say so."""
    for folder, members in _packed(listing):
        if not needs_password(folder):
            try:
                yield from _members(source, seven_zip_coders.unpack(folder, None, limits), members)
            except Unreadable as refusal:
                yield from (source.unscannable(str(refusal), step(member.name)) for member in members)


def _packed(listing: Listing) -> Iterator[tuple[Folder, list[Member]]]:
    for number, folder in enumerate(listing.folders):
        yield folder, [member for member in listing.members if member.packed == number]


def _members(source: Source, content: bytes, members: list[Member]) -> Iterator[Source]:
    """Raises Damaged for the first whose checksum is wrong."""
    if content and not members:
        yield Source(source.within("between the members"), content)
    for member in members:
        octets = content[member.start : member.start + member.size]
        if member.crc is not None and zlib.crc32(octets) != member.crc:
            raise Damaged
        yield Source(source.within(step(member.name)), octets)


def _locked(source: Source, listing: Listing, limits: Limits) -> Iterator[Found]:
    locked = [(folder, members) for folder, members in _packed(listing) if needs_password(folder)]
    streams = [stream for folder, _ in locked for stream in folder.streams.values()]

    def opened(word: str) -> list[Found]:
        found: list[Found] = []
        for folder, members in locked:
            found += _members(source, seven_zip_coders.unpack(folder, word, limits), members)
        return found

    if locked:
        yield from _proved(source, streams, opened)


def _locked_header(source: Source, limits: Limits) -> Iterator[Found]:
    """Names and all are encrypted; members and that header stand in front of what describes it."""
    following = int.from_bytes(source.data[12:20], "little")

    def opened(word: str) -> list[Found]:
        listing = _listing(source, word, limits)
        found = [*_beside(source, listing, limits), *_plain(source, listing, limits)]
        for folder, members in _packed(listing):
            if needs_password(folder):
                found += _members(source, seven_zip_coders.unpack(folder, word, limits), members)
        return found

    yield from _proved(source, [source.data[SIGNATURE_SIZE : SIGNATURE_SIZE + following]], opened)


def _proved(source: Source, streams: list[bytes], opened: Callable[[str], list[Found]]) -> Iterator[Found]:
    """Encryption is proved by noise where the content should be, and by a password that fails."""
    if not all(map(is_noise, streams)) or any(map(_unpacks_as_it_is, streams)):
        raise Unreadable(_UNPROVED)

    def open_(word: str) -> list[Found]:
        try:
            return opened(word)
        except Damaged as error:
            raise WrongPassword from error

    try:
        yield from open_("")
    except WrongPassword:
        yield Locked(source, source.encrypted(_PROOF), open_, _ROUNDS)


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
