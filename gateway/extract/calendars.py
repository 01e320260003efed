"""Calendars and cards: folded lines joined, escapes resolved, files within decoded (RFC 5545, RFC 6350)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from gateway.extract import charset, codes, text, types
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source

_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([\\;,nN:])")
_QUOTED = re.compile(
    r"^([^:\r\n]{0,500}?[;=]QUOTED-PRINTABLE[^:\r\n]{0,500}:)((?:[^\r\n]*=\r?\n)*+[^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
"""Values of vCard 2.1 and vCalendar 1.0."""


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    for reading in charset.readings(source.data, source.charset):
        unfolded = _FOLD.sub("", _QUOTED.sub(_unquoted, reading))
        plain = _ESCAPE.sub(_unescaped, unfolded)
        yield source.text(plain)
        if text.MARKUP.search(plain):  # in X-ALT-DESC, and where Google writes its descriptions
            yield Source(source.within("as HTML"), plain.encode(), charset="utf-8", type=types.HTML)
        yield from codes.within(source, unfolded)


def _unquoted(line: re.Match[str]) -> str:
    octets = binascii.a2b_qp(line[2].encode("utf-8", "replace"))
    return line[1] + charset.decode(octets, _declared(line[1])).replace("\r\n", "\n").replace("\n", r"\n")


def _declared(parameters: str) -> str:
    named = re.search(r"CHARSET=([\w-]{1,40})", parameters, re.IGNORECASE)
    return named[1] if named else ""


def _unescaped(escape: re.Match[str]) -> str:
    return "\n" if escape[1] in "nN" else escape[1]
