"""Words and files that are written into a text in other letters, as far as a person could decode them.

Base64 (RFC 4648), hexadecimal, uuencode, yEnc, BinHex, percent-encoding (RFC 3986), quoted-printable,
ROT13, PGP armour.
"""

from __future__ import annotations

import binascii
import codecs
import re
import string
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from gateway.extract import binhex, charset, transfer, types, yenc
from gateway.extract.node import Node
from gateway.extract.source import Source

_LINE_END = r"[ \t]*\r?\n[ \t]*"
_BASE64 = re.compile(
    rf"[A-Za-z0-9+/]{{12,}}+(?:{_LINE_END}[A-Za-z0-9+/]{{12,}}+)*+"
    rf"(?:{_LINE_END}(?:[A-Za-z0-9+/]{{2,11}}+(?==)|[A-Za-z0-9+/]{{4}}(?:[A-Za-z0-9+/]{{4}})?(?=\s*(?:-----END|[<\"']))))?"
    r"={0,2}"
)
"""The last line may be short, if something shows that it is one."""
_SHORTEST_BASE64 = 12
"""Letters: an NHS number takes 14, name and birthday more."""
_SHORTEST_FILE = 200
"""Octets; what is shorter and begins like a file by chance does not hold anything."""
_SHORTEST_URL_SAFE = 4 * _SHORTEST_FILE // 3
"""Letters; text has hardly any other in that alphabet than in the usual one."""
_URL_SAFE = re.compile(rf"(?<![\w-])(?=[A-Za-z0-9]*+[-_])[A-Za-z0-9_-]{{{_SHORTEST_URL_SAFE},}}+={{0,2}}")
_TO_USUAL = str.maketrans("-_", "+/")
_WORD_IN_FRONT = re.compile(r"[A-Za-z]*+[0-9]*+[-_]")
_LONGEST_WORDS = 40
"""Letters, with which what is coded may be joined, as in "letter-of-today_" and then base64."""
_STRUCTURED = re.compile(r"[\ufeff\s]*(?:[{\[<]|MSH\|)")
"""JSON, XML, and HL7 version 2."""
_IN_FRONT, _BEHIND = re.compile(r"(?:[\"'>^]|;base64,)\s*\Z"), re.compile(r"=*\s*(?:[\"'<^|~]|\Z)")
"""What stands around the whole of a value in these."""
_LONGEST_IN_FRONT = 200
_LONGEST_SIGNATURE = 512
"""Octets, of RSA with 4096 bits: what is no longer may be one, or a hash, or a key."""
_SHORTEST_TEXT = 8
_SHORTEST_KNOWN = 60
_MARK = b"a"


def _alphabet(letters: str) -> bytes:
    """What `bytes.translate` makes marks of, and of everything else zeros."""
    return bytes(_MARK[0] if chr(code) in letters else 0 for code in range(256))


