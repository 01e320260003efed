"""The strings that cells of an XLS refer to ([MS-XLS] 2.4.265, 2.5.293), however many they are said to be."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_WIDE, _PHONETIC, _RICH = 0x01, 0x04, 0x08
_COUNTS = 8
"""Octets in front of the first string."""
_HEAD = struct.Struct("<HB")


def strings(pieces: list[bytes]) -> Iterator[str]:
    """The strings in a record and in those that continue it; raises LookupError where they are cut short."""
    octets = _Octets(pieces)
    octets.take(_COUNTS)
    while octets.left:
        length, flags = _HEAD.unpack(octets.take(_HEAD.size))
        runs = int.from_bytes(octets.take(2), "little") if flags & _RICH else 0
        phonetic = int.from_bytes(octets.take(4), "little") if flags & _PHONETIC else 0
        yield _characters(octets, length, flags)
        if runs or phonetic:
            octets.take(4 * runs + phonetic)


def _characters(octets: _Octets, length: int, flags: int) -> str:
    """A string that runs on, or begins, in the next record says there anew how it is written."""
    text = ""
    while length:
        if octets.at_end:
            flags = octets.take(1)[0]
        width = 2 if flags & _WIDE else 1
        units = min(length, octets.left // width)
        if not units:
            raise LookupError
        text += octets.take(units * width).decode("utf-16-le" if width == 2 else "latin-1", "replace")
        length -= units
    return text


class _Octets:
    """The content of several records, one after another."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece = next(self._pieces)
        self._place = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left of the record that is being read."""
        return self._place == len(self._piece)

    @property
    def left(self) -> int:
        """Of the record that is being read, or of the next one where this is at its end; 0 after all."""
        while self._place == len(self._piece):
            if (following := next(self._pieces, None)) is None:
                return 0
            self._piece, self._place = following, 0
        return len(self._piece) - self._place

    def take(self, size: int) -> bytes:
        """Raises LookupError where there are not so many."""
        end = self._place + size
        taken = self._piece[self._place : end]
        self._place = min(end, len(self._piece))
        if len(taken) == size:
            return taken
        pieces, size = [taken], size - len(taken)
        while size:
            most = min(self.left, size)
            if not most:
                raise LookupError
            pieces.append(self._piece[self._place : self._place + most])
            self._place, size = self._place + most, size - most
        return b"".join(pieces)
