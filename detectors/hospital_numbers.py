"""Hospital and other local patient numbers: no national format, so the label decides.

NHS Data Dictionary, LOCAL PATIENT IDENTIFIER: ten characters, twenty in the extended form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.tables import cells

_NUMBER_WORD = r"(?:n(?:o|um|umb|umber|ubmer|umbr|r)?s?\.?(?![a-z])|numbers?|id(?![a-z])|identifier|ref(?:erence)?(?![a-z])|#)"
LABEL = (
    r"(?<![a-z])(?:"
    rf"(?:hosp?(?:ital|itial|tial)?|hopsital|hospitl|pas|case[ _-]?notes?|local (?:patient )?|district|medical record|health record|patient(?:'s)?(?: hospital| record)?|pt|unit|chart|rio|epr|episode|spell|clinic)[ ._-]{{0,2}}{_NUMBER_WORD}"
    r"|mrn(?:[ ._-]{0,2}(?:no|number))?\.?|m\.r\.n\.?|mr(?:[ _-]?(?:no\.?|number|#))|crn|rxr|pas id|lpi|hospno|hosp_no|hospital_?number|patient_?(?:id|number|no)|pt_?id)"
)
_VALUE = r"(?P<value>(?=[A-Z0-9/-]{0,6}[ ]?[A-Z0-9/-]{0,12}[0-9])(?:[A-Z]{1,4}[ /-]?)?[0-9](?:[/-]?[0-9]){3,11}(?:[ /-]?[A-Z]{1,2}(?![A-Za-z]))?)(?![\w/]|[.-][0-9])"
_LABELLED = re.compile(
    rf"{LABEL}[ \t]{{0,3}}(?:\([^()\n]{{0,20}}\))?[\s:=#.|,\"'>-]{{0,8}}(?:(?:is|was)\b[\s:]{{0,3}})?{_VALUE}",
    re.IGNORECASE,
)
_HEADING = re.compile(LABEL, re.IGNORECASE)
_CELL = re.compile(rf"\s{{0,4}}\"?{_VALUE}\"?\s{{0,4}}", re.IGNORECASE)
_HL7 = re.compile(
    r"(?P<value>[A-Za-z]{0,4}[0-9]{4,10}[A-Za-z]?)\^{3}[A-Za-z0-9&.]{0,20}\^(?:MR|PI|PN|HOSP)(?![A-Za-z])"
)


def find(text: str) -> Iterator[Finding]:
    """Local patient numbers in normalised `text`."""
    for match in _LABELLED.finditer(text):
        yield Finding("HOSPITAL_NUMBER", *match.span("value"), 0.9, "a number labelled as a hospital's")
    for match in _HL7.finditer(text):
        yield Finding(
            "HOSPITAL_NUMBER", *match.span("value"), 0.95, "a medical record number of an HL7 field"
        )
    for cell in cells(text):
        value = _CELL.fullmatch(text, cell.start, cell.end) if _HEADING.search(cell.heading) else None
        if value:
            yield Finding(
                "HOSPITAL_NUMBER", *value.span("value"), 0.9, "a number in a column headed as a hospital's"
            )
