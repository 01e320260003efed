"""Whose record is it? Who is named in a text, what stands by each, and who is a patient by the rules.

Staff, applicants and authors are not patients, and a case from which the names were taken identifies nobody.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache
from typing import NamedTuple

from detectors.bearing import bearers, is_titled, said_to_have, treated
from detectors.clinical import DOUBTFUL, is_suffered
from detectors.entities import HEARD
from detectors.findings import Finding, Reading
from detectors.lexicons import any_of, phrases
from detectors.lists import listed
from detectors.names import WRAPPED
from detectors.roles import LETTER, Role, role_of
from detectors.tables import tables

HEALTH_NUMBERS = frozenset({"NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER"})
RECORD = {
    "DATE_OF_BIRTH": "a date of birth",
    "HOSPITAL_NUMBER": "a hospital number",
    "CLINICAL": "clinical content",
    "ADDRESS": "an address",
    "UK_POSTCODE": "a postcode",
}
"""What identifies a patient together with the name, the most telling first."""

_EMPLOYED = frozenset({"NINO", "UK_BANK_ACCOUNT", "IBAN"})
PAID = {"numbered": _EMPLOYED, "placed": _EMPLOYED | {"CREDIT_CARD"}}
"""What employers, and of those with an address shops, know of people, and surgeries do not."""
NUMBERS = frozenset({"DATE_OF_BIRTH", "HOSPITAL_NUMBER"})
PLACES = frozenset({"ADDRESS", "UK_POSTCODE"})
ABOUT = (Role.PATIENT, Role.SPOKEN_OF, Role.HEADED)
"""Roles of those whom a text is about."""
SIGNATURE = 100
"""Characters behind a sign-off in which those who write are named."""
REACH = 220
"""Characters within which a name and what stands by it belong to one record."""

PARAGRAPH = 1_500
"""Characters of a paragraph within which one word says what it is about."""
AGO = 60
"""Characters behind a name in which the years of somebody long dead stand."""
TITLE = 80
"""Characters of a first line that says what all of the text is about."""
LINE_OF_A_FORM = 5
"""Words."""

WIDER = 600
"""Characters around a name in a long text within which care must be spoken of."""
GENERAL = 300
"""Characters around a name within which a text may show that it is about nobody in particular."""
LONG = 1_000
"""Characters of a text that may be about several matters."""
SHORT = 500
"""Characters of a message so short that the only person in it and a date of birth belong together."""

PART = 4_000
"""Characters of a text that are searched at once for what its people have around them."""
LONGEST_WORDS = 60

_BLANK_LINE = re.compile(r"\n[ \t>|]*\n")
_LONG_AGO = re.compile(r"(?<![0-9])1(?:[0-8][0-9]|90(?=[0-8]))[0-9](?![0-9])")
"""A year in which nobody was born who is a patient now."""
_DEAD = re.compile(
    r"(?:\(|born |in |[-/ ](?:[a-z]{3,9}|[0-9]{1,2})[ /-])1[5-8][0-9]{2}(?![0-9])", re.IGNORECASE
)
"""A year of somebody long dead, not a time of day."""
_EVERYDAY = phrases("everyday_ailments")
_HEADED_ILLNESS = re.compile(
    r"(?<![a-z])(?:condition|diagnos[ie]s|dx|problem|illness|procedure|operation|medication|drug|treatment)",
    re.IGNORECASE,
)
_HEADED_NAME = re.compile(r"name|patient|forename", re.IGNORECASE)
"""Columns of a table in which illnesses stand, and those who have them."""
_SHORT_AND_SERIOUS = frozenset({"hiv", "mnd", "ckd", "tia", "dvt"})
"""Abbreviations of up to three letters that mean nothing else."""
_PARTED = re.compile("[ _]|(?<=[A-Z])[.](?=[A-Z])")
HISTORICAL = phrases("historical").certain
_CARE = re.compile(rf"(?<![a-z])(?:{any_of('care', 'equipment')})(?![a-z])")
_IN_GENERAL = re.compile(rf"(?<![a-z])(?:{any_of('in_general', 'at_work')})(?![a-z]| nurse)")
_BY = re.compile(
    r"(?<![a-z])(?:by|(?:questions|queries|comments|enquiries|apply|replies|copies|names) (?:to|with)) "
    r"(?:(?:mr|mrs|ms|miss)\.? )?$",
    re.IGNORECASE,
)
"""Before who did something, or is to be asked."""
_SIGN_OFF = re.compile(
    r"(?<![a-z])(?:regards|wishes|sincerely|faithfully|thanks|thank you)(?![a-z])", re.IGNORECASE
)
"""Before a signature: the address below is the writer's."""
_SURGERY = re.compile(rf"(?<![a-z/=&])(?:{any_of('treatment', 'surgery')}|ward(?! off))(?![a-z])")
"""Words that make of an ailment somebody's treatment."""
_CALLED = re.compile(
    r"(?<![a-z])(?:(?:mum|mother|dad|father|wife|husband|son|daughter|carer) of|rang|rung|phoned|"
    r"called (?:re|about|with|in|again))(?![a-z])",
)
"""How a surgery hears of ailments."""
_LIVES_AT = re.compile(
    r"[,;:() -]{1,4}(?:(?:who |is |has )?"
    r"(?:of|at|now at|moved to|lives at|living at|staying at|(?:[a-z]{2,12} ){0,5}at home)[:, (]{1,2})?"
    r"(?:(?:caravan|plot|pitch|room|flat|unit|apt|bungalow) )?",
    re.IGNORECASE,
)
"""Between a name and the address that goes with it."""
_TREATED = re.compile(rf"(?<![a-z])(?:{any_of('treatment', 'equipment')})(?![a-z])")
_TREATMENT = re.compile(rf"(?<![a-z])(?:{any_of('patients', 'treatment', 'equipment')})(?![a-z])")
_OFFICE = re.compile(rf"(?<![a-z])(?:{any_of('office_life')})(?![a-z0-9])")
_HIRED = re.compile(
    rf"(?<![a-z])(?:application\s+from|for a post|application\s+for (?:the )?(?:[a-z]+ ){{0,3}}"
    rf"(?:{any_of('job_titles')}|post|role|position)|"
    r"curriculum vitae|(?:student|work) placement|job applica\w+|new starters?|interviewees?|"
    r"oh clear(?:ance|ed)|"
    r"occ(?:upational)? health cleared?|right to work|dbs (?:check|clear|certificate|number))(?![a-z])",
)
"""Of those who are to work here, and bring their birth, address and vaccinations."""
_CAREER = re.compile(
    r"(?<![a-z])(?:curriculum vitae|cv (?:of|for|from|attached)|references (?:available )?(?:up)?on request|"
    r"(?:career|employment) history|personal statement)(?![a-z])",
)
"""Of a short text that is a curriculum vitae."""
_ANONYMISED = re.compile(
    rf"(?<![a-z])(?:{any_of('anonymised')})(?![a-z])|names? (?:(?:have|has) been |was |were )?changed|"
    r"not (?:his|her|their) real name|"
    r"<<[a-z]|\{\{ ?[a-z]|«[a-z]|\[(?:title|forename|surname|patient name|name)\]",
)


