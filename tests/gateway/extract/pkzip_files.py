"""Members of ZIP archives as PKZIP 1 packed them, for tests (APPNOTE 6.3.10, sections 5.1 to 5.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby

CLEAR = (256, 2)
"""Two codes that give up every code that no other continues (5.1)."""
LONGEST_SHRUNK = 1 << 13
"""More octets than any code stands for."""
_CODES = range(257, 1 << 13)
LITERALS_CODED = 0x04
LARGE_WINDOW = 0x02
_ESCAPE = 144
_LIKELY = 32
"""Octets that a follower set has at most (5.2)."""
_DEEPEST = 16

Piece = bytes | tuple[int, int]
"""Octets as they are, or what is repeated by length and distance."""


class Bits:
    """Written the lowest first."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def put(self, value: int, count: int) -> None:
        self._written.append(f"{value:0{count}b}"[::-1])

    def put_word(self, word: str) -> None:
        """The bits of a code, the first of them first."""
        self._written.append(word)

    def octets(self) -> bytes:
        written = "".join(self._written)
        return int(written[::-1] or "0", 2).to_bytes((len(written) + 7) // 8, "little")


# Shrinking (5.1)


def codes(numbers: Iterable[int]) -> bytes:
    """Each in nine bits, and in one more from every 256 and 1 on, which are put in where a code needs it."""
    out, width, before = Bits(), 9, 0
    for number in numbers:
        for each in (*(256, 1) * (number.bit_length() - width), number):
            out.put(each, width)
            width += (before, each) == (256, 1)
            before = each
    return out.octets()


def shrunk(data: bytes, highest: int = _CODES[-1]) -> bytes:
    """When the codes up to the highest are used up, those that nothing continues are used again."""
    return codes(_shrunk(data, highest))


def _shrunk(data: bytes, highest: int) -> Iterator[int]:
    tree: dict[tuple[int, int], int] = {}
    spare = iter(_CODES)
    code = -1
    for octet in data:
        if code < 0:
            code = octet
        elif (code, octet) in tree:
            code = tree[code, octet]
        else:
            yield code
            new = next(spare, highest + 1)
            if new > highest:
                yield from CLEAR
                continued = {before for before, _ in tree}
                tree = {way: code for way, code in tree.items() if code in continued}
                spare = iter(sorted({*_CODES} - {*tree.values()}))
                new = next(spare)
            tree[code, octet] = new
            code = octet
    if code >= 0:
        yield code


# Repeats


def _pieces(data: bytes, window: int, shortest: int, longest: int) -> Iterator[Piece]:
    """What stands there once more is a repeat; before the beginning stand zeros."""
    whole = bytes(window) + data
    places = {bytes(shortest): window - shortest}
    at = window
    while at < len(whole):
        start = places.get(whole[at : at + shortest], -1)
        length = 0
        while (
            at - window <= start < at + length < len(whole)
            and length < longest
            and whole[start + length] == whole[at + length]
        ):
            length += 1
        if length < shortest:
            length = 1
            yield whole[at : at + 1]
        else:
            yield length, at - start
        places |= {whole[place : place + shortest]: place for place in range(at, at + length)}
        at += length


# Reducing (5.2)


def reduced(data: bytes, factor: int) -> bytes:
    """By factors from 1 to 4, which are methods 2 to 5."""
    longest = 3 + (1 << 8 - factor) - 1 + 255
    return reduced_pieces(_pieces(data, 256 << factor, 4, longest), factor)


def reduced_pieces(pieces: Iterable[Piece], factor: int) -> bytes:
    """A repeat of three octets must reach back more than 256, since it would read as the octet 144."""
    octets, most = bytearray(), (1 << 8 - factor) - 1
    for piece in pieces:
        if isinstance(piece, bytes):
            octets += piece.replace(bytes([_ESCAPE]), bytes([_ESCAPE, 0]))
        else:
            length, (high, low) = piece[0] - 3, divmod(piece[1] - 1, 256)
            octets += bytes([_ESCAPE, high << 8 - factor | min(length, most)])
            octets += bytes([length - most, low] if length >= most else [low])
    return _likely(bytes(octets))


def _likely(octets: bytes) -> bytes:
    """Each octet by its place among those that mostly follow the one before."""
    counts: list[Counter[int]] = [Counter() for _ in range(256)]
    before = bytes(1) + octets
    for last, octet in zip(before, octets, strict=False):
        counts[last][octet] += 1
    following = [bytes(octet for octet, _ in each.most_common(_LIKELY)) for each in counts]
    out = Bits()
    for likely in reversed(following):
        out.put(len(likely), 6)
        for octet in likely:
            out.put(octet, 8)
    for last, octet in zip(before, octets, strict=False):
        likely = following[last]
        if octet in likely:
            out.put(0, 1)
            out.put(likely.index(octet), max(1, (len(likely) - 1).bit_length()))
        else:
            if likely:
                out.put(1, 1)
            out.put(octet, 8)
    return out.octets()


# Imploding (5.3)


class _Code:
    """A code of Shannon and Fano."""

    def __init__(self, symbols: Iterable[int], size: int) -> None:
        counts = Counter(symbols)
        weights = [counts[symbol] ** 2 + 1 for symbol in range(size)]
        while max(_lengths(weights)) > _DEEPEST:
            weights = [weight // 2 + 1 for weight in weights]
        self.lengths = _lengths(weights)
        self._words = [""] * size
        word = 0
        for symbol in sorted(range(size), key=lambda each: (self.lengths[each], each), reverse=True):
            self._words[symbol] = f"{word:0{_DEEPEST}b}"[: self.lengths[symbol]]
            word += 1 << _DEEPEST - self.lengths[symbol]

    def put(self, symbol: int, out: Bits) -> None:
        out.put_word(self._words[symbol])


def _lengths(weights: list[int]) -> list[int]:
    """How often each symbol is in the one half when they are halved by weight, again and again."""
    lengths = [0] * len(weights)
    parts = [sorted(range(len(weights)), key=lambda each: -weights[each])]
    while parts:
        part = parts.pop()
        if len(part) == 1:
            continue
        for symbol in part:
            lengths[symbol] += 1
        sums = list(accumulate(weights[symbol] for symbol in part))
        half = min(range(1, len(part)), key=lambda cut: abs(2 * sums[cut - 1] - sums[-1]))
        parts += [part[:half], part[half:]]
    return lengths


def put_lengths(lengths: Iterable[int], out: Bits) -> None:
    """How many groups, and each group of up to sixteen words of one length (5.3)."""
    groups = []
    for length, group in groupby(lengths):
        count = len(list(group))
        groups += [(length, min(16, count - start)) for start in range(0, count, 16)]
    out.put(len(groups) - 1, 8)
    for length, count in groups:
        out.put(length - 1, 4)
        out.put(count - 1, 4)


def imploded(data: bytes, flags: int) -> bytes:
    """With the window and the codes that the flags of the member tell."""
    shortest = 3 if flags & LITERALS_CODED else 2
    window = 64 << (7 if flags & LARGE_WINDOW else 6)
    return imploded_pieces(_pieces(data, window, shortest, shortest + 63 + 255), flags)


def imploded_pieces(pieces: Iterable[Piece], flags: int) -> bytes:
    shortest = 3 if flags & LITERALS_CODED else 2
    low = 7 if flags & LARGE_WINDOW else 6
    pieces = list(pieces)
    repeats = [(piece[0] - shortest, piece[1] - 1) for piece in pieces if isinstance(piece, tuple)]
    single = _Code((octet for piece in pieces if isinstance(piece, bytes) for octet in piece), 256)
    lengths = _Code((min(length, 63) for length, _ in repeats), 64)
    distances = _Code((distance >> low for _, distance in repeats), 64)
    out = Bits()
    for code in (single, lengths, distances) if flags & LITERALS_CODED else (lengths, distances):
        put_lengths(code.lengths, out)
    for piece in pieces:
        if isinstance(piece, bytes):
            for octet in piece:
                out.put(1, 1)
                if flags & LITERALS_CODED:
                    single.put(octet, out)
                else:
                    out.put(octet, 8)
        else:
            length, distance = piece[0] - shortest, piece[1] - 1
            out.put(0, 1)
            out.put(distance & (1 << low) - 1, low)
            distances.put(distance >> low, out)
            lengths.put(min(length, 63), out)
            if length >= 63:
                out.put(length - 63, 8)
    return out.octets()
