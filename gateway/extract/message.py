"""A whole message: its header section for policy, its parts for the detectors."""

from __future__ import annotations

import re

from gateway.extract import ole, outlook, types
from gateway.extract.files import unfold
from gateway.extract.headers import SECTION_END, read_headers
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source
from gateway.mail import Headers


def _fields(names: bytes) -> re.Pattern[bytes]:
    """Header fields of these names, with all their folded lines."""
    return re.compile(
        rb"^(?:%b)[ \t]*:.*(?:\n|\Z)(?:[ \t]+.*(?:\n|\Z))*" % names, re.IGNORECASE | re.MULTILINE
    )


_SHOWN = _fields(rb"to|cc|bcc")
_REPEATED = _fields(
    rb"resent-(?:to|cc|bcc)|original-recipient"
    rb"|(?:x-)?(?:apparently|delivered|envelope|forwarded|original|rcpt|real)-to"
)
"""In which relays repeat recipients."""


def read_message(content: bytes, limits: Limits) -> tuple[Headers, list[Node]]:
    """Headers and parts of an RFC 5322 message, or of one that Outlook keeps (.msg).

    Never raises for what stands in it.
    """
    if content.startswith(ole.MAGIC):
        nodes = unfold(Source(name="", data=content, type=types.OUTLOOK), limits)
        return outlook.read_headers(content), nodes
    message = Source(name="", data=content, declared=types.MESSAGE, type=types.MESSAGE)
    return read_headers(content, limits), unfold(message, limits)


def conceal_recipients(content: bytes) -> bytes:
    """The message with `To: undisclosed-recipients:;` for all its recipient fields (RFC 5322, 3.6.3, 3.6.6).

    It stands where the first of them was: below the trace fields. Every other octet stays as it is.
    """
    end = SECTION_END.search(content)
    size = len(content) if end is None else end.start() + (end.start() > 0)
    line_end = b"\r\n" if b"\r\n" in content[:size] or b"\n" not in content[:size] else b"\n"
    before, *after = _SHOWN.split(_REPEATED.sub(b"", content[:size]))
    if before and not before.endswith(b"\n"):
        before += line_end
    return b"".join((before, b"To: undisclosed-recipients:;", line_end, *after, content[size:]))
