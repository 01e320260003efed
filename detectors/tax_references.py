"""Unique taxpayer references (HMRC): ten digits, the first of them a check digit.

One in eleven ten-digit numbers passes the check, so the label decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum.gb import utr

from detectors.findings import Finding
from detectors.vocabulary import matches

_LABELLED = re.compile(
    r"(?<![a-z])(?:u\.?t\.?r|unique tax(?:payer)?(?:'?s)? ref(?:erence)?|tax(?:payer)? ref(?:erence)?|"
    r"self[- ]assessment ref(?:erence)?)(?![a-z])(?: (?:no|num|number))?[^\w\n]{0,6}(?:is |was )?\n?[ ]{0,4}"
    r"(?P<number>[0-9](?:[ ]?[0-9]){9})k?(?![A-Za-z0-9])",
    re.IGNORECASE,
)

_LABELS = frozenset({"utr", "u", "unique", "tax", "taxpayer", "self"})
"""First words of the labels in _LABELLED."""


def find(text: str) -> Iterator[Finding]:
    """Labelled taxpayer references in normalised `text`."""
    for match in matches(_LABELLED, text, _LABELS):
        if utr.is_valid(match["number"]):
            why = "a labelled taxpayer reference with a valid check digit"
            yield Finding("UTR", *match.span("number"), 0.95, why)
