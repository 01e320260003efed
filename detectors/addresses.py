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
from detectors.vocabulary import starts

STREETS = words("streets").certain
"""Words that end a street's name."""
_SUFFIX = f"(?:{'|'.join(sorted(STREETS, key=len, reverse=True))})"
_WORD = r"[A-Za-z][A-Za-z'.-]{0,24}"
HOUSES = words("houses").certain
"""Words that end a house's name."""
_HOUSE_WORD = f"(?:{'|'.join(sorted(HOUSES, key=len, reverse=True))})"
_JOINT = r"(?:,[ ]{0,2}|[ ]?,?[ ]?\n[ ]{0,4}|[ ]{1,2})"
_FLAT = (
    r"(?:flat|apartment|apt|unit|room|studio|suite|floor|block|annexe?|plot|caravan|pitch|bungalow|chalet)"
    rf"[ ]{{1,2}}[a-z0-9-]{{1,5}}{_JOINT}|[0-9]{{1,2}}/[0-9]{{1,2}}{_JOINT}"
)
_HOUSE = rf"(?:the )?(?:(?!(?:of|at|in|to|from|is|and) ){_WORD} ){{1,3}}{_HOUSE_WORD}"
_NUMBER = r"[0-9]{1,4}[a-z]?(?:[ ]?[-/][ ]?[0-9]{1,4}[a-z]?)?"
_STREET = rf"(?:the )?(?:{_WORD} ){{0,3}}?{_WORD} {_SUFFIX}(?: (?:north|south|east|west))?(?![A-Za-z])"

NUMBERED = re.compile(rf"{_NUMBER}(?:,[ ]?|[ ]{{1,2}})(?P<street>{_STREET})", re.IGNORECASE)
_LOOSELYNUMBERED = re.compile(
    rf"{_NUMBER}[ ]{{1,2}}(?P<street>(?:{_WORD} ){{0,3}}{_WORD})(?=[ ]?[,\n^|;])", re.IGNORECASE
)
FURTHEST_STREET = 130
"""Characters behind a house's number within which its street ends: `NUMBERED` takes no more."""
_IN_FRONT = re.compile(rf"(?<![\w./-])(?:{_FLAT})?(?:{_HOUSE}{_JOINT})?$", re.IGNORECASE)
_BUILDINGS = HOUSES | {"hospital", "infirmary", "hospice", "almshouses"}
"""Words that end a building's name; before a house's number the added ones are no part of its address."""
_BUILDING_WORD = f"(?:{'|'.join(sorted(_BUILDINGS, key=len, reverse=True))})"
_HOUSE_END = re.compile(rf"[ ]{_BUILDING_WORD}(?=,|[ ]?\n|[ ]?[\^|;])", re.IGNORECASE)
_HOUSE_IN_LINE = re.compile(
    rf"[ ]{_BUILDING_WORD}(?=[ ]{{1,2}}(?:{_WORD} ){{1,2}}{_SUFFIX}(?![A-Za-z]))", re.IGNORECASE
)
"""Before a street from which no comma parts it."""
_HOUSE_BEFORE = re.compile(
    rf"(?<![\w./-])(?:{_FLAT})?(?:the )?(?:[A-Z][A-Za-z'.-]{{0,24}} ){{0,3}}[A-Z][A-Za-z'.-]{{0,24}}$"
)
_STREET_AFTER = re.compile(rf"{_JOINT}(?P<street>{_STREET})", re.IGNORECASE)
_BETWEEN = re.compile(rf"(?:[ ,\n^|;\t]{{1,9}}{_WORD}){{0,12}}[\s,^|;.-]{{0,6}}")
_CHUNK = re.compile(
    rf"(?P<joint>[ ]?,[ ]?|[ ]?,?[ ]?\n[ ]{{0,4}}|"
    rf"[ ])(?P<place>{_WORD}(?:[ -]{_WORD}){{0,3}})(?=[ ]?[,.;\n)|]|$|[ ])"
)
_ALONE = re.compile(
    rf"(?<![0-9] )(?<![0-9][A-Za-z] )(?<![\w'/.-])(?:[A-Z][A-Za-z'.-]{{1,24}} ){{1,3}}(?i:{_SUFFIX})"
    rf"(?:{_JOINT}[A-Z][A-Za-z'-]{{1,24}}(?:[ -][A-Za-z'-]{{1,24}}){{0,3}}){{1,2}}(?=[ ]?,?[ \n]{{1,3}}\Z)"
)
"""A street without a number, and its town, right before a postcode."""
_PLACE_AFTER = re.compile(rf"{_JOINT}(?P<street>{_WORD}(?: {_WORD}){{0,2}})")
_STREET_WORD = re.compile(rf"(?<![A-Za-z])(?:{_SUFFIX}|{_HOUSE_WORD})(?![A-Za-z])", re.IGNORECASE)
_RESIDENT = re.compile(r"(?:[A-Za-z'-]+ ){1,4}(?:of|at) (?=[A-Z0-9])")
_DIGITS = re.compile(r"[0-9]+")
_OF_PARTS = re.compile(r"[0-9,;|^/\n]")
"""In an address, and not in the name of a house alone, which may be an inn."""
_JOINED = re.compile(r"(?:[\w./-]|[0-9]:)$")
_BEFORE_DOCTOR = re.compile(r",\s{1,2}Dr\.?$")
"""What a room or a colleague ends in, where a list goes on with a doctor."""
FURTHEST = 130
"""Characters from the street to the postcode that still belongs to it."""


