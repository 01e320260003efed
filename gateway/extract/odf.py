"""ODT, ODS, ODP and the like: every part of the package, tables by their rows (OASIS OpenDocument 1.3).

What stands aside in a paragraph (a note, a comment, a text box) is read apart from it, so that
it does not cut the text in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import PurePosixPath

from gateway.extract import grid, noise, package, pictures, words, xml
from gateway.extract.node import Limits, Node
from gateway.extract.odf_encryption import Encryption
from gateway.extract.source import TOO_LONG_TO_OPEN, Found, Locked, Source, Unreadable, WrongPassword
from gateway.extract.xml import Element, local

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DOCUMENTS = {f"{_OFFICE}{name}" for name in ("document", "document-content", "document-styles")}
_MANIFEST = "META-INF/manifest.xml"
_FOR_KEYS = b":PGPData>"
"""In the manifest of a document that LibreOffice has encrypted for keys and not for a password."""
_TELLING_PARTS = ("content.xml", "encrypted-package")
"""Which tell whether a password is right; the second one holds the whole document (LibreOffice 24.8)."""
_PLACES_OF_PAGES = "layout-cache"
"""Where LibreOffice notes on which paragraph each page began."""
_METAFILE = b"VCLMTF"
"""How an object looked, in OpenOffice's own drawing format; the object itself stands beside it."""
_ASIDE = {
    "annotation": "comments",
    "note": "notes",
    "tracked-changes": "deletions",
    "text-box": "text boxes",
    "notes": "notes",
    "hidden-text": "hidden text",
    "hidden-paragraph": "hidden text",
    "forms": "forms",
}
_WILDCARDS = tuple(f"{{*}}{name}" for name in _ASIDE)
_PARAGRAPHS = {"p", "h", "list-item", "title", "desc", "page"}
_NOTED = re.compile(
    r"\{(?:urn:oasis:names:tc:opendocument:xmlns:meta:1\.0|http://purl\.org/dc/elements/1\.1/)\}"
)
"""Properties, of the document or of a comment: a line each."""
_BESIDE_ROWS = ("{*}title", "{*}desc", "{*}shapes")
"""Of a sheet: what it is about, and what is drawn on its page (part 3, section 9.1.2)."""
_CELLS = {"table-cell", "covered-table-cell"}
_MARKS = {"tab": "\t", "line-break": "\n", "table-row": grid.ROW}
_SPACE = re.compile(r"[ \t\r\n]+")
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")
_MOST_SPACES, _MOST_CELLS = 100, 200
_SPOKEN = {
    *(
        "string-value",
        "date-value",
        "value",
        "formula",
        "condition",
        "label",
        "title",
        "current-value",
        "alt",
    ),
    *("help-message", "href", "display", "description", "author", "initials", "value-list", "linked-cell"),
    *("string-value-if-true", "string-value-if-false", "num-prefix", "num-suffix", "key1", "key2"),
    *("alias", "tag", "display-text", "help", "help-text", "comment", "expression", "index-name"),
    *("database-name", "table-name", "column-name", "data-field", "command", "filter", "source-field-name"),
    *("identifier", "note", "annote", "custom1", "custom2", "custom3", "custom4", "custom5"),
}
"""Attributes that hold words, in whatever namespace."""
_NAMED = re.compile(r"\{urn:oasis:names:tc:opendocument:xmlns:(?:table|text|drawing|form|meta):1\.0\}name")
_VALUES = ("string-value", "date-value", "time-value", "boolean-value", "value")
"""Attributes with what a cell shows that has no text."""
_NUMBER = re.compile(r"-?[\d.]{0,5}$|\W*$")


def read(source: Source, limits: Limits) -> Iterator[Found]:
    parts, beside = package.read(source, limits)
    manifest = parts.get(_MANIFEST, b"")
    hidden = _encrypted_parts(manifest)
    locked: dict[str, tuple[Encryption, bytes]] = {}
    for name, data in parts.items():
        if name == "mimetype" or not data:
            continue
        if name not in hidden:
            yield from _read_part(source, name, data, limits)
        elif (means := hidden[name]) and noise.is_noise(data):
            locked[name] = means, data
        else:
            place = Source(source.within(name), data, type=source.type)
            yield _unopened(place, for_keys=_FOR_KEYS in manifest)
    if locked:
        yield from _read_encrypted(source, locked, limits)
    yield from beside


