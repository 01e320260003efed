"""E-mail addresses (RFC 5321 Mailbox, without quoted local parts)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding

_MAILBOX = re.compile(
    r"(?<![A-Za-z0-9._%+'-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)


def find(text: str) -> Iterator[Finding]:
    """Mailboxes in normalised `text`."""
    for match in _MAILBOX.finditer(text):
        yield Finding("EMAIL_ADDRESS", *match.span(), 0.95, "an e-mail address")