_OF_BASE64 = _alphabet(f"{string.ascii_letters}{string.digits}+/")
_OF_URL_SAFE = _alphabet(f"{string.ascii_letters}{string.digits}-_")
_OF_HEXADECIMAL = _alphabet(f"{string.hexdigits}x\\ ,:-")
_OF_LISTS = _alphabet(f"{string.digits},{string.whitespace}\x85\xa0\x1c\x1d\x1e\x1f")
_PRINTABLE = bytes([*range(0x20, 0x7F), *b"\t\r\n"])
_PRINTABLE_CODES = frozenset(_PRINTABLE)
_HEXADECIMAL = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:-]{0,2}){10,}(?![0-9A-Za-z])")
_SHORTEST_HEXADECIMAL = 20
_NO_HEX = re.compile(r"0x|\\x|[^0-9A-Fa-f]")
_CHARACTER_CODES = re.compile(r"(?<![\w,])(?:[0-9]{2,3}\s?,\s?){9,}[0-9]{2,3}(?![\w,])")
_SHORTEST_LIST = 29
"""Characters: ten codes of two digits."""
_BACKWARDS = re.compile("\u202e([^\u202c\u2066-\u2069\n]{4,})")
"""A right-to-left override and what it turns round (Unicode Standard Annex 9)."""
_ESCAPED = re.compile(r'(?:\\u[0-9A-Fa-f]{4})+|\\[bfnrt/"\\]')
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_UNBROKEN = re.compile(r"[^\s<>\"']++")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED_LINE = re.compile(r"^[^\n=]*+=(?:[2-7][0-9A-F]|\r?$).*$", re.MULTILINE)
_QUOTED = re.compile(r"=[2-7][0-9A-F]")
_LEAST_QUOTED = 4
"""Escapes, of which a link may have some that are none."""
_LEAST_ROTATED = 2
""""auf" is German."""
_ROT13_WORDS = ("auf", "cngvrag", "ovegu", "obea", "qbo", "ahzore", "cbfgpbqr", "nqqerff")
""""nhs", "patient", "birth", "born", "dob", "number", "postcode", "address"."""
_ROT13 = re.compile(rf"\b(?:{'|'.join(_ROT13_WORDS)}|cngvragf)\b", re.IGNORECASE)
_UUENCODED = re.compile(r"^begin [0-7]{3,4} [^\r\n]{0,200}\r?\n((?:[!-`][ -`]{0,100}\r?\n)+)", re.MULTILINE)
_ARMOUR = "-----BEGIN PGP MESSAGE"


def unescaped(text: str) -> str:
    """What the strings of JSON say (RFC 8259 section 7); any other text as it is."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[") or "\\" not in text:
        return text
    return _ESCAPED.sub(_meant, text)


def _meant(escape: re.Match[str]) -> str:
    written = escape[0]
    if written[1] == "u":
        return bytes.fromhex(written.replace("\\u", "")).decode("utf-16-be", "replace")
    return _ESCAPES.get(written[1], written[1])


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
    for data in _in_hexadecimal(text):
        yield Source(source.within("hexadecimal"), data)
    for step, words in (
        ("percent-encoded", _unquoted(text)),
        ("quoted-printable", _from_quoted_printable(text)),
        ("character codes", _characters(text)),
        ("right to left", [run[::-1] for run in _BACKWARDS.findall(text)]),
        ("ROT13", _rotated(text)),
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
    return [unquote(word) for word in _UNBROKEN.findall(text) if "%" in word and _PERCENT.search(word)]


def _from_quoted_printable(text: str) -> list[str]:
    """The lines that are written in it (RFC 2045 section 6.7), as somebody pastes a message's source."""
    if len(_QUOTED.findall(text)) < _LEAST_QUOTED:
        return []
    lines = "\n".join(_QUOTED_LINE.findall(text))
    return [binascii.a2b_qp(lines.encode()).decode("utf-8", "replace")]


def _characters(text: str) -> list[str]:
    """What lists of numbers in scripts come to, where all are codes of printable characters."""
    found = _found(_CHARACTER_CODES, text, _OF_LISTS, _SHORTEST_LIST)
    lists = [[int(number) for number in run[0].split(",")] for run in found]
    return [bytes(codes).decode() for codes in lists if _PRINTABLE_CODES.issuperset(codes)]


def _rotated(text: str) -> list[str]:
    """The text turned by thirteen letters, if that makes words of it which identify people."""
    lower = text.lower()
    if not any(word in lower for word in _ROT13_WORDS) or len(_ROT13.findall(text)) < _LEAST_ROTATED:
        return []
    return [codecs.encode(text, "rot13")]


def _in_hexadecimal(text: str) -> Iterator[bytes]:
    for run in _found(_HEXADECIMAL, text, _OF_HEXADECIMAL, _SHORTEST_HEXADECIMAL):
        data = bytes.fromhex(_even(_NO_HEX.sub("", run[0])))
        if _means_something(data):
            yield data


def _found(code: re.Pattern[str], text: str, alphabet: bytes, least: int) -> Iterator[re.Match[str]]:
    """What is written in a code, where as many of its characters stand in a row as it takes at least."""
    for start, end in _runs(text, alphabet, least):
        yield from code.finditer(text, start, end + 1)


