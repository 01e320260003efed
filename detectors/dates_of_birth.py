"""Dates of birth: a date in figures or words that something says is a birth.

Old years are not births: an unlabelled date is never one, unless it stands in a column headed so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.findings import Finding
from detectors.tables import cells

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_UNIT = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
_DAY_WORD = (
    rf"(?:(?:twenty|thirty)[ -]?{_UNIT}|{_UNIT}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|"
    r"sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_DAY = rf"(?:(?:0?[1-9]|[12][0-9]|3[01])(?: ?(?:st|nd|rd|th))?|{_DAY_WORD})"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_BELOW_100 = rf"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]{_ONES})?|{_TEENS}|(?:oh[ -])?{_ONES})"
_YEAR_WORD = (
    rf"(?:(?:nineteen|twenty)(?: hundred)?(?: and)?[ -]{_BELOW_100}|nineteen hundred|"
    rf"two thousand(?:(?: and)? {_BELOW_100})?)"
)
_YEAR = rf"(?:(?:1[89]|20)[0-9]{{2}}|'?[0-9]{{2}}(?![0-9])|{_YEAR_WORD})"
_SEPARATOR = r"[ ]?[-./\\ _|:][ ]?"
_FIGURES = (
    rf"(?:0?[1-9]|[12][0-9]|3[01]){_SEPARATOR}(?:0?[1-9]|[12][0-9]|3[01]){_SEPARATOR}(?:(?:1[89]|20)[0-9]{{2}}|[0-9]{{2}})(?![0-9])"
    r"|(?:1[89]|20)[0-9]{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:(?:19|20)[0-9]{2}|[0-9]{2})(?![0-9])"
)
_WORDS = (
    rf"(?:the )?{_DAY}(?: day)?(?:[ -]of)?[ ,./-]{{0,2}}{_MONTH}[ ,./-]{{0,3}}(?:in the year )?{_YEAR}"
    rf"|{_MONTH}[ -]?(?:the )?{_DAY},?[ -]{_YEAR}"
)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? (?:the )?)?"
DATE = rf"(?<![0-9]){_WEEKDAY}(?P<date>{_WORDS}|{_FIGURES})"

LABEL = (
    r"(?:(?<![a-z])(?:d[ ]?[./]?[ ]?o[ ]?[./]?[ ]?b|d\.? of b)(?![a-z])\.?|"
    r"(?:dates?|dat|daet|dte)[ _-]{0,2}(?:of|fo|f)[ _-]{0,2}b[a-z]{3,6}|"
    r"(?:date|day)of(?:birth|brith)|birth[ _-]{0,2}da(?:te|y)|(?<![a-z])bday(?![a-z])|"
    r"(?<![a-z])(?:re)?born(?![a-z])|(?<![a-z])birth(?![a-z]))"
)
_FILLER = (
    r"(?:[^\w\n]|_|\n|(?<![a-z])(?:is|was|being|on|at|the|of|patient|pt|child|baby|given|as|recorded|confirmed|"
    r"date|value|dd|mm|yyyy|yy|ddmmyy|ddmmyyyy|his|her|their|in|[a-z]{1,2}td|string|type|and)(?![a-z])){0,24}?"
)
_PLACE = r"(?:(?<=born )in [a-z]{2,20}(?: [a-z]{2,20})?,? (?:on )?)?"
_LABELLED = re.compile(rf"{LABEL}'?s?{_FILLER}{_PLACE}{DATE}", re.IGNORECASE)
_LABEL_AFTER = re.compile(
    rf"{DATE}[ ]?[(\[,=-]{{0,2}}[ ]?(?:d\.?o\.?b\b|date of birth|birth date)(?![^\w\n]{{0,6}}[0-9])",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(rf"(?:(?<![\w.])b\.?|\*)[ ]?{DATE}", re.IGNORECASE)
_HL7 = re.compile(r"(?m)^\W{0,3}PID\|(?:[^|\n]{0,120}\|){6}(?P<date>(?:19|20)[0-9]{6})")
_HEADING = re.compile(LABEL, re.IGNORECASE)
_CELL = re.compile(DATE, re.IGNORECASE)


def find(text: str) -> Iterator[Finding]:
    """Birth dates in normalised `text`, the label not included."""
    patterns = (
        (_LABELLED, 0.98, "a date labelled as a birth"),
        (_LABEL_AFTER, 0.95, "a date labelled as a birth"),
        (_ABBREVIATED, 0.8, "a date after the abbreviation for born"),
        (_HL7, 0.98, "the birth date field of an HL7 PID segment"),
    )
    for pattern, score, why in patterns:
        for match in pattern.finditer(text):
            yield Finding("DATE_OF_BIRTH", *match.span("date"), score, why)
    for cell in cells(text):
        date = _CELL.search(text, cell.start, cell.end) if _HEADING.search(cell.heading) else None
        if date:
            why = "a date in a column headed as birth"
            yield Finding("DATE_OF_BIRTH", *date.span("date"), 0.95, why)