def read_flat(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """A whole document in one XML file (part 3, section 3.1.2)."""
    yield from _read_xml(source, "", xml.parse(source.data), limits)


def _encrypted_parts(manifest: bytes) -> dict[str, Encryption | None]:
    """Parts with the means to decrypt them (part 2, section 4.4); None for means that are not known here."""
    if b"encryption-data" not in manifest:
        return {}
    entries = xml.parse(manifest).iter("{*}file-entry")
    return {
        xml.attribute(entry, "full-path"): Encryption.of(data)
        for entry in entries
        if (data := entry.find("{*}encryption-data")) is not None
    }


def _unopened(place: Source, *, for_keys: bool) -> Node:
    if not noise.is_noise(place.data):
        return place.unscannable("says that it is encrypted, but is not")
    if for_keys:
        return place.encrypted("PGP: opens with the key of a recipient only")
    return place.unscannable("encrypted in a way that cannot be checked")


def _read_encrypted(
    source: Source, locked: dict[str, tuple[Encryption, bytes]], limits: Limits
) -> Iterator[Found]:
    """The parts, for whoever opens them, as many as the limits give time for.

    One part tells whether a password is right: each has a key of its own, which takes long to make.
    """
    telling, first = locked[next((name for name in _TELLING_PARTS if name in locked), next(iter(locked)))]
    spent = list(accumulate((means.rounds for means, _ in locked.values()), initial=telling.rounds))
    affordable = sum(rounds <= limits.password_rounds for rounds in spent[1:])

    def open_(word: str) -> Iterator[Found]:
        with suppress(Unreadable):  # a part that is too large is no doubt of the password
            telling.open(first, word, limits.member_octets)
        return inside(word)

    def inside(word: str) -> Iterator[Found]:
        for number, (name, (means, data)) in enumerate(locked.items()):
            if number < affordable:
                yield from _opened(source, name, means, data, word, limits)
            else:
                yield source.unscannable(TOO_LONG_TO_OPEN, name)

    node = source.encrypted("opens with a password only")
    yield Locked(source, node, open_, telling.rounds, spent[affordable] - telling.rounds, tried=False)


def _opened(
    source: Source, name: str, means: Encryption, data: bytes, word: str, limits: Limits
) -> Iterator[Node | Source]:
    try:
        yield from _read_part(source, name, means.open(data, word, limits.member_octets), limits)
    except Unreadable as refusal:
        yield source.unscannable(str(refusal), name)
    except WrongPassword:
        yield source.unscannable("opens with another password than the rest", name)


def _read_part(source: Source, name: str, data: bytes, limits: Limits) -> Iterator[Node | Source]:
    path = PurePosixPath(name)
    step = "" if name == "content.xml" else str(path.with_suffix(""))
    if name == _PLACES_OF_PAGES or data.startswith(_METAFILE):
        yield from _words_of(source, name, data)
        return
    if name.startswith("Thumbnails/"):
        yield pictures.preview(source.within(name), data)
        return
    if path.suffix not in {".xml", ".rdf"}:
        yield Source(source.within(name), data)
        return
    try:
        yield from _read_xml(source, step, xml.parse(data), limits)
    except Unreadable as refusal:
        yield source.unscannable(str(refusal), step or "content")


def _words_of(source: Source, name: str, data: bytes) -> Iterator[Node]:
    if words.is_packed(data):
        yield source.unscannable("octets that look packed where office programs keep none", name)
    elif text := words.words(data):
        yield source.text(text, name)


def _read_xml(source: Source, step: str, root: Element, limits: Limits) -> Iterator[Node | Source]:
    if root.tag not in _DOCUMENTS:
        yield from _lines(source, step, root)
        return
    asides = list(dict.fromkeys(_asides(root)))
    files = [data for element in root.iter("{*}binary-data") if (data := xml.base64_of(element))]
    texts, sheets = _texts(root, limits)
    if not step:
        yield source.text(texts.pop("", ""), empty="a document without text")
    for place, text in (texts | {"attributes": "\n".join(asides)}).items():
        if text and not text.isspace():
            yield source.text(text, " › ".join(filter(None, (step, place))))
    for place, rows in sheets:
        yield source.sheet(rows, " › ".join(filter(None, (step, place))))
    for number, data in enumerate(files, 1):
        if data.startswith(_METAFILE):
            yield from _words_of(source, f"file {number}", data)
        else:
            yield Source(source.within(f"file {number}"), data)


def _lines(source: Source, step: str, root: Element) -> Iterator[Node]:
    """A part that is no text document: properties, settings, scripts."""
    text = "\n".join((xml.lines(root), *dict.fromkeys(_asides(root)))).strip()
    if text:
        yield source.text(text, step)


def _texts(root: Element, limits: Limits) -> tuple[dict[str, str], list[tuple[str, list[grid.Row]]]]:
    """Texts by where they stand, and the rows of every sheet.

    The tree is left as it is: lxml takes minutes to take a large sheet out.
    """
    found: dict[str, list[str]] = {}
    asides = {element for element in root.iter(*_WILDCARDS) if _is_aside(element)}
    for element in root.iter(*_WILDCARDS) if asides else ():
        if element in asides:
            found.setdefault(_ASIDE[local(element)], []).append(_text(element, asides))
    tables = [table for table in root.iter("{*}table") if asides.isdisjoint(table.iterancestors())]
    cells = limits.cells
    sheets: list[tuple[str, list[grid.Row]]] = []
    for number, table in enumerate(tables, 1):
        rows = list(_rows(table, asides))
        cells -= sum(row.text.count("\t") + 1 for row in rows)
        if cells < 0:
            raise Unreadable("more cells than are read")
        sheets.append((xml.attribute(table, "name") or f"table {number}", rows))
    in_sheets = any(local(table.getparent()) == "spreadsheet" for table in tables)
    text = _text(root, asides.union(tables) if in_sheets else asides)
    if in_sheets:
        beside = (_text(part, asides) for table in tables for part in table.iterchildren(*_BESIDE_ROWS))
        text = "\n".join(filter(None, (text, *beside)))
    texts = {"": text} | {place: "\n".join(texts) for place, texts in found.items()}
    return texts, sheets if in_sheets else []


def _is_aside(element: Element) -> bool:
    """On a slide the text itself is in text boxes."""
    name = local(element)
    return name in _ASIDE and (
        name != "text-box" or any(local(outer) == "p" for outer in element.iterancestors())
    )


def _rows(table: Element, asides: set[Element]) -> Iterator[grid.Row]:
    """Rows that show something; of those that are repeated, the first."""
    namespace = str(table.tag).removesuffix("table")
    number = 1
    for element in table.iter("{*}table-row"):
        shown: list[str] = []
        columns: list[int] = []
        column = 1
        for cell in element.iter("{*}table-cell", "{*}covered-table-cell"):
            times = _times(cell, f"{namespace}number-columns-repeated")
            if text := grid.cell(_shown(cell, asides)):
                repeated = min(times, _MOST_CELLS)
                shown += [text] * repeated
                columns += range(column, column + repeated)
            column += times
        yield grid.row(shown, columns, number)
        number += _times(element, f"{namespace}number-rows-repeated")


def _times(element: Element, attribute: str) -> int:
    times = element.get(attribute)
    return int(times) if times and times.isdecimal() else 1


def _shown(cell: Element, asides: set[Element]) -> str:
    """What a cell shows, or its value where it shows nothing."""
    return _paragraph_in(cell) or (_text(cell, asides) if len(cell) or cell.text else "") or _value(cell)


def _paragraph_in(cell: Element) -> str:
    """The text of the only paragraph of a cell, if that is all there is: large sheets have nothing else."""
    if len(cell) != 1 or cell.text or cell[0].tail or len(cell[0]) or local(cell[0]) != "p":
        return ""
    return grid.within(_words(cell[0].text)).strip(" \n")


def _value(cell: Element) -> str:
    said = {name.rpartition("}")[2]: value for name, value in cell.items()}
    return next((said[name] for name in _VALUES if said.get(name)), "")


def _text(root: Element, without: set[Element]) -> str:
    pieces: list[str] = []
    _gather(root, without, pieces)
    return _EMPTY_LINES.sub("\n", grid.within("".join(pieces))).strip(" \n")


def _gather(element: Element, without: set[Element], pieces: list[str]) -> None:
    """What stands in an element. By recursion, for a parser goes no deeper than 256; a walk takes longer."""
    pieces.append(_opening(element, local(element)))
    for child in element:
        if child not in without and (name := local(child)):
            _gather(child, without, pieces)
            pieces.append(_closing(child, name))
        pieces.append(_words(child.tail))


def _opening(element: Element, name: str) -> str:
    if name == "s":
        times = xml.attribute(element, "c")
        return " " * min(int(times), _MOST_SPACES) if times.isdecimal() else " "
    return _MARKS.get(name) or _words(element.text)


def _closing(element: Element, name: str) -> str:
    if name in _CELLS:
        return grid.CELL
    if name == "table-row":
        return grid.END
    return "\n" if name in _PARAGRAPHS or (name and _NOTED.match(element.tag)) else ""


def _words(text: str | None) -> str:
    """Text with its white space as it counts (part 3, section 6.1.2); between elements it does not."""
    if not text or (text.isspace() and "\n" in text):
        return ""
    return _SPACE.sub(" ", text)


def _asides(root: Element) -> Iterator[str]:
    """Words in attributes, comments and processing instructions."""
    spoken: dict[str, bool] = {}
    for element in root.iter():
        if not isinstance(element.tag, str):
            yield (element.text or "").strip()
            continue
        for name, value in element.items():
            if name not in spoken:
                spoken[name] = name.rpartition("}")[2] in _SPOKEN or _NAMED.match(name) is not None
            if spoken[name] and not _NUMBER.match(value):
                yield value
