"""Plain text, XML and PostScript."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from gateway.extract import charset, codes, pictures, types
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_TAG = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]+>")
MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|i|p|span|strong|table|td|tr|u)(?:\s[^<>]{0,1000})?/?>|&(?:nbsp|#\d{2,5});|<!--"
)
"""What shows that text may be HTML."""

_ENRICHED = {"text/enriched", "text/richtext"}
"""Text with tags of its own (RFC 1896, RFC 1341)."""
_PARAMETER = re.compile(r"<param>[^<>]*</param>", re.IGNORECASE)


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text as it stands, and what is written into it in other letters.

    With tags of HTML in it, it is read as HTML, too: a client may take it for that.
    """
    for reading in charset.readings(source.data, source.charset):
        yield source.text(reading)
        plain = codes.unescaped(reading)
        if plain != reading:
            yield source.text(plain, "without escapes")
        yield from codes.within(source, plain)
        if source.declared in _ENRICHED:
            shown = _PARAMETER.sub("", reading).replace("<<", "&lt;")
            yield Source(source.within("as enriched text"), shown.encode(), charset="utf-8", type=types.HTML)
        elif source.type == types.TEXT and MARKUP.search(reading):
            yield Source(source.within("as HTML"), reading.encode(), charset="utf-8", type=types.HTML)


def read_xml(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text with its tags, and without: tags may cut through a number, or keep two apart.

    Clinical documents (HL7 CDA, GP2GP, FHIR) carry letters and scans in base64.
    """
    for reading in charset.readings(source.data, source.charset):
        if "<!ENTITY" in reading:
            raise Unreadable("XML that makes text of entities of its own")
        yield source.text(reading)
        yield source.text(html.unescape(_TAG.sub("", reading)), "content")
        for found in codes.within(source, html.unescape(reading)):
            if isinstance(found, Source) and not found.type and source.type.endswith(pictures.PREVIEW):
                yield pictures.preview(found.name, found.data)
            else:
                yield found


def read_postscript(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The program as it stands. What it draws, in what pieces and letters, shows when it is run only."""
    yield from read(source, limits)
    yield source.unscannable("PostScript: can be read when it is sent as PDF")
