"""Transfer encodings (RFC 2045 section 6), undone in every way in which some client would.

What is by the grammar has one reading. What is not, clients mend each in a way of its own.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from gateway.extract import charset, types

_UNCODED = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits"}
_UUENCODED = re.compile(r"(?:x-)?uu(?:e|encode)?")
_END_OF_LABEL = re.compile(r"[;\s]*(?:\([^()]*\)[;\s]*)*\Z")
"""What says nothing: comments, semicolons."""
_BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)|=\r?\n\r?\n")
_ESCAPE = re.compile(rb"=(?:([0-9A-Fa-f]{2})|([ \t\0]*(?:\r\n|\r|\n|\Z)[\r\n]?)|([^=\r\n]{0,2}))")
_SCATTERED_ESCAPE = re.compile(rb"=[^0-9A-F\r\n]{0,3}([0-9A-F])[^0-9A-F\r\n]{0,3}([0-9A-F])")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_STANDARD = bytes.maketrans(b"-_", b"+/")
"""From the letters of URLs (RFC 4648 section 5)."""
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_VISIBLE = bytes(octet if octet >= 0x20 or octet in b"\t\r\n" else 0x20 for octet in range(256))


def label(value: str) -> str:
    """The encoding that a Content-Transfer-Encoding field names; "" where nothing is encoded."""
    encoding = _END_OF_LABEL.sub("", value.strip().lower())
    return "" if encoding in _UNCODED else encoding


def decode(coded: bytes, labels: Iterable[str]) -> tuple[list[bytes], str]:
    """The octets in every reading, and why these may not be all.

    `labels` are the values of all Content-Transfer-Encoding fields.
    """
    encodings = list(dict.fromkeys(map(label, labels))) or [""]
    readings: list[bytes] = []
    reasons: list[str] = []
    for encoding in encodings:
        read, reason = _decode(coded, encoding)
        readings += read
        reasons.append(reason)
    readings = list(dict.fromkeys(filter(None, readings))) or [b""]
    if len(encodings) > 1 and len(readings) > 1:
        reasons.insert(0, "contradictory Content-Transfer-Encoding fields")
    return readings, next(filter(None, reasons), "")


def _decode(coded: bytes, encoding: str) -> tuple[list[bytes], str]:
    match encoding:
        case "":
            return [coded], ""
        case "quoted-printable":
            return list(_from_quoted_printable(coded)), ""
        case "base64":
            return _from_base64(coded)
        case _ if _UUENCODED.fullmatch(encoding):
            return [coded, from_uuencoded(coded)], ""
    readings = [coded, *_from_quoted_printable(coded), *_from_base64(coded)[0]]
    return readings, "unknown transfer encoding"


def _from_quoted_printable(coded: bytes) -> Iterator[bytes]:
    """An escape that is none stands for itself, or is dropped with none, one or two octets after it.

    A soft line break ends with CR, LF or both, after any white space, and with two of them or one.
    """
    yield binascii.a2b_qp(coded)
    if _BROKEN_ESCAPE.search(coded):
        for breaks in (0, 1):
            for dropped in (0, 1, 2, 3):
                yield _unescape(coded, breaks, dropped)
        yield _SCATTERED_ESCAPE.sub(lambda digits: bytes.fromhex((digits[1] + digits[2]).decode()), coded)


def _unescape(coded: bytes, breaks: int, dropped: int) -> bytes:
    """`breaks`: whether a soft line break takes the next line end, too; `dropped`: octets of a bad escape."""

    def octets(escape: re.Match[bytes]) -> bytes:
        code, line_end, bad = escape.groups()
        if code:
            return bytes.fromhex(code.decode())
        if line_end is not None:
            ended = line_end.lstrip(b" \t\0")
            return b"" if breaks or ended in {b"\r\n", b"\r", b"\n", b""} else ended[-1:]
        return (b"=" + bad)[dropped:]

    return _ESCAPE.sub(octets, coded)


def from_uuencoded(lines: bytes) -> bytes:
    """What the lines between "begin" and "end" say, whether those are there or not."""
    octets = []
    for line in lines.partition(b"\nbegin ")[2].splitlines()[1:] or lines.splitlines():
        try:
            octets.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue  # "end", or a line with spaces where the encoder should have written "`"
    return b"".join(octets)


def _from_base64(coded: bytes) -> tuple[list[bytes], str]:
    """What is not by the grammar: up to the first padding, past every padding, and as it stands.

    What a list adds is set off by an empty line; then it is sure what is the file.
    """
    if (octets := _strictly(coded.translate(None, b" \t\r\n"))) is not None:
        return [octets], ""
    runs = coded.translate(_STANDARD, b" \t\r\n").split(b"=")
    lines = [line.strip() for line in coded.lstrip().splitlines()]
    good = list(takewhile(_BASE64_LINE.fullmatch, lines))
    file = _strictly(b"".join(good)) if lines[len(good) :][:1] == [b""] else None
    decoded = [file or _of_runs(good), *map(_of_runs, (runs, [b"".join(runs)], runs[:1], lines))]
    most = max(map(len, decoded))
    whole = [file] if file else [octets for octets in decoded if octets and len(octets) * 2 >= most]
    if any(map(charset.is_text, whole)):
        return [*map(_with_rubbish, decoded), coded], ""
    return [*decoded, coded], "" if file else "base64 that cannot be decoded exactly"


def _strictly(letters: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(letters, strict_mode=True)
    except binascii.Error:
        return None


def _of_runs(runs: Iterable[bytes]) -> bytes:
    cleaned = (_NO_BASE64.sub(b"", run) for run in runs)
    return b"".join(binascii.a2b_base64(run[: len(run) - (len(run) % 4 == 1)] + b"==") for run in cleaned)


def _with_rubbish(octets: bytes) -> bytes:
    """Text that stays text, with what else was decoded in it; a file stays as it is."""
    return octets.translate(_VISIBLE) if types.true_type(octets) == types.UNKNOWN else octets