def of_types(reading: Reading, types: frozenset[str] | dict[str, str]) -> Iterator[Finding]:
    return (finding for finding in reading.findings if finding.type in types)


class Person(NamedTuple):
    """Somebody named in a text, with what is said of them."""

    name: Finding
    role: Role
    ill: bool
    """A clinical word is said of them."""
    near: Set[str]
    """Types of what stands by the name, in the same record."""
    at_home: bool
    """An address follows the name."""
    listed: bool
    """Stands in a list of patients."""
    has: bool
    """An illness or a treatment is written right behind the name, or is theirs who are written to."""


class Patient(NamedTuple):
    """What identifies a patient, and in what company."""

    finding: Finding
    said: str


def named_patients(reading: Reading, people: Sequence[Person]) -> Iterator[Patient]:
    """People of one text who are patients by the rules, each with what identifies them."""
    money = {kind: [found.start for found in of_types(reading, kinds)] for kind, kinds in PAID.items()}
    for person in people:
        identifying = _identifying(reading.text, person)
        paid = money["numbered" if identifying in NUMBERS else "placed"]
        if identifying and not _is_paid(reading.text, person, identifying, paid):
            yield Patient(person.name, f"a patient named together with {RECORD[identifying]}")


def numbered_patients(reading: Reading, company: Sequence[Finding]) -> Iterator[Patient]:
    """Hospital numbers of one text that names no patient, each with what is told of its bearer."""
    told = [
        each
        for each in company
        if each.type == "DATE_OF_BIRTH" or (each.type == "CLINICAL" and each.score > DOUBTFUL)
    ]
    starts = [each.start for each in told]
    for number in (each for each in company if each.type == "HOSPITAL_NUMBER"):
        near = {each.type for each in told[_within(starts, number)]}
        if near and not is_of_none(reading.text, number):
            what = next(RECORD[kind] for kind in RECORD if kind in near)
            yield Patient(number, f"a hospital number together with {what}")


