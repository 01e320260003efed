"""Annotations on a page of a PDF: notes, fields of forms, links, stamps (ISO 32000-2, section 12.5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no types
from pypdfium2 import raw

from gateway.extract.pdf_pictures import octets, words

_KEYS = (b"Contents", b"RC", b"T", b"Subj", b"TU", b"V", b"DV")


def values(page: pdfium.PdfPage) -> Iterator[str]:
    """Contents of annotations, names and values of form fields, targets of links."""
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield from filter(None, _values(page.pdf, annotation))
            raw.FPDFPage_CloseAnnot(annotation)


def flattened(document: pdfium.PdfDocument, index: int, page: pdfium.PdfPage) -> pdfium.PdfPage:
    """The page with its annotations drawn into it as viewers show them, after which it has none.

    What they show is then text and pictures like all else: stamps, buttons, fields, whatever their fonts.
    """
    if not raw.FPDFPage_GetAnnotCount(page):
        return page
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index]


def _values(document: pdfium.PdfDocument, annotation: Any) -> Iterator[str]:
    for key in _KEYS:
        if raw.FPDFAnnot_HasKey(annotation, key):
            yield words(partial(raw.FPDFAnnot_GetStringValue, annotation, key))
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if action:
        target = octets(partial(raw.FPDFAction_GetURIPath, document, action))
        yield target.decode("utf-8", "replace").rstrip("\0")
