"""Pages of XPS, as Windows prints to a file (ECMA-388): words that stand at places."""

from __future__ import annotations

import re

from gateway.extract.source import Unreadable
from gateway.extract.xml import Element

_LITERAL = "{}"
"""What stands in front of a string that begins with a brace (section 9.1.7.3)."""
_USUAL_ADVANCE = 50
"""Hundredths of an em by which a glyph goes on that does not say so."""
_COLUMN, _SPACE = 1.5, 0.2
"""Ems between two runs of glyphs from which they are two columns, or two words."""
_DRAWN = ("Indices", "Data", "Figures", "Points", "Clip", "RenderTransform", "Transform", "Matrix")
_FIGURES = re.compile(r"[\s\d.,;:()+\-eEFMLHVCQSAZmlhvcqsaz]*")


def take_lines(root: Element) -> str:
    """The words of a page, taken out of its tree; raises Unreadable where there may be some that are drawn.

    Runs on one line are one text, as a program parts them wherever the font changes.
    """
    pieces: list[str] = []
    end, line = 0.0, None
    for glyphs in root.iter("{*}Glyphs"):
        text = str(glyphs.attrib.pop("UnicodeString", "")).removeprefix(_LITERAL)
        if not text.strip() and glyphs.get("Indices"):
            raise Unreadable("a page with words that have no letters")
        left, base, em = (_measure(glyphs, name) for name in ("OriginX", "OriginY", "FontRenderingEmSize"))
        if line is None or abs(base - line) > em / 2 or left < end - em:
            pieces.append("\n")
        elif left - end > _COLUMN * em:
            pieces.append("\t")
        elif left - end > _SPACE * em:
            pieces.append(" ")
        pieces.append(text)
        end, line = left + em * _width(text, glyphs.get("Indices", "")), base
    drawn, shown = (next(root.iter(f"{{*}}{name}"), None) is not None for name in ("Path", "ImageBrush"))
    if drawn and not (pieces or shown):
        raise Unreadable("a page that is only drawn")
    for element in root.iter("*"):
        for name in _DRAWN:
            if _FIGURES.fullmatch(element.get(name, "")):
                element.attrib.pop(name, None)
    return "".join(pieces).strip("\n")


def _measure(element: Element, name: str) -> float:
    try:
        return float(element.get(name, ""))
    except ValueError:
        return 0.0


def _width(text: str, indices: str) -> float:
    """Ems; an entry for each glyph may say by how much it goes on (section 12.1.3)."""
    stated = [entry.split(",")[1] if "," in entry else "" for entry in indices.split(";")]
    known = [float(advance) for advance in stated[: len(text)] if advance.replace(".", "", 1).isdecimal()]
    return (sum(known) + _USUAL_ADVANCE * (len(text) - len(known))) / 100
