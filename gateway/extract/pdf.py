"""PDF: page text, annotations and form values, outline, properties, scripts, embedded files (ISO 32000-2).

By pdfium. Its form environment is never initialised: that hangs on damaged forms.
"""

from __future__ import annotations

import contextlib
import ctypes
import string
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain, compress, repeat
from operator import not_
from typing import NamedTuple

import msgspec
import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from gateway.extract import (
    ink,
    ocr,
    pdf_annotations,
    pdf_encryption,
    pdf_figures,
    pdf_objects,
    pdf_pictures,
    pdf_unshown,
    types,
)
from gateway.extract.blank_page import is_blank
from gateway.extract.layout import Pages
from gateway.extract.node import Limits, Node
from gateway.extract.pdf_pictures import words
from gateway.extract.source import Found, Locked, Source, Unreadable, WrongPassword

_EVERYWHERE = (-1e6, -1e6, 1e6, 1e6)
"""Left, bottom, right, top in points: text that lies off the page is text, too."""
_WORDLESS = 20
"""Characters; a page with a picture and fewer of them is taken for a scan with a page number."""
_ALL = string.ascii_letters.encode()
_COMMON = b"etaoinshrdluETAOINSHRDLU"
_USUAL_SHARE = 60
"""Per cent; the common letters make 75 to 85 of all letters in English, and not many fewer in Welsh."""
_TELLING = 100
"""Letters, of which a share says something."""
_GUESSES = 4
"""Different letters or digits in a row of which nobody knows what they show."""
_HYPHENS = "\x02", "\ufffe"
"""What pdfium returns for a hyphen at the end of a line."""
_MORE_PICTURES = "more pictures than are read"
_UNPROVED = "page without text that is not proved to be blank"
_PICTURES = {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_UNKNOWN}
_MOST_REVISIONS = 10
_ROUNDS = 20_000
"""What opening it costs, in rounds of hashing."""


