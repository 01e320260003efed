"""Office documents in one XML file: Flat OPC, Word 2003, Excel 2003, flat ODF; and any other XML.

ECMA-376 part 2 annex (pkg:package), [Office 2003 XML Reference Schemas], OpenDocument 1.3 part 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.extract import grid, odf, ooxml, text, xml
from gateway.extract.cells import SPEAKING_FORMULA
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from gateway.extract.word import read_word
from gateway.extract.xml import Element, local

_PACKAGE = "{http://schemas.microsoft.com/office/2006/xmlPackage}package"
_WORD = "{http://schemas.microsoft.com/office/word/2003/wordml}wordDocument"
_EXCEL = "{urn:schemas-microsoft-com:office:spreadsheet}Workbook"
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}document"
_SPOKEN = {"HRef", "HRefScreenTip", "Author", "Data", "Name"}
"""Attributes that hold words, as do all with a string in quotes or a long number."""


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    try:
        root = xml.parse(source.data)
    except Unreadable:
        yield from text.read_xml(source, limits)
        return
    if root.tag == _PACKAGE:
        yield from ooxml.read_parts(source, _parts(root), limits)
    elif root.tag == _WORD:
        yield from _word(source, root)
    elif root.tag == _EXCEL:
        yield from _excel(source, root, limits)
    elif root.tag == _ODF:
        yield from odf.read_flat(source, limits)
    else:
        yield from text.read_xml(source, limits)


def _parts(root: Element) -> dict[str, bytes]:
    """The parts of a package by name, each an element with XML or with base64.

    Of a name that two parts have (which ECMA-376 forbids, section 9.1.1), either may be what is shown.
    """
    parts: dict[str, bytes] = {}
    for part in root.iter("{*}part"):
        name = xml.attribute(part, "name").lstrip("/")
        content = next(part.iter("{*}xmlData", "{*}binaryData"), None)
        if name in parts:
            raise Unreadable("a package with two parts of one name")
        if content is not None and local(content) == "binaryData":
            parts[name] = xml.base64_of(content)
        elif content is not None and len(content):
            parts[name] = xml.serialised(content[0])
    return parts


def _word(source: Source, root: Element) -> Iterator[Node | Source]:
    asides = "\n".join(xml.asides(root))
    binary = list(root.iter("{*}binData", "{*}docOleData"))
    files = [xml.base64_of(element) for element in binary]
    for element in binary:
        xml.take_out(element)
    beside = [element.text for element in root.iter() if "office:office" in str(element.tag) and element.text]
    texts = read_word(root)
    yield source.text(texts.pop(""), empty="a document without text")
    for place, words in (texts | {"attributes": asides, "properties": "\n".join(beside)}).items():
        if words and not words.isspace():
            yield source.text(words, place)
    for number, data in enumerate(files, 1):
        yield Source(source.within(f"file {number}"), data)


def _excel(source: Source, root: Element, limits: Limits) -> Iterator[Node | Source]:
    left = limits.cells
    for number, sheet in enumerate(root.iter("{*}Worksheet"), 1):
        rows = [_row(row) for row in sheet.iter("{*}Row")]
        left -= sum(row.text.count("\t") + 1 for row in rows)
        if left < 0:
            raise Unreadable("more cells than are read")
        yield source.sheet(rows, xml.attribute(sheet, "Name") or f"sheet {number}")
    for element in list(root.iter("{*}Data")):
        if local(element.getparent()) == "Cell":
            xml.take_out(element)
    attributes = (item for element in root.iter() for item in element.attrib.items())
    spoken = [
        str(value) for key, value in attributes if SPEAKING_FORMULA.search(value) or _local(key) in _SPOKEN
    ]
    for place, words in (("beside the cells", xml.lines(root)), ("attributes", "\n".join(spoken))):
        if words and not words.isspace():
            yield source.text(words, place)


def _local(name: str) -> str:
    return str(name).rpartition("}")[2]


def _row(row: Element) -> grid.Row:
    cells = list(row.iter("{*}Cell"))
    shown = ("".join("".join(data.itertext()) for data in cell.iterchildren("{*}Data")) for cell in cells)
    return grid.row([grid.cell(text) for text in shown], map(_index, cells), _index(row))


def _index(element: Element) -> int:
    """The number of a row or cell, from 1; 0 for the one after the one before."""
    place = xml.attribute(element, "Index")
    return int(place) if place.isdecimal() else 0
