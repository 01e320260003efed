"""PPT: PowerPoint 97 to 2003, every record of the presentation, earlier versions too ([MS-PPT])."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator

from gateway.extract import drawings, objects, office_encryption, ole, words
from gateway.extract.node import Limits
from gateway.extract.source import Found, Source

_HEADER = struct.Struct("<HHI")
_CONTAINER = 0xF
_WIDE_TEXT, _NARROW_TEXT, _STRING, _OBJECT = 0x0FA0, 0x0FA8, 0x0FBA, 0x1011
_PACKAGE = b"PK\3\4"
"""What PowerPoint 2007 and later keeps for itself in records (section 2.11), in containers too."""
_PLACES = {0x03F0: "notes", 0x03F8: "masters", 0x0FC9: "masters", 0x2EE0: "comments", 0x07F0: "sounds"}
"""Containers whose text stands elsewhere than on a slide."""
_SHAPE_WORDS = 0xF00B, 0xF122
"""Properties of shapes: alternative text, WordArt ([MS-ODRAW] 2.2.9, 2.2.11)."""
_TAG_DATA = 0x138B
"""Records that PowerPoint 2000 and later added, such as comments; of other programs, anything."""
_ENCRYPTED = 0xF3D1C4DF
_DEPTH = 32
_MOST_EDITS = 100
_LINES = str.maketrans("\r\x0b", "\n\n", "\0")


def read(source: Source, limits: Limits) -> Iterator[Found]:
    storage = ole.storage_of(source)
    document = storage.stream("PowerPoint Document")
    user = storage.stream("Current User") if "Current User" in storage.streams else b""
    if "EncryptedSummary" in storage.streams or user[12:16] == _ENCRYPTED.to_bytes(4, "little"):
        yield from office_encryption.read(source, limits)
        return
    presentation = _Presentation(document, _starts(document, user), limits.octets)
    slides = presentation.texts.pop("", [])
    yield source.text("\n".join(slides), empty="a presentation without text")
    for place, texts in presentation.texts.items():
        yield source.text("\n".join(dict.fromkeys(texts)), place)
    if presentation.damaged:
        yield source.text(words.words(document), "words", empty="no words in it")
        yield source.unscannable("damaged: a record is longer than what holds it", "records")
    for number, data in enumerate(presentation.objects, 1):
        yield Source(source.within(f"object {number}"), data)
    pictures = storage.stream("Pictures") if "Pictures" in storage.streams else b""
    yield from drawings.pictures(source, pictures)
    yield from objects.rest(source, storage, {"PowerPoint Document", "Pictures"})


def _starts(document: bytes, user: bytes) -> list[int]:
    """Where records begin, by the edits that the last one goes back to (sections 2.3.2 to 2.3.4)."""
    starts: set[int] = set()
    try:
        (edit,) = struct.unpack_from("<I", user, 16)
        for _ in range(_MOST_EDITS):
            before, directory = struct.unpack_from("<II", document, edit + 16)
            starts |= {edit, directory, *_persisted(document, directory)}
            if not before:
                break
            edit = before
    except struct.error:
        pass  # the walk finds whatever there is
    return sorted(starts)


def _persisted(document: bytes, directory: int) -> Iterator[int]:
    """The offsets in a directory; each run of them has its length in front (section 2.3.5)."""
    (length,) = struct.unpack_from("<I", document, directory + 4)
    place, end = directory + _HEADER.size, min(directory + _HEADER.size + length, len(document))
    while place + 4 <= end:
        count = struct.unpack_from("<I", document, place)[0] >> 20
        yield from struct.unpack_from(f"<{count}I", document, place + 4)
        place += 4 + 4 * count


class _Presentation:
    """What a walk over the tree of records gathers (section 2.3.1)."""

    def __init__(self, document: bytes, starts: list[int], most: int) -> None:
        self._document = document
        self._starts = starts
        self._most = most
        self.texts: dict[str, list[str]] = {}
        self.objects: list[bytes] = []
        self.damaged = False
        self._walk(0, len(document), "", _DEPTH)

    def _walk(self, place: int, end: int, where: str, depth: int) -> None:
        while place + _HEADER.size <= end:
            version, kind, length = _HEADER.unpack_from(self._document, place)
            if not (version or kind) and (following := self._behind_padding(place)):
                place = following
                continue
            place += _HEADER.size
            if place + length > end or not depth:
                self.damaged = True
                return
            holds = version & 0xF == _CONTAINER or (kind == _TAG_DATA and self._are_records(place, length))
            if holds and not self._document.startswith(_PACKAGE, place):
                self._walk(place, place + length, _PLACES.get(kind, where), depth - 1)
            else:
                self._take(version >> 4, kind, self._document[place : place + length], where)
            place += length

    def _are_records(self, place: int, length: int) -> bool:
        end = place + length
        while place + _HEADER.size <= end:
            place += _HEADER.size + _HEADER.unpack_from(self._document, place)[2]
        return place == end

    def _behind_padding(self, place: int) -> int:
        """Where the next record is known to begin; 0 if there is more than zeros in front of it."""
        index = bisect_right(self._starts, place)
        following = self._starts[index] if index < len(self._starts) else 0
        return following if not self._document[place:following].strip(b"\0") else 0

    def _take(self, instance: int, kind: int, data: bytes, where: str) -> None:
        if kind in {_WIDE_TEXT, _STRING}:
            self._add(where if kind == _WIDE_TEXT else where or "names", data.decode("utf-16-le", "replace"))
        elif kind == _NARROW_TEXT:
            self._add(where, data.decode("latin-1"))
        elif kind in {*_SHAPE_WORDS, _TAG_DATA}:
            for text in words.wide(data):
                self._add("tags" if kind == _TAG_DATA else "shapes", text)
        elif data.startswith(_PACKAGE):
            self.objects.append(data)
        elif kind == _OBJECT:
            self.objects.append(_inflated(data, self._most) if instance else data)

    def _add(self, where: str, text: str) -> None:
        text = text.translate(_LINES).strip()
        if text:
            self.texts.setdefault(where, []).append(text)


def _inflated(data: bytes, most: int) -> bytes:
    """Section 2.10.36: the size, then a deflated compound file."""
    (size,) = struct.unpack_from("<I", data)
    try:
        return zlib.decompressobj().decompress(data[4:], min(size, most))
    except zlib.error:
        return data