def people_of(reading: Reading, company: Sequence[Finding]) -> Iterator[Person]:
    text = reading.text
    clinical = [finding for finding in company if finding.type == "CLINICAL"]
    own = [term.start for term in clinical if text[max(0, term.start - 3) : term.start].lower() == "my "]
    roles = {name: role_of(text, name, has_own=_is_below_one(name, own)) for name in _names(reading, company)}
    others = {name for name, role in roles.items() if role in (Role.STAFF, Role.ADDRESSED)}
    in_lists = {
        name
        for names in listed(text, list(roles), list(of_types(reading, frozenset({"CLINICAL"}))), others)
        if not any(roles[name] is Role.STAFF for name in names)
        for name in names
    }
    roles |= dict.fromkeys(in_lists, Role.PATIENT)
    past = {name for name in roles if written(reading, name) in HISTORICAL}
    spoken_of = [
        name for name, role in roles.items() if role not in (Role.STAFF, Role.ADDRESSED) and name not in past
    ]
    addressed = [name for name, role in roles.items() if role in (Role.ADDRESSED, Role.UNKNOWN)]
    homes = [finding.start for finding in company if finding.type == "ADDRESS"]
    at_home = {name for name in roles if _lives_at_one(text, name, homes)}
    ill = {
        *in_lists,
        *bearers(text, spoken_of, clinical),
        *treated(text, addressed, clinical),
        *_listed_with_illness(text, spoken_of, clinical),
        *(name for name in at_home if _is_below_one(name, own)),
    }
    serious = [term for term in clinical if term.score > DOUBTFUL and _is_serious(reading, term)]
    have = {*said_to_have(text, spoken_of, serious), *treated(text, addressed, serious)}
    alone = spoken_of if len(spoken_of) == 1 and len(text) <= SHORT and _is_whole(text, spoken_of[0]) else ()
    starts = [finding.start for finding in company]
    for name, role in roles.items():
        near = {
            finding.type
            for finding in company[_within(starts, name)]
            if (name in alone or _is_one_record(text, name, role, finding))
            and not (finding.type in PLACES and _SIGN_OFF.search(text, name.end, finding.start))
        }
        if name in past and role is not Role.PATIENT:
            near &= NUMBERS  # Patients bear such names, too.
        elif name in ill or (role in ABOUT and _goes_on_to(text, clinical, name)):
            near.add("CLINICAL")
        yield Person(name, role, name in ill, near, name in at_home, name in in_lists, name in have)


def _is_below_one(name: Finding, starts: Sequence[int]) -> bool:
    """Whether one of `starts`, which are in order, lies in the letter above the name."""
    first = bisect_left(starts, name.start - LETTER)
    return first < len(starts) and starts[first] < name.start


def _lives_at_one(text: str, name: Finding, homes: Sequence[int]) -> bool:
    """Whether the first of the addresses that begin behind the name is said to be the person's."""
    next_one = bisect_left(homes, name.end)
    return next_one < len(homes) and _LIVES_AT.fullmatch(text, name.end, homes[next_one]) is not None


def _listed_with_illness(text: str, people: Sequence[Finding], terms: Sequence[Finding]) -> Iterator[Finding]:
    """Those of `people` in whose row of a table, under headings of names and of illness, a term stands."""
    starts, ills = [person.start for person in people], [term.start for term in terms]
    for table in tables(text) if people and terms else ():
        headings = " ".join(table.headings)
        if not (_HEADED_ILLNESS.search(headings) and _HEADED_NAME.search(headings)):
            continue
        for start, line in table.rows:
            end = start + len(line)
            if bisect_left(ills, start) < bisect_left(ills, end):
                yield from people[bisect_left(starts, start) : bisect_left(starts, end)]


def _is_whole(text: str, name: Finding) -> bool:
    """Whether the name has a given name and a surname."""
    return bool(_PARTED.search(text[name.start : name.end].strip()))


def company_of(reading: Reading) -> list[Finding]:
    """What could identify a patient beside a name; everyday ailments only where something speaks of care."""
    found = [each for each in of_types(reading, RECORD) if each.type != "CLINICAL" or each.score != HEARD]
    clinical = [each for each in found if each.type == "CLINICAL"]
    serious = any(each.score > DOUBTFUL and _is_serious(reading, each) for each in clinical)
    if clinical and not (
        serious or _is_said_at_all(_CALLED, reading.text) or _is_said_at_all(_SURGERY, reading.text)
    ):
        return [each for each in found if each.type != "CLINICAL"]
    return found


