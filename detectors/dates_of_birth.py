"""Dates of birth: a date in figures or words that something says is a birth.

Old years are not births: an unlabelled date is never one, unless it stands in a column headed so.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from detectors import clinical, hospital_numbers, nhs_numbers
from detectors.findings import Finding
from detectors.names import kind_of
from detectors.tables import cells
from detectors.vocabulary import starts

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|"
    r"awst|medi|hydref|tachwedd|rhagfyr)(?![a-z])\.?"
)
_ROMAN_MONTH = r"(?:i{1,3}|iv|vi{0,3}|ix|xi{0,2})"
_UNIT = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEENS = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_DAY_WORD = (
    rf"(?:(?:twenty|thirty)[ -]?(?:{_UNIT}|{_ONES})|{_UNIT}|{_ONES}|{_TEENS}|twenty|thirty|tenth|eleventh|"
    r"twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_DAY_FIGURES = r"(?:0?[1-9]|[12][0-9]|3[01])(?: ?(?:st|nd|rd|th))?"
_BELOW_100 = (
    rf"(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]{_ONES})?|{_TEENS}|"
    rf"(?:oh[ -])?{_ONES})"
)
_YEAR_WORD = (
    rf"(?:(?:nineteen|twenty)(?:\shundred)?(?:\sand)?[\s-]{_BELOW_100}|nineteen\shundred|"
    rf"two\sthousand(?:(?:\sand)?\s{_BELOW_100})?)"
)
_YEAR = rf"(?:(?:1[5-9]|20)[0-9]{{2}}|'?[0-9]{{2}}(?![0-9]|:[0-9])|{_YEAR_WORD})"
_MONTH_COUNTED = rf"(?:{_UNIT}|tenth|eleventh|twelfth)"
"""As it is read out: "the 9th of the tenth"."""
_SEPARATOR = r"[ ]?[-./\\ _|:][ ]?\n?"
_IN_MONTH = rf"(?: day)?(?:[ \n-]of)?[ ,./-]{{0,2}}\n?{_MONTH}[ ,./-]{{0,3}}\n?(?:in the year )?{_YEAR}"

_FROM_FIGURES = re.compile(
    rf"(?:0?[1-9]|[12][0-9]|3[01]){_SEPARATOR}(?:0?[1-9]|[12][0-9]|3[01]){_SEPARATOR}"
    r"(?:(?:1[89]|20)[0-9]{2}|'?[0-9]{2}(?!:[0-9]))(?![0-9])"
    r"|(?:1[89]|20)[0-9]{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:(?:19|20)[0-9]{2}|[0-9]{2})(?![0-9])"
    rf"|{_DAY_FIGURES}{_IN_MONTH}"
    rf"|{_DAY_FIGURES} of (?:the )?{_MONTH_COUNTED},?[ \n]{_YEAR}"
    rf"|(?:0?[1-9]|[12][0-9]|3[01])[ ]?[-./][ ]?{_ROMAN_MONTH}[ ]?[-./][ ]?"
    r"(?:(?:1[89]|20)[0-9]{2}|[0-9]{2})(?![0-9])"
)
_NO_DATE = re.compile(
    rf"(?:1[3-9]|[23][0-9]){_SEPARATOR}(?:1[3-9]|[23][0-9]){_SEPARATOR}[0-9]"
    r"|[0-9]{1,2}[ ]?([-./:])[ ]?\n[0-9]{1,2}[ ]?(?!\1)[-./:]"
    r"|[0-9]{1,2}[ ]?[-./ ][ ]?\n?[0-9]{1,2}:[0-9]{2}"
)
"""Figures of which neither the first nor the second can be a month, those of two lines of a list, and a day
before a time."""
_FROM_WORDS = re.compile(
    rf"(?:the[ \n])?{_DAY_WORD}{_IN_MONTH}|"
    rf"{_MONTH}[ -]?(?:the )?(?:{_DAY_FIGURES}|{_DAY_WORD}),?[ \n-]{{1,2}}{_YEAR}"
)
_FIGURES = re.compile(r"[0-9](?<![0-9].)")
_MONTHS = frozenset(
    {
        *(
            "jan",
            "january",
            "feb",
            "february",
            "febuary",
            "mar",
            "march",
            "apr",
            "april",
            "may",
            "jun",
            "june",
        ),
        *("jul", "july", "aug", "august", "sep", "sept", "sepember", "september", "oct", "october", "nov"),
        *("november", "dec", "december"),
        *("ionawr", "chwefror", "mawrth", "ebrill", "mai", "mehefin", "gorffennaf", "awst", "medi", "hydref"),
        *("tachwedd", "rhagfyr"),
    }
)
_DAYS = frozenset(re.findall("[a-z]+", _DAY_WORD))
_WORDS = _MONTHS | _DAYS | {f"{tens}{day}" for tens in ("twenty", "thirty") for day in _DAYS} | {"the"}
"""First words of dates in words; all have a month."""

LABEL = (
    r"(?:(?<![a-z])yob(?![a-z])(?:_[a-z]{1,6})?|"
    r"(?<![a-z])(?:dd?[ ]?[./]?[ ]?[o0]{1,2}[ ]?[./]?[ ]?bb?|"
    r"d\.? of b|dbo|d\.b\.o|bod|b/d|b-date)'?s?(?![a-z])\.?|"
    r"(?:dates?|dat|daet|dtae|dte)[ _-]{0,2}(?:of|fo|f)[ _-]{0,2}b(?!oth)[a-z]{3,6}|"
    r"(?:date|day)of(?:birth|brith)|birth[ _-]{0,2}da(?:te|y)|(?<![a-z])bday(?![a-z])|"
    r"(?<![a-z])pid[.-]7(?![0-9])|dyddiad (?:geni|eni)|(?<![a-z])(?:ganwyd|ganed)(?![a-z])|"
    r"(?<![a-z.])d\.g\.(?![a-z])|(?<![a-z])born(?![a-z])|(?<![a-z])birth(?![a-z]))"
)
LABEL_WORDS = frozenset(
    {
        *(
            "pid",
            "dyddiad",
            "ganwyd",
            "ganed",
            "d",
            "do",
            "dob",
            "d0b",
            "ddob",
            "doob",
            "dobb",
            "dbo",
            "bod",
            "born",
            "birth",
            "birthdate",
            "birthday",
            "bday",
            "b",
        ),
        *(
            "date",
            "dates",
            "dat",
            "daet",
            "dtae",
            "dte",
            "dateofbirth",
            "dateofbrith",
            "dayofbirth",
            "dayofbrith",
        ),
    }
)
"""First words of labels and abbreviations."""
_FILLER = (
    r"(?:[^\w\n]|_|\n|(?<![a-z])(?:is|was|being|on|at|the|of|we|hold|have|our|form|system|file|card|notes|patient|pt|child|baby|given|as|recorded|confirmed|"
    r"date|value|dd|mm|yyyy|yy|ddmmyy|ddmmyyyy|his|her|their|[a-z]{1,2}td|string|type|and|"
    r"mismatch|differs|wrong|unclear|queried|approx|approximately|about|circa|probably|now|reads|shows|says|label|"
    r"sample|tube|bottle|request|wristband|chart|spine|pds|emis|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?![a-z])){0,24}"
)
_SAID = (
    r"(?: (?:obviously|again|here|today|too|same|both)(?=[ (])[ (]{1,2}(?:the )?|"
    r"[ ,](?:[a-z']{1,12} ){1,7}(?:as|is|was)[ ]{1,2}(?:the )?)?"
)
"""Between label and date, in a sentence: "gave her date of birth over the phone as"."""
_PLACE = r"(?:(?<=born )in [a-z]{2,20}(?: [a-z]{2,20})?,? (?:on )?)?"
_LABEL_BEFORE = re.compile(rf"{LABEL}'?s?{_FILLER}{_PLACE}{_SAID}$")
_THING_BORN = re.compile(
    r"(?<![a-z])(?:nhs|website|site|service|idea|charity|company|project|college|scheme|programme|movement|trust|"
    r"hospital|society|term|concept)(?: (?:was|were|is|being))? (?:born|birth|birthday)(?![a-z])"
)
"""What has a birth but is nobody."""
_MISREAD = re.compile(
    rf"(?P<label>{LABEL}[\s:.=-]{{0,6}})(?P<date>[0-9oil]{{1,2}}[/.-][0-9oil]{{1,2}}[/.-][0-9oil]{{2,4}})(?![0-9a-z/])"
)
"""A date in which a scanner took digits for letters."""
_AS_DIGITS = str.maketrans("oil", "011")
_ASKED_FOR = re.compile(
    rf"{LABEL}[^.\n]{{0,40}}\?[ ]?\n[ \t>]{{0,6}}(?:[^\n:]{{2,20}}: )?(?:(?:yes|yep|yeah|ok),? )?"
    r"(?:it(?:'s| is) |its )?$"
)
"""Before the answer to who asked for a birth date."""
_BIRTHDAY = re.compile(r"(?<![a-z])happy birthday,? [a-z'-]{2,20}[!,. ]{1,3}$")
_GIVEN_AS = re.compile(
    r"(?<![a-z])(?:gave|gives|giving|given) (?:the|a|his|her|their) date (?:as|of)[ ]{1,2}(?:the )?$"
)
"""Before what a caller says of themselves."""
_LABEL_AFTER = re.compile(
    r"[ ]?[(\[,=-]{0,2}[ ]?(?:d\.?o\.?b\b|date of birth|birth date)(?![^\w\n]{0,6}[0-9])"
)
_IS = re.compile(r"(?<![a-z])(?:she|he)(?:'s| is) $")
_SEX = re.compile(r"[a-z] \((?:m|f|male|female)[,;/ ]{1,3}$")
"""Behind a name, before a date."""
_LIVED = re.compile(r"[ ]?-[ ]?[0-9]{1,2}[ ./][^\n()]{3,16}(?<=[0-9])\)")
_AGED = re.compile(r"(?:(?<![a-z])aged? [0-9]{1,3}|(?<![a-z0-9])[0-9]{1,3} ?[mf])[ ]?[,(]{1,2}[ ]?(?:the )?$")
"""Before a date that says when somebody of an age was born."""
_ABBREVIATED = re.compile(
    r"(?<![\w.])b(?:\.[ ]?|[ ])(?:the )?$|(?:^|\n|[ |,;]{2}|\t)b:[ ]?(?:the )?$|(?<![\w*])\*$"
)
_IN_RECORD = re.compile(
    r"(?:[ \t,;|(/-]{1,6}|[ ]?\n[ \t>]{0,6})(?:(?:m|f|male|female)[ \t,;|)/-]{1,6})?(?:nhs[a-z .:#]{0,12})?"
    r"(?P<number>[0-9](?:[\s.-]{0,3}[0-9]){9})(?![0-9])"
)
"""A health number behind a date, with no more than the sex between."""
_BEHIND_NAME = re.compile(
    r"(?<![a-z'-])(?!(?:re|patients?|pts?|names?|mr|mrs|ms|miss|master)[ .:])"
    r"(?P<first>[a-z'-]{2,25}|[a-z]\.?)(?:,[ ]?|[ ]|\^)(?:(?:[a-z]\.?|d[aeo]s?|van|von|el|al|bin|ap) )?"
    r"(?P<last>[a-z'-]{2,25})"
    r"(?:\"?[ ]?[,;:|/(.][ \t]{0,2}[\"(]?(?:<[a-z]{1,6}>)?|[ \t]{1,4}(?:-[ ])?\(?|[ \t]{0,3}\n[ \t>|]{0,6})$"
)
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day,? $")
_NO_BIRTH_BEFORE = re.compile(
    r"(?:signed|approved|by|author|from|sent|updated|reviewed|wrote|dated)[ :\n]{0,3}$"
)
_NO_BIRTH_AFTER = re.compile(
    r"[ ]?(?:at |[0-2]?[0-9] ?[:.] ?[0-5][0-9]|[ap]m(?![a-z])|-[ ]?[0-9]|"
    r"(?:to|until) (?:the )?(?:[0-9]|mon|tue|wed|"
    r"thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|"
    r"date|present|now))"
)
_OF_EVENT = re.compile(rf"(?:{_NO_BIRTH_BEFORE.pattern}|[/=#@]|{_WEEKDAY.pattern})$")
"""Before a date of something else, or within a link."""
_GOES_ON = re.compile(rf"[/:.]?[0-9a-z]|[/:]|{_NO_BIRTH_AFTER.pattern}")
_CARE = re.compile(
    r"(?<![a-z])(?:patients?|pts?|nhs|appointment|refer(?:r\w+)?|prescri\w+|results?|scan|bloods?|ward|clinic|flu|"
    r"consultations?|tested|proband|mother|father|duplicates?|merged?|treatment|coil|smear|injections?|depot|"
    r"dressings?|jabs?|imms|triage|dna|home visits?|register\w*|same address|(?<=can you )book|booked in|"
    r"vaccin\w+|immunis\w+|consent|carers?|next of kin|duty (?:list|doctor|gp)|check needed|"
    r"screening|recall(?:ed)?|mammo\w*|letters? for|specimen|lab|gp|rang|review|admitted|meds)(?![a-z])"
)
_TITLED = re.compile(
    r"(?:^|\n|(?<!dear)(?<!from)(?<!by)(?<!to) )[ \t>]{0,6}(?:mr|mrs|ms|miss|master|mx)\.? "
    r"(?:[a-z'-]{1,25}\.? ){0,2}(?P<last>[a-z'-]{2,25})(?:, ?| \()$"
)
_CLOSED = re.compile(r"[,)]")
_CALLED = re.compile(r"(?<![a-z])(?:re|fwd?|subject|patients?|pts?|names?|mr|mrs|ms|miss|master)[ :.-]{1,3}$")
"""Before the name of whom a letter or a form is about."""
_YEAR_AT_END = re.compile(r"^(?:1[89]|20)[0-9]{2}|(?:1[89]|20)[0-9]{2}$|[0-9]{2}$")
_BEHIND_NUMBER = re.compile(
    r"(?:(?<![a-z])(?:hosp[a-z]*\.? ?n[a-z]*\.?|mrn|nhs ?n[a-z]*\.?)[): ]{0,3}"
    r"(?:[a-z]{0,4}[0-9/-]{5,11}[a-z]?)?\)?|"
    r"(?<![a-z])[a-z'-]{2,25},? [a-z'-]{2,25}[ ,;|/]{1,3}"
    r"(?:[a-z]{1,4}[0-9]{5,8}[a-z]?|[0-9]{6,8}[a-z]?|[0-9]{3}-[0-9]{4})|"
    r"(?<![a-z])[a-z]{2}[ -]?(?:[0-9]{2}[ -]?){3}[a-d](?=[ \t]?[,;|])|"
    r"(?:^|[\n,;|/:])[ \t>]{0,6}[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4})[ \t,;|/]{0,4}\n?[ \t>|]{0,4}$"
)
_RECORD_AFTER = re.compile(
    r"[ \t,;|/(-]{1,4}(?:mrn|hosp[a-z]* n|nhs n|nhs:|unit n|pas n)[a-z.:#]*[ :#]{0,2}[a-z0-9]"
)
"""Behind a date: the number that a record goes on with."""
_BEHIND_SURNAME = re.compile(
    r"(?:^|[\n:;>|]|[.?!][ ])[ \t>|*-]{0,4}"
    r"(?P<name>[A-Z]\. ?[A-Z]\.(?: ?[A-Z]\.)?|[A-Z]{2}|[A-Z][A-Z'-]{3,24})[ ]?[ ,:(/-][ ]{0,2}$"
)
"""Initials or a surname in capitals that begin a line or a sentence, as in a note."""
_NAME_ABOVE = re.compile(
    r"(?:^|\n)[ \t>]{0,6}(?:(?:mr|mrs|ms|miss|mx|master)\.? )?(?P<first>[a-z'-]{2,25}),? "
    r"(?:[a-z'-]{1,25} ){0,2}(?P<last>[a-z'-]{2,25})[ \t,]{0,3}\n[ \t>]{0,6}$"
)
_ADDRESS_BELOW = re.compile(
    r"[ \t,]{0,3}\n(?:[^\n]{3,60}\n){1,5}[ \t>]{0,6}[a-z]{1,2}[0-9][0-9a-z]? {0,2}[0-9][a-z]{2}(?![a-z0-9])"
)
_ANOTHER = re.compile(r"[0-9] (?:and|&|\+) $")
_RIGHT_BEHIND = re.compile(
    r"[ \t]{0,2}(?:[,;|/-][ \t]{0,2}|\([ ]?|\n[ \t>]{0,4})?(?:(?:room|bed) [0-9]{1,3}[a-z]?,? )?",
    re.IGNORECASE,
)
SINCE_YOUTH = 20
"""Years: of fewer back, there are dates of other things behind names."""
_NAMED = re.compile(r"(?<![a-z])(?P<name>[a-z'-]{2,25})[ ]\($")
_HL7 = re.compile(r"(?m)^\W{0,3}pid\|(?:[^|\n]{0,120}\|){6}$")
_EDIFACT = "dtm+329:"
"""UN/EDIFACT code list 2005: a date of birth."""
_HEADING = re.compile(LABEL, re.IGNORECASE)
AROUND = 160
"""Characters around a date in which care is spoken of."""
REACH = 90
"""Characters before a date in which its label stands."""


class Date(NamedTuple):
    start: int
    end: int


def find(text: str) -> Iterator[Finding]:
    """Birth dates in normalised `text`, the label not included."""
    columns = cells(text, is_heading)
    words = starts(text, _WORDS) if starts(text, _MONTHS) else []
    given, text = text, _MISREAD.sub(_as_digits, text.lower())
    headed = {date for cell in columns for date in _dates(text, words, *cell)}
    labelled = False
    for date in _dates(text, words):
        score, why = _weigh(text, date)
        if date in headed and not score:
            score, why = 0.95, "a date in a column headed as birth"
        if not score:
            score, why = _weigh_unlabelled(text, date, others=labelled)
        if not score and _is_past(text[date.start : date.end]) and _names_file(given, date):
            score, why = 0.8, "a date some years back behind a name in a file's name"
        if not score and _begins_note(given, date):
            score, why = 0.7, "a date some years back behind initials or a surname, before clinical content"
        if score:
            labelled = True
            yield Finding("DATE_OF_BIRTH", date.start, date.end, score, why)


def _as_digits(misread: re.Match[str]) -> str:
    return misread["label"] + misread["date"].translate(_AS_DIGITS)


def is_label(text: str, start: int) -> bool:
    """Whether the word of LABEL_WORDS that begins at `start` of normalised `text` speaks of a birth."""
    return bool(_HEADING.match(text, start)) or text[start : start + 2] in (
        "b.",
        "b ",
        "b:",
        "B.",
        "B ",
        "B:",
    )


def is_heading(heading: str) -> bool:
    """Whether a column headed so holds dates of birth."""
    return bool(_HEADING.search(heading))


def _dates(text: str, words: Sequence[int], start: int = 0, end: int = sys.maxsize) -> Iterator[Date]:
    """Dates in figures or, beginning at some of `words`, in words, in order, between `start` and `end`."""
    figures = [match.start() for match in _FIGURES.finditer(text, start, end)]
    done = start
    for at in sorted([*figures, *words[bisect_left(words, start) : bisect_left(words, end)]]):
        pattern = _FROM_FIGURES if text[at].isdigit() else _FROM_WORDS
        date = pattern.match(text, at, end) if at >= done else None
        if date:
            done = date.end()
            if not _NO_DATE.match(text, date.start()):
                yield Date(*date.span())


def _weigh(text: str, date: Date) -> tuple[float, str]:
    """How sure it is that something calls the date a birth, and what."""
    earliest = max(0, date.start - REACH)
    before = text[earliest : date.start]
    may_be_labelled = "b" in before or "g" in before or "pid" in before
    if may_be_labelled and _LABEL_BEFORE.search(text, earliest, date.start):
        return (0.0, "") if _THING_BORN.search(before) else (0.98, "a date labelled as a birth")
    if _LABEL_AFTER.match(text, date.end):
        return 0.95, "a date labelled as a birth"
    if _is_abbreviated(text, date):
        return 0.8, "a date after the abbreviation for born"
    line = text.rfind("\n", 0, date.start) + 1
    if _HL7.search(text, line, date.start) or text.endswith(_EDIFACT, line, date.start):
        return 0.98, "the birth date field of an HL7 PID segment, or of an EDIFACT message"
    if _is_of_somebody(text, date):
        return 0.85, "a date behind an age, or the first of a life"
    return 0.0, ""


def _is_abbreviated(text: str, date: Date) -> bool:
    """Whether "b." or "*" stands before the date; a bare letter counts only before one some years back."""
    mark = _ABBREVIATED.search(text, max(0, date.start - 8), date.start)
    return mark is not None and (
        mark[0].strip(" \n\t|,;") not in ("b", "b:") or _is_past(text[date.start : date.end])
    )


def _is_of_somebody(text: str, date: Date) -> bool:
    """Whether it is given as theirs, begins a life in brackets, or follows an age or "she is", years back."""
    lived = text[date.start - 1 : date.start] == "(" and _LIVED.match(text, date.end)
    aged = _AGED.search(text, max(0, date.start - 20), date.start)
    spoken_of = _IS.search(text, max(0, date.start - 8), date.start) or _SEX.search(
        text, max(0, date.start - 12), date.start
    )
    earliest = max(0, date.start - REACH)
    given = _GIVEN_AS.search(text, earliest, date.start) or _ASKED_FOR.search(text, earliest, date.start)
    wished = _BIRTHDAY.search(text, max(0, date.start - 50), date.start)
    return bool(lived or given or ((wished or aged or spoken_of) and _is_past(text[date.start : date.end])))


def _weigh_unlabelled(text: str, date: Date, *, others: bool) -> tuple[float, str]:
    """The same by where the date stands; `others` says that births were found before it."""
    if _is_in_record(text, date):
        return 0.8, "a date in front of a health number"
    if _stands_behind_title(text, date) or _stands_behind_patient(text, date) or _stands_in_stack(text, date):
        return (
            0.7,
            "a date some years back behind a name with a title, or a full one among care or above an address",
        )
    if others and _ANOTHER.search(text, max(0, date.start - 24), date.start):
        return 0.9, "a date that follows a date of birth"
    behind = _BEHIND_NUMBER.search(text, max(0, date.start - 60), date.start)
    if behind and _is_past(text[date.start : date.end]) and not _NO_BIRTH_AFTER.match(text, date.end):
        return 0.85, "a date some years back behind a patient's number"
    named = (
        others
        and text[date.end : date.end + 1] == ")"
        and _NAMED.search(text, max(0, date.start - 30), date.start)
    )
    if named and not _is_word(named["name"]):
        return 0.7, "a date in brackets behind a name, after another date of birth"
    return 0.0, ""


def _stands_in_stack(text: str, date: Date) -> bool:
    """Whether the date, some years back, fills a line between a name's and those of an address."""
    name = _NAME_ABOVE.search(text, max(0, date.start - 90), date.start)
    if not name or not _ADDRESS_BELOW.match(text, date.end) or not _is_past(text[date.start : date.end]):
        return False
    return not (_is_word(name["first"]) or _is_word(name["last"]))


