"""RTF: running text, and what its destinations keep beside it (Rich Text Format 1.9.1).

A file that ends too early, or goes on after its end, is read all the same: nothing in it is
out of order, so nothing is missed.
"""

from __future__ import annotations

import binascii
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from gateway.extract import codepages, grid, objects, ole
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}]+)", re.DOTALL
)
_PLACES = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "headers"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "headers"),
    **dict.fromkeys(("footnote", "ftnsep", "ftnsepc"), "footnotes"),
    **dict.fromkeys(("annotation", "atnauthor", "atnid", "atnref"), "comments"),
    **dict.fromkeys(("info", "userprops", "doccomm"), "properties"),
    **dict.fromkeys(("fldinst", "formfield", "datafield"), "fields"),
    **dict.fromkeys(("sp", "shpinst"), "shapes"),
    "shptxt": "text boxes",
    **dict.fromkeys(
        (
            "fonttbl",
            "stylesheet",
            "listtable",
            "listoverridetable",
            "colortbl",
            "filetbl",
            "latentstyles",
            "rsidtbl",
            "xmlnstbl",
            "pgptbl",
            "panose",
            "falt",
            "blipuid",
        ),
        "tables",
    ),
}
"""Destinations (pages 9 ff.) by what they hold; any other that may be ignored goes to "beside the text"."""
_OCTETS = {
    "pict": "picture",
    "objdata": "object",
    "fontemb": "font",
    **dict.fromkeys(("datastore", "themedata", "colorschememapping"), "data"),
}
"""Destinations that hold a file in hexadecimal digits."""
_MARKS = {
    **dict.fromkeys(("par", "line", "sect", "page", "column", "nestrow", "softline"), "\n"),
    **dict.fromkeys(("nestcell", "tab"), "\t"),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_OF_ROWS = {"trowd": (grid.ROW, ""), "cell": (grid.CELL, "\t"), "row": (grid.END, "\n")}
"""What marks a row that has begun, and what stands in its place where none has."""
_SYMBOLS = {b"\\": "\\", b"{": "{", b"}": "}", b"~": "\u00a0", b"_": "-", b"\n": "\n", b"\r": "\n"}
_CHARSETS = dict(
    (
        *((0, 1252), (77, 10000), (128, 932), (129, 949), (130, 1361), (134, 936), (136, 950), (161, 1253)),
        *((162, 1254), (163, 1258), (177, 1255), (178, 1256), (186, 1257), (204, 1251), (222, 874)),
        *((238, 1250), (255, 437)),
    )
)
"""Code pages by \\fcharset (page 20)."""
_DESTINATION_MARKS = {"v": "hidden text", "deleted": "deletions"}
_LISTS = {"properties", "tables", "shapes", "fields", "beside the text"}
"""Where each group is a text of its own."""
_BLIPS = {
    "pngblip": "image/png",
    "jpegblip": "image/jpeg",
    "emfblip": "image/emf",
    "wmetafile": "image/wmf",
    "dibitmap": "image/bmp",
}
_WORDS = re.compile(r"[^\W_]{2}")
_NO_HEX = re.compile(rb"[^0-9a-fA-F]+")
_OBJECT = b"\1\5\0\0\2\0\0\0"
"""How an embedded object begins, as Word keeps custom XML in one, too ([MS-OLEDS] 2.2.5)."""


class _State(NamedTuple):
    """What a group inherits, and what ends with it."""

    place: str = ""
    kept: bool = False
    """Whether what follows belongs to a file."""
    aside: str = ""
    """Where text goes that is hidden or deleted."""
    font: int = -1
    skip: int = 1
    """Characters that stand for one of Unicode where that is not understood (\\uc)."""


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    document = _Document()
    document.read(source.data)
    texts = {place: _tidy("".join(pieces)) for place, pieces in document.texts.items()}
    yield source.text(texts.pop("", ""), empty="a document without text")
    for place, text in texts.items():
        if _WORDS.search(text):
            yield source.text(text, place)
    for number, file in enumerate(document.files, 1):
        if data := file.data:
            name = source.within(f"{file.kind} {number}")
            is_object = file.kind == "object" or data.startswith(_OBJECT)
            yield _object(name, data) if is_object else Source(name, data, type=file.type)


class _File:
    """A file within the document."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.type = ""
        self.digits = bytearray()
        self.raw = bytearray()

    @property
    def data(self) -> bytes:
        """What is written in digits, or as it is after \\bin."""
        digits = _NO_HEX.sub(b"", self.digits)
        return binascii.unhexlify(digits[: len(digits) // 2 * 2]) + self.raw


class _Document:
    """A walk over the tokens, with a stack of groups."""

    def __init__(self) -> None:
        self.texts: defaultdict[str, list[str]] = defaultdict(list)
        self.files: list[_File] = []
        self._state = _State()
        self._stack: list[_State] = []
        self._codepage = 1252
        self._fonts: dict[int, int] = {}
        self._raw = bytearray()
        self._skip = 0
        self._ignorable = False
        self._in_row = False

    def read(self, data: bytes) -> None:
        place = 0
        while token := _TOKEN.search(data, place):
            place = token.end()
            word, number, octet, symbol, brace, text = token.groups()
            if text is not None:
                self._text(text)
            elif octet is not None:
                self._octet(int(octet, 16))
            elif word == b"bin" and number:
                end = place + max(int(number), 0)
                if self._state.kept:
                    self.files[-1].raw += data[place:end]
                place = end
            elif word is not None:
                self._word(word.decode(), int(number) if number else None)
            elif brace is not None:
                self._brace(brace)
            else:
                self._symbol(symbol)
        self._flush()

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._skip = 0
        if self._state.place in _LISTS:
            self.texts[self._state.place].append("\n")
        if brace == b"{":
            self._stack.append(self._state)
        elif self._stack:
            self._state = self._stack.pop()
        self._ignorable = False

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._ignorable = True
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "u" and number is not None:
            self._say(chr(number & 0xFFFF))
            self._skip = state.skip
        elif word in _MARKS:
            self._say(_MARKS[word])
        elif word in _OF_ROWS:
            self._row(word)
        elif word in _OCTETS:
            self._state = state._replace(kept=True, place="tables")
            self.files.append(_File(_OCTETS[word]))
        elif word in _PLACES:
            self._flush()
            self._state = state._replace(place=_PLACES[word], kept=False)
        elif self._ignorable:
            self._flush()
            self._state = state._replace(place=state.place or "beside the text", kept=False)
        else:
            self._property(word, number)
        self._ignorable = False

    def _row(self, word: str) -> None:
        """Word says the properties of a row in front of it and, again, behind."""
        marked, plain = _OF_ROWS[word]
        begins = word == "trowd" and not self._in_row
        self._say(marked if begins or (self._in_row and word != "trowd") else plain)
        self._in_row = begins or (self._in_row and word != "row")

    def _property(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "ansicpg" and number:
            self._codepage = number
        elif word == "f" and number is not None:
            self._flush()
            self._state = state._replace(font=number)
        elif word == "fcharset" and number is not None:
            self._fonts[state.font] = _CHARSETS.get(number, 0)
        elif word == "uc" and number is not None:
            self._state = state._replace(skip=max(number, 0))
        elif word in _DESTINATION_MARKS:
            self._flush()
            self._state = state._replace(aside="" if number == 0 else _DESTINATION_MARKS[word])
        elif word == "plain":
            self._flush()
            self._state = state._replace(aside="", font=-1)
        elif word in _BLIPS and state.kept:
            self.files[-1].type = _BLIPS[word]

    def _text(self, text: bytes) -> None:
        if self._state.kept:
            self.files[-1].digits += text
            return
        text = text.replace(b"\r", b"").replace(b"\n", b"")
        skipped = min(self._skip, len(text))
        self._skip -= skipped
        self._raw += text[skipped:]

    def _octet(self, octet: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._raw.append(octet)

    def _say(self, text: str) -> None:
        if text.isascii():
            self._raw += text.encode()
            return
        self._flush()
        self._add(text)

    def _add(self, text: str) -> None:
        state = self._state
        self.texts[state.place or state.aside].append(text)

    def _flush(self) -> None:
        if self._raw:
            raw, self._raw = bytes(self._raw), bytearray()
            codepage = self._fonts.get(self._state.font) or self._codepage
            self._add(codepages.decode(raw, codepage))


def _tidy(text: str) -> str:
    """Surrogates become characters, cells of a row stand on one line."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return grid.within(re.sub(r"\t?\n+", "\n", text)).strip(" \n")


def _object(name: str, data: bytes) -> Source:
    """An embedded object as OLE 1.0 had it ([MS-OLEDS] 2.2.5): three names, then its own octets."""
    whole = Source(name, data)
    if (start := data.find(ole.MAGIC)) >= 0:
        return Source(name, data[start:])
    place = 8
    for _ in range(3):
        place += 4 + int.from_bytes(data[place : place + 4], "little")
    size = int.from_bytes(data[place : place + 4], "little")
    content = data[place + 4 : place + 4 + size]
    return objects.native(whole, bytes(4) + content) if content else whole