def _is_serious(reading: Reading, finding: Finding) -> bool:
    """Whether it is no everyday ailment, and no abbreviation that may mean something else.

    Somebody who has cancer is ill; who talks of it need not be.
    """
    term = written(reading, finding)
    if term in _EVERYDAY.certain:
        return False
    if term in _EVERYDAY or len(term) <= 3:
        measured = term not in _EVERYDAY
        return term in _SHORT_AND_SERIOUS or is_suffered(
            reading.text, finding.start, finding.end, measured=measured
        )
    return True


def written(reading: Reading, finding: Finding) -> str:
    return " ".join(reading.text[finding.start : finding.end].casefold().split())


def _is_paid(text: str, person: Person, identifying: str, paid: Sequence[int]) -> bool:
    """Whether one of `paid`, what employers, shops and banks know, stands near, and no word of treatment."""
    if identifying == "CLINICAL" or "CLINICAL" in person.near or _is_said_at_all(_TREATMENT, text):
        return False
    first = bisect_left(paid, person.name.start - REACH + 1)
    return first < len(paid) and paid[first] < person.name.start + REACH


def _names(reading: Reading, company: Sequence[Finding]) -> Iterator[Finding]:
    """All who are named, but for those whose date of birth is that of nobody alive."""
    long_ago = [finding.start for finding in company if is_long_ago(reading.text, finding)]
    for person in of_types(reading, frozenset({"PERSON"})):
        dead = _DEAD.search(reading.text, person.end, person.end + AGO)
        if not dead and not any(abs(start - person.start) < REACH for start in long_ago):
            yield person


def _goes_on_to(text: str, terms: Sequence[Finding], person: Finding) -> bool:
    """Whether what the text says after the name comes to one of the `terms`, further on in words of care."""
    furthest = PARAGRAPH if _is_said(_CARE, text, *_around(person)) else REACH
    return any(person.end <= term.start < person.end + furthest for term in terms)


def _within(starts: Sequence[int], person: Finding) -> slice:
    return slice(bisect_left(starts, person.start - REACH), bisect_left(starts, person.end + REACH))


def _is_one_record(text: str, person: Finding, role: Role, finding: Finding) -> bool:
    """Whether no blank line parts them, or the name stands in a short line, as in a form.

    Whoever's role is known may be written of in several paragraphs, but for who is greeted by first name.
    """
    if not _BLANK_LINE.search(text, min(person.end, finding.end), max(person.start, finding.start)):
        return True
    if role is Role.ADDRESSED:
        return " " in text[person.start : person.end] or is_titled(text, person)
    begin, end = text.rfind("\n", 0, person.start) + 1, text.find("\n", person.end)
    in_a_form = len(text[begin : end if end >= 0 else None].split()) <= LINE_OF_A_FORM
    return role is not Role.UNKNOWN or in_a_form


def _identifying(text: str, person: Person) -> str:
    """The type that stands by the person and makes a patient of them; empty when none does.

    A date of birth or hospital number makes a patient of anybody who is not at work. Clinical content
    does so to who is said to have it, is called a patient or heads the text; so does an address, where
    care is spoken of: neighbours and parcels have these, too. That a text is of office life, or anonymised,
    outweighs one such fact, but not a record of several.
    """
    name, role, near = person.name, person.role, person.near
    hired = len(text) <= PARAGRAPH and _is_said_at_all(_CAREER, text)
    if role is Role.STAFF or (role is not Role.PATIENT and (hired or _says(_HIRED, text, name))):
        return ""
    numbered, places, concerned = near & NUMBERS, near & PLACES, person.ill or role in ABOUT
    cared_for_at_home = bool(places) and _is_said(_TREATED, text, *_around(name))
    record = bool(numbered) and "CLINICAL" in near and (concerned or cared_for_at_home)
    telling = set(numbered)
    concerned = concerned or (role is Role.UNKNOWN and _is_about_somebody(text, name))
    if concerned and (role is Role.PATIENT or _is_of_care(text, name)):
        telling |= near & {"CLINICAL"}
    cared_for = role is Role.PATIENT or (role in ABOUT and _is_said(_CARE, text, *_around(name)))
    treated = "CLINICAL" in near or _is_treated_at_home(text, name)
    if cared_for or (person.at_home and role is Role.UNKNOWN and treated):
        telling |= places
    if not telling:
        return ""
    if role is not Role.PATIENT and not (record or "HOSPITAL_NUMBER" in near) and _says(_OFFICE, text, name):
        return ""
    if not record and not (numbered and places) and _says(_ANONYMISED, text, name):
        return ""
    return next(kind for kind in RECORD if kind in telling)