def _is_in_record(text: str, date: Date) -> bool:
    """Whether a health number follows; six digits in one piece are no date there."""
    record, written = _IN_RECORD.match(text, date.end), text[date.start : date.end]
    if not record or (written.isdigit() and len(written) < 8):
        return False
    return nhs_numbers.is_issued("".join(filter(str.isdigit, record["number"])))


def _stands_behind_title(text: str, date: Date) -> bool:
    """Whether the date, some years back, stands apart behind a name with its title: "Mrs Doe, 1950, owes"."""
    name = _TITLED.search(text, max(0, date.start - 70), date.start)
    if not name or not _CLOSED.match(text, date.end) or not _is_past(text[date.start : date.end]):
        return False
    return not _is_word(name["last"])


def _is_word(word: str) -> bool:
    """Whether a word in small letters means something, an illness included."""
    kind = kind_of(word)
    return kind.common or kind.everyday or any(clinical.find(word))


def _stands_behind_patient(text: str, date: Date) -> bool:
    """Whether the date, from before the year before last, stands behind a full name among words of care."""
    weekday = _WEEKDAY.search(text, max(0, date.start - 12), date.start)
    name = _BEHIND_NAME.search(text, max(0, date.start - 90), weekday.start() if weekday else date.start)
    if not name or not _is_past(text[date.start : date.end]) or _NO_BIRTH_AFTER.match(text, date.end):
        return False
    if _NO_BIRTH_BEFORE.search(text, max(0, name.start("first") - 12), name.start("first")):
        return False
    kinds = [kind_of(part) for part in (name["first"], name["last"]) if len(part.strip(".")) > 1]
    if any(kind.title or not (kind.given or kind.surname or not kind.everyday) for kind in kinds):
        return False
    around = text[max(0, date.start - AROUND) : date.end + AROUND]
    in_record = _RECORD_AFTER.match(text, date.end) is not None
    unheard = all(not (kind.common or kind.everyday) for kind in kinds)
    if all(kind.common for kind in kinds) or not (in_record or unheard or any(kind.known for kind in kinds)):
        return False
    if in_record:
        return True
    called = _CALLED.search(text, max(0, name.start() - 20), name.start("first"))
    return bool(called or _CARE.search(around)) or any(clinical.find(around))


