"""What RAR 2 and 3 packed by LZ77 and Huffman codes: solid archives, comments, RAR 2 (libarchive has none).

The methods of RAR 2.0 and 2.9 as libarchive and The Unarchiver document them in their sources. Text that
RAR 3 packed by PPMd, and sound that RAR 2 packed, are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from gateway.extract.rar_filters import Filter, Filters
from gateway.extract.source import Unreadable

OLDEST, NEWEST = 20, 36
"""Versions, as members state them times ten."""
_RAR_29 = 29
_DAMAGED = "a damaged member of a RAR archive"
_UNKNOWN = "packed in a way that cannot be undone here"
_WINDOW = 1 << 22
_DEEPEST = 15
"""Bits of the longest code."""
_LENGTH_BITS = (*[0] * 8, *[1] * 4, *[2] * 4, *[3] * 4, *[4] * 4, *[5] * 4)
_LENGTHS = (0, *accumulate(1 << bits for bits in _LENGTH_BITS))
_SHORT = ((0, 2), (4, 2), (8, 3), (16, 4), (32, 5), (64, 6), (128, 6), (192, 6))
"""Distances of matches of two octets, and how many bits more say which."""
_DISTANCE_BITS = (0, 0, *(bits for bits in range(16) for _ in (0, 1)), *[16] * 14, *[18] * 12)
_DISTANCES = (0, *accumulate(1 << bits for bits in _DISTANCE_BITS))
_FAR, _FARTHER, _FARTHEST = 0x101, 0x2000, 0x40000
"""Distances from which a match is an octet longer than its code says."""
_LOW_BITS = 4
_LOW_FROM = 10
"""The code of distances from which their lowest bits have a code of their own."""


class _Bits:
    """The octets as bits, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = self._held = self._value = 0

    def peek(self, count: int) -> int:
        """The next bits, with zeros behind the last; raises Unreadable far behind it."""
        while self._held < count:
            octets = self._data[self._place : self._place + 8]
            if not octets and self._place > len(self._data) + 64:
                raise Unreadable(_DAMAGED)
            self._place += 8
            self._value = (self._value & (1 << self._held) - 1) << 64 | int.from_bytes(octets.ljust(8, b"\0"))
            self._held += 64
        return self._value >> self._held - count & (1 << count) - 1

    def take(self, count: int) -> int:
        value = self.peek(count)
        self._held -= count
        return value

    def align(self) -> None:
        """To the beginning of an octet."""
        self._held -= self._held % 8


class _Code:
    """A Huffman code by the lengths of its words: which symbol, and in how many bits, for the next 15."""

    def __init__(self, lengths: list[int]) -> None:
        table: list[tuple[int, int]] = []
        for length in range(1, _DEEPEST + 1):
            for symbol, own in enumerate(lengths):
                if own == length:
                    table += [(symbol, length)] * (1 << _DEEPEST - length)
        if len(table) > 1 << _DEEPEST:
            raise Unreadable(_DAMAGED)
        self._table = table

    def read(self, bits: _Bits) -> int:
        try:
            symbol, length = self._table[bits.peek(_DEEPEST)]
        except IndexError as error:
            raise Unreadable(_DAMAGED) from error
        bits.take(length)
        return symbol


class _Codes(NamedTuple):
    """Of what comes next, of distances, of their lowest bits (RAR 3), of lengths at repeated distances."""

    main: _Code
    distance: _Code
    low: _Code
    length: _Code


