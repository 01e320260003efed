"""SpreadsheetML: one sheet, its rows and what it has beside them (ECMA-376 part 1, section 18.3)."""

from __future__ import annotations

import re
from xml.parsers import expat

from gateway.extract import grid, xml
from gateway.extract.cells import HEADERS, SPEAKING_FORMULA, Cell, Workbook, header, row, unescaped
from gateway.extract.source import Unreadable

_PLAIN_CELL = (
    r'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="([0-9]{1,5})")?(?: t="(s|str|n|b|e)")?'
    r'(?:/>|>(?:<f(?: [^<>&]*)?(?:/>|>[^<&"]*</f>))?<v>([^<&]*)</v></c>)'
)
_CELL = re.compile(_PLAIN_CELL)
_PLAIN_ROWS = re.compile(rf"<sheetData>(?:<row(?: [^<>&]*)?>(?:{_PLAIN_CELL})*+</row>\s*+)++</sheetData>")
_LONG_NUMBER_IN_FORMULA = re.compile(r"<f[ >][^<]*?(?<!\d)\d{10}(?!\d)")
_NOT_UTF_8 = re.compile(rb"<\?xml[^>]*encoding=[\"'](?!utf-8[\"'])", re.IGNORECASE)


class Sheet:
    """What one sheet holds, gathered by the events of an XML parser."""

    def __init__(self, book: Workbook, most: int) -> None:
        self.rows: list[grid.Row] = []
        self.beside: list[str] = []
        """Words that stand in no cell: headers, prompts, formulas with words in them, comments."""
        self.text: list[str] = []
        self._book = book
        self._left = most
        self._row: list[Cell] = []
        self._cell: dict[str, str] = {}
        self._value = ""
        self._inside = False

    def add_row(self, cells: list[Cell]) -> None:
        """Raises Unreadable when the sheet has more cells than it may have."""
        self._left -= len(cells)
        if self._left < 0:
            raise Unreadable("more cells than are read")
        self.rows.append(row(cells, self._book))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._keep_text()
        name = name.rpartition(":")[2]
        if name == "c":
            self._cell, self._value, self._inside = attributes, "", True
        elif name != "row" and attributes:
            self.beside += xml.spoken(attributes)

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "v" or (name == "t" and self._inside):
            self._value += "".join(self.text)
            self.text.clear()
        elif name in HEADERS:
            self.text = [header("".join(self.text))]
        elif name == "f" and not SPEAKING_FORMULA.search("".join(self.text)):
            self.text.clear()
        self._keep_text()
        if name == "c":
            self._end_cell()
        elif name == "row":
            self.add_row(self._row)
            self._row = []

    def close(self) -> None:
        """Keeps cells that stand in no row, where no office program would put them."""
        if self._row:
            self.add_row(self._row)

    def refuse_doctype(self, *_: object) -> None:
        raise Unreadable(xml.HAS_DOCTYPE)

    def _end_cell(self) -> None:
        cell = self._cell
        self._row.append((cell.get("r", ""), cell.get("s", ""), cell.get("t", ""), self._value))
        self._inside = False

    def _keep_text(self) -> None:
        if self.text:
            text = unescaped("".join(self.text))
            if not text.isspace():
                self.beside.append(text)
            self.text.clear()


def read_sheet(data: bytes, book: Workbook, most: int) -> Sheet:
    """Raises Unreadable past `most` cells and for bad XML, ValueError or LookupError for a bad cell."""
    if xml.DOCTYPE in data:
        raise Unreadable(xml.HAS_DOCTYPE)
    sheet = Sheet(book, most)
    rest = _lift_plain_rows(data, sheet)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text.append
    parser.CommentHandler = sheet.beside.append
    parser.StartDoctypeDeclHandler = sheet.refuse_doctype
    try:
        parser.Parse(rest, True)
    except expat.ExpatError as error:
        raise Unreadable(xml.NOT_WELL_FORMED) from error
    sheet.close()
    return sheet


def _lift_plain_rows(data: bytes, sheet: Sheet) -> bytes:
    """Take the rows out of a sheet whose every cell is written as Excel writes it; all of it otherwise.

    A workbook may have a million cells, and a parser calls for each of its elements. What
    one expression matches from end to end needs none.
    """
    if _NOT_UTF_8.match(data):
        return data
    text = data.decode("utf-8", "surrogateescape")
    plain = _PLAIN_ROWS.search(text)
    if plain is None or _LONG_NUMBER_IN_FORMULA.search(text):
        return data
    for cells in plain[0].split("</row>")[:-1]:
        sheet.add_row(_CELL.findall(cells))
    return (text[: plain.start()] + text[plain.end() :]).encode("utf-8", "surrogateescape")
