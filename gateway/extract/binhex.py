"""Files in BinHex 4.0 (RFC 1741, appendix A): how Macintosh programs write a file and its resources."""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Iterator

from gateway.extract.members import step
from gateway.extract.node import Node
from gateway.extract.source import Source

MARK = "must be converted with BinHex"
_FILE = re.compile(rf"{MARK}[^\r\n]{{0,100}}\s+:([^:]*):")
_LETTERS = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BITS = {letter: number for number, letter in enumerate(_LETTERS)}
_RUN = re.compile(rb"\x90(.)", re.DOTALL)
_LONGEST = 1 << 28
_HEADER = struct.Struct(">11xLL")
"""Behind the name: version, type, creator and flags; how long the data and the resources are."""


def within(source: Source, text: str) -> Iterator[Node | Source]:
    """The files that are written in the text, and where one is damaged."""
    files = _FILE.findall(text)
    for letters in files:
        try:
            name, *forks = _forks(_unpacked(_octets(letters)))
        except (ValueError, struct.error, LookupError):
            yield source.unscannable("a damaged file in BinHex", "BinHex file")
            continue
        place = step(name.decode("mac_roman"))
        for fork in filter(None, forks):
            yield Source(source.within(place), fork)
    if not files:
        yield source.unscannable("a file in BinHex", "BinHex file")


def _octets(letters: str) -> bytes:
    """Six bits a letter; raises KeyError for others."""
    numbers = [_BITS[letter] for letter in letters if not letter.isspace()]
    numbers += [0] * (-len(numbers) % 4)
    out = bytearray()
    for place in range(0, len(numbers), 4):
        bits = numbers[place] << 18 | numbers[place + 1] << 12 | numbers[place + 2] << 6 | numbers[place + 3]
        out += bits.to_bytes(3)
    return bytes(out)


def _unpacked(packed: bytes) -> bytes:
    """Octet, 0x90 and a count stand for a run; 0x90 and 0 for 0x90 itself. Raises ValueError."""
    out, place = bytearray(), 0
    for run in _RUN.finditer(packed):
        out += packed[place : run.start()]
        count = run[1][0]
        if not count:
            out.append(0x90)
        elif not out:
            raise ValueError
        else:
            out += out[-1:] * (count - 1)
        if len(out) > _LONGEST:
            raise ValueError
        place = run.end()
    return bytes(out + packed[place:])


def _forks(file: bytes) -> tuple[bytes, bytes, bytes]:
    """Name, data and resources, each behind a checksum. Raises ValueError where one is wrong."""
    end = 1 + file[0]
    pieces, place = [], 0
    for length in (end + _HEADER.size, *_HEADER.unpack_from(file, end)):
        piece = file[place : place + length]
        place += length + 2
        if binascii.crc_hqx(piece, 0).to_bytes(2) != file[place - 2 : place]:
            raise ValueError
        pieces.append(piece)
    return file[1:end], pieces[1], pieces[2]