class Unpacker:
    """Members of one archive, one after another: in a solid one each goes on where the one before ended."""

    def __init__(self) -> None:
        self._window = bytearray()
        self._forget()

    def _forget(self) -> None:
        self._window.clear()
        self._lengths: list[int] = []
        self._codes: _Codes | None = None
        self._distances = [0, 0, 0, 0]
        self._last = (0, 0)
        """Length and distance of the last match."""
        self._low = self._low_repeats = 0
        self._filters = Filters()
        self._filtered: list[Filter] = []
        """What the member that is being unpacked went through."""

    def unpack(self, packed: bytes, size: int, version: int, *, solid: bool = False) -> bytes:
        """The `size` octets of a member. Raises Unreadable."""
        if not solid:
            self._forget()
        if not OLDEST <= version <= NEWEST:
            raise Unreadable(_UNKNOWN)
        del self._window[:-_WINDOW]
        start = len(self._window)
        steps = self._of_29 if version >= _RAR_29 else self._of_20
        steps(_Bits(packed), start + size)
        if len(self._window) < start + size:
            raise Unreadable(_DAMAGED)
        content = bytearray(self._window[start : start + size])
        for filter_ in self._filtered:
            place = filter_.start - start
            octets = bytes(content[place : place + filter_.length])
            if place < 0 or len(octets) < filter_.length:
                raise Unreadable(_DAMAGED)
            content[place : place + filter_.length] = filter_.undo(octets, place)
        self._filtered.clear()
        return bytes(content)

    def _of_29(self, bits: _Bits, end: int) -> None:
        self._codes = self._codes or self._codes_of_29(bits)
        while len(self._window) < end:
            symbol = self._codes.main.read(bits)
            if symbol < 256:
                self._window.append(symbol)
            elif symbol == 256:
                if bits.take(1):
                    self._codes = self._codes_of_29(bits)
                    continue
                if bits.take(1):
                    self._codes = None
                return
            elif symbol == 257:
                self._filtered.append(self._filter(bits))
            elif symbol == 258:
                self._copy(*self._last)
            elif symbol < 263:
                distance = self._distances.pop(symbol - 259)
                self._match(_length(self._codes.length.read(bits), bits) + 2, distance)
            elif symbol < 271:
                base, more = _SHORT[symbol - 263]
                self._match(2, base + 1 + bits.take(more), drop=True)
            else:
                length = _length(symbol - 271, bits) + 3
                distance = self._distance_of_29(bits)
                self._match(length + (distance >= _FARTHER) + (distance >= _FARTHEST), distance, drop=True)
        self._end_of_29(bits)

    def _end_of_29(self, bits: _Bits) -> None:
        """What stands behind the last octet says whether the next solid member has codes of its own."""
        assert self._codes is not None
        try:
            ends = self._codes.main.read(bits) == 256 and not bits.take(1)
        except Unreadable:
            return
        if ends and bits.take(1):
            self._codes = None

    def _filter(self, bits: _Bits) -> Filter:
        flags = bits.take(8)
        length = (flags & 7) + 1
        if length > 6:
            length = bits.take(8) + 7 if length == 7 else bits.take(16)
        return self._filters.read(flags, bytes(bits.take(8) for _ in range(length)), len(self._window))

    def _distance_of_29(self, bits: _Bits) -> int:
        assert self._codes is not None
        slot = self._codes.distance.read(bits)
        distance, more = _DISTANCES[slot] + 1, _DISTANCE_BITS[slot]
        if slot < _LOW_FROM:
            return distance + bits.take(more)
        distance += bits.take(more - _LOW_BITS) << _LOW_BITS
        if self._low_repeats:
            self._low_repeats -= 1
            return distance + self._low
        low = self._codes.low.read(bits)
        if low == 16:
            self._low_repeats = 15 - 1
            return distance + self._low
        self._low = low
        return distance + low

    def _codes_of_29(self, bits: _Bits) -> _Codes:
        bits.align()
        if bits.take(1):
            raise Unreadable(_UNKNOWN)
        old = self._lengths if bits.take(1) and self._lengths else [0] * 404
        self._low = self._low_repeats = 0
        first = list(_lengths_of_first(bits))
        self._lengths = _described(bits, _Code(first), old, {16: 3, 17: 7, 18: 3, 19: 7}, {16, 17})
        lengths = self._lengths
        return _Codes(*map(_Code, (lengths[:299], lengths[299:359], lengths[359:376], lengths[376:])))

    def _of_20(self, bits: _Bits, end: int) -> None:
        self._codes = self._codes or self._codes_of_20(bits)
        while len(self._window) < end:
            symbol = self._codes.main.read(bits)
            if symbol < 256:
                self._window.append(symbol)
            elif symbol == 256:
                self._match(*self._last, drop=True)
            elif symbol < 261:
                distance = self._distances[symbol - 257]
                length = _length(self._codes.length.read(bits), bits) + 2
                longer = sum(distance >= far for far in (_FAR, _FARTHER, _FARTHEST))
                self._match(length + longer, distance, drop=True)
            elif symbol < 269:
                base, more = _SHORT[symbol - 261]
                self._match(2, base + 1 + bits.take(more), drop=True)
            elif symbol == 269:
                self._codes = self._codes_of_20(bits)
            else:
                length = _length(symbol - 270, bits) + 3
                slot = self._codes.distance.read(bits)
                distance = _DISTANCES[slot] + 1 + bits.take(_DISTANCE_BITS[slot])
                self._match(length + (distance >= _FARTHER) + (distance >= _FARTHEST), distance, drop=True)
        try:
            if self._codes.main.read(bits) == 269:
                self._codes = self._codes_of_20(bits)
        except Unreadable:
            return

    def _codes_of_20(self, bits: _Bits) -> _Codes:
        if bits.take(1):
            raise Unreadable(_UNKNOWN)
        old = self._lengths if bits.take(1) and self._lengths else [0] * 374
        first = [bits.take(4) for _ in range(19)]
        self._lengths = _described(bits, _Code(first), old, {16: 2, 17: 3, 18: 7}, {16})
        lengths = self._lengths
        return _Codes(*map(_Code, (lengths[:298], lengths[298:346], [], lengths[346:])))

    def _match(self, length: int, distance: int, *, drop: bool = False) -> None:
        """Copy, and remember the distance, for the oldest that is remembered if `drop`."""
        if drop:
            self._distances.pop()
        self._distances.insert(0, distance)
        self._last = length, distance
        self._copy(length, distance)

    def _copy(self, length: int, distance: int) -> None:
        window = self._window
        if not length:
            return
        if not 0 < distance <= len(window):
            raise Unreadable(_DAMAGED)
        start = len(window) - distance
        piece = window[start : start + length]
        window += (piece * (length // len(piece) + 1))[:length]


def _length(slot: int, bits: _Bits) -> int:
    return _LENGTHS[slot] + bits.take(_LENGTH_BITS[slot])


def _lengths_of_first(bits: _Bits) -> Iterator[int]:
    """Of the code in which the lengths of the others are written (RAR 3): 15 begins a run of zeros."""
    written = 0
    while written < 20:
        length, zeros = bits.take(4), 0
        if length == 15 and (zeros := bits.take(4)):
            run = min(zeros + 2, 20 - written)
            yield from [0] * run
            written += run
        else:
            yield length
            written += 1


def _described(
    bits: _Bits, code: _Code, old: list[int], runs: dict[int, int], repeats: set[int]
) -> list[int]:
    """As many lengths as there were: each the sum with the old one, or in a run with those before, or zero.

    `runs` says in how many bits a symbol has the length of its run, `repeats` which repeat what is before.
    """
    lengths: list[int] = []
    while len(lengths) < len(old):
        symbol = code.read(bits)
        if symbol < 16:
            lengths.append(symbol + old[len(lengths)] & 15)
            continue
        count = bits.take(runs[symbol]) + (11 if runs[symbol] == 7 else 3)
        if symbol in repeats and not lengths:
            raise Unreadable(_DAMAGED)
        lengths += [lengths[-1] if symbol in repeats else 0] * count
    return lengths[: len(old)]
