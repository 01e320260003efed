"""Text by the numbers that Windows gives to charsets
(https://learn.microsoft.com/windows/win32/intl/code-page-identifiers)."""

from __future__ import annotations

import codecs
from functools import lru_cache

_NAMES = {
    1200: "utf-16-le",
    1201: "utf-16-be",
    10000: "mac-roman",
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    50220: "iso2022-jp",
    51932: "euc-jp",
    51949: "euc-kr",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
} | {28590 + part: f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15)}


def decode(octets: bytes, codepage: int) -> str:
    """The octets as text, in Windows-1252 where the code page is unknown. Never raises."""
    return octets.decode(_codec(codepage), "replace")


@lru_cache(maxsize=100)
def _codec(codepage: int) -> str:
    try:
        return codecs.lookup(_NAMES.get(codepage, f"cp{codepage}")).name
    except LookupError:
        return "cp1252"
