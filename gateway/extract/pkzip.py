"""How PKZIP 1 packed members, which programs for ZIP still read (APPNOTE 6.3.10, sections 5.1 to 5.3)."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import groupby

from gateway.extract.source import Unreadable

_DAMAGED = "a damaged member of a ZIP archive"
_LARGE_WINDOW, _LITERALS_CODED = 0x02, 0x04
"""Flags of a member that was imploded."""
_CONTROL, _WIDER, _CLEAR = 256, 1, 2
"""The code that stands for nothing, and what is said by the one behind it."""
_WIDEST = 13
_ESCAPE = 144
_LONGEST_FOLLOWING = 63
_DEEPEST = 16
"""Bits of the longest code."""


class _Bits:
    """The octets as bits, the lowest first; raises Unreadable behind the last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = self._held = self._value = 0

    def peek(self, count: int) -> int:
        """The next bits, with zeros behind the last."""
        while self._held < count:
            self._value |= int.from_bytes(self._data[self._place : self._place + 8], "little") << self._held
            self._place += 8
            self._held += 64
        return self._value & (1 << count) - 1

    def drop(self, count: int) -> None:
        self._value >>= count
        self._held -= count
        if 8 * self._place - self._held > 8 * len(self._data):
            raise Unreadable(_DAMAGED)

    def take(self, count: int) -> int:
        value = self.peek(count)
        self.drop(count)
        return value

    def end(self) -> None:
        """Raises Unreadable if an octet is left over: what stands in it, nobody has seen."""
        if 8 * self._place - self._held <= 8 * (len(self._data) - 1):
            raise Unreadable(_DAMAGED)


def unshrink(octets: bytes, size: int) -> bytes:
    """LZW with codes of 9 to 13 bits, of which those that lead nowhere are given up on demand (5.1)."""
    bits, content, codes, width = _Bits(octets), bytearray(), _Codes(), 9
    last = -1
    while len(content) < size:
        code = bits.take(width)
        if code != _CONTROL:
            if last >= 0:
                codes.add(last, code)
            content += codes.word(code)
            last = code
            continue
        told = bits.take(width)
        if told == _WIDER and width < _WIDEST:
            width += 1
        elif told == _CLEAR:
            codes.clear()
        else:
            raise Unreadable(_DAMAGED)
    bits.end()
    return bytes(content)


class _Codes:
    """What the codes of LZW stand for: each continues another, down to one that is an octet.

    A number that was given up may be given out again while others still continue it.
    """

    def __init__(self) -> None:
        self._before: dict[int, int] = {}
        self._octet: dict[int, int] = {}
        self._continued = [0] * (1 << _WIDEST)
        """By how many codes."""
        self._last: set[int] = set()
        """Codes that none continues."""
        self._free = list(range(_CONTROL + 1, 1 << _WIDEST))

    def add(self, last: int, code: int) -> None:
        """Gives the lowest free number to what `last` is with the first octet of `code`, if one is free."""
        if not self._free:
            return
        new = self._free[0]
        self._octet[new] = self._first(code, new, last)
        heapq.heappop(self._free)
        self._before[new] = last
        self._continued[last] += 1
        self._last.discard(last)
        if not self._continued[new]:
            self._last.add(new)

    def clear(self) -> None:
        """Gives up all that none continues."""
        given_up, self._last = self._last, set()
        for code in given_up:
            before = self._before.pop(code)
            self._continued[before] -= 1
            if not self._continued[before] and before in self._before and before not in given_up:
                self._last.add(before)
            heapq.heappush(self._free, code)

    def word(self, code: int) -> bytes:
        """The octets that a code stands for; raises Unreadable if it is not known or never ends."""
        word = bytearray()
        for _ in range(1 << _WIDEST):
            if code < _CONTROL:
                word.append(code)
                return bytes(word[::-1])
            if code not in self._before:
                break
            word.append(self._octet[code])
            code = self._before[code]
        raise Unreadable(_DAMAGED)

    def _first(self, code: int, new: int, last: int) -> int:
        """The first octet of a code, which may continue the `new` one, as that one continues the `last`."""
        for _ in range(1 << _WIDEST):
            if code < _CONTROL:
                return code
            code = last if code == new else self._before.get(code, _CONTROL)
            if code == _CONTROL:
                break
        raise Unreadable(_DAMAGED)


