"""Octets to text: which charset they are in, whatever somebody says."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSING_OCTETS = 20 * 1024
_CONTROLS = bytes(sorted({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\b\x1b")))
_CONTROL_SHARE = 200
"""One control character in so many octets is still text."""
_ASCII = bytes(range(0x20, 0x7F))
_SHIFTED = re.compile(r"utf-7|hz|iso2022.*")
"""Charsets that write other characters in ASCII octets, by the names that `codecs` gives them."""
_PYTHON_ONLY = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
"""Codecs that no mail client knows."""


def is_text(data: bytes) -> bool:
    """Whether the octets are text in some charset: almost no control characters in any place."""
    if _unicode_form(data):
        return True
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" not in data and controls * _CONTROL_SHARE <= len(data)


def opening(data: bytes) -> str:
    """The first characters, to tell markup by; what is not ASCII may be wrong."""
    return data[:4096].decode(_unicode_form(data) or "latin-1", "replace")


def decode(data: bytes, charset: str = "") -> str:
    """The octets as text; what the charset cannot express becomes U+FFFD. Never raises."""
    if form := _unicode_form(data):
        return data.decode(form, "replace")
    declared = _codec(charset)
    if _SHIFTED.fullmatch(declared) and (text := _strictly(data, declared)) is not None:
        return text
    if (text := _strictly(data, "utf-8")) is not None:
        return text
    if declared and (text := _strictly(data, declared)) is not None:
        return text
    return data.decode(_guess(data), "replace")


def readings(data: bytes, charset: str = "") -> list[str]:
    """Every text that some reader would see: as the octets say, and as the declared charset says.

    The second differs in substance only where that charset is no superset of ASCII.
    """
    text = decode(data, charset)
    declared = _codec(charset)
    if not declared or (not _SHIFTED.fullmatch(declared) and _strictly(_ASCII, declared) == _ASCII.decode()):
        return [text]
    return list(dict.fromkeys((text, data.decode("utf-8", "replace"), data.decode(declared, "replace"))))


def _unicode_form(data: bytes) -> str:
    """UTF-8, UTF-16 or UTF-32 by its byte order mark or by where its zero octets stand; or ""."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return codec
    if b"\0" not in data:
        return ""
    zeros = [data[i::4].count(0) * 4 / len(data) for i in range(4)]
    if len(data) % 4 == 0 and min(zeros[1:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if len(data) % 4 == 0 and min(zeros[:3]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    return _sixteen_bits(zeros[0] + zeros[2], zeros[1] + zeros[3])


def _sixteen_bits(even: float, odd: float) -> str:
    """UTF-16 by the shares (0..2) of zeros at even and odd places, most text being Latin."""
    if odd > 0.8 and even < 0.05:
        return "utf-16-le"
    if even > 0.8 and odd < 0.05:
        return "utf-16-be"
    return ""


def _codec(charset: str) -> str:
    """The name by which `codecs` knows a charset; "" for one that it does not know."""
    try:
        name = codecs.lookup(charset).name
        "a".encode(name)  # refused by those codecs that make octets from octets, such as zlib
    except (LookupError, ValueError):
        return ""
    return "" if name in _PYTHON_ONLY else name


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except ValueError:
        return None


def _guess(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data[:_GUESSING_OCTETS]).best()
    return best.encoding if best is not None else "cp1252"