def _runs(text: str, alphabet: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Where at least so many characters of an alphabet stand in a row. Most texts have none: one search."""
    marks = text.encode("latin-1", "replace").translate(alphabet)
    start = marks.find(_MARK * least)
    while start >= 0:
        end = marks.find(b"\0", start)
        end = len(marks) if end < 0 else end
        yield start, end
        start = marks.find(_MARK * least, end)


def files_in_base64(text: str) -> Iterator[bytes]:
    """What runs of base64 letters, over any number of lines, decode to, where that means something.

    The whole of a value in JSON, XML or HL7 does, whatever it decodes to, unless it may be a signature.
    """
    structured = _STRUCTURED.match(text) is not None
    left: list[str] = []
    at = 0
    for run in _found(_URL_SAFE, text, _OF_URL_SAFE, _SHORTEST_URL_SAFE):
        data = _from_url_safe(run[0])
        if data:
            read = _letters_read(run[0], data)
            left += text[at : run.start()], " " * read
            at = run.start() + read
        elif structured and _is_value(run) and _is_file(whole := _decode_run(run[0].translate(_TO_USUAL))):
            data = whole
        if data:
            yield data
    for run in _base64_runs("".join((*left, text[at:]))):
        data = _decode_run(run[0])
        if _means_something(data) or (structured and _is_value(run) and _is_file(data)):
            yield data


def _from_url_safe(run: str) -> bytes:
    """What it decodes to, from its beginning or from behind a word; empty if that means nothing.

    Words in front of it are in its alphabet, too, and shift all letters behind them.
    """
    starts = [0]
    while word := _WORD_IN_FRONT.match(run, starts[-1], _LONGEST_WORDS):
        starts.append(word.end())
    for start in starts:
        data = _decode_run(run[start:].translate(_TO_USUAL))
        if _means_something(data):
            return data
    return b""


def _letters_read(run: str, data: bytes) -> int:
    """How many letters of a run what it decodes to stands for; in the others there may be more.

    A hyphen or underscore may join two codes, of which the second one then makes rubbish of the octets.
    """
    if not charset.is_text(data):
        return max(run.rfind("-"), run.rfind("_"))
    try:
        data.decode()
    except ValueError:
        return 0
    return len(run)


def _is_value(run: re.Match[str]) -> bool:
    text = run.string
    in_front = text[max(run.start() - _LONGEST_IN_FRONT, 0) : run.start()]
    return bool(_IN_FRONT.search(in_front) and _BEHIND.match(text, run.end()))


def _is_file(data: bytes) -> bool:
    """Whether they may be one of a type that cannot be told, too."""
    return types.true_type(data) == types.ZLIB or (
        len(data) > _LONGEST_SIGNATURE and not charset.is_text(data)
    )


def without_base64(octets: bytes, known: Callable[[bytes], bool]) -> bytes:
    """The octets without those runs of base64 letters that decode to what is known."""
    text = octets.decode("latin-1")
    runs = [run[0] for run in _base64_runs(text)]
    for run in [run for run in runs if len(run) >= _SHORTEST_KNOWN and known(_decode_run(run))]:
        text = text.replace(run, "")
    return text.encode("latin-1")


def _base64_runs(text: str) -> Iterator[re.Match[str]]:
    at = 0
    for start, _ in _runs(text, _OF_BASE64, _SHORTEST_BASE64):
        if start >= at and (run := _BASE64.match(text, start)):
            yield run
            at = run.end()


def _decode_run(run: str) -> bytes:
    letters = "".join(run.split()).rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def _means_something(data: bytes) -> bool:
    """Whether these are not just letters that happen to be in the alphabet of the code."""
    if len(data) >= _SHORTEST_FILE and not charset.is_text(data):
        return types.true_type(data) != types.UNKNOWN
    strange = len(data.translate(None, _PRINTABLE))
    return len(data) >= _SHORTEST_TEXT and strange * 10 <= len(data) and charset.is_text(data)


def _even(digits: str) -> str:
    return digits[: len(digits) // 2 * 2]
