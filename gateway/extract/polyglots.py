"""Files that are two at once: an archive behind a picture, a picture in front of a document.

One program opens the one, another program the other. Looked for in what has an end of its
own or may begin anywhere: pictures, sound, PDF, programs, and octets of no known type; and in
certificates and notes of folders, which have room for anything.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from gateway.extract import types
from gateway.extract.source import Source

_HOSTS = re.compile(
    rf"image/.*|audio/.*|video/.*|{types.PDF}|{types.UNKNOWN}|application/(?:ogg|.*executable|x-elf)"
    rf"|{types.CERTIFICATE}|{types.CERTIFICATE_STORE}|{types.APPLE_FOLDER}"
)
_ARCHIVE = re.compile(rb"Rar!\x1a\x07[\0\x01]|7z\xbc\xaf\x27\x1c|MSCF\0{4}")
_MARKS = b"Rar!", b"7z\xbc\xaf", b"MSCF\0"
"""How they begin: to look for these one by one takes a third of the time."""
_ELSEWHERE = (types.TAR, types.ISO)
"""Types whose signature stands so far behind that another may stand in front."""
_ENDS = {
    "image/png": re.compile(rb"IEND\xaeB`\x82"),
    "image/jpeg": re.compile(rb"\xff\xd9"),
    "image/gif": re.compile(rb"\0;"),
}
_WORDS = re.compile(rb"[\x20-\x7e]{16,}")
"""So long that compressed octets hardly ever look like it."""


def hidden(source: Source) -> Iterator[Source]:
    """What else the octets are, apart from their true type."""
    own = source.type.partition(";")[0]
    if not _HOSTS.fullmatch(own):
        return
    first = types.true_type(source.data) if types.PDF_OPENING.match(source.data) else own
    for known in {*types.signatures(source.data)} - {own, first if own == types.PDF else own}:
        if known in _ELSEWHERE or known.startswith("image/"):
            yield Source(source.within(f"as {known}"), source.data, type=known)
    if types.PDF not in (own, first) and types.PDF_OPENING.match(source.data):
        yield Source(source.within(f"as {types.PDF}"), source.data, type=types.PDF)
    marked = any(mark in source.data for mark in _MARKS)
    if marked and (archive := _ARCHIVE.search(source.data, 1)):
        yield Source(source.within("archive behind it"), source.data[archive.start() :])
    if (start := _zip_start(source.data)) > 0:
        yield Source(source.within("archive behind it"), source.data[start:])
    elif words := _WORDS.findall(_tail(source.data, own)):
        yield Source(source.within("behind it"), b"\n".join(words), type=types.TEXT)


def _zip_start(data: bytes) -> int:
    """Where the first member of a ZIP archive stands, whose directory is at the end; or -1."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return min((info.header_offset for info in archive.infolist()), default=archive.start_dir)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        return -1


def _tail(data: bytes, known: str) -> bytes:
    """What follows the first end mark of a picture."""
    end = _ENDS[known].search(data) if known in _ENDS else None
    return data[end.end() :] if end else b""
