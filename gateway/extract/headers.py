"""The header section of a message: what policy needs of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import BytesHeaderParser

from gateway.extract import fields
from gateway.extract.addresses import parse_addresses
from gateway.extract.node import Limits
from gateway.mail import Headers

SECTION_END = re.compile(rb"^(?:\r?\n|\r)|\n\r?\n|\r\r")
_AUTHORS = ("From", "Sender")
_VISIBLE = ("To", "Cc")
_BLIND = ("Bcc",)
_AT_MOST_ONCE = (*_AUTHORS, *_VISIBLE, *_BLIND, "Reply-To", "Subject", "Date", "Message-ID")
"""RFC 5322 section 3.6."""
SECURE = re.compile(r"\[secure\]", re.IGNORECASE)
_AUTOMATIC_PRECEDENCE = {"bulk", "list", "junk", "auto_reply"}


def read_headers(content: bytes, limits: Limits) -> Headers:
    """Never raises; a header section past the limits is not read, and reported as a defect."""
    section = header_section(content)
    if len(section) > limits.header_octets:
        return Headers(defects=("The header section is longer than any mail client writes",))
    found: dict[str, list[str]] = {}
    for name, value in BytesHeaderParser().parsebytes(section).raw_items():
        found.setdefault(name.lower(), []).append(str(value))
    defects = [*_repeated(found)]
    return Headers(
        authors=_addresses(found, _AUTHORS, defects),
        visible=_addresses(found, _VISIBLE, defects),
        blind=_addresses(found, _BLIND, defects),
        secure_keyword=any(SECURE.search(fields.decode(value)) for value in found.get("subject", ())),
        automatic=_is_automatic(found),
        defects=tuple(defects),
    )


def header_section(content: bytes) -> bytes:
    """The octets up to the first empty line, or all of them."""
    end = SECTION_END.search(content)
    return content[: end.end()] if end else content


def _addresses(found: dict[str, list[str]], names: tuple[str, ...], defects: list[str]) -> tuple[str, ...]:
    addresses: list[str] = []
    for name in names:
        for value in found.get(name.lower(), ()):
            read, by_the_grammar = parse_addresses(fields.as_text(value))
            addresses += read
            if not by_the_grammar:
                defects.append(f"{name}: address cannot be parsed")
    return tuple(dict.fromkeys(addresses))


def _repeated(found: dict[str, list[str]]) -> Iterator[str]:
    for name in _AT_MOST_ONCE:
        if len(found.get(name.lower(), ())) > 1:
            yield f"{name}: field occurs more than once"


def _is_automatic(found: dict[str, list[str]]) -> bool:
    submitted = any(value.strip().lower() != "no" for value in found.get("auto-submitted", ()))
    precedence = any(value.strip().lower() in _AUTOMATIC_PRECEDENCE for value in found.get("precedence", ()))
    return submitted or precedence or "list-id" in found
