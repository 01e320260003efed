"""DOCX, XLSX, XLSB, PPTX, VSDX, XPS: every part, whether or not another refers to it (ECMA-376).

A node for each part that has text, named after the part: "letter.docx › comments". Parts
that are no XML are files of their own: pictures, embedded documents, macros.
"""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from gateway.extract import cells, grid, ink, package, pictures, polyglots, types, words, xlsb, xml, xps
from gateway.extract.node import Limits, Node
from gateway.extract.sheets import read_sheet
from gateway.extract.sketch import Point, Sketch, is_caption
from gateway.extract.source import Source, Unreadable
from gateway.extract.word import read_word
from gateway.extract.xml import local

_WORD, _SPREADSHEET = "wordprocessingml", "spreadsheetml"
_VISIO = "schemas.microsoft.com/office/visio/"
_EMPTY = {"sld": "a slide without text", "PageContents": "a page without text"}
"""Parts that stand for themselves, by their roots: of a presentation, and of a drawing of Visio."""
_SHEETS = {"chartsheet", "dialogsheet"}
"""Those without cells."""
_FORMULA = re.compile(r"(?:POLYLINE|NURBS)\(")
"""Of many points in one cell of a figure ([MS-VSDX] 2.2.5.3)."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SHEET = re.compile(rb"<(?:[\w.-]+:)?worksheet[\s>]")
_RECORDS = re.compile(
    r"xl/(?!printersettings/|embeddings/|activex/|vbaproject|media/|attachedtoolbars).*\.bin"
)
"""Parts of an XLSB that hold records."""
_SETTINGS = re.compile(r"/(?:(?:printersettings|activex)/[^/]*|attachedtoolbars)\.bin$")
"""DEVMODE structures with the name of a printer, values of controls ([MS-OFORMS]): nothing is packed."""
_QUERIES = "{http://schemas.microsoft.com/DataMashup}DataMashup"
"""The root of a part that keeps queries in a package of its own, in base64 ([MS-QDEFF] 2.2)."""
_PIECES = 4
"""Behind its version, each behind its size."""
_PAGE = ".fpage"
_XML = (".xml", ".fdseq", ".fdoc", _PAGE, ".struct", ".frag")
"""Endings of parts that are XML, those of XPS too."""
_OVERWRITTEN = b"\0\xff"
"""What Office fills parts with that it has thrown away ([trash]/0000.dat)."""
_FONT = re.compile(r"/fonts/[^/]*\.(?:odttf|ttf|otf|fntdata)$")
_TABLES = range(44, 92, 16)
"""Where the third table of a font and those behind it are listed; what is in front may be obfuscated."""
_LETTERS = re.compile(r"[^\W_][ -~]{3,}")


class Relation(NamedTuple):
    """A relationship of one part to another part, or to something outside (ECMA-376 part 2, section 8.5)."""

    kind: str
    id: str
    target: str
    external: bool


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    parts, beside = package.read(source, limits)
    yield from read_parts(source, parts, limits)
    yield from beside


def read_parts(source: Source, parts: dict[str, bytes], limits: Limits) -> Iterator[Node | Source]:
    """The same of a package that is not a zip file."""
    office = _Office(parts)
    for name, data in parts.items():
        step = office.step(name)
        try:
            yield from _read_part(source, step, name, data, office, limits)
        except Unreadable as refusal:
            yield source.unscannable(str(refusal), step or "document")
        except (ValueError, LookupError, ArithmeticError, struct.error):
            yield source.unscannable("a damaged part", step or "document")
    if strings := [*cells.unused_strings(office.book), *office.beside_strings]:
        yield source.text("\n".join(strings), "strings in no cell")


class _Office:
    """What the parts of one package say about each other."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = {name.lower(): data for name, data in parts.items()}
        self._kept: dict[str, xml.Element] = {}
        """Roots that were looked at, and not read yet."""
        self.main = next((rel.target for rel in self.relations("") if rel.kind == "officeDocument"), "")
        relations = self.relations(self.main)
        by_kind = {relation.kind: relation.target for relation in relations}
        table = by_kind.get("sharedStrings", "")
        self.strings = self._parts.get(table)
        """The part that is read as the strings of all sheets."""
        self.is_binary = self.main.endswith(".bin")
        self.beside_strings: list[str] = []
        if self.is_binary:
            self.book, named = self._binary_workbook(by_kind.get("styles", ""))
        else:
            workbook, styles = self._look_at(self.main), self._look_at(by_kind.get("styles", ""))
            strings = self._look_at(table)
            self._kept.pop(table, None)
            if strings is None:
                self.strings = None  # which the walk over all parts will refuse
            self.book = cells.read_workbook(strings, styles, workbook)
            self.beside_strings = [] if strings is None else cells.beside_strings(strings)
            named = cells.sheet_names(workbook)
        targets = {relation.id: relation.target for relation in relations}
        self._sheets = {targets.get(id_, ""): name for id_, name in named}

    def step(self, name: str) -> str:
        """What a part is called in the names of nodes; the main document is the file itself."""
        if name.lower() == self.main and self.main.startswith("word/"):
            return ""
        path = PurePosixPath(name)
        folders = [folder for folder in path.parts[1:-1] if folder != "_rels"]
        return self._sheets.get(name.lower()) or "/".join((*folders, path.stem))

    def relations(self, name: str) -> list[Relation]:
        """The relationships of a part; of the whole package for ""."""
        folder, base = posixpath.split(name)
        root = self._look_at(posixpath.join(folder, "_rels", f"{base}.rels"))
        return (
            []
            if root is None
            else [_relation(entry.attrib, folder) for entry in root.iter("{*}Relationship")]
        )

    def _binary_workbook(self, styles: str) -> tuple[cells.Workbook, list[tuple[str, str]]]:
        sheets, from_1904 = xlsb.workbook(self._parts.get(self.main, b""))
        strings = xlsb.shared_strings(self.strings or b"")
        formats = xlsb.formats(self._parts.get(styles, b""))
        return cells.Workbook(strings, formats, cells.EPOCHS[from_1904], set()), sheets

    def root(self, name: str, data: bytes) -> xml.Element:
        """The root of a part, for one reader, who may change it. Raises Unreadable.

        Names may differ in case alone: what was looked at is one of several parts then.
        """
        same = self._parts.get(name.lower()) is data
        kept = self._kept.pop(name.lower(), None) if same else None
        return xml.parse(data) if kept is None else kept

    def _look_at(self, name: str) -> xml.Element | None:
        """The root of a part; None without it, and for one that the walk over all parts will refuse."""
        try:
            root = self.root(name, self._parts[name.lower()])
        except (KeyError, Unreadable):
            return None
        self._kept[name.lower()] = root
        return root


