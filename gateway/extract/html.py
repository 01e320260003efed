"""HTML: what it shows, and what it carries without showing it.

Parsed by lexbor as the HTML standard says (https://html.spec.whatwg.org/multipage/parsing.html).
Text that is hidden is read where it stands, like any other; a line that it parts is read without it, too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser, LexborNode

from gateway.extract import charset, codes, grid
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable

_words = re.compile(r"\S+").findall

_FIRST_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|svg)[\s>]",
    re.IGNORECASE,
)
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_INERT = re.compile(r"<(/?)(?:template|frameset)(?=[\s/>])", re.IGNORECASE)
"""Elements whose content the parser would put aside, or drop."""

_TAGS = 100_000
"""Elements may be nested deeper in a page with fewer tags; Word leaves its shapes open."""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_NEVER_NESTED = frozenset(
    _words("""area base br col embed hr img input link meta param source track wbr
    p li dt dd td th tr option optgroup body html head""")
)
"""Elements without an end tag, and those that one of their like ends."""

_BLOCKS = frozenset(
    _words("""address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form frame h1 h2 h3 h4 h5 h6 head header hr html iframe legend li main math
    menu nav noscript object ol optgroup option p pre section select summary svg table tbody text textarea
    tfoot thead title tr ul""")
)
_CELLS = frozenset({"td", "th"})
_INLINE = frozenset(_words("a abbr b big code em font i label mark s small span strike strong sub sup u"))
_UNSEEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]))", re.IGNORECASE
)
_OPENS, _ENDS = "\ufdd3", "\ufdd4"
"""Marks around what is not seen within a line: noncharacters, as those of `grid`."""
_SALT = re.compile(f"{_OPENS}[^{_OPENS}{_ENDS}\n]*{_ENDS}")
_SALTED = re.compile(rf"\S{_SALT.pattern}|{_SALT.pattern}\S")
_MARKS = re.compile(f"[{_OPENS}{_ENDS}]")
_MOST_SPANNED = 100
"""Columns that one cell may take."""
_AS_WRITTEN = frozenset({"pre", "textarea", "listing", "xmp", "plaintext"})
_APPEARANCE = frozenset(
    _words("""align background bgcolor border cellpadding cellspacing charset class clear cols colspan color
    dir face frame frameborder height
    hspace lang link marginheight marginwidth media nowrap rel role rows rowspan
    rules scope shape size span start style tabindex target text type valign vlink vspace width
    xmlns""")
)
"""Attributes that only say how something looks."""
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = re.compile(r"[ \t]*\n[\n ]*")
_CSS_TEXT = re.compile(
    r"(?<![\w-])(?:(?:content|--[\w-]+)\s*:|(?:quotes|list-style(?:-type)?|symbols|prefix|suffix|text-overflow"
    r"""|mso-(?:level-text|header-data|footer-data))\s*:(?=[^;}"']{0,200}["']))"""
    r"""((?:url\([^)]*+\)?|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|[^;}"'])*+)"""
    r"|/\*(.*?)(?:\*/|\Z)|(url\([^)]*+\)?)",
    re.DOTALL,
)
"""Properties whose strings are shown, of Word and Excel too; comments; addresses.

What nothing ends goes on to the end (CSS Syntax 3, 4.3.2, 4.3.6).
"""
_CSS_ADDRESS = re.compile(r"url\(([^)]*+)\)?")
_ADJACENT = re.compile(r"""(["'])\s+\1""")
"""Where one string goes on in the next, as the value of `content` may."""
_CSS_ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})\s?")
_CSS_LINE_END = re.compile(r"\\\r?\n")
_RIGHT_TO_LEFT = re.compile(r"bidi-override[^}]{0,200}rtl|rtl[^}]{0,200}bidi-override", re.IGNORECASE)
_SCRIPT_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{0{0,4}([0-9A-Fa-f]{1,5})\})")
_CONCATENATION = re.compile(r"""(["'`])\s*\+\s*["'`]""")
_LONG_NUMBER = re.compile(r"\d(?:\D?\d){8}")
_BOXES = re.compile(r"(?:(?<!\w)\d\t){9,}\d(?!\w)")
"""A number with each digit in a cell of its own, as on a form."""
_DATA_URI = re.compile(r"\s*data:([\w.+-]+/[\w.+-]+)?([^,]{0,200}),", re.IGNORECASE)


