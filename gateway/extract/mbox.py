"""Mailboxes: messages one after the other, each behind a line that begins with "From " (RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import types
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source

_SEPARATOR = re.compile(rb"(?:\A|(?<=\n\n))From [^\n]*\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def messages(content: bytes) -> Iterator[bytes]:
    """The messages of a mailbox, with CRLF at the ends of their lines."""
    for message in _SEPARATOR.split(content.replace(b"\r\n", b"\n"))[1:]:
        yield _QUOTED.sub(rb"\1", message).replace(b"\n", b"\r\n")


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    for number, message in enumerate(messages(source.data), 1):
        yield Source(source.within(f"message {number}"), message, types.MESSAGE, type=types.MESSAGE)
