"""Hospital and other local patient numbers: no national format, so the label decides.

NHS Data Dictionary, LOCAL PATIENT IDENTIFIER: ten characters, twenty in the extended form.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.tables import Span, cells

_NUMBER_WORD = (
    r"(?:n(?:o|um|umb|umber|ubmer|umbr|r)?s?\.?(?![a-z])|numbers?|id(?![a-z])|identifier|"
    r"ref(?:erence)?(?![a-z])|#)"
)
LABEL = (
    r"(?<![a-z])(?:(?:hosp?(?:ital|itial|tial|itl)?|hopsital|pas|case[ _-]?notes?|local (?:patient )?|"
    r"district|medical record|"
    r"health record|patient(?:'s)?(?: hospital| record)?|pt|unit|chart|rio|epr|episode|spell|"
    r"clinic)[ ._-]{0,2}"
    rf"{_NUMBER_WORD}|m\.?r\.?n\.?(?:[ ._-]{{0,2}}(?:no|number))?\.?|mr(?:[ _-]?(?:no\.?|number|#))|crn|"
    rf"rxr|lpi|hospno)"
)
_GAP = r"[ \t]{0,3}(?:\([^()\n]{0,20}\))?[\s:=#.|,\"'>-]{0,8}(?:(?:is|was)\b[\s:]{0,3})?"
_LABEL_BEFORE = re.compile(rf"{LABEL}{_GAP}$", re.IGNORECASE)
_DIGITS = re.compile(
    r"[0-9](?:[/-]?[0-9]){3,11}(?:[ /-]?[A-Z]{1,2}(?![A-Za-z])|[a-z](?![A-Za-z]))?(?![\w/]|[.-][0-9])"
)
_LETTERS = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,4}[ /-]?$")
_HEADING = re.compile(LABEL, re.IGNORECASE)
_HL7 = re.compile(r"\^{3}[A-Za-z0-9&.]{0,20}\^(?:MR|PI|PN|HOSP)(?![A-Za-z])")
REACH = 60
"""Characters in front of a number in which its label stands."""


def find(text: str) -> Iterator[Finding]:
    """Local patient numbers in normalised `text`."""
    columns = list(cells(text, is_heading))
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        letters = _LETTERS.search(text, max(0, start - 6), start)
        begin = letters.start() if letters else start
        if _LABEL_BEFORE.search(text, max(0, start - REACH), start):
            yield Finding("HOSPITAL_NUMBER", start, end, 0.9, "a number labelled as a hospital's")
        elif letters and _LABEL_BEFORE.search(text, max(0, begin - REACH), begin):
            yield Finding("HOSPITAL_NUMBER", begin, end, 0.9, "a number labelled as a hospital's")
        elif _HL7.match(text, end):
            yield Finding("HOSPITAL_NUMBER", begin, end, 0.95, "a medical record number of an HL7 field")
        elif _is_in(columns, start, end):
            yield Finding("HOSPITAL_NUMBER", begin, end, 0.9, "a number in a column headed as a hospital's")


def is_heading(heading: str) -> bool:
    """Whether a column headed so holds hospital numbers."""
    return bool(_HEADING.search(heading))


def _is_in(columns: list[Span], start: int, end: int) -> bool:
    """Whether one of the cells, which are in order, holds `start:end`."""
    at = bisect(columns, start, key=lambda cell: cell[0]) - 1
    return at >= 0 and end <= columns[at][1]
