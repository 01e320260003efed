"""What a PDF holds in its objects, whether a viewer shows it or not (ISO 32000-2, section 7.3). By qpdf.

Strings of dictionaries, XMP, scripts, embedded files that no tree lists, streams that nothing refers
to any more, text that content streams give in place of what they show, octets around the document.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pikepdf

from gateway.extract import charset, pictures, types, words
from gateway.extract.node import Node
from gateway.extract.source import Source

_END = re.compile(rb"%%EOF[ \t\0]*(?:\r\n|\r|\n)?")
_LINEARISED = re.compile(rb"/Linearized\b")
_BINARY_KEYS = {"/ID", "/O", "/U", "/OE", "/UE", "/Perms", "/CheckSum", "/Cert", "/ByteRange", "/Panose"}
"""Keys whose strings are octets (sections 7.6, 7.5.5, 7.11.4, 12.8)."""
_STRING = rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>"
_IN_PLACE = re.compile(rb"/(?:ActualText|Alt|E)\s*(%b)" % _STRING, re.DOTALL)
_SHOWN = re.compile(rb"%b|\[(?:[^\[\]()<>]|%b)*\](?=\s*TJ)" % (_STRING, _STRING), re.DOTALL)
_PIECE = re.compile(rb"(%b)|-\d{3,}\.?\d*" % _STRING, re.DOTALL)
"""Of what is shown: strings, and how far the next one is moved to the right, if that may be a space."""
_GAP = -200
"""Thousandths of an em; it is a space from here on (section 9.4.3)."""
_NO_TEXT = {"/Image", "/XRef", "/ObjStm", "/Type1C", "/CIDFontType0C", "/OpenType", "/CMap"}
_FONT_KEYS = {"/Length1", "/Alternate", "/FunctionType", "/ShadingType"}
"""Of streams that are fonts, colour profiles, functions, shadings."""
_EMBEDDED = "/EF "
"""In front of the name that a file specification gives to a file (section 7.11.4)."""
_TEXTS = {"/EmbeddedFile", "/Metadata"}
_TEXT_KEYS = {"/JS", "/RC", "/RV", "/V", "/DV"}
"""Entries that may be a string or a stream (sections 12.6.4.17, 12.7.4.4)."""
_TELLING = re.compile(rb"\(|<[0-9A-Fa-f]|/(?:EF|JS|RC|RV|V|DV|Metadata)(?![^\s(<\[/])")
"""A string, or a key that says what a stream is, in an object as qpdf writes it."""
_REFERENCE = re.compile(rb"(?<!\d)(\d{1,10}+) (\d{1,5}+) R\b")
_COMMENT = re.compile(rb"%(?<=[\r\n]%)(?!%|PDF-)([ -~]{8,500})(?=[\r\n])")
"""Section 7.2.4; such a line within packed octets is next to impossible."""
_SPACE = re.compile(r"\s+")
_DATE = re.compile(r"D:\d{4,14}.{0,10}")
_LONGEST_PADDING = 1_024
"""Octets behind a document in which nothing can be found to matter."""


def read(source: Source, password: str, seen: set[str]) -> Iterator[Node | Source]:
    """Everything that is not in `seen`, the lines that were read elsewhere."""
    try:
        document = pikepdf.open(io.BytesIO(source.data), password=password, suppress_warnings=True)
    except (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError):  # a password may be for files only
        yield source.unscannable("objects that cannot be read", "objects")
    else:
        with document:
            yield from _Objects(source, document).read(seen)
    yield from _around(source)


def repaired(data: bytes) -> bytes:
    """The document as qpdf writes it anew; empty for what it cannot open."""
    written = io.BytesIO()
    with (
        contextlib.suppress(pikepdf.PdfError, pikepdf.PasswordError),
        pikepdf.open(io.BytesIO(data), suppress_warnings=True) as document,
    ):
        document.save(written)
    return written.getvalue()


def revisions(data: bytes) -> list[int]:
    """Where revisions before the last one end. A linearised file has two ends, and one revision (annex F)."""
    ends = [end.end() for end in _END.finditer(data)]
    first = 1 if _LINEARISED.search(data, 0, 2048) else 0
    return ends[first:-1]


class _Objects:
    """The objects of one document, each once: those in use, and then those that nothing refers to."""

    def __init__(self, source: Source, document: pikepdf.Pdf) -> None:
        self._source = source
        self._document = document
        self._visited: set[tuple[int, int]] = set()
        self._embedded: set[tuple[int, int]] = set()
        self._strings: dict[str, None] = {}
        self._drawings: list[str] = []
        """What forms and patterns show, if a page shows them."""
        self._files: list[Node | Source] = []

    def read(self, seen: set[str]) -> Iterator[Node | Source]:
        self._walk(self._document.trailer, used=True)
        for item in self._document.objects:
            if isinstance(item, pikepdf.Object) and item.objgen not in self._visited:  # else a number
                self._walk(item, used=False)
        pages = _SPACE.sub("", "".join(seen))
        for text in self._drawings:
            if _SPACE.sub("", text) not in pages:
                self._add_string(text)
        if texts := [text for text in self._strings if not seen.issuperset(filter(None, text.splitlines()))]:
            yield self._source.text("\n".join(texts), "objects")
        yield from self._files

    def _walk(self, root: pikepdf.Object, *, used: bool) -> None:
        waiting: list[tuple[str, object]] = [("", root)]
        while waiting:
            key, item = waiting.pop()
            if isinstance(item, pikepdf.String):
                self._add_string(str(item))
            elif isinstance(item, pikepdf.Object):
                fresh = self._is_fresh(item)
                if isinstance(item, pikepdf.Stream) and (fresh or self._is_more(key, item)):
                    self._add_stream(key, item, used=used)
                if fresh:
                    waiting += self._inside(item)

    def _inside(self, item: pikepdf.Object) -> Iterable[tuple[str, object]]:
        """What an object refers to. Most tell nothing themselves: of those, what was not visited yet."""
        if isinstance(item, (pikepdf.Array, pikepdf.Dictionary)):
            written = item.unparse(resolved=True)
            if not _TELLING.search(written):
                numbers = dict.fromkeys((int(n), int(g)) for n, g in _REFERENCE.findall(written))
                return [
                    ("", self._document.get_object(number))
                    for number in numbers
                    if number not in self._visited
                ]
        return _within(item)

    def _is_fresh(self, item: pikepdf.Object) -> bool:
        if not item.is_indirect:
            return True
        fresh = item.objgen not in self._visited
        self._visited.add(item.objgen)
        return fresh

    def _is_more(self, key: str, stream: pikepdf.Stream) -> bool:
        """Whether here it is something else than where it was met before."""
        return key in _TEXT_KEYS or (key.startswith(_EMBEDDED) and stream.objgen not in self._embedded)

    def _add_string(self, text: str) -> None:
        if text.strip() and not _DATE.fullmatch(text):
            self._strings[text] = None

    def _add_stream(self, key: str, stream: pikepdf.Stream, *, used: bool) -> None:
        kind, subtype = str(stream.get("/Type", "")), str(stream.get("/Subtype", ""))
        if kind in _NO_TEXT or subtype in _NO_TEXT or _FONT_KEYS & set(stream.keys()):
            return
        content = (
            used and not {kind, key} & _TEXTS and key not in _TEXT_KEYS and not key.startswith(_EMBEDDED)
        )
        try:
            data = stream.read_bytes()
        except (pikepdf.PdfError, RuntimeError, UnicodeDecodeError):  # whatever the filters of qpdf raise
            if not content:  # what pages show, pdfium reads
                self._files.append(self._source.unscannable("a stream that cannot be read", "objects"))
            return
        if kind == "/EmbeddedFile" or key.startswith(_EMBEDDED):
            self._embedded.add(stream.objgen)
            name = key.removeprefix(_EMBEDDED) if key.startswith(_EMBEDDED) else ""
            self._files.append(Source(self._source.within(name or "embedded file"), data))
        elif "/Metadata" in (kind, key):
            known = types.XML + pictures.PREVIEW  # xmpGImg:image
            self._files.append(Source(self._source.within("metadata"), data, type=known))
        elif key in _TEXT_KEYS:
            self._add_string(charset.decode(data))
        else:
            self._add_content(data, used=used)
            if used and (subtype == "/Form" or "/PatternType" in stream):
                self._drawings.append(_joined(list(_shown(data))))

    def _add_content(self, data: bytes, *, used: bool) -> None:
        """Of a content stream in use only what pdfium does not give: words in the place of others."""
        if b"/ActualText" in data or b"/Alt" in data:
            for text in _IN_PLACE.finditer(data):
                self._add_string(str(pikepdf.Object.parse(text[1])))
        if not used:
            for shown in _shown(data):
                self._add_string(shown)


def _shown(content: bytes) -> Iterator[str]:
    """What a content stream shows; strings of fonts with an encoding of their own are not words.

    Those in hexadecimal digits mostly are of such fonts: all that are not in ASCII are left out.
    """
    for shown in _SHOWN.finditer(content):
        pieces = [_piece(piece) for piece in _PIECE.finditer(shown[0])]
        if b"<" not in shown[0] or all(piece.isascii() and piece.isprintable() for piece in pieces):
            yield "".join(pieces)


def _piece(piece: re.Match[bytes]) -> str:
    string: bytes = piece[1]
    if not string:
        return " " if float(piece[0]) < _GAP else ""
    if string.isascii() and string[:1] == b"(" and b"\\" not in string:
        plain = string[1:-1].decode("ascii")
        if plain.isprintable():
            return plain
    return str(pikepdf.Object.parse(string))


def _joined(shown: list[str]) -> str:
    """Single letters make words; other pieces are words apart."""
    apart = [" " if len(piece) > 1 and len(after) > 1 else "" for piece, after in pairwise((*shown, ""))]
    return "".join(map(str.__add__, shown, apart))


def _within(item: pikepdf.Object) -> Iterator[tuple[str, object]]:
    """What an object refers to, each with its key; the files of a file specification with their name."""
    if isinstance(item, pikepdf.Array):
        yield from (("", inner) for inner in item)
    elif isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        entries = dict(item.items())
        signature = "/ByteRange" in entries
        name = str(entries.get("/UF", entries.get("/F", "")))
        for key, inner in entries.items():
            if key == "/EF" and isinstance(inner, pikepdf.Dictionary):
                yield from ((_EMBEDDED + name, file) for file in inner.values())
            elif key not in _BINARY_KEYS and not (signature and key == "/Contents"):
                yield key, inner


def _around(source: Source) -> Iterator[Node | Source]:
    """What stands before the header (which readers find within 1,024 octets) and after the end."""
    data = source.data
    if comments := b"\n".join(_COMMENT.findall(data)):
        yield source.text(comments.decode("latin-1"), "comments in the file")
    ends = [end.end() for end in _END.finditer(data)]
    for step, around in (
        ("before the document", data[: max(data.find(b"%PDF-"), 0)]),
        ("after the end", data[ends[-1] :] if ends else b""),
    ):
        octets = around.strip(b"\0 \t\r\n")
        if octets and types.true_type(octets) != types.UNKNOWN:
            yield Source(source.within(step), octets)
        elif octets:
            yield source.text(words.words(octets), step, empty="octets without words")
            if len(octets) > _LONGEST_PADDING:
                yield source.unscannable("octets beside the document", step)
