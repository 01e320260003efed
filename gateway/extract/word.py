"""WordprocessingML: the text of one part as it reads now, and what it keeps beside it (ECMA-376, 17)."""

from __future__ import annotations

import re

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from gateway.extract import grid, words, xml
from gateway.extract.attributes import telling
from gateway.extract.xml import Element, local

_TEXTUAL = (
    "p",
    "t",
    "tab",
    "ptab",
    "br",
    "cr",
    "noBreakHyphen",
    "sym",
    "delText",
    "instrText",
    "delInstrText",
    "fldChar",
)
_READ = ("t", "delText", "instrText", "delInstrText", "fldData")
_WILDCARDS = tuple(f"{{*}}{name}" for name in _TEXTUAL)
_MARKS = {
    "p": "\n",
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
}
_ASIDE = {"delText": "deletions", "instrText": "fields", "delInstrText": "fields"}
_HIDDEN = "hidden text"
_ASIDES = ("deletions", "fields", _HIDDEN)
_WORDED = (
    *("docVar", "alias", "tag", "default", "statusText", "helpText", "listEntry", "listItem", "lvlText"),
    *("bookmarkStart", "attr", "tblCaption", "tblDescription", "query", "connectString", "mailSubject"),
)
_ENTRIES = tuple(f"{{*}}{name}" for name in _WORDED)
"""Elements whose attributes are words."""
_STRAY = etree.XPath(
    f"//*[not({' or '.join(f'local-name()={name!r}' for name in _READ)})]/text()[normalize-space()]",
    smart_strings=False,
)
"""Text of elements that Word does not read."""
_OFF = {"0", "false", "off"}


def read_word(root: Element) -> dict[str, str]:
    """Texts by where they stand: "" is the running text. Takes apart what it reads.

    Text boxes float over the text that they are anchored in, and hidden runs are not seen
    in it: both are read apart, so that they do not cut it in two.
    """
    stray = telling(_STRAY(root))
    xml.mark_tables(root)
    boxes = list(root.iter("{*}txbxContent"))
    for box in reversed(boxes):
        _remove(box)
    texts = _texts(root)
    texts["text boxes"] = "\n".join(text for box in boxes for text in _texts(box).values())
    texts["form fields"] = "\n".join(_entries(root))
    texts["beside the text"] = "\n".join(stray)
    return texts


def _texts(root: Element) -> dict[str, str]:
    """What stands aside begins a line of its own behind text that is shown, and each field anyhow."""
    pieces: dict[str, list[str]] = {"": [], **{place: [] for place in _ASIDES}}
    hidden = set(_hidden_runs(root))
    apart: set[str] = set()
    for element in root.iter(*_WILDCARDS):
        name = local(element)
        if name == "fldChar":
            apart.add("fields")
            continue
        text = _symbol(element) if name == "sym" else _MARKS.get(name) or element.text
        place = _ASIDE.get(name) or (_HIDDEN if element.getparent() in hidden else "")
        if not text:
            continue
        if not place:
            apart.update(_ASIDES)
        elif place in apart:
            apart.remove(place)
            text = "\n" + text
        pieces[place].append(text)
    return {place: _tidy("".join(texts)) for place, texts in pieces.items()}


def _tidy(text: str) -> str:
    """Tables are in rows, and no line is empty."""
    return re.sub(r"\n[ \n]*\n", "\n", grid.within(text)).strip(" \n")


def _symbol(element: Element) -> str:
    """Fonts of symbols have their characters at F000 to F0FF, where digits are where ASCII has them."""
    codes = [value for name, value in element.attrib.items() if str(name).endswith("char")]
    try:
        return chr(int(codes[0], 16) & 0xFF) if codes else ""
    except ValueError:
        return ""


def _hidden_runs(root: Element) -> list[Element]:
    marks = [mark for mark in root.iter("{*}vanish") if not _OFF.intersection(map(str, mark.attrib.values()))]
    runs = (mark.getparent().getparent() for mark in marks if local(mark.getparent()) == "rPr")
    return [run for run in runs if run is not None and local(run) == "r"]


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _entries(root: Element) -> list[str]:
    found = (str(value) for element in root.iter(*_ENTRIES) for value in element.attrib.values())
    packed = (words.words(xml.base64_of(element)) for element in root.iter("{*}fldData"))
    return list(filter(None, dict.fromkeys((*found, *packed))))