def _relation(attributes: dict[str, str], folder: str) -> Relation:
    target = attributes.get("Target", "")
    external = attributes.get("TargetMode") == "External"
    path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/").lower()
    kind = attributes.get("Type", "").rpartition("/")[2]
    return Relation(kind, attributes.get("Id", ""), target if external else path, external)


def _read_part(
    source: Source, step: str, name: str, data: bytes, office: _Office, limits: Limits
) -> Iterator[Node | Source]:
    if data is office.strings or not data.strip(_OVERWRITTEN):
        return
    if name.lower().endswith(".rels"):
        yield from _links(source, step, office.root(name, data))
    elif office.is_binary and _RECORDS.fullmatch(name.lower()):
        yield from _read_records(source, step, name, data, office, limits)
    elif not name.lower().endswith(_XML):
        yield from _file(source, step, name, data)
    elif _SHEET.search(data[:2048].replace(b"\0", b"")):
        yield from _read_sheet(source, step, data, office.book, limits)
    elif name.lower().endswith(_PAGE):
        root = office.root(name, data)
        figures = xps.sketch(root)
        lines = xps.take_lines(root)
        yield source.text(lines, step, empty="a page without text")
        if figures.may_say_more_than(lines):
            yield source.unscannable("a page whose lines may be letters", f"{step} › lines")
        yield from _texts(source, step, {"attributes": "\n".join(xml.asides(root))})
    else:
        yield from _read_xml(source, step, office.root(name, data))


def _read_sheet(
    source: Source, step: str, data: bytes, book: cells.Workbook, limits: Limits
) -> Iterator[Node]:
    sheet = read_sheet(data, book, limits.cells)
    yield source.sheet(sheet.rows, step)
    yield from _texts(source, step, {"beside the cells": "\n".join(sheet.beside)})


def _read_records(
    source: Source, step: str, name: str, data: bytes, office: _Office, limits: Limits
) -> Iterator[Node]:
    if "sheets/" not in name.lower():
        yield from _texts(source, step, {"": "\n".join(xlsb.texts(data))})
        return
    rows, beside = xlsb.sheet(data, office.book, limits.cells)
    yield source.sheet(rows, step)
    yield from _texts(source, step, {"beside the cells": "\n".join(beside)})


def _read_xml(source: Source, step: str, root: xml.Element) -> Iterator[Node | Source]:
    if root.tag == ink.ROOT:
        yield from _ink(source, step, root)
    if root.tag == _QUERIES:
        yield from _queries(source, step, xml.base64_of(root))
        return
    asides = xml.asides(root)
    if _VISIO in str(root.tag):
        asides += _join_visio(root)
    if _WORD not in str(root.tag):
        xml.mark_tables(root)
        if local(root) in _SHEETS:
            _print_headers(root)
        lines = grid.within(xml.lines(root)).strip("\n")
        if _SPREADSHEET in str(root.tag):
            lines = cells.unescaped(lines)
        if empty := _EMPTY.get(local(root)):
            if _VISIO in str(root.tag) and is_caption(lines) and _visio_sketch(root).may_say_more_than(lines):
                yield source.unscannable("a page whose lines may be letters", f"{step} › lines")
            yield source.text(lines, step, empty=empty)
            yield from _texts(source, step, {"attributes": "\n".join(asides)})
        else:
            yield from _texts(source, step, {"": lines, "attributes": "\n".join(asides)})
        return
    texts = read_word(root)
    if not step:
        yield source.text(texts.pop(""), empty="a document without text")
    said = set(texts["form fields"].split("\n"))
    attributes = (value for value in asides if value not in said)
    yield from _texts(source, step, texts | {"attributes": "\n".join(attributes)})


