"""The content of a DATA command, read in bulk: a strict CRLF stream up to CRLF.CRLF.

Sans-IO: chunks of any size are fed in. A bare CR, a bare LF or a NUL makes the stream
damaged, because a receiver behind us may end the message there and read what follows
as commands (SMTP smuggling, CVE-2023-51764 and its family). All work is done by
searching whole chunks in C, for every octet of every message passes here.
"""

from __future__ import annotations

import io
import re

_END = b"\r\n.\r\n"
# Twice as fast as looking for CRLF and dot, and nearly no chunk has one.
_DOT = re.compile(rb"\n\.")


def stuffed(content: bytes) -> bytes:
    """The content with a second dot before every line that begins with one (RFC 5321 section 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    return content if _DOT.search(content) is None else content.replace(b"\r\n.", b"\r\n..")


def is_strict(content: bytes) -> bool:
    """Whether there is no bare CR, no bare LF and no NUL, so that nobody can see an end within."""
    line_ends = io.IncrementalNewlineDecoder(None, translate=False)
    line_ends.decode(content.decode("latin-1"), final=True)
    return line_ends.newlines in (None, "\r\n") and b"\0" not in content


class DotReader:
    """Collects one DATA stream.

    `limit` is the most octets to keep; past it the stream is still followed to its
    end but nothing is kept, so that the refusal comes where the client expects it
    (RFC 5321 section 4.5.3.1.7).
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # DATA begins at the start of a line: as if a CRLF had just been read.
        self._tail = b"\r\n"
        # Notices which kinds of line end come by; no other way to see a bare one is as cheap.
        self._line_ends = io.IncrementalNewlineDecoder(None, translate=False)
        self._dotted = False
        self._kept = bytearray()
        self.octets = -len(self._tail)
        """Octets of content so far, as sent."""
        self.oversize = False
        self.damaged = False
        """A bare CR, bare LF or NUL was seen: refuse, and close the session."""

    def feed(self, chunk: bytes) -> bytes | None:
        """Take the next octets; at the end of the content, return what followed it (maybe b"")."""
        window = self._tail + chunk
        if _DOT.search(window):
            end = window.find(_END)
            if end >= 0:
                # The end's first CRLF belongs to the last line of the content.
                last = window[: end + 2]
                self._dotted = self._dotted or _DOT.search(last) is not None
                self._take(last)
                return window[end + len(_END) :]
            self._dotted = True
        # Held back: what may be the beginning of the end.
        cut = max(0, len(window) - len(_END) + 1)
        self._take(window[:cut])
        self._tail = window[cut:]
        return None

    def discard(self) -> None:
        """Keep nothing from now on: memory has run out."""
        self._limit = -1
        self._take(b"")

    def content(self) -> bytes:
        """The message with dot-stuffing undone (RFC 5321 section 4.5.2); b"" when oversize."""
        content = self._kept.replace(b"\r\n.", b"\r\n") if self._dotted else self._kept
        self._kept = bytearray()
        del content[:2]
        return bytes(content)

    def _take(self, octets: bytes) -> None:
        self._line_ends.decode(octets.decode("latin-1"))
        if self._line_ends.newlines not in (None, "\r\n") or b"\0" in octets:
            self.damaged = True
        self.octets += len(octets)
        if self.octets > self._limit:
            self.oversize = True
            self._kept.clear()
        else:
            self._kept += octets
