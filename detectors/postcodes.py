"""UK postcodes (Royal Mail PAF; BS 7666): the form, and an outward code that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from detectors.findings import Finding
from detectors.lexicons import phrases

POSTCODE = re.compile(
    r"(?<![A-Za-z0-9])(?P<area>[A-Za-z]{1,2})(?P<district>[0-9][0-9]?[A-Za-z]?)"
    r"(?:[ \t]{0,3}|[ ]?\n[ ]{0,2}(?=[0-9][A-Z]{2}))"
    r"(?P<inward>[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2})(?![A-Za-z0-9])"
)


def find(text: str) -> Iterator[Finding]:
    """Full postcodes in normalised `text`."""
    for match in POSTCODE.finditer(text):
        if exists(match["area"].upper(), match["district"]) and _is_written_as_one(match):
            yield Finding(
                "UK_POSTCODE", *match.span(), 0.95, "a full postcode in a postal district that exists"
            )


def _is_written_as_one(match: re.Match[str]) -> bool:
    """A postcode is written in one case; codes with mixed case are something else."""
    return match[0].isupper() or match[0].islower() or match["inward"].isupper()


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
