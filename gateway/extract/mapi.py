"""A message as Outlook keeps it: properties to nodes, whatever they are kept in ([MS-OXPROPS], [MS-OXCMSG]).

`gateway.extract.outlook` reads them from compound files, `gateway.extract.tnef` from
winmail.dat.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import compressed_rtf  # type: ignore[import-untyped]  # ships no types

from gateway.extract import codepages, fields, types
from gateway.extract.node import Node
from gateway.extract.source import Source

NARROW, WIDE, BINARY, OBJECT, TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x40
MULTIPLE = 0x1000
SUBJECT, BODY, RTF, HTML, TRANSPORT_HEADERS = 0x0037, 0x1000, 0x1009, 0x1013, 0x007D
_SUBJECT_PREFIX = 0x003D
SENDER_ADDRESS, SENDER_SMTP, SENT_FOR_SMTP, SENT_FOR_ADDRESS = 0x0C1F, 0x5D01, 0x5D02, 0x0065
RECIPIENT_KIND, DISPLAY_NAME, ADDRESS, SMTP_ADDRESS = 0x0C15, 0x3001, 0x3003, 0x39FE
DATA, METHOD, LONG_NAME, SHORT_NAME, MIME_TYPE = 0x3701, 0x3705, 0x3707, 0x3704, 0x370E
_CODEPAGES = (0x3FFD, 0x3FDE)
"""PidTagMessageCodepage, PidTagInternetCodepage."""
_FILE_NAMES = (LONG_NAME, SHORT_NAME, DISPLAY_NAME)
_ELSEWHERE = {2, 3, 4, 7}
"""Methods by which an attachment is only named ([MS-OXCMSG] 2.2.2.9)."""
_NAMES = {0x0C1A: "From", 0x0042: "From", 0x0E04: "To", 0x0E03: "Cc", 0x0E02: "Bcc"}
_SHOWN_ELSEWHERE = {SUBJECT, BODY, RTF, HTML, TRANSPORT_HEADERS}
_SHOWN_ELSEWHERE |= set(_NAMES)
"""Of a message, in nodes of their own."""
_DAYS = {0x3A42: "Birthday", 0x3A41: "Wedding anniversary"}
"""Days that somebody notes of a person: midnight where he was ([MS-OXOCNTC])."""
_SINCE = datetime(1601, 1, 1, tzinfo=UTC)
_MESSAGE_IDS = {0x1035, 0x1039, 0x1042}
_DIRECTORY = (
    r"/o=[^/\d]*(?:/ou=(?:[^/\d\s]*|Exchange Administrative Group \(FYDIBOHF23SPDLT\)))?(?:/cn=[^/\s]*)*"
)
_BY_PROGRAMS = re.compile(
    rf"(?:REPORT\.)?IPM(?:\.[\w-]*)*|EX|SMTP|MAPIPDL|(?:EX:)?{_DIRECTORY}|(?!.*\d{{6}})(?:SMTP:)?[^\s@]+@[^\s@]+",
    re.IGNORECASE,
)
"""Classes, types of addresses, and addresses, unless a number stands in one as long as people have."""
_IDS = re.compile(r"(?:<?[^\s<>@]++@[^\s<>@]++>?\s*+)++")


class Property(NamedTuple):
    """One property of a message, recipient or attachment."""

    type: int
    value: bytes


class Properties:
    """The properties of one object by their identifiers."""

    def __init__(self, found: Mapping[int, Property]) -> None:
        self._found = found

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._found

    def number(self, identifier: int) -> int:
        """An integer; 0 without one."""
        found = self._found.get(identifier)
        return int.from_bytes(found.value[:4], "little") if found else 0

    def octets(self, identifier: int) -> bytes:
        found = self._found.get(identifier)
        return found.value if found else b""

    def text(self, identifier: int, codepage: int = 0) -> str:
        """A string; empty for a property of another type."""
        found = self._found.get(identifier)
        kind = found.type & ~MULTIPLE if found else 0
        if found is None or kind not in {NARROW, WIDE}:
            return ""
        number = 1200 if kind == WIDE else codepage or self.codepage
        return (
            codepages.decode(found.value, number)
            .replace("\0", "\n" if found.type & MULTIPLE else "")
            .strip("\n")
        )

    def day(self, identifier: int) -> str:
        """The day that began at a time ([MS-DTYP] 2.3.3), in whatever time zone; empty without one."""
        found = self._found.get(identifier)
        if found is None or found.type != TIME:
            return ""
        microseconds = int.from_bytes(found.value[:8], "little") // 10
        try:
            return f"{_SINCE + timedelta(microseconds=microseconds, hours=12):%d/%m/%Y}"
        except OverflowError:
            return ""

    @property
    def codepage(self) -> int:
        return next(filter(None, map(self.number, _CODEPAGES)), 1252)


def message(source: Source, properties: Properties) -> Iterator[Node | Source]:
    """Subject, header text, bodies and every other string of a message."""
    subject = properties.text(SUBJECT)
    if subject:
        yield source.text(subject, "subject")
    names = (f"{label}: {properties.text(identifier)}" for identifier, label in _NAMES.items())
    transport = fields.written(_header_items(properties.text(TRANSPORT_HEADERS)))
    headers = [line for line in (*names, *transport.splitlines()) if not line.endswith(": ")]
    if headers:
        yield source.text("\n".join(dict.fromkeys(headers)), "headers")
    yield from _bodies(source, properties)
    texts = dict.fromkeys(_other_texts(properties, _SHOWN_ELSEWHERE))
    prefix = properties.text(_SUBJECT_PREFIX)
    topic = subject.removeprefix(prefix)
    again = {subject, topic.strip(), prefix if subject.startswith(prefix) else ""}
    if others := [text for text in texts if text not in again]:
        yield source.text("\n".join(others), "properties")


def attachment(source: Source, properties: Properties, number: int) -> Iterator[Node | Source]:
    """One attached file that is kept in octets."""
    name = file_name(properties) or f"attachment {number}"
    method = properties.number(METHOD)
    data = properties.octets(DATA)
    if data:
        yield Source(source.within(name), data, properties.text(MIME_TYPE).lower())
    elif method in _ELSEWHERE:
        yield source.unscannable("a file that is kept elsewhere", name)
    else:
        yield source.text("", name, empty="an attachment without octets")
    yield from attachment_properties(source, properties, name)


def attachment_properties(source: Source, properties: Properties, name: str) -> Iterator[Node]:
    """What is said of an attached file, or of an attached message, beside its names."""
    if text := "\n".join(_other_texts(properties, set(_FILE_NAMES))):
        yield source.text(text, f"{name} › properties")


def recipient(properties: Properties, codepage: int = 0) -> list[str]:
    """The name of a recipient, and whatever else is said of it in words, each once."""
    others = _other_texts(properties, {DISPLAY_NAME}, codepage)
    return list(filter(None, dict.fromkeys((properties.text(DISPLAY_NAME, codepage), *others))))


def file_name(properties: Properties) -> str:
    """The name under which an attachment is shown; empty without one."""
    return next(filter(None, map(properties.text, _FILE_NAMES)), "")


def file_names(attachments: Iterable[Properties]) -> str:
    """Every name of every attachment, a line each."""
    names = (attachment.text(identifier) for attachment in attachments for identifier in _FILE_NAMES)
    return "\n".join(dict.fromkeys(filter(None, names)))


def _bodies(source: Source, properties: Properties) -> Iterator[Node | Source]:
    if body := properties.text(BODY):
        yield source.text(body, "body")
    if html := properties.octets(HTML):
        charset = "utf-16-le" if _is_wide(properties, HTML) else ""
        yield Source(source.within("body (html)"), html, types.HTML, charset, types.HTML)
    if packed := properties.octets(RTF):
        yield _rich_text(source, packed)
    if not (body or html or packed):
        yield source.text("", "body", empty="a message without a body")


def _is_wide(properties: Properties, identifier: int) -> bool:
    return bool(properties.text(identifier)) and b"\0" in properties.octets(identifier)


def _rich_text(source: Source, packed: bytes) -> Node | Source:
    """[MS-OXRTFCP]."""
    try:
        content = compressed_rtf.decompress(packed)
    except Exception:  # it raises nothing more precise
        return source.unscannable("damaged: the rich text cannot be unpacked", "body (rtf)")
    return Source(source.within("body (rtf)"), content, type=types.RTF)


def _header_items(headers: str) -> list[tuple[str, str]]:
    unfolded = headers.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", " ")
    items = (line.partition(":") for line in unfolded.split("\n"))
    named = [(name.strip(), value) for name, colon, value in items if colon]
    return [item for item in named if item[0].lower() != "subject"]  # which is a property, too


def _other_texts(properties: Properties, shown: set[int], codepage: int = 0) -> Iterator[str]:
    """Every string but those of the properties that are `shown`, and those that programs write."""
    for identifier, label in _DAYS.items():
        if day := properties.day(identifier):
            yield f"{label}: {day}"
    for identifier in properties:
        text = properties.text(identifier, codepage)
        by_programs = _BY_PROGRAMS.fullmatch(text) or (identifier in _MESSAGE_IDS and _IDS.fullmatch(text))
        if text and identifier not in shown and not by_programs:
            yield text


def fixed(entries: bytes) -> dict[int, Property]:
    """Properties of fixed size as a property stream has them ([MS-OXMSG] 2.4.2)."""
    found = {}
    for kind, identifier, value in struct.iter_unpack("<HH4x8s", entries[: len(entries) // 16 * 16]):
        found[identifier] = Property(kind, value)
    return found
