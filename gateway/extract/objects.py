"""What else a storage holds beside the streams of its application: properties, macros, objects, files.

[MS-OLEPS] for properties, [MS-OLEDS] 2.3 for embedded objects. A stream of an unknown
application gives its words, and is unscannable.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from gateway.extract import macros, ole, properties, types, words
from gateway.extract.node import Limits, Node
from gateway.extract.ole import Storage
from gateway.extract.source import Source

_PROPERTIES = "\x05"
_KNOWN = re.compile(
    r"[\x01\x03].*|\x02OlePres\d{3}|Ctls|Equation Native|PRINT|Properties"
    r"|_?VBA_PROJECT|dir|__SRP_[0-9a-f]+|PROJECT(?:wm|lk)?|VBFrame"
    r"|Current User|User Names|Revision Log|DataSpaceMap|Version|Primary"
    r"|RichEditFlags|MailStream|MailMsgAttFld|Olk10SideProps_\d{4}|XCB|WpsCustomData"
    r"|properties_stream"  # of LibreOffice
    r"|[fox]|contents"  # forms and their controls ([MS-OFORMS] 2.1.2), strings as they are
)
"""Streams that hold numbers, names, and pictures of what stands elsewhere."""
_SKELETON = 1536
"""Octets of a compound file that has a header, a table and a directory, and nothing else."""
_MODULES = "dir"
_NATIVE = "\x01Ole10Native"


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """A storage of no application that has a reader."""
    storage = ole.storage_of(source)
    yield from rest(source, storage, set())
    if not storage.size and storage.is_sound and len(source.data) <= _SKELETON:
        yield source.text("", empty="a compound file without octets in streams")


def rest(source: Source, storage: Storage, own: set[str]) -> Iterator[Node | Source]:
    """Everything in a storage but the streams and storages that its application's reader has read."""
    known: list[str] = []
    noted: list[str] = []
    for name in storage.streams:
        if name in own:
            continue
        data = storage.stream(name)
        if name == _MODULES and macros.is_container(data):
            data = macros.unpacked(data)
        if name.startswith(_PROPERTIES):
            noted += properties.texts(data)
        elif name == _NATIVE:
            yield native(source, data)
        elif _KNOWN.fullmatch(name) and not _is_file(data):
            known.append(words.words(data))
        elif data:
            yield from _unknown(source, name, data)
    yield from _texts(source, {"properties": noted, "beside the document": known})
    for name in storage.storages:
        if name in own:
            continue
        inner = storage.storage(name)
        if inner.streams or inner.storages:
            yield Source(source.within(name), b"", type=types.of_storage(inner), storage=inner)
    if source.storage is None:
        yield from _texts(source, {"free sectors": [words.words(storage.free)]})
        if storage.cut_short:
            yield source.unscannable(ole.CUT_SHORT, "rest")


def _is_file(data: bytes) -> bool:
    """Whether somebody put a file, or what is packed or encrypted, where numbers and names belong."""
    known = types.true_type(data)
    return words.is_packed(data) or not (known == types.UNKNOWN or known.startswith("text/"))


def native(source: Source, data: bytes) -> Source:
    """A file put into a document by the packager; what is none is taken as it is."""
    content = data[4:]
    try:
        if struct.unpack_from("<H", content) == (2,):
            return _packaged(source, content)
    except (struct.error, ValueError):
        pass  # another application's own format
    return Source(source.within("object"), content or data)


def _packaged(source: Source, content: bytes) -> Source:
    """Label, file name, type, path, and the file, each with its length or its end."""
    label, name, after = content[2:].split(b"\0", 2)
    (path,) = struct.unpack_from("<I", after, 4)
    (length,) = struct.unpack_from("<I", after, 8 + path)
    data = after[12 + path : 12 + path + length]
    if len(data) < length:
        raise ValueError
    step = (label or name).decode("cp1252", "replace")
    return Source(source.within(step or "package"), data)


def _unknown(source: Source, name: str, data: bytes) -> Iterator[Node | Source]:
    if macros.is_module(data):
        yield source.text(macros.read(data), name, empty="a macro without text")
    elif types.true_type(data) != types.UNKNOWN:
        yield Source(source.within(name), data)
    elif data.strip(b"\0"):
        yield from _texts(source, {name: [words.words(data)]})
        yield source.unscannable("a stream of an unknown application", name)


def _texts(source: Source, texts: dict[str, list[str]]) -> Iterator[Node]:
    for step, pieces in texts.items():
        if any(pieces):
            yield source.text("\n".join(filter(None, pieces)), step)
