"""Postal addresses in the United Kingdom (BS 7666), from the house or building to the town or county.

An address begins with a number or a house's name and a street; a postcode at its end makes certain
what comes between. The postcode is a finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors import postcodes
from detectors.findings import Finding
from detectors.lexicons import phrases, words

_SUFFIX = (
    r"(?:road|rd|street|str?|avenue|ave?|lane|ln|drive|dr|close|cl|crescent|cres|court|ct|gardens?|gdns|grove|gr|"
    r"place|pl|square|sq|terrace|terr?|way|walk|hill|mews|parade|rise|row|view|green|park|end|gate|bank|quay|wharf|"
    r"embankment|esplanade|circus|approach|croft|fold|mount|vale|dale|meadows?|fields?|orchard|heath|common|"
    r"broadway|kingsway|promenade|bridge|cottages|villas|yard|chase|ridge|brow|side|boulevard|loan|wynd|brae|"
    r"crossway|causeway|passage|alley|arcade|path|ride|drove|garth|gait|strand|spinney|copse|leas?|dene|haven)"
)
_WORD = r"[A-Za-z][A-Za-z'.-]{0,24}"
_FLAT = r"(?:(?:flat|apartment|apt|unit|room|studio|suite|floor|block|annexe?|bungalow)[ ]{1,2}[a-z0-9-]{1,5}(?:,[ ]{0,2}|[ ]{1,2}|[ ]?,?[ ]?\n[ ]{0,4}))?"
_HOUSE_WORD = r"(?:house|court|lodge|mansions|cottage|farm|farmhouse|heights|towers?|barn|villa|mill|manor|hall|bungalow|rectory|vicarage|grange|building|point)"
_HOUSE = rf"(?:the )?(?:{_WORD} ){{1,3}}{_HOUSE_WORD}"
_NUMBER = r"[0-9]{1,4}[a-z]?(?:[ ]?[-/][ ]?[0-9]{1,4}[a-z]?)?"
_JOINT = r"(?:,[ ]{0,2}|[ ]?,?[ ]?\n[ ]{0,4}|[ ]{1,2})"
_STREET = rf"(?:the )?(?:{_WORD} ){{0,3}}?{_WORD} {_SUFFIX}(?: (?:north|south|east|west))?"

STREET = re.compile(
    rf"(?<![\w./-])(?:{_FLAT}(?:{_HOUSE}{_JOINT})?{_NUMBER}(?:,[ ]?|[ ]{{1,2}})(?P<street>{_STREET})"
    rf"|(?:{_FLAT}{_HOUSE}(?:,[ ]{{0,2}}|[ ]?,?[ ]?\n[ ]{{0,4}}))(?P<named>{_STREET}))(?![A-Za-z])",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    rf"(?<![\w./-])(?:{_FLAT}{_NUMBER}[ ]{{1,2}}(?P<street>(?:{_WORD} ){{0,3}}{_WORD})|{_FLAT}(?P<named>{_HOUSE}))"
    r"(?=[ ]?[,\n^|;])",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"(?:[ ]{{0,2}}[,\n^|;\t]{{0,3}}[ ]{{0,4}}{_WORD}){{0,12}}[\s,^|;.-]{{0,6}}")
_CHUNK = re.compile(
    rf"(?P<joint>[ ]?,[ ]?|[ ]?,?[ ]?\n[ ]{{0,4}}|[ ])(?P<place>{_WORD}(?:[ -]{_WORD}){{0,3}})(?=[ ]?[,.;\n)|]|$|[ ])"
)
FURTHEST = 130
"""Characters from the street to the postcode that still belongs to it."""


def find(text: str) -> Iterator[Finding]:
    """Addresses in normalised `text`, their postcodes not included."""
    codes = [finding.start for finding in postcodes.find(text)]
    covered = 0
    for match in STREET.finditer(text):
        if match.start() < covered or not _reads_as_street(match):
            continue
        end = _to_postcode(text, match.end(), codes)
        if not end and (match[0].islower() or _is_prose(match)):
            continue
        covered = end or _to_place(text, match.end())
        yield Finding(
            "ADDRESS", match.start(), covered, 0.9, "a house and street" + (" with a postcode" if end else "")
        )
    for match in _LOOSE.finditer(text) if codes else ():
        end = _to_postcode(text, match.end(), codes)
        if match.start() >= covered and end and not _is_prose(match):
            covered = end
            yield Finding("ADDRESS", match.start(), end, 0.75, "a house and place before a postcode")


def _to_postcode(text: str, start: int, codes: list[int]) -> int:
    """Where the address that goes on from `start` ends before a postcode; 0 when none follows."""
    code = next((code for code in codes if start <= code <= start + FURTHEST), None)
    if code is None or not _BETWEEN.fullmatch(text, start, code):
        return 0
    return start + len(text[start:code].rstrip(" ,\n\t^|;.-"))


def _to_place(text: str, start: int) -> int:
    """Where an address without a postcode ends: after the last place that follows directly."""
    places = phrases("places").certain
    end = start
    for _ in range(3):
        chunk = _CHUNK.match(text, end)
        if not chunk:
            break
        name = chunk["place"].lower()
        while name and name not in places:
            name = name.rpartition(" ")[0]
        if not name:
            break
        end = chunk.start("place") + len(name)
    return end


def _reads_as_street(match: re.Match[str]) -> bool:
    """A street's name does not begin with a unit, a number's noun or a function word."""
    street = match["street"] or match["named"]
    first = street.split()[0].lower()
    return first not in _NO_STREET and not (match["street"] is None and match["named"].islower())


def _is_prose(match: re.Match[str]) -> bool:
    """Whether words without capitals stand where a street's name would."""
    street = (match["street"] or match["named"]).split()
    return any(
        word[0].islower() and word.lower() not in {"of", "the", "on", "and", "upon"} for word in street
    ) or (
        all(word.lower() in words("common_words") for word in street[:-1]) and street[0].lower() in _NO_STREET
    )


_NO_STREET = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "days",
        "day",
        "weeks",
        "week",
        "months",
        "month",
        "years",
        "year",
        "hours",
        "hour",
        "minutes",
        "mins",
        "minute",
        "patients",
        "people",
        "in",
        "of",
        "on",
        "or",
        "for",
        "from",
        "to",
        "with",
        "more",
        "other",
        "per",
        "cent",
        "percent",
        "pm",
        "am",
        "mg",
        "ml",
        "kg",
        "miles",
        "mile",
        "metres",
        "staff",
        "beds",
        "parking",
        "spaces",
        "cases",
        "gp",
        "gps",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "oct",
        "nov",
        "dec",
        "st",
        "nd",
        "rd",
        "th",
        "times",
        "time",
        "appointments",
        "sessions",
    ]
)
