"""RTF: running text, and what its destinations keep beside it (Rich Text Format 1.9.1).

A file that ends too early, or goes on after its end, is read all the same: nothing in it is
out of order, so nothing is missed.
"""

from __future__ import annotations

import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from gateway.extract import codepages, grid, objects, ole, types
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

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
"""Destinations (pages 9 ff.) by what they hold; any other that may be ignored goes to `_BESIDE`."""
_BESIDE = "beside the text"
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
_CHARACTER_SETS = {"mac": 10000, "pc": 437, "pca": 850}
"""Code pages by what the header may say in the place of \\ansi (page 9)."""
_DESTINATION_MARKS = {"v": "hidden text", "deleted": "deletions"}
_LISTS = {"properties", "tables", "shapes", "fields", _BESIDE}
"""Where each group is a text of its own."""
_BLIPS = {
    "pngblip": "image/png",
    "jpegblip": "image/jpeg",
    "emfblip": "image/emf",
    "wmetafile": "image/wmf",
    "dibitmap": "image/bmp",
}
_PROPERTIES = {"u", "bin", "ansicpg", "f", "fcharset", "uc", "plain"}
_KNOWN = {
    *_PLACES,
    *_OCTETS,
    *_MARKS,
    *_OF_ROWS,
    *_DESTINATION_MARKS,
    *_BLIPS,
    *_CHARACTER_SETS,
    *_PROPERTIES,
}


def _one_of(words: Iterable[str]) -> str:
    """An expression for whole control words that tries none but those with the right initial."""
    by_initial = groupby(sorted(words), key=lambda word: word[0])
    branches = (f"{initial}(?:{'|'.join(word[1:] for word in group)})" for initial, group in by_initial)
    return f"(?:{'|'.join(branches)})(?![a-zA-Z])"


_NUMBER = r"(-?[0-9]{1,10})?+ ?"
_LOOKS = rf"(?:\\(?!{_one_of(_KNOWN)})[a-zA-Z]{{1,32}}+(?:-?[0-9]{{1,10}})?+ ?)"
"""A control word that says only how something looks: most of them do."""
_TOKENS = rf"\\([a-zA-Z]{{1,32}}){_NUMBER}|((?:\\'[0-9a-fA-F]{{2}})+)|(\{{+|\}}+)|\\([^a-zA-Z])|([^\\{{}}]+)"
_TOKEN = re.compile(rf"{_LOOKS}*+(?:\{{{_LOOKS}*+([^\\{{}}]*)\}}|{_TOKENS})|{_LOOKS}++".encode(), re.DOTALL)
_TOKEN_BEHIND_STAR = re.compile(rf"(\b\B)?(?:{_TOKENS})".encode(), re.DOTALL)  # no group of that kind
"""Where every word counts: one that nobody knows makes a destination that may be ignored."""
_WORDS = re.compile(r"[^\W_]{2}")
_MOST_TOKENS = 3_200_000
"""Without those that say only how something looks; a letter of a hundred pages has a tenth of that."""
_FROM_HTML, _OPENING = re.compile(rb"\\fromhtml(?!0)"), 4096
"""What Outlook makes of HTML, with its tags in destinations that may be ignored ([MS-OXRTFEX] 2.1.3)."""
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
        if place == _BESIDE and _FROM_HTML.search(source.data, 0, _OPENING):
            yield Source(source.within("tags"), text.encode(), charset="utf-8", type=types.HTML)
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
        self._shown: dict[str, int] = {}
        """How many pieces of running text there were when something was put aside."""
        self._skip = 0
        self._ignorable = False
        self._in_row = False
        self._left = _MOST_TOKENS

    def read(self, data: bytes) -> None:
        """Raises Unreadable past so many tokens."""
        place = 0
        while place < len(data):
            place = self._read_on(data, place)
        self._flush()

    def _read_on(self, data: bytes, place: int) -> int:
        """Read tokens up to one behind which others count, or octets that are no tokens; to where."""
        for token in (_TOKEN_BEHIND_STAR if self._ignorable else _TOKEN).finditer(data, place):
            self._left -= 1
            if not self._left:
                raise Unreadable("more groups and words than are read")
            group, word, number, octets, braces, symbol, text = token.groups()
            if text is not None:
                self._text(text)
            elif group is not None:
                self._group(group)
            elif braces is not None:
                self._braces(braces)
            elif word == b"bin" and number:
                end = token.end() + max(int(number), 0)
                if self._state.kept:
                    self.files[-1].raw += data[token.end() : end]
                return end
            elif word is not None:
                self._word(word.decode(), int(number) if number else None)
            elif octets is not None:
                self._octets(binascii.unhexlify(octets.replace(b"\\'", b"")))
            elif symbol is not None:
                self._symbol(symbol)
            if self._ignorable:
                return token.end()
        return len(data)

    def _group(self, text: bytes) -> None:
        """A group in which nothing changes but looks."""
        if self._state.place in _LISTS:
            self._braces(b"{")
        self._skip = 0
        self._text(text)
        self._skip = 0
        if self._state.place in _LISTS:
            self._braces(b"}")

    def _braces(self, braces: bytes) -> None:
        """Any number of the same."""
        self._skip = 0
        self._ignorable = False
        if self._state.place in _LISTS:
            self._flush()
            self.texts[self._state.place].append("\n")
        if braces[:1] == b"{":
            self._stack += [self._state] * len(braces)
        elif self._stack:
            state = self._stack[-len(braces) :][0]
            del self._stack[-len(braces) :]
            if state is not self._state:
                self._flush()
                self._state = state

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
            self._flush()
            self._state = state._replace(kept=True, place="tables")
            self.files.append(_File(_OCTETS[word]))
        elif word in _PLACES:
            self._flush()
            self._state = state._replace(place=_PLACES[word], kept=False)
            self.texts[self._state.place].append("\n")
        elif self._ignorable:
            self._flush()
            self._state = state._replace(place=state.place or _BESIDE, kept=False)
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
            self._flush()
            self._codepage = number
        elif word in _CHARACTER_SETS:
            self._flush()
            self._codepage = _CHARACTER_SETS[word]
        elif word == "f" and number is not None:
            if number != state.font:
                self._flush()
                self._state = state._replace(font=number)
        elif word == "fcharset" and number is not None:
            self._flush()
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
        self._octets(text.translate(None, b"\r\n"))

    def _octets(self, octets: bytes) -> None:
        if self._skip:
            skipped = min(self._skip, len(octets))
            self._skip -= skipped
            octets = octets[skipped:]
        self._raw += octets

    def _say(self, text: str) -> None:
        if text.isascii():
            self._raw += text.encode()
            return
        self._flush()
        self._add(text)

    def _add(self, text: str) -> None:
        """What is hidden or deleted begins a line of its own behind text that is shown."""
        state = self._state
        pieces = self.texts[state.place or state.aside]
        if state.aside and not state.place and self._shown.get(state.aside) != len(self.texts[""]):
            self._shown[state.aside] = len(self.texts[""])
            pieces.append("\n")
        pieces.append(text)

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
