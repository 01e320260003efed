"""UK postcodes (Royal Mail PAF; BS 7666): the form, and an outward code that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from detectors.findings import Finding
from detectors.lexicons import phrases

POSTCODE = re.compile(
    r"(?<![A-Za-z0-9])(?P<area>[A-Za-z]{1,2})(?P<district>[0-9][0-9]?[A-Za-z]?)"
    r"(?:[ \t]{0,3}|-|[ ]?\n[ ]{0,2}(?=[0-9][A-Z]{2}))"
    r"(?P<inward>[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2})(?![A-Za-z0-9])"
)


_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?P<place>[A-Za-z-]{3,25})(?:,?[ ]|\n)|"
    r"(?<=[A-Za-z])[,;][ ]?|\n[ \t>|*]{0,6}|</?[a-z]{2}>|"
    r"\"[,;:][ ]?\"|\^{3,4}|(?i:post ?code)[\" :=]{1,4})$"
)


def find(text: str) -> Iterator[Finding]:
    """Full postcodes in normalised `text`."""
    for match in POSTCODE.finditer(text):
        if not _is_written_as_one(match):
            continue
        if exists(match["area"].upper(), match["district"]):
            yield Finding(
                "UK_POSTCODE", *match.span(), 0.95, "a full postcode in a postal district that exists"
            )
        elif match["area"].upper() in _districts() and (_is_plain(match) or _ends_address(text, match)):
            yield Finding("UK_POSTCODE", *match.span(), 0.7, "a postcode, by its form and its postal area")


def _is_written_as_one(match: re.Match[str]) -> bool:
    """A postcode is written in one case; codes with mixed case are something else."""
    return match[0].isupper() or match[0].islower() or match["inward"].isupper()


def _is_plain(match: re.Match[str]) -> bool:
    """Whether it is written as the Post Office asks: capitals, and one blank. Hardly anything else is."""
    return match[0].isupper() and match.string[match.end("district") : match.start("inward")] == " "


def _ends_address(text: str, match: re.Match[str]) -> bool:
    """Whether a postcode, of whatever district of its area, stands where one ends an address."""
    before = _BEFORE.search(text, max(0, match.start() - 40), match.start())
    if not before:
        return False
    if before["place"] is None:
        return match["inward"].isupper()
    placed = before["place"].lower() in phrases("places").certain
    return placed or (before[0][-2:] == ", " and match["inward"].isupper())


def exists(area: str, district: str) -> bool:
    """Whether the outward code is in use, the letter that subdivides a London district aside."""
    numbers = _districts().get(area)
    return (
        numbers is not None
        and int(district.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")) in numbers
    )


@cache
def _districts() -> dict[str, frozenset[int]]:
    table = {}
    for line in phrases("postcode_districts").certain:
        area, ranges = line.split()
        numbers: set[int] = set()
        for part in ranges.split(","):
            low, _, high = part.partition("-")
            numbers.update(range(int(low), int(high or low) + 1))
        table[area] = frozenset(numbers)
    return table
