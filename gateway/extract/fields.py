"""The text of header fields as people read it (RFC 5322 section 2.2, RFC 2047)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.errors import HeaderParseError
from email.header import decode_header

from gateway.extract import charset

_MACHINE_WRITTEN = re.compile(
    r"subject|received|received-spf|return-path|date|resent-date|mime-version|dkim-signature|arc-.*"
    r"|authentication-results|content-(?:type|transfer-encoding|disposition|length|language)"
    r"|thread-(?:index|topic)|x-ms-exchange-.*|x-microsoft-antispam.*|x-forefront-antispam-report.*",
    re.IGNORECASE,
)
_WITH_ADDRESSES = re.compile(
    r"from|sender|reply-to|to|cc|bcc|resent-(?:from|sender|to|cc|bcc)"
    r"|disposition-notification-to|return-receipt-to",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<[^<>]*>|(?<![^\s<>()\",;:@])[^\s<>()\",;:@]++@[^\s<>()\",;:@]++")


def as_text(value: str) -> str:
    """A raw value as the parser of the standard library keeps it, unfolded; octets become characters."""
    unfolded = value.replace("\r", "").replace("\n", "")
    if unfolded.isascii():
        return unfolded
    return charset.decode_octets(unfolded.encode("utf-8", "surrogateescape"))


def decode(value: str) -> str:
    """A raw value as a mail client shows it: encoded words are decoded, as far as they can be."""
    text = as_text(value)
    if "=?" not in text:
        return text.strip()
    try:
        words = decode_header(text)
    except (HeaderParseError, ValueError):
        return text.strip()
    return "".join(_decode_word(word, label) for word, label in words).strip()


def written(items: Iterable[tuple[str, str]]) -> str:
    """What people write into header fields, a line each: display names, comments, keywords, X- fields."""
    lines = []
    for name, value in items:
        if _MACHINE_WRITTEN.fullmatch(name):
            continue
        words = decode(value)
        if _WITH_ADDRESSES.fullmatch(name):
            words = _ADDRESS.sub("", words).strip(' ,;"')
        if words:
            lines.append(f"{name}: {words}")
    return "\n".join(lines)


def _decode_word(word: bytes | str, label: str | None) -> str:
    if isinstance(word, str):
        return word
    if label is None:
        return word.decode("raw-unicode-escape", "replace")
    readings = charset.readings(word, label.partition("*")[0])  # RFC 2231 section 5: charset*language
    return " ".join(readings)
