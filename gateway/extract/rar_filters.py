"""What RAR 3 does to a member before packing it, undone: differences of columns, calls in programs.

Filters are programs for a machine of its own, of which RAR itself only ever wrote six; these are
known by their checksums, as libarchive knows them. Those for pictures, sound and Itanium are refused.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from gateway.extract.source import Unreadable

_UNKNOWN = "packed in a way that cannot be undone here"
_DAMAGED = "a damaged member of a RAR archive"
_DELTA, _CALLS, _CALLS_AND_JUMPS = (29, 0x0E06077D), (53, 0xAD576887), (57, 0x3CD7E57E)
"""Octets of each program, and its checksum."""
_ADDRESSES = 1 << 24
_MOST = 1 << 22
"""Octets that a filter works on."""


class Filter(NamedTuple):
    """Where it works, both counted in what has been unpacked so far, and how."""

    start: int
    length: int
    program: tuple[int, int]
    channels: int

    def undo(self, data: bytes, offset: int) -> bytes:
        """The octets before it, `offset` octets behind the beginning of their member."""
        if self.program == _DELTA:
            return _summed(data, self.channels)
        return _called(data, offset, jumps=self.program == _CALLS_AND_JUMPS)


class Filters:
    """The programs of one archive, and what of them is remembered from one use to the next."""

    def __init__(self) -> None:
        self._programs: list[tuple[int, int]] = []
        self._last_lengths: list[int] = []
        self._last = 0

    def read(self, flags: int, code: bytes, place: int) -> Filter:
        """The filter that a symbol announces at a place of the output. Raises Unreadable."""
        numbers = _Numbers(code)
        if flags & 0x80:
            stated = numbers.number()
            if not stated:
                self._programs, self._last_lengths = [], []
            self._last = stated - 1 if stated else 0
        index = self._last
        if index > len(self._programs):
            raise Unreadable(_DAMAGED)
        start = place + numbers.number() + (258 if flags & 0x40 else 0)
        known = index < len(self._programs)
        length = numbers.number() if flags & 0x20 else self._last_lengths[index] if known else 0
        registers = [0] * 7
        if flags & 0x10:
            mask = numbers.bits(7)
            registers = [numbers.number() if mask >> register & 1 else 0 for register in range(7)]
        if not known:
            program = bytes(numbers.bits(8) for _ in range(min(numbers.number(), 1 << 16)))
            self._programs.append((len(program), zlib.crc32(program)))
            self._last_lengths.append(0)
        self._last_lengths[index] = length
        program_ = self._programs[index]
        if program_ not in {_DELTA, _CALLS, _CALLS_AND_JUMPS} or length > _MOST:
            raise Unreadable(_UNKNOWN)
        return Filter(start, length, program_, registers[0])


class _Numbers:
    """Bits and numbers as the programs' machine has them."""

    def __init__(self, code: bytes) -> None:
        self._value = int.from_bytes(code)
        self._left = 8 * len(code)

    def bits(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Unreadable(_DAMAGED)
        return self._value >> self._left & (1 << count) - 1

    def number(self) -> int:
        kind = self.bits(2)
        if kind == 1:
            value = self.bits(8)
            return value if value >= 16 else 0xFFFFFF00 | value << 4 | self.bits(4)
        return self.bits((4, 0, 16, 32)[kind])


def _summed(data: bytes, channels: int) -> bytes:
    """Columns, one after another, of differences to the octet above."""
    if not 0 < channels <= 1024:
        raise Unreadable(_DAMAGED)
    summed, place = bytearray(len(data)), 0
    for channel in range(channels):
        last = 0
        for index in range(channel, len(data), channels):
            last = last - data[place] & 0xFF
            summed[index] = last
            place += 1
    return bytes(summed)


def _called(data: bytes, offset: int, *, jumps: bool) -> bytes:
    """The addresses behind x86 calls, relative again to where they stand."""
    called, place = bytearray(data), 0
    while place + 5 <= len(data):
        octet = data[place]
        place += 1
        if octet != 0xE8 and not (jumps and octet == 0xE9):
            continue
        here = offset + place
        (address,) = struct.unpack_from("<i", data, place)
        if address < 0 <= address + here:
            struct.pack_into("<i", called, place, address + _ADDRESSES)
        elif 0 <= address < _ADDRESSES:
            struct.pack_into("<i", called, place, address - here)
        place += 4
    return bytes(called)