def _is_about_somebody(text: str, person: Finding) -> bool:
    """Whether a full name stands where nothing speaks of work, nor of illness in general."""
    if not _is_whole(text, person) or person.score <= HEARD:
        return False
    if _BY.search(text, max(0, person.start - AGO), person.start):
        return False
    return not _is_said(_IN_GENERAL, text, person.start - GENERAL, person.end + GENERAL)


def _is_of_care(text: str, person: Finding) -> bool:
    """Whether what stands around the person speaks of care, as all of a short text may be taken to."""
    around = person.start - WIDER, person.end + WIDER
    return len(text) <= LONG or _is_said(_SURGERY, text, *around) or _is_said(_CALLED, text, *around)


def _is_treated_at_home(text: str, person: Finding) -> bool:
    """Whether treatment is spoken of around a name with an address; of one that heads a line, anywhere."""
    line = text.rfind("\n", 0, person.start)
    begins = text[line + 1 : person.start].strip(" >*-\t0123456789.")
    above = text[text.rfind("\n", 0, max(line, 0)) + 1 : max(line, 0)].rstrip()
    if not begins and not (len(above) >= WRAPPED and above[-1].isalpha()):
        signs = _SIGN_OFF.search(text, max(0, person.start - SIGNATURE), person.start)
        return not signs and _is_said_at_all(_TREATMENT, text)
    return _is_said(_TREATED, text, *_around(person))


def _around(person: Finding) -> tuple[int, int]:
    return max(0, person.start - REACH), person.end + REACH


def _says(what: re.Pattern[str], text: str, person: Finding) -> bool:
    """Whether the person's paragraph, the surroundings or the text's first line has such a word."""
    return _is_said(what, text, *paragraph(text, person)) or _is_titled(what, text)


def _is_titled(what: re.Pattern[str], text: str) -> bool:
    """Whether a short first line has such a word."""
    title = text[:REACH].lstrip().partition("\n")[0].lower()
    return len(title) <= TITLE and what.search(title) is not None


@lru_cache(maxsize=16)
def paragraph(text: str, finding: Finding) -> tuple[int, int]:
    """Where the paragraph around a finding begins and ends, or what stands near it if that is long."""
    earliest, latest = max(0, finding.start - PARAGRAPH), min(len(text), finding.end + PARAGRAPH)
    blanks = _BLANK_LINE.finditer(text, earliest, finding.start)
    blank = _BLANK_LINE.search(text, finding.end, latest)
    return max((each.end() for each in blanks), default=earliest), blank.start() if blank else latest


@lru_cache(maxsize=16)
def _is_said_at_all(what: re.Pattern[str], text: str) -> bool:
    """Whether there is such a word in a text, whose people may all depend on that."""
    return _is_said(what, text, 0, len(text))


def _is_said(what: re.Pattern[str], text: str, begin: int, end: int) -> bool:
    """Whether such a word, of a pattern in lower case, begins between `begin` and `end`.

    Each part of a text is searched once.
    """
    begin, end = max(0, begin), min(end, len(text))
    for part in range(begin // PART, -(-end // PART)):
        starts = _starts(what, text, part)
        first = bisect_left(starts, begin)
        if first < len(starts) and starts[first] < end:
            return True
    return False


@lru_cache(maxsize=256)
def _starts(what: re.Pattern[str], text: str, part: int) -> Sequence[int]:
    """Where such words begin in a part of the text; the last may end in the next."""
    begin, end = part * PART, (part + 1) * PART
    before = min(begin, 1)
    read = text[begin - before : end + LONGEST_WORDS].lower()
    found = (begin - before + match.start() for match in what.finditer(read, before))
    return [start for start in found if start < end]


def is_of_none(text: str, fact: Finding) -> bool:
    """Whether what stands around says that somebody is hired, or that names were taken out."""
    return _says(_HIRED, text, fact) or _says(_ANONYMISED, text, fact)


def is_headed_as_of_none(text: str) -> bool:
    """Whether the first line of a text says so."""
    return _is_titled(_HIRED, text) or _is_titled(_ANONYMISED, text)


def is_long_ago(text: str, fact: Finding) -> bool:
    """Whether it is the birth of nobody alive."""
    return fact.type == "DATE_OF_BIRTH" and _LONG_AGO.search(text, fact.start, fact.end) is not None


def is_of_office_life(text: str, person: Finding) -> bool:
    """Whether what stands around is of the life of an office."""
    return _says(_OFFICE, text, person)


def is_of_treatment(text: str, begin: int, end: int) -> bool:
    """Whether a word of somebody's treatment is said there."""
    return _is_said(_SURGERY, text, begin, end)


def forget() -> None:
    """Keep nothing of the texts that were searched."""
    _starts.cache_clear()
    _is_said_at_all.cache_clear()
    paragraph.cache_clear()
