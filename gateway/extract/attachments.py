"""The files that a message carries, decoded and not opened: what the virus scanner is to see apart."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract import mime, types
from gateway.extract.node import Limits
from gateway.extract.source import Source, Unreadable
from gateway.mail import Attachment


def attachments(content: bytes, limits: Limits) -> list[Attachment]:
    """Every attachment of a message, and of the messages attached to it, in every reading.

    Raises Unreadable for more than `limits` allow.
    """
    found: list[Attachment] = []
    waiting = [Source("", content, type=types.MESSAGE)]
    for source in waiting:
        for file in _within(source, limits):
            found.append(Attachment(file.name, file.declared, file.data))
            if file.type == types.MESSAGE:
                waiting.append(file)
        if len(waiting) > limits.mime_parts or sum(len(file.data) for file in found) > limits.octets:
            raise Unreadable("more attachments than may be unfolded")
    return found


def _within(message: Source, limits: Limits) -> Iterator[Source]:
    """Files are those parts whose type nobody has told yet, and messages."""
    for item in mime.read(message, limits):
        if isinstance(item, Source) and item.type in {"", types.MESSAGE}:
            yield item
