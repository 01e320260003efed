"""winmail.dat: what Outlook wraps a message in where it does not write MIME ([MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from gateway.extract import mapi, types, words
from gateway.extract.mapi import Properties, Property
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source

_HEADER = struct.Struct("<BII")
_SUBJECT, _BODY = 0x8004, 0x800C
_MESSAGE_PROPERTIES, _RECIPIENTS = 0x9003, 0x9004
_BEGIN, _DATA, _TITLE, _PREVIEW, _PROPERTIES, _FILE_NAME = 0x9002, 0x800F, 0x8010, 0x8011, 0x9005, 0x9001
_CODEPAGE = 0x9007
_NULL = 0x01
_SIZES = dict.fromkeys((0x02, 0x03, 0x04, 0x0A, 0x0B), 4) | dict.fromkeys((0x05, 0x06, 0x07, 0x14, 0x40), 8)
_SIZES |= {0x48: 16, _NULL: 0}
"""Octets of a value by its type, padded to four (section 2.1.3.4)."""
_COUNTED = {mapi.NARROW, mapi.WIDE, mapi.BINARY, mapi.OBJECT}
_NAMED = 0x8000
_MESSAGE_WITHIN = bytes.fromhex("07030200 00000000 c0000000 00000046")
"""IID_IMessage: the object is a message, in TNEF again."""


class _Attribute(NamedTuple):
    """One attribute (section 2.1.3.1); `identifier` is the lower half of its number.

    Its checksum proves nothing: some programs write it wrong or not at all, and others do not look.
    """

    identifier: int
    data: bytes
    whole: bool


class _Attachment:
    """What the attributes from one attAttachRendData to the next say."""

    def __init__(self) -> None:
        self.data = b""
        self.preview = b""
        self.properties: dict[int, Property] = {}


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    attributes = list(_attributes(source.data))
    codepage = next((one.data for one in attributes if one.identifier == _CODEPAGE), b"")[:4]
    message: dict[int, Property] = {0x3FFD: Property(0x03, codepage)} if codepage else {}
    attachments: list[_Attachment] = []
    damaged = not attributes or not all(one.whole for one in attributes)
    recipients: list[str] = []
    for one in attributes:
        try:
            if one.identifier == _RECIPIENTS:
                recipients += _names(one.data, message)
            else:
                _take(one, message, attachments)
        except (struct.error, LookupError):
            damaged = True
    yield from mapi.message(source, Properties(message))
    if recipients:
        yield source.text("\n".join(recipients), "recipients")
    for number, attachment in enumerate(attachments, 1):
        yield from _attachment(source, attachment, number)
    if names := mapi.file_names(Properties(attachment.properties) for attachment in attachments):
        yield source.text(names, "file names")
    if damaged:
        yield source.unscannable("damaged: attributes of a winmail.dat are missing", "rest")


def _attributes(data: bytes) -> Iterator[_Attribute]:
    place = 6
    while place < len(data):
        if place + _HEADER.size + 2 > len(data):
            if data[place:].strip(b"\0\r\n"):
                yield _Attribute(0, b"", whole=False)
            return
        _, identifier, length = _HEADER.unpack_from(data, place)
        place += _HEADER.size
        content = data[place : place + length]
        yield _Attribute(identifier & 0xFFFF, content, whole=len(content) == length)
        place += length + 2


def _take(one: _Attribute, message: dict[int, Property], attachments: list[_Attachment]) -> None:
    narrow = Property(mapi.NARROW, one.data)
    if one.identifier == _SUBJECT:
        message.setdefault(mapi.SUBJECT, narrow)
    elif one.identifier == _BODY:
        message.setdefault(mapi.BODY, narrow)
    elif one.identifier == _MESSAGE_PROPERTIES:
        message.update(_properties(one.data, 0)[0])
    elif one.identifier == _BEGIN:
        attachments.append(_Attachment())
    elif attachments:
        _take_attached(one, attachments[-1])


def _take_attached(one: _Attribute, attachment: _Attachment) -> None:
    if one.identifier == _DATA:
        attachment.data = one.data
    elif one.identifier == _PREVIEW:
        attachment.preview = one.data
    elif one.identifier in {_TITLE, _FILE_NAME}:
        attachment.properties.setdefault(mapi.SHORT_NAME, Property(mapi.NARROW, one.data))
    elif one.identifier == _PROPERTIES:
        attachment.properties.update(_properties(one.data, 0)[0])


def _properties(data: bytes, place: int) -> tuple[dict[int, Property], int]:
    """Properties (section 2.1.3.4), and where they end; raises struct.error where they are cut short."""
    (count,) = struct.unpack_from("<I", data, place)
    place += 4
    found: dict[int, Property] = {}
    for _ in range(min(count, len(data))):
        kind, identifier = struct.unpack_from("<HH", data, place)
        place = _after_name(data, place + 4) if identifier >= _NAMED else place + 4
        value, place = _value(data, place, kind)
        found[identifier] = Property(kind, value)
    return found, place


def _after_name(data: bytes, place: int) -> int:
    """Past the name of a property (section 2.1.3.4.1): a set, and a number or a string in it."""
    kind, length = struct.unpack_from("<16xII", data, place)
    return place + 24 + (_padded(length) if kind else 0)


def _value(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    single = kind & ~mapi.MULTIPLE
    counted = single in _COUNTED
    count = 1
    if counted or kind & mapi.MULTIPLE:
        (count,) = struct.unpack_from("<I", data, place)
        place += 4
    if count > len(data) - place:
        raise struct.error
    values = []
    for _ in range(count if single != _NULL else 0):
        size = _SIZES[single] if not counted else struct.unpack_from("<I", data, place)[0]
        place += 4 if counted else 0
        if place + size > len(data):
            raise struct.error
        values.append(data[place : place + size])
        place += _padded(size)
    return b"".join(values), place


def _padded(size: int) -> int:
    return size + -size % 4


def _names(data: bytes, message: dict[int, Property]) -> list[str]:
    """Names, and other words, of a table of recipients (section 2.1.3.5.2)."""
    (rows,) = struct.unpack_from("<I", data)
    place = 4
    names: list[str] = []
    for _ in range(min(rows, len(data))):
        row, place = _properties(data, place)
        names += mapi.recipient(Properties(row), Properties(message).codepage)
    return names


def _attachment(source: Source, attachment: _Attachment, number: int) -> Iterator[Node | Source]:
    within = attachment.properties.get(mapi.DATA)
    if within and within.type == mapi.OBJECT:
        name = mapi.file_name(Properties(attachment.properties)) or f"attachment {number}"
        is_message = within.value.startswith(_MESSAGE_WITHIN)
        yield Source(source.within(name), within.value[16:], type=types.TNEF if is_message else "")
        return
    if attachment.data:
        attachment.properties[mapi.DATA] = Property(mapi.BINARY, attachment.data)
    properties = Properties(attachment.properties)
    yield from mapi.attachment(source, properties, number)
    if shown := words.words(attachment.preview):
        yield source.text(shown, f"{mapi.file_name(properties)} › icon")
