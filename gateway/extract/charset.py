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
_ZERO_SHARE = 5
"""One octet in so many is zero, or more, in UTF-16: that is less than `_sixteen_bits` asks for."""
_SAMPLE = 4096
_ASCII = bytes(range(0x20, 0x7F))
_SHIFTED = re.compile(r"utf-7|hz|iso2022.*")
"""Charsets that write other characters in ASCII octets, by the names that `codecs` gives them."""
_SHIFTS = (
    (re.compile(rb"\+A[A-Za-f][A-Za-z0-9+/]"), "utf-7"),  # a shift to U+0010 to U+007F (RFC 2152)
    (re.compile(rb"\x1b\$(?!\)C)"), "iso2022_jp_ext"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"~\{"), "hz"),
)
"""By what octets such a charset shows without a label."""
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs, which UTF-7 can write and no answer of a worker can hold."""
_WORD = re.compile(rb"[0-9A-Za-z]{4,}")
_PYTHON_ONLY = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
"""Codecs that no mail client knows."""


def load() -> None:
    """Load what guessing takes, a codec for each charset: that costs forty milliseconds."""
    for charset in charset_normalizer.constant.IANA_SUPPORTED:
        codecs.lookup(charset)
    _guess(b"caf\xe9 \x93Zo\xeb\x94")


def is_text(data: bytes) -> bool:
    """Whether the octets are text in some charset: almost no control characters in any place."""
    if _unicode_form(data):
        return True
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" not in data and controls * _CONTROL_SHARE <= len(data)


def unpadded(data: bytes) -> bytes:
    """Without the zero octets with which some programs fill a file up."""
    return data.rstrip(b"\0")


def opening(data: bytes) -> str:
    """The first characters, to tell markup by; what is not ASCII may be wrong."""
    return data[:4096].decode(_unicode_form(data) or "latin-1", "replace")


def decode(data: bytes, charset: str = "") -> str:
    """The octets as text; what the charset cannot express becomes U+FFFD. Never raises."""
    form = _unicode_form(data)
    return data.decode(form, "replace") if form else decode_octets(data, charset)


def decode_octets(data: bytes, charset: str = "") -> str:
    """As `decode`, by a reader who looks for no byte order mark, such as one of header fields."""
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

    There is mostly one: the others differ in substance only where the charset is no superset of
    ASCII, where a byte order mark or zero octets make UTF-16 of what others read as ASCII, and
    where ASCII shifts to other characters without a label.
    """
    if not _unicode_form(data):
        data = unpadded(data)
    texts = [decode(data, charset)]
    if _unicode_form(data):
        texts += _read_past_zeros(data, texts[0])
    declared = _codec(charset)
    if declared and (_SHIFTED.fullmatch(declared) or _strictly(_ASCII, declared) != _ASCII.decode()):
        texts += (data.decode("utf-8", "replace"), _HALVES.sub("\ufffd", data.decode(declared, "replace")))
    for marks, codec in _SHIFTS:
        if marks.search(data) and (text := _strictly(data, codec)) is not None:
            texts.append(text)
    return list(dict.fromkeys(texts))


def _read_past_zeros(data: bytes, text: str) -> list[str]:
    """What a reader of ASCII sees that skips zero octets, if there are words in it that `text` has not."""
    plain = data.replace(b"\0", b"")
    seen = set(_WORD.findall(text.encode("ascii", "replace")))
    return [] if seen.issuperset(_WORD.findall(plain)) else [plain.decode("utf-8", "replace")]


def _unicode_form(data: bytes) -> str:
    """UTF-8, UTF-16 or UTF-32 by its byte order mark or by where its zero octets stand; or ""."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return codec
    if data.count(0) * _ZERO_SHARE <= len(data):
        return ""
    zeros = [data[i::4].count(0) * 4 / len(data) for i in range(4)]
    if len(data) % 4 == 0 and min(zeros[1:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if len(data) % 4 == 0 and min(zeros[:3]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    form = _sixteen_bits(zeros[0] + zeros[2], zeros[1] + zeros[3])
    return form if form and not _is_binary(data[:_SAMPLE].decode(form, "replace")) else ""


def _is_binary(text: str) -> bool:
    """Whether it has the control characters that numbers of few octets look like."""
    return sum(map(_CONTROLS.__contains__, text.encode("latin-1", "replace"))) * _CONTROL_SHARE > len(text)


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
        name = codecs.lookup(charset.lower().removeprefix("x-")).name  # as x-mac-roman
        "a".encode(name)  # refused by those codecs that make octets from octets, such as zlib
    except (LookupError, ValueError):
        return ""
    return "" if name in _PYTHON_ONLY else name


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return _HALVES.sub("\ufffd", data.decode(codec)) if codec == "utf-7" else data.decode(codec)
    except ValueError:
        return None


def _guess(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data[:_GUESSING_OCTETS]).best()
    return best.encoding if best is not None else "cp1252"
