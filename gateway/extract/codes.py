"""Words and files that are written into a text in other letters, as far as a person could decode them.

Base64 (RFC 4648), hexadecimal, uuencode, yEnc, BinHex, percent-encoding (RFC 3986), quoted-printable,
ROT13, PGP armour.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from gateway.extract import binhex, charset, transfer, types, yenc
from gateway.extract.node import Node
from gateway.extract.source import Source

_BASE64 = re.compile(
    r"[A-Za-z0-9+/]{12,}+(?:[ \t]*\r?\n[A-Za-z0-9+/]{12,}+)*+(?:\r?\n[A-Za-z0-9+/]{2,11}+(?==))?={0,2}"
)
_LETTER = ord("a")
_LETTERS = bytes(_LETTER if (chr(c).isalnum() and c < 0x80) or c in b"+/" else 0 for c in range(256))
_SHORTEST_RUN = bytes([_LETTER]) * 12
"""An NHS number takes 14, name and birthday more."""
_SHORTEST_FILE = 200
"""Octets; what is shorter and begins like a file by chance does not hold anything."""
_SHORTEST_TEXT = 8
_SHORTEST_KNOWN = 60
_PRINTABLE = bytes([*range(0x20, 0x7F), *b"\t\r\n"])
_PRINTABLE_CODES = frozenset(_PRINTABLE)
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:-]{0,2}){10,}(?![0-9A-Za-z])")
_NO_HEX = re.compile(r"0x|\\x|[^0-9A-Fa-f]")
_CHARACTER_CODES = re.compile(r"(?<![\w,])(?:\d{2,3}\s?,\s?){9,}\d{2,3}(?![\w,])")
_BACKWARDS = re.compile("\u202e([^\u202c\u2066-\u2069\n]{4,})")
"""A right-to-left override and what it turns round (Unicode Standard Annex 9)."""
_UNBROKEN = re.compile(r"[^\s<>\"']++")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED_LINE = re.compile(r"^[^\n=]*+=(?:[2-7][0-9A-F]|\r?$).*$", re.MULTILINE)
_QUOTED = re.compile(r"=[2-7][0-9A-F]")
_LEAST_QUOTED = 4
"""Escapes, of which a link may have some that are none."""
_ROT13 = re.compile(r"\b(?:auf|cngvrag|cngvragf|ovegu|obea|qbo|ahzore|cbfgpbqr|nqqerff)\b", re.IGNORECASE)
""""nhs", "patient", "patients", "birth", "born", "dob", "number", "postcode", "address"."""
_UUENCODED = re.compile(r"^begin [0-7]{3,4} [^\r\n]{0,200}\r?\n((?:[!-`][ -`]{0,100}\r?\n)+)", re.MULTILINE)
_ARMOUR = "-----BEGIN PGP MESSAGE"


def within(source: Source, text: str) -> Iterator[Node | Source]:
    """Everything that the text holds in other letters."""
    if "=ybegin " in text:
        yield from yenc.within(source)
    if binhex.MARK in text:
        yield from binhex.within(source, text)
    for armour in text.split(_ARMOUR)[1:]:
        yield Source(source.within("PGP message"), _from_armour(armour), type=types.PGP)
    if "begin " in text:
        for run in _UUENCODED.finditer(text):
            yield Source(source.within("uuencoded"), transfer.from_uuencoded(run[1].encode()))
    for data in files_in_base64(text):
        yield Source(source.within("base64"), data)
    for run in _HEXADECIMAL.finditer(text):
        data = bytes.fromhex(_even(_NO_HEX.sub("", run[0])))
        if _means_something(data):
            yield Source(source.within("hexadecimal"), data)
    for step, words in (
        ("percent-encoded", _unquoted(text)),
        ("quoted-printable", _from_quoted_printable(text)),
        ("character codes", _characters(text)),
        ("right to left", [run[::-1] for run in _BACKWARDS.findall(text)]),
        ("ROT13", [codecs.encode(text, "rot13")] if len(_ROT13.findall(text)) > 1 else []),
    ):
        if words:
            yield source.text("\n".join(words), step)


def _from_armour(armour: str) -> bytes:
    """The octets of ASCII armour: headers, an empty line, base64, a checksum (RFC 9580 section 6.2).

    Where they cannot be had, the letters, which the reader of PGP messages will refuse.
    """
    lines = [line.strip() for line in armour.partition("-----END")[0].splitlines()[1:]]
    letters = "".join(line for line in lines[lines.index("") if "" in lines else 0 :] if line[:1] != "=")
    try:
        return binascii.a2b_base64(letters)
    except binascii.Error:
        return armour.encode()


def _unquoted(text: str) -> list[str]:
    """The words that have percent-encoded characters in them: links above all."""
    if _PERCENT.search(text) is None:
        return []
    return [unquote(word) for word in _UNBROKEN.findall(text) if _PERCENT.search(word)]


def _from_quoted_printable(text: str) -> list[str]:
    """The lines that are written in it (RFC 2045 section 6.7), as somebody pastes a message's source."""
    if len(_QUOTED.findall(text)) < _LEAST_QUOTED:
        return []
    lines = "\n".join(_QUOTED_LINE.findall(text))
    return [binascii.a2b_qp(lines.encode()).decode("utf-8", "replace")]


def _characters(text: str) -> list[str]:
    """What lists of numbers in scripts come to, where all are codes of printable characters."""
    lists = [[int(number) for number in run[0].split(",")] for run in _CHARACTER_CODES.finditer(text)]
    return [bytes(codes).decode() for codes in lists if _PRINTABLE_CODES.issuperset(codes)]


def files_in_base64(text: str) -> Iterator[bytes]:
    """What runs of base64 letters, over any number of lines, decode to, where that means something."""
    for run in _base64_runs(text):
        data = _decode_run(run)
        if _means_something(data):
            yield data


def without_base64(octets: bytes, known: Callable[[bytes], bool]) -> bytes:
    """The octets without those runs of base64 letters that decode to what is known."""
    text = octets.decode("latin-1")
    for run in [run for run in _base64_runs(text) if len(run) >= _SHORTEST_KNOWN and known(_decode_run(run))]:
        text = text.replace(run, "")
    return text.encode("latin-1")


def _base64_runs(text: str) -> Iterator[str]:
    """Most texts have none and cost one search."""
    letters = text.encode("latin-1", "replace").translate(_LETTERS)
    start = letters.find(_SHORTEST_RUN)
    while start >= 0 and (run := _BASE64.match(text, start)):
        yield run[0]
        start = letters.find(_SHORTEST_RUN, run.end())


def _decode_run(run: str) -> bytes:
    letters = "".join(run.split()).rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def _means_something(data: bytes) -> bool:
    """Whether these are not just letters that happen to be in the alphabet of the code."""
    if charset.is_text(data):
        strange = len(data.translate(None, _PRINTABLE))
        return len(data) >= _SHORTEST_TEXT and strange * 10 <= len(data)
    return len(data) >= _SHORTEST_FILE and types.true_type(data) != types.UNKNOWN


def _even(digits: str) -> str:
    return digits[: len(digits) // 2 * 2]
