"""Passport and driving licence numbers.

A UK passport number is nine digits without a check digit, so it needs a label; the machine-readable
zone (ICAO 9303 part 4) proves itself. A GB driving licence number has a form of its own (DVLA).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.vocabulary import matches

_PASSPORT = re.compile(
    r"(?<![a-z])passports?(?:[ _-]{0,2}(?:no|num\w{0,4}|id|details|ref))?\.?[^\w\n]{0,8}(?:(?:is|"
    r"was)\b[^\w\n]{0,3})?\n?[ ]{0,4}"
    r"(?P<number>[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{3}|[A-Z]{1,2}[0-9]{6,8}|[0-9]{6}[A-Z])(?![A-Za-z0-9])",
    re.IGNORECASE,
)
LABELS = frozenset({"passport", "passports", "passportno", "passportid", "passportnum", "passportnumber"})
"""First words of _PASSPORT."""
_MRZ = re.compile(
    r"(?P<number>[A-Z0-9<](?<![A-Z0-9<].)[A-Z0-9<]{8})(?P<number_check>[0-9])[A-Z<]{3}(?P<birth>[0-9]{6})(?P<birth_check>[0-9])"
    r"[MFX<](?P<expiry>[0-9]{6})(?P<expiry_check>[0-9])[A-Z0-9<]{14}[0-9<][0-9]"
)
_LICENCE = re.compile(
    r"[A-Z](?<![A-Za-z0-9].)(?:[A-Z]{4}|[A-Z]{3}9|[A-Z]{2}99|[A-Z]999)[ -]?[0-9][0156][0-9](?:0[1-9]|"
    r"[12][0-9]|3[01])[0-9][ -]?"
    r"[A-Z][A-Z9][0-9][A-Z]{2}(?:[ ]?[0-9]{2})?(?![A-Za-z0-9])"
)


def find_passports(text: str) -> Iterator[Finding]:
    """Passport numbers in normalised `text`, labelled or in a machine-readable zone."""
    for match in matches(_PASSPORT, text, LABELS):
        yield Finding("PASSPORT", *match.span("number"), 0.9, "a labelled passport number")
    for match in _MRZ.finditer(text):
        if all(_passes(match[field], match[f"{field}_check"]) for field in ("number", "birth", "expiry")):
            why = "the machine-readable zone of a passport, its check digits valid"
            yield Finding("PASSPORT", *match.span("number"), 0.99, why)


def find_licences(text: str) -> Iterator[Finding]:
    """GB driving licence numbers in normalised `text`."""
    for match in _LICENCE.finditer(text):
        yield Finding("DRIVING_LICENCE", *match.span(), 0.9, "a number of the form of a driving licence's")


def _passes(field: str, check: str) -> bool:
    """ICAO 9303 part 3, 4.9: weights 7, 3, 1 over 0-9, A-Z as 10-35 and < as 0, modulus 10."""
    values = (0 if character == "<" else int(character, 36) for character in field)
    return sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10 == int(check)
