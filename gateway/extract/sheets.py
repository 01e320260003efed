"""SpreadsheetML: the cells of a sheet as they are shown, row by row (ECMA-376 part 1, section 18)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from xml.parsers import expat

from gateway.extract import xml
from gateway.extract.source import Unreadable
from gateway.extract.xml import Element

_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Identifiers of the built-in number formats that show a date or a time (section 18.8.30)."""
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.|\*.')
_DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)
_TEMPLATE = re.compile(r"[0#][0# /\-]*[0#]")
_WIDEST_GAP = 100
"""Columns; cells farther apart than this are only kept apart, not aligned."""
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet has no time zone


class Workbook(NamedTuple):
    """What cells refer to."""

    strings: list[str]
    formats: list[str]
    """By the style of a cell: "date", a template such as "000 000 0000", or ""."""
    epoch: datetime
    used: set[int]
    """Indices of the strings that some cell shows."""


def read_workbook(strings: Element | None, styles: Element | None, workbook: Element | None) -> Workbook:
    dated = any(pr.get("date1904") in {"1", "true"} for pr in _all(workbook, "workbookPr"))
    codes = {entry.get("numFmtId"): entry.get("formatCode") or "" for entry in _all(styles, "numFmt")}
    cell_styles = next(_all(styles, "cellXfs"), ())
    return Workbook(
        strings=["".join(text.text or "" for text in _all(item, "t")) for item in _all(strings, "si")],
        formats=[_format(style.get("numFmtId") or "0", codes) for style in cell_styles],
        epoch=_EPOCHS[dated],
        used=set(),
    )


def sheet_names(workbook: Element | None) -> list[tuple[str, str]]:
    """Relationship and name of every sheet, hidden ones too (section 18.2.19)."""
    return [
        (
            next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), ""),
            sheet.get("name") or "",
        )
        for sheet in _all(workbook, "sheet")
    ]


def read_sheet(data: bytes, book: Workbook, most: int) -> Sheet:
    """Raises Unreadable past `most` cells, and where the sheet is damaged."""
    if xml.DOCTYPE in data:
        raise Unreadable(xml.HAS_DOCTYPE)
    sheet = Sheet(book, most)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text.append
    parser.CommentHandler = sheet.beside.append
    parser.StartDoctypeDeclHandler = sheet.refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable(xml.NOT_WELL_FORMED) from error
    return sheet


class Sheet:
    """What one sheet holds, gathered by the events of an XML parser: a workbook may have a million cells."""

    def __init__(self, book: Workbook, most: int) -> None:
        self.rows: list[str] = []
        """A line for each row, its cells joined by tabs."""
        self.beside: list[str] = []
        """Words that stand in no cell: headers, prompts, formulas with words in them, comments."""
        self.text: list[str] = []
        self._book = book
        self._left = most
        self._row: list[str] = []
        self._references: list[str] = []
        self._cell: dict[str, str] = {}
        self._value = ""
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.text.clear()
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._cell, self._value, self._inside = attributes, "", True
        elif name == "row":
            self._row, self._references = [], []
        elif attributes:
            self.beside += xml.spoken(attributes)

    def end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v":
            self._value = "".join(self.text)
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif self.text:
            self._end_other(name, "".join(self.text))
        self.text.clear()

    def refuse_doctype(self, *_: object) -> None:
        raise Unreadable(xml.HAS_DOCTYPE)

    def _end_cell(self) -> None:
        cell = self._cell
        self._references.append(cell.get("r", ""))
        self._row.append(_shown(self._value, cell, self._book))
        self._inside = False

    def _end_row(self) -> None:
        self._left -= len(self._row)
        if self._left < 0:
            raise Unreadable("more cells than are read")
        if self._row and _column(self._references[-1]) != len(self._row):
            self._row = _aligned(self._row, self._references)
        self.rows.append("\t".join(self._row))

    def _end_other(self, name: str, text: str) -> None:
        if name == "t" and self._inside:
            self._value += text
        elif (name != "f" or '"' in text) and not text.isspace():
            self.beside.append(text)


def unused_strings(book: Workbook) -> list[str]:
    """Strings that no cell shows any more."""
    return [string for index, string in enumerate(book.strings) if index not in book.used]


def _aligned(row: list[str], references: list[str]) -> list[str]:
    """The row with an empty cell for each that the sheet leaves out."""
    aligned: list[str] = []
    for shown, reference in zip(row, references, strict=True):
        gap = _column(reference) - len(aligned) - 1
        aligned += [""] * (gap if 0 < gap <= _WIDEST_GAP else 0)
        aligned.append(shown)
    return aligned


def _column(reference: str) -> int:
    """The number of a column, from 1, by the reference of a cell in it ("AB12"); 0 without one."""
    number = 0
    for letter in reference.rstrip("0123456789")[:3]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _shown(value: str, cell: dict[str, str], book: Workbook) -> str:
    kind = cell.get("t", "n")
    if kind == "s" and value:
        return _shared(value, book)
    if kind == "n" and value:
        return _number(value, book.formats[int(cell["s"])] if "s" in cell else "", book.epoch)
    return value


def _shared(value: str, book: Workbook) -> str:
    index = int(value)
    book.used.add(index)
    return book.strings[index]


def _number(value: str, template: str, epoch: datetime) -> str:
    """A number as its format shows it, as far as that changes its digits."""
    if template == "date":
        return _date(float(value), epoch)
    if "E" in value or "e" in value:
        value = f"{Decimal(value):f}"
    return _fill(template, value) if template and value.isdecimal() else value


def _date(days: float, epoch: datetime) -> str:
    try:
        moment = epoch + timedelta(days=days)
    except OverflowError:
        return str(days)
    time = f"{moment:%H:%M}" if days < 1 or not days.is_integer() else ""
    date = f"{moment.day:02}/{moment.month:02}/{moment.year}" if days >= 1 else ""
    return f"{date} {time}".strip()


def _fill(template: str, digits: str) -> str:
    """Digits put into the places (0, #) of a template from the right; what is left over goes in front."""
    filled: list[str] = []
    rest = list(digits)
    for place in reversed(template):
        if place not in "0#":
            filled.append(place)
        elif rest:
            filled.append(rest.pop())
        elif place == "0":
            filled.append("0")
    return "".join([*rest, *reversed(filled)]).lstrip(" -/")


def _format(identifier: str, codes: dict[str | None, str]) -> str:
    code = codes.get(identifier)
    if code is None:
        return "date" if identifier.isdecimal() and int(identifier) in _DATES else ""
    if _DATE_LETTER.search(_LITERAL.sub("", code)):
        return "date"
    template = _LITERAL.sub(r"\1\2", code.partition(";")[0])
    return template if _TEMPLATE.fullmatch(template) else ""


def _all(root: Element | None, name: str) -> Iterator[Element]:
    return iter(()) if root is None else root.iter(f"{{*}}{name}")
