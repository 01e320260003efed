"""Telephone numbers, by Google's numbering plan data; asked only where digits look like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import phonenumbers

from detectors.findings import Finding
from detectors.tables import cells

_STRETCH = re.compile(r"(?:\+|\(?0(?![.,]))[ ]?(?:[ ().\-/\t\n]{0,3}[0-9]){7,17}(?![0-9])")
_GROUP_END = re.compile(r"[0-9](?=[ ().\-/\t\n])")
_EXTENSION = re.compile(r"[ ,;]{0,3}(?:ex(?:tn?|tension)?\.?|x)[ :.]{0,2}[0-9]{1,6}(?![0-9])", re.IGNORECASE)
_DRAMA = re.compile(
    r"(?:44|0)(?:(?:7700900|1632960)[0-9]{3}|1(?:1[3-8]|[2-6]1)4960[0-9]{3}|1914980[0-9]{3}|2079460[0-9]{3}|"
    r"2896496[0-9]{3}|2920180[0-9]{3}|8081570[0-9]{3}|9098790[0-9]{3}|3069990[0-9]{3})"
)
"""Ranges that Ofcom keeps for drama (Telephone numbers for use in TV and radio drama programmes); the
numbering plan data do not know most of them."""
_AREA = re.compile(
    r"(?:(?:\+|00)44[ .-]?(?:\(0\))?|\(?0)[ ]?\(?(?:1(?:1[3-8]|[2-69]1|[2-9][0-9]{2})|2[03489]|"
    r"7[1-9][0-9]{2})\)?"
    r"(?P<apart>[ .\-/\n])?"
)
"""Codes of places, mobiles and pagers; Ofcom opens ranges behind them faster than the plan's data follow."""
_ANNOUNCED = re.compile(
    r"(?<![a-z])(?:call|contact|dial|direct|fax|land ?line|line|mob|mobile|number|office|phone|reach|"
    r"ring|rang|switchboard|tel|telephone|text|m|t|f|to)(?![a-z])[^\n0-9]{0,24}\n?[^\n0-9]{0,6}$|"
    r"[0-9][a-z]{2}\)?[ ,|]{1,3}$",
    re.IGNORECASE,
)
"""Before a number in one piece: a word of telephones or the end of a postcode."""
_INSIDE = re.compile(r"[A-Za-z0-9_][-.]?\Z|(?<!phone)(?<!tel)(?<!mobile)[&=]\Z")
"""Before digits that go on with something: a word or a link."""
_JOINED = re.compile(r"(?<![a-z])(?:tel|mob|mobile|phone|fax)[.-]?\Z", re.IGNORECASE)
"""Before a number that was written without a space."""
_BEHIND_DIGITS = re.compile(r"(?<![A-Za-z0-9/.-])(?!(?:19|20)[0-9]{2} )[0-9]+[ ]\Z")
"""Before digits that may be the rest of a longer number; a date or a year is none."""
_WHOLE = re.compile(
    r"\+.*|0[0-9]{2,4}[ ][0-9]{3,4}[ ][0-9]{3,4}|07[0-9]{3}(?:[ ]?[0-9]{6}|[ ][0-9]{3}[ ][0-9]{3})", re.DOTALL
)
"""What is a telephone number whatever digits stand before it: it has its country, its groups, or 07."""
_GROUP_BEFORE = re.compile(r"(?<![A-Za-z0-9/.-])[0-9]{3}[ ]\Z")
"""Before which even such a one goes on: three digits are a group of one."""
_SOMETHING_ELSE = re.compile(
    r"(?<![a-z])(?:a/?c|acc(?:oun)?t|asset|batch|barcode|booking|claim|code|ean|id|invoice|isbn|job|lot|no|order|"
    r"parcel|pin|po|quote|reg|ref(?:erence)?|serial|sku|ticket|tracking|version)(?![a-z])[^\n0-9]{0,16}$",
    re.IGNORECASE,
)
"""Before a number that is nobody's telephone, though it begins as one."""
_BLEEP = re.compile(
    r"(?<![a-z])(?:bleep|ext[a-z]{0,6}|room|bed|ward|pager)\.?[ :]{1,2}[0-9]{1,5}[ ]$", re.IGNORECASE
)
_HEADING = re.compile(r"(?<![a-z])(?:mob|tel|phone)", re.IGNORECASE)
_WITHOUT_ZERO = re.compile(r"[\s\"']*(?P<number>7[1-9][0-9]{8})[\s\"']*")
_BEFORE = 20
_NATIONAL = 10
"""Digits of a number behind the trunk's 0."""


def find(text: str) -> Iterator[Finding]:
    """Numbers in normalised `text` that could be rung: valid for the UK, or international with a +."""
    yield from _in_columns(text)
    done = 0
    while stretch := _STRETCH.search(text, done):
        start, done = stretch.start(), stretch.start() + 1
        before = max(0, start - _BEFORE)
        if _INSIDE.search(text, before, start) and not _JOINED.search(text, before, start):
            continue
        ends: Iterable[int] = _ends(stretch)
        if _BEHIND_DIGITS.search(text, before, start) and not _BLEEP.search(text, before, start):
            if text[start] != "+" and _GROUP_BEFORE.search(text, before, start):
                continue
            ends = (end for end in ends if _WHOLE.fullmatch(text, start, end))
        end = next((end for end in ends if _can_be_rung(text[start:end]) or _has_area(text, start, end)), 0)
        if end:
            extension = _EXTENSION.match(text, end)
            done = extension.end() if extension else end
            yield Finding("PHONE", start, done, 0.8, "a number valid in the numbering plan")


def _in_columns(text: str) -> Iterator[Finding]:
    """Mobile numbers that a spreadsheet has taken the 0 from, in a column headed as telephones."""
    for start, end in cells(text, _HEADING.search):
        mobile = _WITHOUT_ZERO.fullmatch(text, start, end)
        if mobile:
            yield Finding("PHONE", *mobile.span("number"), 0.8, "a mobile number in a column headed as such")


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
        return phonenumbers.is_valid_number(phonenumbers.parse(written.replace("\n", " "), "GB"))
    except phonenumbers.NumberParseException:
        return False


def _has_area(text: str, start: int, end: int) -> bool:
    """Whether a number of the right length has a city's code and, in one piece, no other name before it."""
    area = _AREA.match(text, start, end)
    if not area or sum(map(str.isdigit, text[area.end() : end])) + _digits_of(area[0]) != _NATIONAL:
        return False
    return bool(
        area["apart"]
        or text[start] == "+"
        or _ANNOUNCED.search(text, max(0, start - 40), start)
        or not _SOMETHING_ELSE.search(text, max(0, start - 40), start)
    )


def _digits_of(prefix: str) -> int:
    """Digits of an area code without what stands for the trunk or the country."""
    return len("".join(filter(str.isdigit, prefix)).removeprefix("0044").removeprefix("44").removeprefix("0"))
