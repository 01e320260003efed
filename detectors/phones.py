"""Telephone numbers, by Google's numbering plan data; only where digits suggest one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

from detectors.digits import Group, runs
from detectors.findings import Finding

_DRAMA = re.compile(
    r"(?:\+44 ?(?:\(0\) ?)?|0)(?:7700[ -]?900[ -]?[0-9]{3}|1632[ -]?960[ -]?[0-9]{3})(?![0-9])"
)
"""Ranges that Ofcom keeps for drama; the numbering plan data do not know them."""
_IN_FRONT = 6


def find(text: str) -> Iterator[Finding]:
    """Numbers in normalised `text` that could be rung: valid for the UK, or international with a +."""
    for run in runs(text):
        if sum(len(group.digits) for group in run) >= 9 and len(run) <= 40:
            yield from _in_run(text, run)


def _in_run(text: str, run: tuple[Group, ...]) -> Iterator[Finding]:
    start, end = max(0, run[0].start - _IN_FRONT), run[-1].end + 12
    stretch = text[start:end]
    why = "a number valid in the numbering plan"
    found = False
    for match in PhoneNumberMatcher(stretch, "GB", leniency=Leniency.VALID, max_tries=50):
        found = True
        yield Finding("PHONE", start + match.start, start + match.end, 0.8, why)
    if not found:
        for drama in _DRAMA.finditer(stretch):
            yield Finding("PHONE", start + drama.start(), start + drama.end(), 0.8, why)
