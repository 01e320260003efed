"""OpenPGP messages (RFC 9580): what is merely signed, compressed or wrapped is read."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator

from gateway.extract import types
from gateway.extract.compressed import ERRORS, Decompressor
from gateway.extract.members import TOO_LARGE, step
from gateway.extract.node import Limits
from gateway.extract.noise import is_noise
from gateway.extract.pgp_packets import Packet, packets
from gateway.extract.pgp_password import PasswordKey, content
from gateway.extract.source import Found, Locked, Source, Unreadable

_FOR_A_KEY, _SIGNATURE, _FOR_A_PASSWORD, _ONE_PASS = 1, 2, 3, 4
_COMPRESSED, _ENCRYPTED, _MARKER, _LITERAL, _PROTECTED, _AEAD, _PADDING = 8, 9, 10, 11, 18, 20, 21
_KEYS_TO_IT = {_FOR_A_KEY, _FOR_A_PASSWORD}
_CONTENT_OF_IT = {_ENCRYPTED, _PROTECTED, _AEAD}
_SILENT = {_SIGNATURE, _ONE_PASS, _MARKER, _PADDING}
_DECOMPRESSORS: dict[int, Callable[[], Decompressor]] = {
    1: lambda: zlib.decompressobj(-zlib.MAX_WBITS),
    2: zlib.decompressobj,
    3: bz2.BZ2Decompressor,
}


def read(source: Source, limits: Limits) -> Iterator[Found]:
    try:
        found = [packet for packet in packets(source.data) if packet.tag not in _SILENT]
    except ValueError as error:
        raise Unreadable("damaged, or no PGP message") from error
    tags = [packet.tag for packet in found]
    if tags and tags[-1] in _CONTENT_OF_IT and tags[:-1] and set(tags[:-1]) <= _KEYS_TO_IT:
        if not is_noise(found[-1].body):
            raise Unreadable("says that it is encrypted, but is not")
        yield _locked(source, found)
        return
    if not tags:
        yield source.text("", empty="PGP signatures without content")
    for packet in found:
        yield _content(source, packet, limits)


def _locked(source: Source, found: list[Packet]) -> Found:
    """The proof, and how to try passwords where there is one that this can try."""
    node = source.encrypted("PGP: opens with a key or password only")
    keys = list(filter(None, (PasswordKey.of(one.body) for one in found if one.tag == _FOR_A_PASSWORD)))
    protected = found[-1]
    if not keys or protected.tag != _PROTECTED or protected.body[:1] != b"\1":
        return node

    def open_(word: str) -> list[Source]:
        packets_within = content(keys, protected.body, word)
        return [Source(source.within("content"), packets_within, type=types.PGP)]

    return Locked(source, node, open_, sum(key.rounds for key in keys))


def _content(source: Source, packet: Packet, limits: Limits) -> Source:
    if packet.tag == _COMPRESSED:
        return Source(source.within("content"), _decompressed(packet.body, limits), type=types.PGP)
    if packet.tag == _LITERAL:
        end = 2 + packet.body[1]
        name = packet.body[2:end].decode("utf-8", "replace")
        return Source(source.within(step(name) if name else "content"), packet.body[end + 4 :])
    raise Unreadable("a PGP packet that belongs to no message")


def _decompressed(body: bytes, limits: Limits) -> bytes:
    """Section 5.6."""
    if body[:1] == b"\0":
        return body[1:]
    try:
        decompressor = _DECOMPRESSORS[body[0]]()
        content = decompressor.decompress(body[1:], limits.member_octets)
    except (LookupError, *ERRORS) as error:
        raise Unreadable("a damaged PGP packet") from error
    if not decompressor.eof:
        raise Unreadable(TOO_LARGE if len(content) == limits.member_octets else "a damaged PGP packet")
    return content