def read(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """The text in its order; then "markup", what attributes, comments, scripts and style sheets say."""
    meta = _CHARSET.search(source.data, 0, 4096)
    declared = source.charset or (meta[1].decode() if meta else "")
    page = _Page(limits.html_depth)
    for markup in charset.readings(source.data, declared):
        page.read(markup)
    shown, carried = page.text(), "\n".join((*page.carried, *page.without_salt()))
    yield source.text(shown, empty="markup without text")
    if carried:
        yield source.text(carried, "markup")
    yield from codes.within(source, shown)
    yield from codes.within(source, carried)
    for declared, data in page.files:
        yield Source(source.within("data URI"), data, declared)


def looks_like_html(opening: str) -> bool:
    """Whether a browser takes text that opens so for HTML (after WHATWG MIME Sniffing, section 7.1)."""
    rest = opening.lstrip("\ufeff \t\r\n\f")
    while rest.startswith(("<!--", "<?xml")):
        rest = rest.partition("-->" if rest.startswith("<!--") else ">")[2].lstrip()
    return _FIRST_TAG.match(rest) is not None


def _refuse_deep(markup: str, enough: int) -> None:
    """What the parser would take too long over: for every tag it may look through all open elements."""
    tags = markup.count("<")
    if tags > enough and (depth := _depth(markup)) > enough and tags * depth > enough * _TAGS:
        raise Unreadable("HTML elements nested too deep")


def _depth(markup: str) -> int:
    """An upper bound for the depth of the element tree."""
    opened: Counter[str] = Counter()
    depth = deepest = 0
    for closing, name in _TAG.findall(markup):
        tag = name.lower()
        if tag in _NEVER_NESTED:
            continue
        if not closing:
            opened[tag] += 1
            depth += 1
            deepest = max(depth, deepest)
        elif opened[tag]:
            opened[tag] -= 1
            depth -= 1
    return deepest


class _Page:
    """What one page shows (`shown`, in pieces), carries (`carried`) and contains (`files`)."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self.shown: list[str] = []
        self._unseen = 0
        """Elements that are open, from an inline one on that is not seen."""
        self.carried: list[str] = []
        self.files: list[tuple[str, bytes]] = []

    def text(self) -> str:
        text = grid.within(_BREAK.sub("\n", _MARKS.sub("", "".join(self.shown)))).strip(" \n")
        return _BOXES.sub(lambda boxes: boxes[0].replace("\t", ""), text)

    def without_salt(self) -> list[str]:
        """The lines in which something that is not seen parts what is, without that."""
        lines = "".join(self.shown).split("\n")
        return [grid.within(_SALT.sub("", line)) for line in lines if _OPENS in line and _SALTED.search(line)]

    def read(self, markup: str) -> None:
        """Raises Unreadable for elements nested too deep."""
        _refuse_deep(markup, self._depth)
        node = LexborHTMLParser(_INERT.sub(r"<\1div", markup)).root
        node = node.parent if node is not None else None  # the document, which has comments of its own
        while node is not None:
            self._enter(node)
            following = node.first_child
            while following is None and node is not None:
                self._leave(node)
                following = node.next
                node = node.parent if following is None else node
            node = following

    def _enter(self, node: LexborNode) -> None:
        if node.is_text_node:
            self._add_text(node)
        elif node.is_comment_node:
            self._add_comment(node.comment_content or "")
        elif node.is_element_node:
            attributes = node.attributes
            if self._unseen or (node.tag in _INLINE and _is_unseen(attributes)):
                if not self._unseen:
                    self.shown.append(_OPENS)
                self._unseen += 1
            if node.tag in _BLOCKS:
                self.shown.append(grid.ROW if node.tag == "tr" else "\n")
            self._add_attributes(attributes)
            if _runs_backwards(node.tag or "", attributes):
                self.carried.append(node.text(deep=True)[::-1])

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in _BLOCKS:
            self.shown.append(grid.END if tag == "tr" else "\n")
        elif tag in _CELLS:
            self.shown.append(grid.CELL * _spanned(node.attributes.get("colspan")))
        if self._unseen and node.is_element_node:
            self._unseen -= 1
            if not self._unseen:
                self.shown.append(_ENDS)

    def _add_text(self, node: LexborNode) -> None:
        words = node.text_content or ""
        parent = node.parent.tag if node.parent is not None else ""
        if parent == "style":
            self._add_style(words)
        elif parent == "script":
            self.carried.append(_CONCATENATION.sub("", _SCRIPT_ESCAPE.sub(_character, words)))
        elif parent in _AS_WRITTEN:
            self.shown.append(words)
        else:
            self.shown.append(_SPACE.sub(" ", words))

    def _add_style(self, css: str) -> None:
        for content, comment, address in _CSS_TEXT.findall(css):
            for target in _CSS_ADDRESS.findall(address or content):
                self._add_value(target.strip(" \t\r\n\f\"'"))
            if words := _CSS_ADDRESS.sub("", content) or comment:
                joined = _ADJACENT.sub("", _CSS_LINE_END.sub("", words))
                self.carried.append(_CSS_ESCAPE.sub(_character, joined))

    def _add_comment(self, words: str) -> None:
        """Outlook shows what stands inside a conditional comment, so that is read as HTML."""
        if words.startswith("[if"):
            self._add_page(words.partition(">")[2].replace("<!--", "").replace("-->", ""))
        else:
            self.carried.append(words)

    def _add_page(self, markup: str) -> None:
        inner = _Page(self._depth)
        inner.read(markup)
        self.carried += [inner.text(), *inner.without_salt(), *inner.carried]
        self.files += inner.files

    def _add_attributes(self, attributes: dict[str, str | None]) -> None:
        for name, value in attributes.items():
            if name == "style":
                self._add_style(value or "")
            elif name == "srcdoc":
                self._add_page(value or "")
            elif value and (name not in _APPEARANCE or _LONG_NUMBER.search(value)):
                self._add_value(value)
            elif not value and _LONG_NUMBER.search(name):
                self.carried.append(name)

    def _add_value(self, value: str) -> None:
        uri = _DATA_URI.match(value)
        if uri is None:
            self.carried.append(value)
            return
        data = unquote_to_bytes(value[uri.end() :])
        if uri[2].lower().endswith(";base64"):
            try:
                data = base64.b64decode(data + b"==")
            except binascii.Error:  # no browser makes a file of it
                self.carried.append(value)
                return
        self.files.append(((uri[1] or "text/plain").lower(), data))


def _spanned(columns: str | None) -> int:
    return min(int(columns), _MOST_SPANNED) if columns and columns.isdecimal() else 1


def _is_unseen(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or _UNSEEN.search(attributes.get("style") or "") is not None


def _runs_backwards(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether its letters are shown from right to left, Latin ones and digits, too."""
    style = attributes.get("style") or ""
    directed = (attributes.get("dir") or "").lower() == "rtl"
    return (tag == "bdo" and directed) or ("bidi" in style and _RIGHT_TO_LEFT.search(style) is not None)


def _character(escape: re.Match[str]) -> str:
    """The character that the hexadecimal digits of an escape stand for."""
    number = int(next(filter(None, escape.groups())), 16)
    return chr(number) if number < 0x110000 else "\ufffd"
