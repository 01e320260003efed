"""Proof that a PDF needs a password (ISO 32000-2, section 7.6): two engines agree, nothing can be read."""

from __future__ import annotations

import io
import re
import zlib

import pikepdf

from gateway.extract import charset
from gateway.extract.source import Unreadable

_STREAM = re.compile(rb"<<(?:(?!endobj|stream).){0,2000}>>\s{0,4}stream\r?\n", re.DOTALL)
_UNCOVERED = re.compile(rb"/XRef|/Metadata|/Crypt")
"""Streams that stay as they are in an encrypted document (section 7.6.2)."""
_LOOKED_AT = 4096
_PROOF = 512
"""Octets that no inflater makes of encrypted ones, and no encryption leaves as text."""


def prove(data: bytes) -> None:
    """Raises Unreadable unless qpdf, too, asks for a password, and no stream is plain.

    To be asked where pdfium has asked for one.
    """
    try:
        pikepdf.open(io.BytesIO(data)).close()
    except pikepdf.PasswordError:
        if b"/Encrypt" in data and not _has_plain_stream(data):
            return
    except pikepdf.PdfError as error:
        raise Unreadable("damaged: no PDF reader can be expected to open it") from error
    raise Unreadable("says that it is encrypted, but is not")


def _has_plain_stream(data: bytes) -> bool:
    for start in _STREAM.finditer(data):
        body = data[start.end() : start.end() + _LOOKED_AT].partition(b"endstream")[0]
        if _UNCOVERED.search(start[0]):
            continue
        if b"/FlateDecode" in start[0] and _inflates(body):
            return True
        if b"/Filter" not in start[0] and len(body) >= _PROOF and charset.is_text(body):
            return True
    return False


def _inflates(body: bytes) -> bool:
    """Whether it is deflated indeed; a few octets may come out of anything."""
    inflater = zlib.decompressobj()
    try:
        return len(inflater.decompress(body, _PROOF)) == _PROOF or inflater.eof
    except zlib.error:
        return False