def read(source: Source, limits: Limits) -> Iterator[Found]:
    try:
        document = _load(source.data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            pdf_encryption.prove(source.data)
            open_ = partial(_open, source, limits)
            yield Locked(source, source.encrypted("opens with a user password only"), open_, _ROUNDS)
        else:
            yield from _damaged(source, limits)
        return
    yield from _read(source, document, limits)


def _damaged(source: Source, limits: Limits) -> Iterator[Node | Source]:
    """What can be read by repairing it, which every viewer does in its own way, or not at all."""
    with contextlib.suppress(pdfium.PdfiumError):
        yield from _read(source, pdfium.PdfDocument(pdf_objects.repaired(source.data)), limits)
    yield source.unscannable("damaged: no PDF reader can be expected to open it")


def _open(source: Source, limits: Limits, word: str) -> Iterator[Node | Source]:
    try:
        return _read(source, pdfium.PdfDocument(source.data, password=word), limits, word)
    except pdfium.PdfiumError as error:
        raise WrongPassword from error


def _read(
    source: Source, document: pdfium.PdfDocument, limits: Limits, password: str = ""
) -> Iterator[Node | Source]:
    seen: set[str] = set()
    met: set[bytes] = set()
    all_met = True
    try:
        for item in _shown(source, document, limits, met):
            if isinstance(item, Node):
                seen.update(item.text.splitlines())
                all_met = all_met and item.reason not in (ocr.TOO_SLOW, _MORE_PICTURES)
            yield item
    finally:
        document.close()
    yield from pdf_objects.read(source, password, seen)
    yield from _revisions(source, limits, password, seen)
    if all_met:
        yield from _unshown(source, password, met)


def _shown(
    source: Source, document: pdfium.PdfDocument, limits: Limits, met: set[bytes]
) -> Iterator[Node | Source]:
    """What a viewer shows; to `met` the digests of its pictures are added."""
    pages = list(_pages(document, limits))
    yield from _texts(source, pages)
    if len(document) > len(pages):
        yield source.unscannable("more pages than are read", "further pages")
    yield from _pictures(source, document, pages, limits, met)
    yield from _beside_pages(source, document)


def _load(data: bytes) -> pdfium.PdfDocument:
    """The document, opened with the empty password; of the error that PdfiumError names one can be sure."""
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        # pdfium keeps the last error of the process: leave a known one there, then ask again.
        try:
            pdfium.PdfDocument(b"no PDF")
        except pdfium.PdfiumError:
            return pdfium.PdfDocument(data)
        raise


class _Page(NamedTuple):
    text: str
    notes: list[str]
    """What its annotations say, and what they show."""
    reason: str = ""
    """Why nothing can be said of it; mostly empty."""
    drawn: bool = False
    """It shows what its text does not say: a scan, a drawing, letters that stand for others."""
    pictures: bool = False
    outlined: bool = False
    """Beside its text and its pictures there are figures that may be letters."""
    written: Sequence[Callable[[], bytes]] = ()
    """What was written onto it with a pen, not drawn yet."""


def _texts(source: Source, pages: list[_Page]) -> Iterator[Node]:
    """The text of all pages; without any, a node only if that is proved by every page."""
    text = "\n".join(page.text for page in pages)
    if text.strip() or not any(page.reason or page.drawn for page in pages):
        starts = tuple(accumulate((len(page.text) + 1 for page in pages[:-1]), initial=0))
        layout = Pages(starts) if len(pages) > 1 else None
        yield msgspec.structs.replace(source.text(text, empty="every page is blank"), layout=layout)
    if notes := [note for page in pages for note in page.notes]:
        yield source.text("\n".join(notes), "annotations")
    for number, page in enumerate(pages, 1):
        if page.reason:
            yield source.unscannable(page.reason, f"page {number}")


def _pictures(
    source: Source, document: pdfium.PdfDocument, pages: list[_Page], limits: Limits, seen: set[bytes]
) -> Iterator[Node | Source]:
    """Pages whose text is not what they show, and pictures on the others, for as long as there is time."""
    left = limits.ocr_pages
    scan = msgspec.structs.replace(source, type=pdf_pictures.LARGE)
    for number, shown in enumerate(pages, 1):
        if not (shown.drawn or shown.outlined or shown.pictures or shown.written):
            continue
        if limits.ocr_until <= time.monotonic():
            yield scan.unscannable(ocr.TOO_SLOW, "further pictures")
            return
        page = document[number - 1]
        try:
            for step, view, type_ in _views(page, shown, seen):
                if not left:
                    yield scan.unscannable(_MORE_PICTURES, "further pictures")
                    return
                left -= 1
                yield Source(source.within(f"page {number}{step}"), view, type=type_)
        except pdfium.PdfiumError:
            yield source.unscannable("a damaged picture", f"page {number} › picture")
        except Unreadable as refusal:
            yield source.unscannable(str(refusal), f"page {number} › ink")
        finally:
            page.close()


def _views(page: pdfium.PdfPage, shown: _Page, seen: set[bytes]) -> Iterator[tuple[str, bytes, str]]:
    if shown.drawn or shown.outlined:
        yield "", *pdf_pictures.page_as_picture(page)
    for number, picture in enumerate(pdf_pictures.pictures(page, seen, whole=shown.drawn), 1):
        yield f" › picture {number}", *picture
    for number, written in enumerate(shown.written, 1):
        yield f" › ink {number}", written(), ink.TYPE


def _pages(document: pdfium.PdfDocument, limits: Limits) -> Iterator[_Page]:
    left = limits.ocr_pages
    for index in range(min(len(document), limits.pdf_pages)):
        try:
            page = document[index]
        except pdfium.PdfiumError:
            yield _Page("", [], "a damaged page")
            continue
        textpage, kinds = page.get_textpage(), _kinds(page)
        text = _text(textpage)
        if not text and not kinds and not is_blank(document, index):
            yield _Page(text, list(pdf_annotations.values(page)), _UNPROVED)
            page.close()
            continue
        drawn, written = _is_drawn(text, kinds), pdf_annotations.ink_on(page, left)
        left = max(left - len(written), 0)
        unmarked = page
        page, textpage, notes = _annotated(document, index, page, textpage)
        kinds = kinds if page is unmarked else _kinds(page)
        drawn = drawn or _is_guessed(textpage)
        outlined = raw.FPDF_PAGEOBJ_PATH in kinds and pdf_figures.may_be_letters(page, text)
        page.close()
        yield _Page(text, notes, "", drawn, bool(kinds & _PICTURES), outlined, written)


def _kinds(page: pdfium.PdfPage) -> set[int]:
    return {kind for kind, _ in pdf_pictures.on_page(page)}


def _annotated(
    document: pdfium.PdfDocument, index: int, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage
) -> tuple[pdfium.PdfPage, pdfium.PdfTextPage, list[str]]:
    """The page with its annotations drawn into it, its text then, and what they say and show beside it.

    Where they show nothing, the page is the same one.
    """
    notes = list(pdf_annotations.values(page))
    if not pdf_annotations.are_shown(page):
        return page, textpage, notes
    known = {*_text(textpage).splitlines(), *notes}
    page = pdf_annotations.flattened(document, index, page)
    textpage = page.get_textpage()
    return page, textpage, notes + [line for line in _text(textpage).splitlines() if line not in known]


def _text(textpage: pdfium.PdfTextPage) -> str:
    text: str = textpage.get_text_bounded(*_EVERYWHERE)
    for hyphen in _HYPHENS:
        text = text.replace(hyphen, "-")
    return text.replace("\r\n", "\n")


def _is_drawn(text: str, kinds: set[int]) -> bool:
    """Whether the text may not be all that the page shows; white space alone is what a blank line is."""
    characters = len("".join(text.split()))
    if characters < _WORDLESS and kinds & _PICTURES:
        return True
    blank_lines = text and kinds == {raw.FPDF_PAGEOBJ_TEXT}
    return bool(kinds and not characters and not blank_lines) or _is_garbled(text)


def _is_garbled(text: str) -> bool:
    """Whether letters may stand for others: a font may say that its glyphs are what they do not show."""
    dense = "".join(text.split())
    if not dense.isprintable() and sum(not letter.isprintable() for letter in dense) * 20 > len(dense):
        return True
    plain = dense.encode("ascii", "ignore")
    letters = len(plain) - len(plain.translate(None, _ALL))
    common = len(plain) - len(plain.translate(None, _COMMON))
    return letters >= _TELLING and common * 100 < letters * _USUAL_SHARE


def _is_guessed(textpage: pdfium.PdfTextPage) -> bool:
    """Whether fonts do not say what the glyphs of a word stand for (section 9.10.2), so that pdfium guesses.

    Such glyphs one by one are bullets, or symbols of a formula.
    """
    has_no_meaning, handle, count = raw.FPDFText_HasUnicodeMapError, textpage.raw, textpage.count_chars()
    text = textpage.get_text_range()
    if len(text) == count:  # else some characters are in the text twice, or not at all
        places = list(compress(range(count), map(not_, map(str.isspace, text))))
        if 1 not in map(has_no_meaning, repeat(handle), places[_GUESSES - 1 :: _GUESSES]):
            return False  # no such word is without one of these
    word: set[str] = set()
    for index in range(count):
        guessed = has_no_meaning(handle, index) == 1
        if not (guessed or word):
            continue
        letter = chr(raw.FPDFText_GetUnicode(handle, index) % 0x110000)
        if guessed and unicodedata.category(letter)[0] not in "PSZ":
            word.add(letter)
        elif not letter.isspace():
            word.clear()
        if len(word) >= _GUESSES:
            return True
    return False


def _beside_pages(source: Source, document: pdfium.PdfDocument) -> Iterator[Node | Source]:
    for step, texts in (
        ("outline", [bookmark.get_title() for bookmark in document.get_toc()]),
        ("properties", list(document.get_metadata_dict(skip_empty=True).values())),
        ("scripts", list(_scripts(document))),
    ):
        if texts:
            yield source.text("\n".join(texts), step)
    for index in range(max(raw.FPDF_GetXFAPacketCount(document), 0)):
        yield Source(source.within("XFA form"), _xfa_packet(document, index), type=types.XML)


def _scripts(document: pdfium.PdfDocument) -> Iterator[str]:
    for index in range(max(raw.FPDFDoc_GetJavaScriptActionCount(document), 0)):
        action = raw.FPDFDoc_GetJavaScriptAction(document, index)
        if action:
            yield words(partial(raw.FPDFJavaScriptAction_GetScript, action))
            raw.FPDFDoc_CloseJavaScriptAction(action)


def _revisions(source: Source, limits: Limits, password: str, seen: set[str]) -> Iterator[Node]:
    """What earlier revisions say that the last one, whose lines are `seen`, does not (section 7.5.6)."""
    ends = pdf_objects.revisions(source.data)
    for number, end in enumerate(ends[-_MOST_REVISIONS:], 1):
        if gone := [line for line in _lines(source.data[:end], limits, password) if line not in seen]:
            yield source.text("\n".join(gone), f"revision {number}")
    if len(ends) > _MOST_REVISIONS:
        yield source.unscannable("more revisions than are read", "further revisions")


def _unshown(source: Source, password: str, met: set[bytes]) -> Iterator[Source]:
    """Pictures that no page shows, of this revision and of earlier ones, as a document of their own."""
    ends = pdf_objects.revisions(source.data)[-_MOST_REVISIONS:]
    revisions = {f"revision {number} › pictures": source.data[:end] for number, end in enumerate(ends, 1)}
    for step, data in {"pictures that no page shows": source.data, **revisions}.items():
        if album := pdf_unshown.pictures(data, password, met):
            yield Source(source.within(step), album, type=types.PDF)


def _lines(data: bytes, limits: Limits, password: str) -> Iterator[str]:
    """Of all pages and annotations; none of what was no whole document yet."""
    try:
        document = pdfium.PdfDocument(data, password=password or None)
    except pdfium.PdfiumError:
        return
    try:
        for index in range(min(len(document), limits.pdf_pages)):
            try:
                page = document[index]
            except pdfium.PdfiumError:
                continue
            textpage = page.get_textpage()
            text = _text(textpage)
            page, _, notes = _annotated(document, index, page, textpage)
            page.close()
            yield from filter(str.strip, chain.from_iterable(map(str.splitlines, (text, *notes))))
    finally:
        document.close()


def _xfa_packet(document: pdfium.PdfDocument, index: int) -> bytes:
    length = ctypes.c_ulong()
    raw.FPDF_GetXFAPacketContent(document, index, None, 0, length)
    buffer = ctypes.create_string_buffer(length.value)
    raw.FPDF_GetXFAPacketContent(document, index, buffer, length, length)
    return buffer.raw
