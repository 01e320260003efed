"""Cells of a sheet as they are shown (ECMA-376 part 1, sections 18.3.1.4, 18.8.30)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from string import ascii_uppercase
from typing import NamedTuple

from gateway.extract import grid
from gateway.extract.xml import Element

Cell = tuple[str, str, str, str]
"""Reference ("AB12"), index of the style, type, value; each may be empty."""

_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Identifiers of the built-in number formats that show a date or a time."""
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|_.|\*.')
_DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)
_TEMPLATE = re.compile(r"[0#][0# /\-]*[0#]")
_PRECISION = 15
"""Significant digits that a number always keeps; more may be noise of its binary form."""
_EXACT = 1e16
"""From here on not all digits of a floating point number mean something."""
_BOOLEANS = {"0": "FALSE", "1": "TRUE"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
HEADERS = frozenset(f"{pages}{place}" for pages in ("odd", "even", "first") for place in ("Header", "Footer"))
"""Elements whose text is that of a header or footer (section 18.3.1.46)."""
SPEAKING_FORMULA = re.compile(r'"|(?<![\d.])\d{10}(?!\d)')
"""What a formula has in it that may be somebody's: words, or a number as long as people have."""
_HEADER_CODE = re.compile(
    r"""&(?:(&)|([LCR])|([PNDTGAFZ](?:[+-]\d{1,5})?+)|"[^"]*"|K(?:[0-9A-Fa-f]{6}|\d\d[+-]\d{3})|\d{1,3}|[A-Z])"""
)
"""In headers: "&" itself, a section, a field such as the number of the page, and how the letters look."""
EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet has no time zone


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
        strings=[grid.cell(unescaped(_string(item))) for item in _all(strings, "si")],
        formats=[_format_of(style.get("numFmtId") or "0", codes) for style in cell_styles],
        epoch=EPOCHS[dated],
        used=set(),
    )


def _string(item: Element) -> str:
    """The runs of a string, and behind them how it is pronounced (section 18.4.6)."""
    runs: list[str] = []
    spoken: list[str] = []
    for text in _all(item, "t"):
        of_reading = str(text.getparent().tag).endswith("}rPh")
        (spoken if of_reading else runs).append(text.text or "")
    return " ".join(filter(None, ("".join(runs), *spoken)))


def unescaped(text: str) -> str:
    """Characters that are written by their numbers put in their places (section 22.9.2.19)."""
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def header(text: str) -> str:
    """A header or footer as it is printed: sections on lines of their own, nothing for fields (18.3.1.46)."""
    return _HEADER_CODE.sub(
        lambda code: "&" if code[1] else "\n" if code[2] else " " if code[3] else "", text
    )


def digits(value: float) -> str:
    """A number without its format."""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def sheet_names(workbook: Element | None) -> list[tuple[str, str]]:
    """Relationship and name of every sheet, hidden ones too (section 18.2.19)."""
    named = []
    for sheet in _all(workbook, "sheet"):
        identifier = next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), "")
        named.append((identifier, sheet.get("name") or ""))
    return named


def unused_strings(book: Workbook) -> list[str]:
    """Strings that no cell shows any more."""
    return [string for index, string in enumerate(book.strings) if index not in book.used]


def beside_strings(strings: Element) -> list[str]:
    """Whatever else somebody put into the part that holds the strings."""
    others = strings.xpath("comment() | *[local-name() != 'si']//text()")
    return [str(getattr(other, "text", other)) for other in others]


def row(cells: Sequence[Cell], book: Workbook) -> grid.Row:
    """The cells of a row; raises ValueError or LookupError where one refers to nothing."""
    shown = []
    for _, style, kind, value in cells:
        if kind == "s" and value:
            index = int(value)
            book.used.add(index)
            shown.append(book.strings[index])
        elif value and kind in {"", "n"}:
            shown.append(number(value, book.formats[int(style)] if style else "", book.epoch))
        elif kind == "b":
            shown.append(_BOOLEANS.get(value, value))
        else:
            shown.append(grid.cell(unescaped(value)))
    row_number = _row(cells[0][0]) if cells else 0
    if cells and _column(cells[-1][0]) != len(cells):
        return grid.row(shown, [_column(reference) for reference, *_ in cells], row_number)
    return grid.Row("\t".join(shown), row_number)


def _row(reference: str) -> int:
    """The number of a row, from 1, by the reference of a cell in it; 0 without one."""
    digits = reference.lstrip(ascii_uppercase)
    return int(digits) if digits.isdecimal() else 0


def _column(reference: str) -> int:
    """The number of a column, from 1, by the reference of a cell in it; 0 without one."""
    number = 0
    for letter in reference.rstrip("0123456789")[:3]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def number(value: str, template: str, epoch: datetime) -> str:
    """A number as its format shows it, as far as that changes its digits."""
    if template == "date":
        return _date(float(value), epoch)
    if "E" in value or "e" in value or ("." in value and len(value) > _PRECISION):
        value = _shortest(value)
    return _fill(template, value) if template and value.isdecimal() else value


def _shortest(value: str) -> str:
    """A number with no more digits than tell it from others, or with all that it has before the point."""
    whole = float(value).is_integer()
    return f"{Decimal(value if whole else repr(float(value))):f}"


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


def known_format(code: str) -> str:
    """Of a number format (section 18.8.31) what changes digits: "date", a template, or ""."""
    if _DATE_LETTER.search(_LITERAL.sub("", code)):
        return "date"
    template = _LITERAL.sub(r"\1\2", code.partition(";")[0])
    return template if _TEMPLATE.fullmatch(template) else ""


def built_in(identifier: int) -> str:
    """The same of a format that goes by its number only."""
    return "date" if identifier in _DATES else ""


def _format_of(identifier: str, codes: dict[str | None, str]) -> str:
    code = codes.get(identifier)
    if code is None:
        return built_in(int(identifier)) if identifier.isdecimal() else ""
    return known_format(code)


def _all(root: Element | None, name: str) -> Iterator[Element]:
    return iter(()) if root is None else root.iter(f"{{*}}{name}")