def _begins_note(text: str, date: Date) -> bool:
    """Whether the date, from before the year before last, stands between a name and clinical content."""
    name = _BEHIND_SURNAME.search(text, max(0, date.start - 40), date.start)
    if not name or not _is_past(text[date.start : date.end]):
        return False
    kind = kind_of(name["name"].replace(".", "").replace(" ", ""))
    if kind.title or kind.common or kind.everyday or kind.names_organisation:
        return False
    return any(clinical.find(text[date.end : date.end + AROUND]))


def _names_file(text: str, date: Date) -> bool:
    return hospital_numbers.is_day_in_file_of_patient(text, date.start, date.end)


_BYLINE = re.compile(r"(?<![a-z])(?:by|author|posted by|written by):? $")
"""In front of who wrote something on that day."""


def behind_names(text: str, people: Iterable[Finding]) -> Iterator[Finding]:
    """Dates many years back right behind the full name of one of `people`.

    Nothing that is done today is dated so; what people did long ago has its label.
    """
    named = [each for each in people if " " in text[each.start : each.end]]
    lowered = text.lower() if named else ""
    for name in named:
        gap = _RIGHT_BEHIND.match(text, name.end)
        date = gap and _FROM_FIGURES.match(lowered, gap.end())
        no_birth = date and (
            _NO_DATE.match(lowered, date.start())
            or _NO_BIRTH_AFTER.match(lowered, date.end())
            or _BYLINE.search(lowered, max(0, name.start - 30), name.start)
        )
        if date and not no_birth and _is_past(date[0], SINCE_YOUTH):
            why = "a date many years back right behind a full name"
            yield Finding("DATE_OF_BIRTH", *date.span(), 0.7, why)


def possible(text: str) -> Iterator[tuple[Date, int | None]]:
    """Every date of normalised `text` that could be a birth, and its years since, if they are in figures."""
    text = text.lower()
    now = dt.datetime.now(tz=dt.UTC).year
    for date in _dates(text, starts(text, _WORDS) if starts(text, _MONTHS) else []):
        year = _year(text[date.start : date.end])
        if _OF_EVENT.search(text, max(0, date.start - 20), date.start) or _GOES_ON.match(text, date.end):
            continue
        if year is None or year <= now:
            yield date, None if year is None else now - year


def _is_past(written: str, least: int = 2) -> bool:
    """Whether a date in figures, or with its month in letters, lies at least so many years back."""
    year = _year(written)
    if year is None:
        return "nineteen" in written or "thousand" in written
    return year <= dt.datetime.now(tz=dt.UTC).year - least and not (written.isdigit() and len(written) < 8)


def _year(written: str) -> int | None:
    """The year of a date, if it is in figures; of two digits, the last that has come."""
    year = _YEAR_AT_END.search(written)
    if not year:
        return None
    full, now = int(year[0]), dt.datetime.now(tz=dt.UTC).year
    if full < 100:
        full += 2000 if full + 2000 <= now else 1900
    return full
