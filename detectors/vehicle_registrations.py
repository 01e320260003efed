"""Registration numbers of vehicles in the United Kingdom (DVLA, INF104).

The current form (two letters, two figures, three letters) stands for itself when it is written in
capitals; older ones and those of Northern Ireland need a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.vocabulary import matches

_CURRENT = re.compile(
    r"[0-9][0-9](?<=[A-HJ-PR-Y][A-HJ-PR-Y]..)(?<![A-Za-z0-9]....)(?<!00)(?<!01)[ ]?[A-HJ-PR-Z]{3}"
    r"(?![A-Za-z0-9])"
)
"""The age identifier is 02 to 50 or, half a year on, 51 to 99."""
_LABELLED = re.compile(
    r"(?<![A-Za-z])(?i:(?:vehicle |car |van )?(?:reg(?:istration)?(?: (?:no|num|number|mark|plate)s?)?|vrm|"
    r"vrn|number plate)|vehicle|car|van)\b\.?[ ]?(?:is |was )?[:=#(-]{0,2}[ ]{0,2}"
    r"(?P<number>(?i:[A-Z]{2}[0-9]{2}[ ]?[A-Z]{3})|[A-Z][0-9]{1,3}[ ]?[A-Z]{3}|[A-Z]{3}[ ]?[0-9]{1,3}[A-Z]|"
    r"[A-Z]{1,3}[ ]?[0-9]{3,4})(?![A-Za-z0-9])"
)

LABELS = frozenset({"reg", "registration", "number", "vrm", "vrn", "vehicle", "car", "van"})
"""First words of the labels in _LABELLED."""


def find(text: str) -> Iterator[Finding]:
    """Vehicle registrations in normalised `text`."""
    for match in matches(_LABELLED, text, LABELS):
        yield Finding("VEHICLE_REGISTRATION", *match.span("number"), 0.9, "a labelled vehicle registration")
    for match in _CURRENT.finditer(text):
        start = match.start() - 2
        why = "letters and figures of the form of a vehicle registration"
        yield Finding("VEHICLE_REGISTRATION", start, match.end(), 0.7, why)
