"""The packets of OpenPGP (RFC 9580 section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_NEW_FORMAT = 0x40
_VERSIONS = {1: {2, 3, 6}, 2: {3, 4, 5, 6}, 3: {4, 5, 6}, 4: {3, 6}, 8: {0, 1, 2, 3}, 11: set(b"btul1m")}
"""What the first octet of the body may be, by tag, for packets that a message begins with (section 5)."""


class Packet(NamedTuple):
    tag: int
    body: bytes


def begins_message(data: bytes) -> bool:
    """Whether the octets are packets to their end, of which the first is one that messages begin with."""
    try:
        first, *_ = packets(data)
    except ValueError:
        return False
    return first.body[:1] != b"" and first.body[0] in _VERSIONS.get(first.tag, ())


def packets(data: bytes) -> list[Packet]:
    """Raises ValueError for octets that are no packets, or are cut off."""
    found, place = [], 0
    while place < len(data):
        tag = data[place]
        if not tag & 0x80:
            raise ValueError("no packet")
        if tag & _NEW_FORMAT:
            pieces = list(_pieces(data, place + 1))
            found.append(Packet(tag & 0x3F, b"".join(data[piece] for piece in pieces)))
            place = pieces[-1].stop
        else:
            body = _old_body(data, place + 1, tag & 3)
            found.append(Packet(tag >> 2 & 0xF, data[body]))
            place = body.stop
        if place > len(data):
            raise ValueError("packet cut off")
    if not found:
        raise ValueError("no packet")
    return found


def _old_body(data: bytes, place: int, kind: int) -> slice:
    """Section 4.2.2; a body of indeterminate length goes on to the end."""
    if kind == 3:
        return slice(place, len(data))
    octets = 1 << kind
    start = place + octets
    return slice(start, start + int.from_bytes(data[place:start]))


def _pieces(data: bytes, place: int) -> Iterator[slice]:
    """The pieces of a body; every one but the last has a partial length (section 4.2.1.4)."""
    while True:
        first = data[place] if place < len(data) else 0
        if first < 192:
            start, length = place + 1, first
        elif first < 224:
            stated = int.from_bytes(data[place : place + 2].ljust(2, b"\xff"))  # it may be cut off
            start, length = place + 2, stated - 0xC000 + 192
        elif first == 255:
            start, length = place + 5, int.from_bytes(data[place + 1 : place + 5])
        else:
            start, length = place + 1, 1 << (first & 0x1F)
        yield slice(start, start + length)
        if not 224 <= first < 255:
            return
        place = start + length
