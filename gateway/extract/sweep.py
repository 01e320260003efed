"""A message read past its structure: whatever its octets hold, some client may take it for a part.

Clients differ on where a part begins and ends, and on which of two fields counts. What they agree on
is that a part is fields, an empty line and a body; so every run of fields with Content-Type or
Content-Transfer-Encoding among them is taken for the head of a part, wherever it stands.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from email import message_from_bytes
from email.message import Message
from typing import TypeVar

from gateway.extract import codes
from gateway.extract.source import Unreadable

Entity = TypeVar("Entity", bound=Message)

_DELIMITER = re.compile(rb"(?:\A|\r?\n|\r)[ \t\0]*--[^\r\n]*")
_HEAD = re.compile(rb"(?:\A|[\r\n])[ \t\0]*content-t", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n|\r[ \t]*\r|\Z")
_FIELD_NAME = re.compile(rb"(?:\A|\r?\n|\r)[ \t\0]*([!-9;-~\0]{1,100})\s*:")
_MOST = 1_000
_FIELDS = 2
"""Of one head, that make it one."""


def entities(content: bytes, kind: type[Entity]) -> Iterator[Entity]:
    """Every part that some client could see in the message, each alone. Raises Unreadable."""
    if len(_HEAD.findall(content)) > _MOST * _FIELDS:
        raise Unreadable("more MIME parts than any mail client writes")
    most = _MOST
    for piece in _DELIMITER.split(content):
        start = 0
        while head := _HEAD.search(piece, start):
            if not (most := most - 1):
                raise Unreadable("more MIME parts than any mail client writes")
            end = _HEAD_END.search(piece, head.start() + 1)
            assert end is not None  # the end of the piece is one
            start = end.start()
            fields = _FIELD_NAME.sub(_plain_name, piece[head.start() : start]).lstrip(b"\r\n")
            entity = message_from_bytes(fields + b"\r\n\r\n", kind)
            entity.set_payload(piece[end.end() :].decode("ascii", "surrogateescape"))
            yield entity


def views(body: bytes, seen: Collection[bytes]) -> Iterator[tuple[str, bytes]]:
    """What stands in the body, and what a client would see that takes it for quoted-printable.

    Files in base64 that are in `seen` are left out.
    """
    rest = codes.without_base64(body, lambda data: any(octets.startswith(data) for octets in seen))
    yield "as it stands", rest
    unquoted = binascii.a2b_qp(rest)
    if unquoted != rest:
        yield "unquoted", unquoted


def _plain_name(field: re.Match[bytes]) -> bytes:
    return b"\r\n" + field[1].replace(b"\0", b"") + b":"
