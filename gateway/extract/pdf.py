"""PDF: page text, annotations and form values, outline, properties, scripts, embedded files (ISO 32000-2).

By pdfium. Its form environment is never initialised: that hangs on damaged forms.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from gateway.extract import pdf_encryption, types
from gateway.extract.blank_page import is_blank
from gateway.extract.node import Limits, Node
from gateway.extract.source import Found, Locked, Source, WrongPassword

_EVERYWHERE = (-1e6, -1e6, 1e6, 1e6)
"""Left, bottom, right, top in points: text that lies off the page is text, too."""
_WORDLESS = 20
"""Characters; a page with a picture and fewer of them is taken for a scan with a page number."""
_FORM_LEVELS = 5
_ANNOTATION_KEYS = (b"Contents", b"RC", b"T", b"Subj", b"TU", b"V", b"DV")
_HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-"})
"""What pdfium returns for a hyphen at the end of a line."""
_ROUNDS = 20_000
"""What opening it costs, in rounds of hashing."""
_SHOWN = re.compile(r"\(((?:[^()\\]|\\.)*)\)")
"""Literal strings of a content stream (section 7.3.4.2)."""


def read(source: Source, limits: Limits) -> Iterator[Found]:
    try:
        document = _load(source.data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            pdf_encryption.prove(source.data)
            open_ = partial(_open, source, limits)
            yield Locked(source, source.encrypted("opens with a user password only"), open_, _ROUNDS)
        else:
            yield source.unscannable("damaged: no PDF reader can be expected to open it")
        return
    yield from _read(source, document, limits)


def _open(source: Source, limits: Limits, word: str) -> Iterator[Node | Source]:
    try:
        return _read(source, pdfium.PdfDocument(source.data, password=word), limits)
    except pdfium.PdfiumError as error:
        raise WrongPassword from error


def _read(source: Source, document: pdfium.PdfDocument, limits: Limits) -> Iterator[Node | Source]:
    try:
        yield from _pages(source, document, limits.pdf_pages)
        yield from _beside_pages(source, document)
    finally:
        document.close()


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
    """Contents of annotations, names and values of form fields, targets of links."""
    reason: str
    """Why the text may not be what the page shows; empty if it is."""
    pictures: bool


def _pages(source: Source, document: pdfium.PdfDocument, most: int) -> Iterator[Node]:
    pages = [_read_page(document, index) for index in range(min(len(document), most))]
    text = "\n".join(page.text for page in pages)
    wordless = [(number, page.reason) for number, page in enumerate(pages, 1) if page.reason]
    if len(document) > most:
        yield source.unscannable("more pages than are read", "further pages")
    if not wordless or not (text.isspace() or not text):
        yield source.text(text, empty="every page is blank")
    if notes := [note for page in pages for note in page.notes]:
        yield source.text("\n".join(notes), "annotations")
    for number, reason in wordless:
        yield source.unscannable(reason, f"page {number}")
    if any(page.pictures and not page.reason for page in pages):
        yield source.unscannable("image: not read", "pictures")


def _read_page(document: pdfium.PdfDocument, index: int) -> _Page:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return _Page("", [], "a damaged page", pictures=False)
    text = page.get_textpage().get_text_bounded(*_EVERYWHERE).replace("\r\n", "\n").translate(_HYPHENS)
    kinds = set(_kinds(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject))
    notes = list(_annotations(page))
    page.close()
    reason = _reason(text, kinds)
    if not text and not kinds and not is_blank(document, index):
        reason = "page without text that is not proved to be blank"
    return _Page(text, notes, reason, raw.FPDF_PAGEOBJ_IMAGE in kinds)


def _reason(text: str, kinds: set[int]) -> str:
    """Why the text may not be all that the page shows; white space alone is what a blank line is."""
    characters = len("".join(text.split()))
    if characters < _WORDLESS and raw.FPDF_PAGEOBJ_IMAGE in kinds:
        return "scanned page"
    blank_lines = text and kinds == {raw.FPDF_PAGEOBJ_TEXT}
    return "page drawn without text" if kinds and not characters and not blank_lines else ""


def _kinds(parent: Any, count: Any, get: Any, level: int = 0) -> Iterator[int]:
    """The kinds (FPDF_PAGEOBJ_…) of the objects on a page or in a form XObject, with those within it."""
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind != raw.FPDF_PAGEOBJ_FORM:
            yield kind
        elif level < _FORM_LEVELS:
            yield from _kinds(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, level + 1)
        else:
            yield raw.FPDF_PAGEOBJ_IMAGE  # so deep that it may be anything


def _annotations(page: pdfium.PdfPage) -> Iterator[str]:
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield from filter(None, _annotation(page.pdf, annotation))
            raw.FPDFPage_CloseAnnot(annotation)


def _annotation(document: pdfium.PdfDocument, annotation: Any) -> Iterator[str]:
    for key in _ANNOTATION_KEYS:
        yield _words(partial(raw.FPDFAnnot_GetStringValue, annotation, key))
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if action:
        yield (
            _octets(partial(raw.FPDFAction_GetURIPath, document, action))
            .decode("utf-8", "replace")
            .rstrip("\0")
        )
    if not raw.FPDFAnnot_HasKey(annotation, b"V"):
        # The value of a field may be kept in its parent; what the annotation shows is its own.
        appearance = _words(partial(raw.FPDFAnnot_GetAP, annotation, raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL))
        yield " ".join(_SHOWN.findall(appearance))


def _beside_pages(source: Source, document: pdfium.PdfDocument) -> Iterator[Node | Source]:
    for step, words in (
        ("outline", [bookmark.get_title() for bookmark in document.get_toc()]),
        ("properties", list(document.get_metadata_dict(skip_empty=True).values())),
        ("scripts", list(_scripts(document))),
    ):
        if words:
            yield source.text("\n".join(words), step)
    for index in range(max(raw.FPDF_GetXFAPacketCount(document), 0)):
        yield Source(source.within("XFA form"), _xfa_packet(document, index), type=types.XML)
    for index in range(document.count_attachments()):
        yield _attachment(source, document.get_attachment(index))


def _scripts(document: pdfium.PdfDocument) -> Iterator[str]:
    for index in range(max(raw.FPDFDoc_GetJavaScriptActionCount(document), 0)):
        action = raw.FPDFDoc_GetJavaScriptAction(document, index)
        if action:
            yield _words(partial(raw.FPDFJavaScriptAction_GetScript, action))
            raw.FPDFDoc_CloseJavaScriptAction(action)


def _attachment(source: Source, attachment: pdfium.PdfAttachment) -> Node | Source:
    name = attachment.get_name() or "embedded file"
    try:
        return Source(source.within(name), bytes(attachment.get_data()))
    except pdfium.PdfiumError:
        return source.unscannable("an embedded file that cannot be read", name)


def _xfa_packet(document: pdfium.PdfDocument, index: int) -> bytes:
    length = ctypes.c_ulong()
    raw.FPDF_GetXFAPacketContent(document, index, None, 0, length)
    buffer = ctypes.create_string_buffer(length.value)
    raw.FPDF_GetXFAPacketContent(document, index, buffer, length, length)
    return buffer.raw


def _octets(call: Callable[..., int]) -> bytes:
    """What one of pdfium's functions writes into a buffer, having said how many octets that will be."""
    length = call(None, 0)
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    call(buffer, length)
    return bytes(buffer)[:length]


def _words(call: Callable[..., int]) -> str:
    return _octets(call).decode("utf-16-le", "replace").rstrip("\0")
