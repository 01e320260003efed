"""Names of people that only what stands beside them gives away: an age, a date, a bed, a number, a medicine.

Notes and messages of a ward name patients by surname or initials alone: "Ohene in bed 4", "T.O. (the 91
year old with asthma)", "Huynh's lithium". No list need know the name, but what stands beside it must be
what patients have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from detectors import clinical
from detectors.dates_of_birth import LABEL, LABEL_WORDS
from detectors.findings import Finding
from detectors.hospital_numbers import CARE
from detectors.lexicons import words
from detectors.names import kind_of, may_be_named
from detectors.vocabulary import matches

Look = Callable[[str], Iterator[re.Match[str]]]
"""Where in a text somebody may be named."""

_CAPITALISED = r"(?P<name>[A-Z](?<![A-Za-z'-].)[A-Za-z'-]{2,25})"
_AGED = re.compile(
    r"(?P<name>[A-Z](?<![A-Za-z].)[a-z'-]+(?: [A-Z][a-z'-]+){1,2}),? \(?aged? [0-9]{1,3}(?![0-9])"
)
_BED = re.compile(r"(?:bed|bay|cubicle|side ?room) ?[0-9]", re.IGNORECASE)
_BEFORE_BED = re.compile(r"(?<![A-Za-z'-])(?!(?i:ward) )(?P<name>[A-Za-z'-]{3,25}) (?i:in )?$")
_BEHIND_BED = re.compile(
    r"(?i:(?:bed|rm) ?[0-9]{1,2}[a-z]? ?(?:[=:-] ?)?)(?<=[ =:-])"
    r"(?P<name>[A-Z][A-Za-z'-]{2,25})(?![A-Za-z])"
)
_BEHIND_AGE_AND_SEX = re.compile(
    r"[0-9](?<![A-Za-z0-9.].)[0-9]{0,2} ?(?:y/?o ?)?[MmFf][ ,:]{1,2}(?P<name>[A-Za-z'-]{3,25})(?![A-Za-z'-])"
)
_BEFORE_LABEL = re.compile(rf"{_CAPITALISED} \((?i:hosp[a-z]*\.? n|mrn|nhs n|unit n|nhs [0-9])")
_BEFORE_NUMBER = re.compile(
    r"(?P<name>[A-Z](?<![A-Za-z].)[A-Z'-]{2,24}),? \(?"
    rf"(?:[A-Z]{{1,3}}[0-9]{{2,8}}(?:-[0-9]{{3,6}})?|[0-9]{{5,8}}[A-Z])\)?[ ,:-]{{1,3}}(?i:{CARE})"
)
_BEFORE_ADDRESS = re.compile(
    r"(?P<name>[A-Z](?:(?<=[.:;\n] .)|(?<![^\n].))[a-z'][A-Za-z'-]{2,24}), "
    r"(?=(?:c/o )?(?:(?:[Ff]lat|[Rr]oom|[Uu]nit|[Pp]itch|[Pp]lot|[Aa]pt) [0-9]|"
    rf"[0-9]{{1,4}}[A-Za-z]? (?:[A-Z][a-z']+ ){{1,3}}(?i:{'|'.join(words('streets').certain)})(?![a-z])))"
)
_HEADS_NOTE = re.compile(
    r"(?m)^[ \t>*-]{0,4}(?P<name>[A-Z][A-Z'-]{2,24}) ?[-:] ?"
    r"(?=(?i:bp|bm|bloods|inr|sats|temp|hba1c|wound|dressing|review|script|repeat|d/c|tto)(?![A-Za-z]))"
)
_BEFORE_MEDICINE = re.compile(
    rf"{_CAPITALISED}(?:'s?|(?: is)? (?:due|on|needs|takes|given|started)(?: her| his| more)?) (?=[A-Za-z])"
)
_DOTTED = re.compile(
    r"(?<![A-Za-z.])(?P<name>(?:[a-z]\. ?){1,3}(?P<surname>[a-z][a-z'-]{2,20}))(?![A-Za-z'-])"
)
_BEHIND_NUMBER = re.compile(
    r"(?i:(?:mrn|hosp(?:ital)?|unit|patient|pas|crn) ?(?:no|number|id)?[.:]? )"
    r"[A-Z]{0,3}[0-9]{5,9}[ ,:-]{1,3}(?P<name>[A-Z][A-Za-z'-]{2,25})(?![A-Za-z'-])"
)
_SURNAME_FIRST = re.compile(
    r"(?<![A-Za-z'-])(?P<name>(?:(?:o|ni|mac|mc|al|de|van|bin) )?(?P<surname>[A-Za-z][a-z'-]{2,20}),? "
    r"(?P<given>[A-Za-z][a-z'-]{2,20}|[A-Za-z]))[ ,(]{1,3}$"
)
"""As lists and telegrams have people."""
_DATED = re.compile(
    r"[0-9](?<=[ ,(].)[0-9]?(?:st|nd|rd|th)?[-./\\ ]"
    r"(?:[0-9]{1,2}|[a-z]{3,9})[-./\\ ](?:19|20)?[0-9]{2}(?![0-9])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"{LABEL}|hosp(?:ital)?\.? n|mrn|nhs n", re.IGNORECASE)
_LABELS = LABEL_WORDS | {"yob", "hosp", "hospital", "mrn", "nhs"}
_BEDS = frozenset({"bed", "bay", "cubicle", "side", "sideroom"})
_LONGEST_TERM = 40
_LONGEST_NAME = 60

_RECORD = "|".join(
    [
        r"[ ,(]{1,3}(?:the )?[0-9]{1,3}[ -]?(?:y(?:ea)?rs?|yo|y/o|months?|weeks?)[ -]",
        r" \([0-9]{1,3} ?[MFmf]\)",
        r"(?<=\.)[ ,(]{1,3}[0-9]{1,2}[-./ ]?(?:[0-9]{1,2}|[A-Za-z]{3,9})[-./ ]?[0-9]{2,4}[ ,)]",
        r" \([0-9]{1,2}(?:st|nd|rd|th)?(?: of)?[-./ ][0-9A-Za-z]{2,9}[-./ ]",
        r" (?i:(?:in )?(?:bed|bay|room|rm|cubicle) ?[0-9])",
        r" \(?(?:[Bb]\.?|born|dob|DOB) ?[0-9]",
        r"[ ,(]{1,3}(?i:our hospital|hosp[a-z]*\.? n|mrn|patient (?:id|n)|nhs n)",
    ]
)
"""Behind initials: an age, a date, a bed or the label of a number."""
_INITIALS = re.compile(
    rf"(?<![A-Za-z.])(?P<name>[A-Z]\.? ?[A-Z]\.?(?: ?[A-Z]\.)?|[a-z]\. ?[a-z]\.)(?={_RECORD})"
)
_INITIALS_ABOUT = re.compile(
    r"(?i:re|about|regarding|reviewed|saw|seen|visited|rang) "
    r"(?P<name>[A-Z]\. ?[A-Z]\.(?: ?[A-Z]\.)?|[a-z]\. ?[a-z]\.)(?=[ ,:;(]|'s)"
)
_INITIALS_LABELLED = re.compile(
    r"(?i:(?:mr|mrs|ms|miss|master|mx)\.?(?=[ ][A-Z]\.)|"
    r"initials?(?: (?:&|and|/) (?:dob|d\.o\.b\.?|date of birth))?)[ :=-]{1,4}"
    r"(?P<name>[A-Z]\. ?[A-Z]\.(?: ?[A-Z]\.)?|[A-Z]{2,3})(?![A-Za-z])"
)
_INITIALS_DOING = re.compile(
    r"(?P<name>[A-Z](?<![A-Za-z.].)\.[A-Z]\.(?<!U\.K\.|U\.S\.|E\.U\.|N\.I\.|P\.S\.|N\.B\.)(?:[A-Z]\.)?) "
    r"(?=(?:fell|was|has|had|is|needs|takes|started|feels|refused|attended|disclosed|reported|presented|described|denied|"
    r"asked|rang|phoned|came|lives|wants)(?![a-z])|at [A-Z0-9])"
)
_CODE = r"(?:[A-Z]{1,4}[/-]?)?[0-9]{5,8}[A-Z]?(?![A-Za-z0-9])"
_INITIALS_NUMBERED = re.compile(
    r"(?:[Rr][Ee]|[Hh]andover|[Ss]ubject|S)[ :-]{1,4}"
    rf"(?P<name>[A-Z]{{2,3}})(?=[ ,:-]{{1,3}}{_CODE})"
)
_SUBJECT_NUMBERED = re.compile(
    rf"(?i:re|fwd?|subject): ?{_CODE}[ ,:-]{{1,3}}"
    r"(?P<name>[A-Z][A-Za-z'-]{1,25})(?=[ ,.]{0,2}(?:\n|$))"
)
_INITIALS_OF_PATIENT = re.compile(
    r"(?i:pt|patient) (?P<name>[A-Za-z]{2,3})(?= ?[-:,(])|"
    r"(?i:re|about|regarding) (?P<lady>[A-Za-z]{2,3})"
    r"(?= ?[-:,(] ?(?:(?:the|this|that|our|your) )?"
    r"(?:lady|gentleman|gent|man|woman|boy|girl|baby|patient|pt|[0-9]{1,3} ?[myf])(?![a-z]{3}))"
)
_INITIALS_FELL = re.compile(
    r"(?P<name>[A-Z](?<![A-Za-z.].)[A-Z]{1,2}) "
    r"(?:(?:at|in|from) (?:[A-Z0-9][A-Za-z0-9']{0,15},?[ ]){1,9}(?:nr |near )?(?:[A-Z][a-z]+ )?)?"
    r"(?=(?:fell|collapsed|deteriorated|vomited|has fallen|was admitted|(?:is|has) deteriorat\w+)(?![a-z]))"
)
_NO_INITIALS = words("no_initials").certain
_LATIN = ("e.g.", "i.e.", "a.m.", "p.m.", "c.f.", "n.b.", "a.k.a.", "p.s.", "c.c.", "p.o.", "o.k.")


def find(text: str) -> Iterator[Finding]:
    """Names of normalised `text` that what stands beside them gives away; they may overlap others."""
    for look, is_name, why in _SIGNS:
        for match in look(text):
            if is_name(match):
                yield Finding("PERSON", *match.span(match.lastgroup or "name"), 0.7, why)


def _behind(words: str, pattern: re.Pattern[str]) -> Look:
    """Where one of the words begins what fits the pattern."""
    return partial(matches, pattern, words=frozenset(words.split()))


def _before_beds(text: str) -> Iterator[re.Match[str]]:
    for bed in matches(_BED, text, _BEDS):
        yield from _right_before(_BEFORE_BED, text, bed.start())


def _before_dates(text: str) -> Iterator[re.Match[str]]:
    """In front of a date or what announces one, or a number."""
    for record in (*_DATED.finditer(text), *matches(_NUMBERED, text, _LABELS)):
        yield from _right_before(_SURNAME_FIRST, text, record.start())


def _right_before(pattern: re.Pattern[str], text: str, end: int) -> Iterator[re.Match[str]]:
    match = pattern.search(text, max(0, end - _LONGEST_NAME), end)
    if match:
        yield match


def _is_nobodys_word(word: str) -> bool:
    """Whether the word means nothing but a name: no everyday word, and no illness."""
    kind = kind_of(word)
    if kind.everyday or not may_be_named(word):
        return False
    if not kind.capital and word in words("english"):
        return False
    return kind.known or (kind.capital and not any(clinical.find(word)))


def _is_a_word(word: str) -> bool:
    """Whether the word means something, or no name is like it."""
    kind = kind_of(word)
    return not kind.known and (kind.everyday or not may_be_named(word) or any(clinical.find(word)))


def _is_named(match: re.Match[str]) -> bool:
    return _is_nobodys_word(match["name"]) and not _is_of_illness(match)


def _is_of_illness(match: re.Match[str]) -> bool:
    """Whether an illness is called by the name: "Colles' fracture"."""
    begin, end = match.span("name")
    if not match["name"].endswith(("'", "'s")):
        return False
    terms = clinical.find(match.string[begin : end + _LONGEST_TERM])
    return any(term.start == 0 and term.end > end - begin for term in terms)


def _are_initials(match: re.Match[str]) -> bool:
    if match["name"].startswith(_LATIN):
        return False
    letters = match["name"].replace(".", "").replace(" ", "")
    return "." in match["name"] or not (letters.lower() in _NO_INITIALS or kind_of(letters).common)


def _has_surname(match: re.Match[str]) -> bool:
    return not match["name"].startswith(_LATIN) and _is_nobodys_word(match["surname"])


def _are_bare_initials(match: re.Match[str]) -> bool:
    letters = match[match.lastgroup or 0]
    kind = kind_of(letters.lower())
    return letters.lower() not in _NO_INITIALS and not (kind.common or kind.everyday or kind.title)


def _begins_as_a_name(match: re.Match[str]) -> bool:
    first = kind_of(match["name"].split()[0])
    return not (first.title or first.everyday or first.names_organisation)


def _are_both_names(match: re.Match[str]) -> bool:
    both = [word for word in (match["surname"], match["given"]) if len(word) > 1]
    return any(map(_is_nobodys_word, both)) and not any(map(_is_a_word, both))


def _is_followed_by_term(match: re.Match[str]) -> bool:
    """Whether a clinical term begins right behind, and none with the name: "Huynh's lithium"."""
    begin, end = match.start("name"), match.end()
    terms = list(clinical.find(match.string[begin : end + _LONGEST_TERM]))
    return _is_named(match) and bool(terms) and terms[0].start == end - begin


_SIGNS: tuple[tuple[Look, Callable[[re.Match[str]], bool], str], ...] = (
    (_INITIALS.finditer, _are_initials, "initials before an age, a date, a bed or a number"),
    (
        _behind("re about regarding reviewed saw seen visited rang", _INITIALS_ABOUT),
        _are_initials,
        "initials of somebody written about",
    ),
    (
        _behind("mr mrs ms miss master mx initial initials", _INITIALS_LABELLED),
        _are_initials,
        "initials labelled so",
    ),
    (_INITIALS_DOING.finditer, _are_initials, "initials of somebody to whom something happens"),
    (
        _behind("re handover subject s", _INITIALS_NUMBERED),
        _are_bare_initials,
        "initials before a hospital's number",
    ),
    (_behind("re fw fwd subject", _SUBJECT_NUMBERED), _is_named, "a surname behind a hospital's number"),
    (
        _behind("pt patient re about regarding", _INITIALS_OF_PATIENT),
        _are_bare_initials,
        "initials of a patient",
    ),
    (_INITIALS_FELL.finditer, _are_bare_initials, "initials of somebody to whom something happens"),
    (_AGED.finditer, _begins_as_a_name, "a name before an age"),
    (_DOTTED.finditer, _has_surname, "initials with dots before a surname"),
    (_before_dates, _are_both_names, "a name before a date or a number"),
    (_before_beds, _is_named, "a name beside a bed's number"),
    (_behind("bed rm", _BEHIND_BED), _is_named, "a name beside a bed's number"),
    (_BEHIND_AGE_AND_SEX.finditer, _is_named, "a name behind age and sex"),
    (_BEFORE_LABEL.finditer, _is_named, "a name before a patient's number"),
    (
        _behind("mrn hosp hospital unit patient pas crn", _BEHIND_NUMBER),
        _is_named,
        "a name behind a hospital's number",
    ),
    (_BEFORE_NUMBER.finditer, _is_named, "a surname before a hospital's number"),
    (_HEADS_NOTE.finditer, _is_named, "a surname that heads a note"),
    (_BEFORE_ADDRESS.finditer, _is_named, "a surname before an address"),
    (_BEFORE_MEDICINE.finditer, _is_followed_by_term, "a name before what is theirs to take"),
)
"""Where a name may stand, whether it is one, and why."""
