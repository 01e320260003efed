"""The text of header fields as people read it (RFC 5322 section 2.2, RFC 2047)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import parsedate_tz

from gateway.extract import charset, transfer

_MACHINE_WRITTEN = re.compile(
    r"received|received-spf|return-path|dkim-signature|arc-.*"
    r"|authentication-results|content-transfer-encoding"
    r"|thread-index|x-ms-exchange-.*|x-microsoft-antispam.*|x-forefront-antispam-report.*",
    re.IGNORECASE,
)
_TERSE = re.compile(
    r"mime-version: *1\.0|content-length: *\d{1,9}"
    r"|content-language: *[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:, ?[a-z]{1,8}(?:-[a-z0-9]{1,8})*)*",
    re.IGNORECASE,
)
"""Fields that say nothing as every client writes them."""
_GROUPED_NUMBER = re.compile(r"(?<![\d.-])\d{3}[ -]\d{3}[ -]\d{4}(?![\d.-])")
"""No machine writes it, and people write an NHS number so."""
_DATE = re.compile(r"(?:resent-)?date", re.IGNORECASE)
_OF_A_PART = re.compile(r"content-(?:type|disposition)", re.IGNORECASE)
_PARAMETER = re.compile(
    r"^[^;\s]+|;\s*(?:boundary|charset|format|delsp|type|start|report-type|protocol|micalg|method|size"
    r"|x-apple-part-url)=\"?[^\s;\"]+\"?"
    r"|;\s*(?:(?:file)?name[*\d]*|(?:creation|modification|read)-date)=(?:\"[^\"]*\"|[^\s;\"]+)",
    re.IGNORECASE,
)
"""Media type or disposition, and the parameters that every client writes; file names are read apart."""
_WITH_ADDRESSES = re.compile(
    r"from|sender|reply-to|to|cc|bcc|resent-(?:from|sender|to|cc|bcc)"
    r"|disposition-notification-to|return-receipt-to",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<[^<>]*>|(?<![^\s<>()\",;:@])[^\s<>()\",;:@]++@[^\s<>()\",;:@]++")
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Half a character of UTF-16, which stands for no octet either: UTF-7 can spell it in a file's name."""
_BROKEN_BASE64 = re.compile(r"=\?([^\s?]+)\?[bB]\?([^?]*(?:=[^?=]|[^A-Za-z0-9+/=?])[^?]*)\?=")
"""An encoded word (RFC 2047) with padding inside, or with letters that are not of the alphabet."""


def as_text(value: str) -> str:
    """A raw value as the parser of the standard library keeps it, unfolded; octets become characters."""
    unfolded = value.replace("\r", "").replace("\n", "").replace("\t", " ")
    if unfolded.isascii():
        return unfolded
    return charset.decode_octets(_HALF.sub("\ufffd", unfolded).encode("utf-8", "surrogateescape"))


def decode(value: str) -> str:
    """A raw value as a mail client shows it: encoded words are decoded, as far as they can be."""
    text = as_text(value)
    if "=?" not in text:
        return text.strip()
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        return text.strip()
    decoded = "".join(_decode_word(word, label) for word, label in words)
    mended = (reading for word in _BROKEN_BASE64.findall(text) for reading in _mended(*word))
    return " ".join((decoded, *(reading for reading in mended if reading not in decoded))).strip()


def written(items: Iterable[tuple[str, str]]) -> str:
    """What people write into header fields, a line each: display names, comments, keywords, X- fields."""
    lines = []
    for name, value in items:
        if _MACHINE_WRITTEN.fullmatch(name) and not _GROUPED_NUMBER.search(value):
            continue
        words = decode(value)
        if _TERSE.fullmatch(f"{name}: {words}") or (_DATE.fullmatch(name) and parsedate_tz(words)):
            continue
        if _OF_A_PART.fullmatch(name):
            words = _PARAMETER.sub("", words).strip("; ")
        if _WITH_ADDRESSES.fullmatch(name):
            words = _ADDRESS.sub("", words).strip(' ,;"')
        if words:
            lines.append(f"{name}: {words}")
    return "\n".join(lines)


def _mended(label: str, coded: str) -> list[str]:
    """Every reading of an encoded word in base64 that is not by the grammar."""
    octets = coded.encode("ascii", "replace")
    readings, _ = transfer.decode(octets, ["base64"])
    return [_decode_word(reading, label) for reading in readings if reading != octets]


def _decode_word(word: bytes | str, label: str | None) -> str:
    if isinstance(word, str):
        return word
    if label is None:
        return word.decode("raw-unicode-escape", "replace")
    readings = charset.readings(word, label.partition("*")[0])  # RFC 2231 section 5: charset*language
    return " ".join(readings)
