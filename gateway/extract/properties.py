"""Property sets: title, author, and whatever else is noted about a document ([MS-OLEPS] 2.21, 2.15)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from gateway.extract import codepages, words

_DICTIONARY, _CODEPAGE = 0, 1
_NARROW, _WIDE, _VARIANTS, _VECTOR = 0x1E, 0x1F, 0x0C, 0x1000
_UTF_16 = 1200
_MOST = 10_000


def texts(data: bytes) -> list[str]:
    """The values that are text, and the names of those that somebody named. Never raises."""
    try:
        (sets,) = struct.unpack_from("<I", data, 24)
        starts = [struct.unpack_from("<I", data, 44 + 20 * index)[0] for index in range(min(sets, 2))]
        found = [text for start in starts for text in _set(data[start:])]
    except (struct.error, LookupError):
        return words.words(data).splitlines()
    return list(dict.fromkeys(filter(None, found))) or words.words(data).splitlines()


def _set(data: bytes) -> Iterator[str]:
    (count,) = struct.unpack_from("<I", data, 4)
    places = dict(struct.unpack_from("<II", data, 8 + 8 * index) for index in range(min(count, _MOST)))
    codepage = struct.unpack_from("<4xH", data, places[_CODEPAGE])[0] if _CODEPAGE in places else 1252
    for identifier, place in places.items():
        if identifier == _DICTIONARY:
            end = min((other for other in places.values() if other > place), default=len(data))
            yield from words.words(data[place:end]).splitlines()
        elif identifier != _CODEPAGE:
            (kind,) = struct.unpack_from("<H", data, place)
            yield from _value(data[place + 4 :], kind, codepage)


def _value(data: bytes, kind: int, codepage: int) -> Iterator[str]:
    if kind & _VECTOR:
        yield from words.words(data).splitlines() if kind & ~_VECTOR in {_NARROW, _WIDE, _VARIANTS} else ()
    elif kind in {_NARROW, _WIDE}:
        (length,) = struct.unpack_from("<I", data)
        octets = data[4 : 4 + (2 * length if kind == _WIDE else length)]
        yield codepages.decode(octets, _UTF_16 if kind == _WIDE else codepage).partition("\0")[0].strip()
