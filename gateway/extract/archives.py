"""Archives that libarchive reads: tar, cpio, ar, cab, ISO 9660, RAR.

libarchive is Debian's libarchive13. One format is read at a time, the one that the octets
show; what libarchive only warns about, a person might still miss.
"""

from __future__ import annotations

import io
import logging
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from gateway.extract import types
from gateway.extract.members import TOO_LARGE, file_names, leads_out, step
from gateway.extract.node import Limits
from gateway.extract.source import Found, Source, Unreadable

try:
    import libarchive  # type: ignore[import-untyped]  # ships no types
except (ImportError, OSError, AttributeError):  # the binding is there, the library is not
    libarchive = None

_FORMATS = {
    types.TAR: "tar",
    types.CPIO: "cpio",
    types.AR: "ar",
    types.CAB: "cab",
    types.ISO: "iso9660",
    types.SEVEN_ZIP: "7zip",
}
_IN_SEQUENCE = {"tar", "cpio"}
"""Formats that go from member to member, so that what follows the last one belongs to nothing."""
_NUMBER = re.compile(r"-?[\d.]{1,30}")
_NOT_IN_FULL = "an archive that could not be read in full"
_BLOCK = 1 << 16


def is_available() -> bool:
    """Whether libarchive is on this machine."""
    return libarchive is not None


def read(source: Source, limits: Limits) -> Iterator[Found]:
    names: list[str] = []
    noted = refusal = ""
    try:
        for name, content in members(source.data, _FORMATS[source.type], limits):
            names.append(name)
            if content is not None:
                yield Source(source.within(step(name)), content)
        noted = _noted(source.data, limits) if source.type == types.TAR else ""
    except Unreadable as error:
        refusal = str(error)
    if names or not refusal:
        yield file_names(source, names)
    if noted:
        yield Source(source.within("properties"), noted.encode(errors="replace"), type=types.TEXT)
    if any(map(leads_out, names)):
        yield source.unscannable("a member whose name leads out of the archive", "structure")
    if refusal:
        raise Unreadable(refusal)


def _noted(data: bytes, limits: Limits) -> str:
    """What libarchive leaves out of the headers of a tar archive: owners, links, labels, extended records.

    Those are of any length and by any name (POSIX.1-2017, pax, section "pax Extended Header").
    """
    noted: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in islice(archive, limits.nodes):
                noted += (info.linkname, info.uname, info.gname)
                noted += () if info.type in tarfile.SUPPORTED_TYPES else (info.name,)
                noted += map(_record, info.pax_headers, info.pax_headers.values())
    except (tarfile.TarError, ValueError, LookupError) as error:
        raise Unreadable(_NOT_IN_FULL) from error
    return "\n".join(dict.fromkeys(filter(None, noted)))


def _record(key: str, value: str) -> str:
    """An extended record; empty for times and sizes."""
    measured = key in tarfile.PAX_NUMBER_FIELDS and _NUMBER.fullmatch(value)
    return "" if measured else f"{key}: {value}"


def members(
    data: bytes, format_name: str, limits: Limits, filter_name: str = "none"
) -> Iterator[tuple[str, bytes | None]]:
    """Names and contents; None for folders, which have none. Raises Unreadable, even at the end.

    What a link holds is the path that it leads to.
    """
    if libarchive is None:
        raise Unreadable("an archive, and libarchive is not here to read it")
    with _warnings() as warnings:
        try:
            with libarchive.memory_reader(data, format_name, filter_name) as archive:
                for number, entry in enumerate(archive):
                    if number >= limits.nodes:
                        raise Unreadable(TOO_LARGE)
                    yield _name(entry), _content(entry, limits)
                rest = data[archive.bytes_read :] if format_name in _IN_SEQUENCE else b""
        except libarchive.ArchiveError as error:
            raise Unreadable("a damaged archive") from error
        if warnings:
            raise Unreadable(_NOT_IN_FULL)
    if rest := rest.lstrip(b"\0 \r\n"):
        yield "after the end", rest
        raise Unreadable("octets after the end of an archive")


def _name(entry: libarchive.ArchiveEntry) -> str:
    try:
        return str(entry.pathname or "")
    except UnicodeDecodeError:
        return "member whose name is not text"


def _content(entry: libarchive.ArchiveEntry, limits: Limits) -> bytes | None:
    if entry.isdir and not entry.size:  # libarchive fails to find nothing in a folder of a RAR archive
        return None
    blocks, size = [], 0
    for block in entry.get_blocks(_BLOCK):
        size += len(block)
        if size > limits.member_octets:
            raise Unreadable(TOO_LARGE)
        blocks.append(block)
    if not blocks and (target := entry.linkpath):
        return target if isinstance(target, bytes) else str(target).encode(errors="replace")
    return b"".join(blocks) if blocks or entry.isreg else None


@contextmanager
def _warnings() -> Iterator[list[int]]:
    """Where libarchive's warnings are counted; what they say may quote the archive, and is dropped."""
    counted: list[int] = []
    handler = logging.Handler()
    handler.emit = lambda record: counted.append(record.levelno)  # type: ignore[method-assign]
    log = logging.getLogger("libarchive")
    log.addHandler(handler)
    log.propagate = False
    try:
        yield counted
    finally:
        log.removeHandler(handler)
