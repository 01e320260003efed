"""A whole message: its header section for policy, its parts for the detectors."""

from __future__ import annotations

import re

from gateway.extract import ole, outlook, types
from gateway.extract.files import unfold
from gateway.extract.headers import header_section, read_headers
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source
from gateway.mail import Headers

_RECIPIENTS = re.compile(
    rb"^(?:to|cc|bcc|resent-to|resent-cc|resent-bcc)[ \t]*:.*(?:\n|\Z)(?:[ \t]+.*(?:\n|\Z))*",
    re.IGNORECASE | re.MULTILINE,
)


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

    Every other octet stays as it is.
    """
    section = header_section(content)
    line_end = b"\r\n" if b"\r\n" in section or b"\n" not in section else b"\n"
    kept = _RECIPIENTS.sub(b"", section)
    return b"To: undisclosed-recipients:;" + line_end + kept + content[len(section) :]
