"""Telephone numbers, by Google's numbering plan data; asked only where digits look like one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from detectors.findings import Finding

_STRETCH = re.compile(r"(?:\+|\(?0(?![.,]))[ ]?(?:[ ().\-/\t\n]{0,3}[0-9]){7,17}(?![0-9])")
_GROUP_END = re.compile(r"[0-9](?=[ ().\-/\t\n])")
_EXTENSION = re.compile(r"[ ,;]{0,3}(?:ext?\.?|extension|x)[ :.]{0,2}[0-9]{1,6}(?![0-9])", re.IGNORECASE)
_DRAMA = re.compile(
    r"(?:44|0)(?:(?:7700900|1632960)[0-9]{3}|1(?:1[3-8]|[2-6]1)4960[0-9]{3}|1914980[0-9]{3}|2079460[0-9]{3}|"
    r"2896496[0-9]{3}|2920180[0-9]{3}|8081570[0-9]{3}|9098790[0-9]{3}|3069990[0-9]{3})"
)
"""Ranges that Ofcom keeps for drama (Telephone numbers for use in TV and radio drama programmes); the
numbering plan data do not know most of them."""
_INSIDE = re.compile(
    r"[A-Za-z0-9_][-.]?\Z|(?<![0-9/.-])(?!(?:19|20)[0-9]{2} )[0-9]+[ ]\Z|(?<!phone)(?<!tel)(?<!mobile)[&=]\Z"
)
"""Before digits that go on with something: a word, a longer number (a date or a year is none), a link."""
_BEFORE = 20


def find(text: str) -> Iterator[Finding]:
    """Numbers in normalised `text` that could be rung: valid for the UK, or international with a +."""
    done = 0
    while stretch := _STRETCH.search(text, done):
        start, done = stretch.start(), stretch.start() + 1
        if _INSIDE.search(text, max(0, start - _BEFORE), start):
            continue
        end = next((end for end in _ends(stretch) if _can_be_rung(text[start:end])), 0)
        if end:
            extension = _EXTENSION.match(text, end)
            done = extension.end() if extension else end
            yield Finding("PHONE", start, done, 0.8, "a number valid in the numbering plan")


def _ends(stretch: re.Match[str]) -> Iterator[int]:
    """Where a number that fills the stretch, or all but its last groups, would end; the longest first."""
    yield stretch.end()
    groups = [match.end() for match in _GROUP_END.finditer(stretch[0])]
    yield from (stretch.start() + end for end in reversed(groups) if end >= 9)


def _can_be_rung(written: str) -> bool:
    digits = "".join(filter(str.isdigit, written))
    if not 9 <= len(digits) <= 15 or digits[:3] == "000":
        return False
    if _DRAMA.fullmatch(digits.removeprefix("00").replace("440", "44", 1)):
        return True
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, "GB"))
    except phonenumbers.NumberParseException:
        return False
