"""Words in binary structures: what anybody sees who looks at the octets."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

_WIDE = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff]\0|[\0-\xff][\1\2]){4,}")
"""UTF-16, little-endian, in Latin letters (U+0000 to U+02FF)."""
_WIDE_BIG_ENDIAN = re.compile(rb"(?:\0[\t\n\r\x20-\x7e\xa0-\xff]|[\1\2][\0-\xff]){4,}")
"""The same, big-endian."""
_NARROW = re.compile(rb"[\t\n\r\x20-\x7e\x91-\x94\xc0-\xff]{4,}")
_WORD = re.compile(r"[A-Za-z0-9]{2}|[\u0100-\u02ff]{2}")
_SAMPLE = 64 * 1024
_SHORTEST_PACKED = 512


def wide(data: bytes) -> list[str]:
    """Runs of at least four characters in UTF-16."""
    return _telling(run[0].decode("utf-16-le", "replace") for run in _WIDE.finditer(data))


def wide_big_endian(data: bytes) -> list[str]:
    """The same, as Macintoshes write it."""
    return _telling(run[0].decode("utf-16-be", "replace") for run in _WIDE_BIG_ENDIAN.finditer(data))


def narrow(data: bytes) -> list[str]:
    """Runs of at least four characters in UTF-8, or in Windows-1252."""
    return _telling(_decode(run[0]) for run in _NARROW.finditer(data))


def words(data: bytes) -> str:
    """All of them, a line each."""
    return "\n".join(dict.fromkeys((*wide(data), *narrow(data))))


def is_packed(data: bytes) -> bool:
    """Whether it looks compressed or encrypted, so that its words cannot be seen."""
    sample = data[:_SAMPLE]
    return len(sample) >= _SHORTEST_PACKED and len(zlib.compress(sample, 1)) * 20 > len(sample) * 19


def _decode(run: bytes) -> str:
    try:
        return run.decode("utf-8")
    except ValueError:
        return run.decode("cp1252", "replace")


def _telling(runs: Iterable[str]) -> list[str]:
    return [run.strip() for run in runs if _WORD.search(run)]