def find(text: str) -> Iterator[Finding]:
    """Addresses in normalised `text`, their postcodes not included."""
    codes = [finding.start for finding in postcodes.find(text)]
    for start, street, certain in (*_numbered(text), *_named(text)):
        end = _to_postcode(text, street.end(), codes)
        if not end and (not certain or _is_prose(street["street"])):
            continue
        why = "a house and street before a postcode" if end else "a house and street"
        yield Finding("ADDRESS", start, end or _to_place(text, street.end()), 0.9 if end else 0.8, why)
    for code in codes:
        if alone := _ALONE.search(text, max(0, code - FURTHEST), code):
            yield Finding("ADDRESS", *alone.span(), 0.7, "a street and a town before a postcode")


def ends_house(text: str, word: int) -> bool:
    """Whether a house's name may end with the word that begins at `word`: "Rose Cottage, "."""
    house = _HOUSE_END.match(text, word - 1) if word else None
    return bool(house and _house_before(text, house))


def _house_before(text: str, house: re.Match[str]) -> re.Match[str] | None:
    """What a house is called, without the word at its end."""
    return _HOUSE_BEFORE.search(text, max(0, house.start() - 70), house.start())


def without_resident(text: str, start: int, end: int) -> int:
    """Where the address begins when who lives there was taken for a part of it: "Doe of Rose House"."""
    resident = _RESIDENT.match(text, start, end)
    return resident.end() if resident and not _STREET_WORD.search(resident[0]) else start


def is_credible(text: str, start: int, end: int) -> bool:
    """Whether what somebody else takes for an address has a street, a house or a place in it."""
    written = text[start:end]
    if re.search(r"[0-9]{5}", written) or not re.match(r"[0-9]{1,4}[a-z]?(?! ?[0-9])|[A-Za-z]", written):
        return False
    if not _OF_PARTS.search(written) or _BEFORE_DOCTOR.search(written):
        return False
    return (
        bool(_STREET_WORD.search(written))
        or written.rpartition(",")[2].strip().lower() in phrases("places").certain
    )


def _numbered(text: str) -> Iterator[tuple[int, re.Match[str], bool]]:
    """Start, street and whether it is surely one, of "12 High Street" with what is in front of it."""
    for number in _DIGITS.finditer(text):
        if (
            len(number[0]) > 4
            or number[0][0] == "0"
            or _JOINED.search(text, max(0, number.start() - 2), number.start())
        ):
            continue
        certain = NUMBERED.match(text, number.start())
        street = certain or _LOOSELYNUMBERED.match(text, number.start())
        if street and street["street"].split()[0].lower() not in NO_STREET:
            front = _IN_FRONT.search(text, max(0, number.start() - 60), number.start())
            yield (front.start() if front else number.start()), street, certain is not None


def _named(text: str) -> Iterator[tuple[int, re.Match[str], bool]]:
    """The same of houses that have a name and no number: "Rose Cottage, Church Lane"."""
    for word in starts(text, _BUILDINGS):
        parted = _HOUSE_END.match(text, word - 1) if word else None
        house = parted or (_HOUSE_IN_LINE.match(text, word - 1) if word else None)
        if not house:
            continue
        front = _house_before(text, house)
        street = _STREET_AFTER.match(text, house.end()) or _PLACE_AFTER.match(text, house.end())
        if front and street:
            yield front.start(), street, parted is not None and street.re is _STREET_AFTER


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


def _is_prose(street: str) -> bool:
    """Whether a word without a capital stands where a street's name would."""
    return any(
        word[0].islower() and word not in {"of", "the", "on", "and", "upon"} for word in street.split()
    )


NO_STREET = frozenset(
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
        "nd",
        "rd",
        "th",
        "times",
        "time",
        "appointments",
        "sessions",
    ]
)
"""First words behind a number that count something, or say when."""