def expand(octets: bytes, size: int, factor: int) -> bytes:
    """Octets that mostly follow upon each other, then repeated stretches (5.2, "reducing")."""
    bits, content = _Bits(octets), bytearray()
    following = [bytes(bits.take(8) for _ in range(bits.take(6))) for _ in range(256)][::-1]
    last = 0

    def next_octet() -> int:
        nonlocal last
        likely = following[last]
        if not likely or bits.take(1):
            last = bits.take(8)
        else:
            place = bits.take(max(1, (len(likely) - 1).bit_length()))
            if place >= len(likely):
                raise Unreadable(_DAMAGED)
            last = likely[place]
        return last

    longest = (1 << 8 - factor) - 1
    while len(content) < size:
        octet = next_octet()
        told = next_octet() if octet == _ESCAPE else 0
        if not told:
            content.append(octet)
            continue
        length = told & longest
        length += next_octet() if length == longest else 0
        _repeat(content, (told >> 8 - factor) * 256 + next_octet() + 1, length + 3)
    bits.end()
    return bytes(content[:size])


def explode(octets: bytes, size: int, flags: int) -> bytes:
    """Single octets and repeated stretches by codes of Shannon and Fano (5.3, "imploding")."""
    bits, content = _Bits(octets), bytearray()
    literal = _code(bits, 256) if flags & _LITERALS_CODED else None
    length_code, distance_code = _code(bits, 64), _code(bits, 64)
    low = 7 if flags & _LARGE_WINDOW else 6
    shortest = 3 if literal else 2
    while len(content) < size:
        if bits.take(1):
            content.append(literal() if literal else bits.take(8))
            continue
        distance = bits.take(low)
        distance += (distance_code() << low) + 1
        length = length_code()
        length += bits.take(8) if length == _LONGEST_FOLLOWING else 0
        _repeat(content, distance, length + shortest)
    bits.end()
    return bytes(content[:size])


def _code(bits: _Bits, symbols: int) -> Callable[[], int]:
    """Reads the lengths of a code's words; what it gives reads one word and says what it stands for."""
    lengths: list[int] = []
    for _ in range(bits.take(8) + 1):
        length = bits.take(4) + 1
        lengths += [length] * (bits.take(4) + 1)
    if len(lengths) != symbols:
        raise Unreadable(_DAMAGED)
    table: list[tuple[int, int]] = [(0, 0)] * (1 << _DEEPEST)
    word = 0
    for length, group in groupby(
        sorted(range(symbols), key=lambda each: (-lengths[each], -each)), lengths.__getitem__
    ):
        for symbol in group:
            if word >= 1 << _DEEPEST or word % (1 << _DEEPEST - length):
                raise Unreadable(_DAMAGED)
            backwards = int(f"{word:0{_DEEPEST}b}"[::-1], 2)
            table[backwards :: 1 << length] = [(symbol, length)] * (1 << _DEEPEST - length)
            word += 1 << _DEEPEST - length

    def read() -> int:
        symbol, length = table[bits.peek(_DEEPEST)]
        if not length:
            raise Unreadable(_DAMAGED)
        bits.drop(length)
        return symbol

    return read


def _repeat(content: bytearray, distance: int, length: int) -> None:
    """Adds what stands `distance` octets back once more; before the beginning are zeros."""
    if distance > len(content):
        zeros = min(distance - len(content), length)
        content += bytes(zeros)
        length -= zeros
    start = len(content) - distance
    while length > 0:
        piece = content[start : start + min(length, distance)]
        content += piece
        length -= len(piece)
        start += len(piece)
