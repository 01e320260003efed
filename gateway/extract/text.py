"""Plain text, CSV and XML, and files that are written into a text in letters."""

from __future__ import annotations

import binascii
import html
import re
from collections.abc import Iterator

from gateway.extract import charset, types
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_TAG = re.compile(r"<[^<>]+>")
_RUN = re.compile(
    r"[A-Za-z0-9+/]{16,}+(?:[ \t]*\r?\n[A-Za-z0-9+/]{16,}+)*+(?:\r?\n[A-Za-z0-9+/]{2,15}+(?==))?={0,2}"
)
_LETTER = ord("a")
_LETTERS = bytes(_LETTER if (chr(c).isalnum() and c < 0x80) or c in b"+/" else 0 for c in range(256))
_SHORTEST_RUN = bytes([_LETTER]) * 16
_SHORTEST_FILE = 48
_PRINTABLE = bytes([*range(0x20, 0x7F), *b"\t\r\n"])
_UUENCODED = re.compile(r"^begin [0-7]{3,4} [^\r\n]{0,200}\r?\n((?:[!-`][ -`]{0,100}\r?\n)+)", re.MULTILINE)


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text as it stands, and every file that is written into it in letters."""
    for reading in charset.readings(source.data, source.charset):
        yield source.text(reading)
        yield from _files_within(source, reading)


def read_xml(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text with its tags, and without: tags may cut through a number, or keep two apart."""
    for reading in charset.readings(source.data, source.charset):
        if "<!ENTITY" in reading:
            raise Unreadable("XML that makes text of entities of its own")
        yield source.text(reading)
        yield source.text(html.unescape(_TAG.sub("", reading)), "content")


def _files_within(source: Source, reading: str) -> Iterator[Node | Source]:
    """What a person or a forgiving client could decode: base64, uuencode, PGP armour."""
    if "-----BEGIN PGP MESSAGE" in reading:
        yield source.unscannable("a PGP message", "PGP message")
    if "begin " in reading:
        for run in _UUENCODED.finditer(reading):
            yield Source(source.within("uuencoded"), _uudecode(run[1]))
    for letters in _base64_runs(reading):
        data = _decode_run(letters)
        if _means_something(data):
            yield Source(source.within("base64"), data)


def _base64_runs(reading: str) -> Iterator[str]:
    """Runs of base64 letters over any number of lines; most texts have none and cost one search."""
    letters = reading.encode("latin-1", "replace").translate(_LETTERS)
    start = letters.find(_SHORTEST_RUN)
    while start >= 0 and (run := _RUN.match(reading, start)):
        yield run[0]
        start = letters.find(_SHORTEST_RUN, run.end())


def _means_something(data: bytes) -> bool:
    """Whether these are not just letters that happen to be in the alphabet of base64."""
    if charset.is_text(data):
        return len(data.translate(None, _PRINTABLE)) * 10 <= len(data)
    return len(data) >= _SHORTEST_FILE and types.true_type(data) != types.UNKNOWN


def _decode_run(run: str) -> bytes:
    letters = "".join(run.split()).rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def _uudecode(lines: str) -> bytes:
    data = []
    for line in lines.splitlines():
        try:
            data.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue  # "end", or a line with spaces where the encoder should have written "`"
    return b"".join(data)
