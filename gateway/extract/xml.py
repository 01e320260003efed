"""XML parts of office documents: parsed strictly, and what anybody could read in them."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from gateway.extract import grid
from gateway.extract.attributes import telling
from gateway.extract.source import Unreadable

Element: TypeAlias = Any
"""An element of lxml, which ships no types."""

DOCTYPE = b"<!DOCTYPE"
_OF_OPEN_OFFICE = re.compile(
    rb"<!DOCTYPE [a-z:]{1,40} PUBLIC \"-//OpenOffice\.org//DTD [\w. ]{1,60}//EN\" \"[\w.-]{1,40}\">"
)
"""What OpenOffice writes into macros and manifests: it declares no entities, and nobody fetches it."""
HAS_DOCTYPE = "XML with a document type declaration"
"""Entities are expanded by some readers and not by others, and may expand without end."""
NOT_WELL_FORMED = "XML that is not well-formed"
_RUNS = {"t", "delText", "instrText"}
"""Elements that hold a piece of a line; the text of any other is a line of its own."""
_PIECES = etree.XPath("//text()[normalize-space() or local-name(..)='t'] | //*[local-name()='br']")
"""Text, also the blank between two words that is a run of its own; and breaks of lines."""
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_RUN_FRAMES = {"r", "fld", "ins", "del"}
_SPOKEN = {
    *("descr", "title", "alt", "string", "tooltip", "display", "displayText", "author", "instr", "initials"),
    *("prompt", "promptTitle", "error", "errorTitle", "description", "caption", "displayName", "userId"),
    *("connection", "command", "commandText", "docLocation", "tag"),
}
"""Attributes that hold words even where these look as if a program had written them."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OF_OFFICE = {
    *(f"{_W}{name}" for name in ("lsdException", "rFonts", "font", "style", "pStyle", "rStyle", "tblStyle")),
    *(f"{_A}{name}" for name in ("font", "latin", "ea", "cs", "sym", "buFont")),
    "{http://schemas.openxmlformats.org/officeDocument/2006/math}mathFont",
    "{urn:schemas-microsoft-com:vml}f",
}
"""Elements in which Office names its fonts and styles, or computes shapes."""
_NAMES, _NAMED = {f"{_W}name", f"{_S}name"}, {f"{_W}style", f"{_S}font"}
_VALUED = {"pivotCacheDefinition": "v", "pivotCacheRecords": "v", "tagLst": "val", "externalLink": "val"}
"""The same of parts of one kind."""
_CALLED = {
    *("workbook", "table", "pivotCacheDefinition", "pivotTableDefinition", "presentation", "connections"),
    *("cmAuthorLst", "authorLst", "tagLst", "externalLink"),
}
"""Parts in which every name is somebody's: of a sheet, a table, an author."""
_FORMATS = "styleSheet"
_MOST_SPANNED = 100
_ESCAPED = re.compile(r'[\\"]')


def parse(data: bytes) -> Element:
    """The root element; raises Unreadable where two readers might not read the same."""
    if DOCTYPE in data:
        data = _OF_OPEN_OFFICE.sub(b"", data, count=1)
    if DOCTYPE in data:
        raise Unreadable(HAS_DOCTYPE)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, collect_ids=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(NOT_WELL_FORMED) from error
    if root.getroottree().docinfo.doctype:  # written in UTF-16
        raise Unreadable(HAS_DOCTYPE)
    return root


def mark_tables(root: Element) -> None:
    """Put marks for `grid.within` into the rows of WordprocessingML and DrawingML, as pieces of text."""
    for cell in list(root.iter("{*}tc")):
        span = next(
            (str(value) for mark in cell.iterfind("{*}tcPr/{*}gridSpan") for value in mark.values()), ""
        )
        etree.SubElement(cell, "t").text = grid.CELL * (
            min(int(span), _MOST_SPANNED) if span.isdecimal() else 1
        )
    for row in list(root.iter("{*}tr")):
        row.insert(0, etree.Element("t"))
        row[0].text = grid.ROW
        etree.SubElement(row, "t").text = grid.END


def local(element: Element) -> str:
    """The name without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute by its local name; empty without one."""
    return next((str(value) for key, value in element.items() if str(key).rpartition("}")[2] == name), "")


def lines(root: Element) -> str:
    """All text in document order, pieces of one paragraph joined, anything else on a line of its own."""
    pieces: list[str] = []
    frame = None
    for text in _PIECES(root):
        is_break = not isinstance(text, str)
        if is_break:
            pieces.append("\n")
            continue
        parent = text.getparent()
        outer = _frame(parent) if local(parent) in _RUNS else None
        if text.isspace() and (outer is None or outer is not frame):
            continue
        if pieces and (outer is None or outer is not frame):
            pieces.append("\n")
        pieces.append(text)
        frame = outer
    return "".join(pieces)


def spoken(attributes: Mapping[str, str]) -> list[str]:
    """The values of attributes that hold words; names may be qualified in either way."""
    words = [value for name, value in attributes.items() if re.split("[:}]", name)[-1] in _SPOKEN]
    return list(filter(None, dict.fromkeys((*words, *telling(attributes.values())))))


def asides(root: Element) -> list[str]:
    """Words in attributes, comments and processing instructions."""
    attributes, of_office = _attributes(root)
    found = telling(value for _, value in attributes)
    kind = local(root)
    spoken = {*_SPOKEN, *([_VALUED[kind]] if kind in _VALUED else []), *(["name"] if kind in _CALLED else [])}
    found += (value for name, value in (*attributes, *of_office) if name.rpartition("}")[2] in spoken)
    if kind == _FORMATS:
        found += (_ESCAPED.sub("", value) for name, value in attributes if name == "formatCode")
    found += (note.text for note in root.iter(etree.Comment, etree.ProcessingInstruction) if note.text)
    return list(dict.fromkeys(map(str, found)))


def _attributes(root: Element) -> tuple[dict[tuple[str, str], None], dict[tuple[str, str], None]]:
    """Names and values of all attributes, each pair once; those of `_OF_OFFICE` apart.

    Not by XPath, which takes many times as long to tell elements apart.
    """
    attributes: dict[tuple[str, str], None] = {}
    of_office: dict[tuple[str, str], None] = {}
    for element in root.iter("*"):
        if items := element.items():
            tag = element.tag
            of_theirs = tag in _OF_OFFICE or (tag in _NAMES and _is_office_name(element))
            kept = of_office if of_theirs else attributes
            for item in items:
                kept[item] = None
    return attributes, of_office


def _is_office_name(name: Element) -> bool:
    """Whether it is that of a style that comes with Office, or of a font."""
    outer = name.getparent()
    if outer is None or outer.tag not in _NAMED:
        return False
    return f"{_W}customStyle" not in outer.attrib


def take_out(element: Element) -> None:
    """Remove an element from its tree; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def serialised(element: Element) -> bytes:
    """The element as a document of its own."""
    return bytes(etree.tostring(element, encoding="utf-8", with_tail=False))


def base64_of(element: Element) -> bytes:
    """The octets that the text of an element stands for, as far as they can be decoded."""
    letters = _NO_BASE64.sub("", "".join(element.itertext()))
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + "==")


def _frame(run: Element) -> Element:
    """The paragraph, cell or comment that a piece of text belongs to."""
    frame = run.getparent()
    while frame is not None and local(frame) in _RUN_FRAMES:
        frame = frame.getparent()
    return frame
