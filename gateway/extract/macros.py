"""Modules of Visual Basic as they are kept in storages: compressed source text ([MS-OVBA] 2.4.1)."""

from __future__ import annotations

import struct

from gateway.extract.source import Unreadable

_OPENING = b"\0Attribut"
"""What every module begins with: flags, then words; before them stand the container's octet and a header."""
_BEFORE = 3
"""Octets of a container in front of its text."""
_PACKED = 0x8000
_LARGEST_CHUNK = 4096
"""Octets that one chunk holds at the most (section 2.4.1.1.3)."""


def is_module(data: bytes) -> bool:
    """Whether a stream ends in the compressed text of a module (section 2.3.4.3)."""
    return data.find(_OPENING) >= _BEFORE


def is_container(data: bytes) -> bool:
    """Whether a stream is compressed from its beginning on, as the list of modules is (section 2.3.4.2)."""
    return data[:1] == b"\1" and len(data) > _BEFORE and data[2] & 0x70 == 0x30


def read(data: bytes) -> str:
    """The text of a module; raises Unreadable where it is damaged."""
    return unpacked(data[data.find(_OPENING) - _BEFORE :]).decode("cp1252", "replace").replace("\r\n", "\n")


def unpacked(container: bytes) -> bytes:
    """What a container holds; raises Unreadable where it is damaged."""
    place, text = 1, bytearray()
    try:
        while place + 2 <= len(container):
            (header,) = struct.unpack_from("<H", container, place)
            end = place + (header & 0xFFF) + 3
            chunk = container[place + 2 : end]
            text += _inflated(chunk) if header & _PACKED else chunk
            place = end
    except LookupError as error:
        raise Unreadable("a damaged macro") from error
    return bytes(text)


def _inflated(chunk: bytes) -> bytearray:
    """Literals, and copies of what came before within this chunk (section 2.4.1.3.3)."""
    out = bytearray()
    place = 0
    while place < len(chunk):
        flags, place = chunk[place], place + 1
        if len(out) > _LARGEST_CHUNK:
            raise LookupError
        for bit in range(8):
            if place >= len(chunk):
                break
            if flags >> bit & 1:
                _copy(out, *struct.unpack_from("<H", chunk.ljust(place + 2, b"\0"), place))
                place += 2
            else:
                out.append(chunk[place])
                place += 1
    return out


def _copy(out: bytearray, token: int) -> None:
    """Section 2.4.1.3.19: the longer the text so far, the more bits are for the distance."""
    bits = max((len(out) - 1).bit_length(), 4)
    distance, length = (token >> (16 - bits)) + 1, (token & (0xFFFF >> bits)) + 3
    if distance > len(out):
        raise LookupError
    for _ in range(length):
        out.append(out[-distance])