def _queries(source: Source, step: str, data: bytes) -> Iterator[Node | Source]:
    """Their package, who may run them, what is noted about them, and a sum over the first two."""
    pieces: list[bytes] = []
    place = 4
    while len(pieces) < _PIECES and place + 4 <= len(data):
        size = int.from_bytes(data[place : place + 4], "little")
        place += 4 + size
        pieces.append(data[place - size : place])
    if len(pieces) < _PIECES or place != len(data):
        yield source.unscannable("damaged queries", step)
        return
    package, permissions, notes, _ = pieces
    yield Source(source.within(f"{step} › queries"), package, type=types.ZIP)
    yield from _texts(source, f"{step} › queries", {"metadata": words.words(permissions + notes)})


def _print_headers(root: xml.Element) -> None:
    for element in root.iter("{*}headerFooter"):
        for header in element.iterchildren("*"):
            header.text = cells.header(header.text or "")


def _ink(source: Source, step: str, root: xml.Element) -> Iterator[Node | Source]:
    try:
        drawn = ink.of_markup(root)
    except Unreadable as refusal:
        yield source.unscannable(str(refusal), step)
        return
    if drawn:
        yield Source(source.within(step), drawn, type=ink.TYPE)


def _join_visio(root: xml.Element) -> list[str]:
    """Join the text of each shape, in which marks of fonts and paragraphs stand; what its cells say in words.

    [MS-VSDX] 2.2.5.4, 2.2.5.3.
    """
    for shape in root.iter("{*}Text"):
        words = "".join(shape.itertext())
        del shape[:]
        shape.text = words
    return [cell.get("V") or "" for cell in root.iter("{*}Cell") if cell.get("U") == "STR"]


def _visio_sketch(root: xml.Element) -> Sketch:
    """The figures of a page that are its own; those of its templates (masters) are mostly of stencils."""
    sketch = Sketch()
    for section in root.iter("{*}Section"):
        figure: list[Point] = []
        for row in section.iterchildren("{*}Row") if section.get("N") == "Geometry" else ():
            if "MoveTo" in row.get("T", ""):
                sketch.add_figure(figure)
                figure = []
            cells = {cell.get("N"): cell.get("V") or "" for cell in row.iterchildren("{*}Cell")}
            long = [value for value in cells.values() if _FORMULA.match(value)]
            for values in (*long, f"{cells.get('X', 0)} {cells.get('Y', 0)}"):
                numbers = [float(number) for number in _NUMBER.findall(values)]
                figure += zip(numbers[::2], numbers[1::2], strict=False)
        sketch.add_figure(figure)
    return sketch


def _texts(source: Source, step: str, texts: dict[str, str]) -> Iterator[Node]:
    for place, text in texts.items():
        if text and not text.isspace():
            yield source.text(text, " › ".join(filter(None, (step, place))))


def _links(source: Source, step: str, root: xml.Element) -> Iterator[Node]:
    relations = (_relation(entry.attrib, "") for entry in root.iter("{*}Relationship"))
    targets = [relation.target for relation in relations if relation.external]
    yield from _texts(source, f"links of {step}", {"": "\n".join(targets)})


def _file(source: Source, step: str, name: str, data: bytes) -> Iterator[Node | Source]:
    if name.lower().startswith("docprops/thumbnail."):
        yield pictures.preview(source.within(step), data)
        return
    known = types.true_type(data, name=name)
    if known == types.UNKNOWN and _SETTINGS.search(name.lower()):
        words = _LETTERS.findall(data.replace(b"\0", b"").decode("latin-1"))
        yield source.text("\n".join(words), step, empty="no words in it")
    elif known == types.UNKNOWN and _FONT.search(name.lower()) and _is_font(data):
        yield from polyglots.hidden(Source(source.within(step), data, type=known))
        yield source.text("", step, empty="a font")
    else:
        # Drawings of comments are XML by name only: Excel itself writes unclosed elements.
        vml = name.lower().endswith(".vml")
        yield Source(source.within(step), data, type=types.HTML if vml else known)


def _is_font(data: bytes) -> bool:
    """OpenType, its first 32 octets obfuscated (ECMA-376 part 1, 17.8.1) or not, or as PowerPoint has it."""
    embedded = int.from_bytes(data[:4], "little") == len(data) and data[34:36] == b"LP"
    return embedded or all(_lists_table(data[place : place + 16], len(data)) for place in _TABLES)


def _lists_table(record: bytes, size: int) -> bool:
    tag: bytes
    tag, _, start, length = struct.unpack(">4sLLL", record.ljust(16, b"\0"))
    return tag.replace(b"/", b"").strip().isalnum() and 0 < start <= size - length
