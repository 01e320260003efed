"""MSG: a message of Outlook in a compound file ([MS-OXMSG])."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.extract import mapi, objects, ole, types
from gateway.extract.headers import SECURE
from gateway.extract.mapi import Properties, Property
from gateway.extract.node import Limits, Node
from gateway.extract.ole import Storage
from gateway.extract.source import Source, Unreadable
from gateway.mail import Headers

_VALUE = re.compile(r"__substg1\.0_([0-9A-Fa-f]{4})([0-9A-Fa-f]{4})(-[0-9A-Fa-f]{8})?")
_LENGTHS = {mapi.MULTIPLE | mapi.NARROW, mapi.MULTIPLE | mapi.WIDE, mapi.MULTIPLE | mapi.BINARY}
"""Types of several values, each in a stream of its own beside one that has their lengths (2.1.4.2)."""
_FIXED = "__properties_version1.0"
_RECIPIENT, _ATTACHMENT, _NAMED = "__recip_version1.0_", "__attach_version1.0_", "__nameid_version1.0"
_OBJECT = f"__substg1.0_{mapi.DATA:04X}{mapi.OBJECT:04X}"
_TO, _CC, _BCC = 1, 2, 3
_RECIPIENTS = {_TO: "visible", _CC: "visible", _BCC: "blind"}


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    storage = ole.storage_of(source)
    properties = _properties(storage, 24 if source.storage else 32)
    yield from mapi.message(source, properties)
    recipients = [_properties(storage.storage(name), 8) for name in _numbered(storage, _RECIPIENT)]
    if said := dict.fromkeys(text for one in recipients for text in mapi.recipient(one)):
        yield source.text("\n".join(said), "recipients")
    attached = [storage.storage(name) for name in _numbered(storage, _ATTACHMENT)]
    for number, one in enumerate(attached, 1):
        yield from _attachment(source, one, number)
    if names := mapi.file_names(_properties(one, 8) for one in attached):
        yield source.text(names, "file names")
    own = {name for name in storage.streams if _VALUE.fullmatch(name)} | {_FIXED, _NAMED}
    own |= {name for name in storage.storages if name.startswith((_RECIPIENT, _ATTACHMENT))}
    yield from objects.rest(source, storage, own)


def read_headers(content: bytes) -> Headers:
    """What policy needs, from the properties of the message and of its recipients. Never raises."""
    try:
        storage = ole.open_file(content)
        properties = _properties(storage, 32)
        recipients = [_properties(storage.storage(name), 8) for name in _numbered(storage, _RECIPIENT)]
    except (Unreadable, LookupError, ValueError):
        return Headers(defects=("The message's properties cannot be read",))
    addresses: dict[str, list[str]] = {"visible": [], "blind": []}
    defects: list[str] = []
    for recipient in recipients:
        address = _address(recipient)
        addresses[_RECIPIENTS.get(recipient.number(mapi.RECIPIENT_KIND) & 0xF, "visible")] += (
            [address] if address else []
        )
        if not address:
            defects.append("To: a recipient without an internet address")
    authors = (mapi.SENT_FOR_SMTP, mapi.SENDER_SMTP, mapi.SENT_FOR_ADDRESS, mapi.SENDER_ADDRESS)
    return Headers(
        authors=tuple(dict.fromkeys(text for text in map(properties.text, authors) if "@" in text)),
        visible=tuple(dict.fromkeys(addresses["visible"])),
        blind=tuple(dict.fromkeys(addresses["blind"])),
        secure_keyword=bool(SECURE.search(properties.text(mapi.SUBJECT))),
        defects=tuple(dict.fromkeys(defects)),
    )


def _properties(storage: Storage, prefix: int) -> Properties:
    found = mapi.fixed(storage.stream(_FIXED)[prefix:]) if _FIXED in storage.streams else {}
    pieces: dict[int, Property] = {}
    for name in storage.streams:
        value = _VALUE.fullmatch(name)
        if value is None or (int(value[2], 16) in _LENGTHS and not value[3]):
            continue
        identifier, kind = int(value[1], 16), int(value[2], 16)
        other = pieces.get(identifier)
        if other and other.type != kind:  # a reader shows the one or the other
            if kind in {mapi.NARROW, mapi.WIDE}:
                identifier |= kind << 16
            else:
                pieces[identifier | other.type << 16] = pieces.pop(identifier)
        before = pieces[identifier].value if value[3] and identifier in pieces else b""
        pieces[identifier] = Property(kind, before + storage.stream(name))
    return Properties(found | pieces)


def _numbered(storage: Storage, prefix: str) -> list[str]:
    return sorted(name for name in storage.storages if name.startswith(prefix))


def _address(recipient: Properties) -> str:
    candidates = (recipient.text(identifier) for identifier in (mapi.SMTP_ADDRESS, mapi.ADDRESS))
    return next((text for text in candidates if "@" in text), "")


def _attachment(source: Source, storage: Storage, number: int) -> Iterator[Node | Source]:
    properties = _properties(storage, 8)
    if _OBJECT not in storage.storages:
        yield from mapi.attachment(source, properties, number)
        return
    inner = storage.storage(_OBJECT)
    name = mapi.file_name(properties) or f"attachment {number}"
    yield Source(source.within(name), b"", type=types.of_storage(inner), storage=inner)
    yield from mapi.attachment_properties(source, properties, name)
