"""The stretches of a text in which somebody may be identified: what each shows, and whom it is about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from itertools import chain, islice
from typing import NamedTuple, TypeVar

from detectors.bearing import is_surely_named, is_titled
from detectors.entities import HEARD
from detectors.findings import Finding, Reading
from detectors.likelihood import Signs, signs
from detectors.nhs_numbers import LABELLED, POSSIBLE, is_heading_of_numbers
from detectors.records import (
    ABOUT,
    HEALTH_NUMBERS,
    HISTORICAL,
    PARAGRAPH,
    PLACES,
    RECORD,
    Patient,
    Person,
    company_of,
    is_headed_as_of_none,
    is_long_ago,
    is_of_none,
    is_of_office_life,
    is_of_treatment,
    named_patients,
    numbered_patients,
    of_types,
    paragraph,
    people_of,
)
from detectors.roles import Role
from detectors.tables import Span, is_within, tables

IDENTIFIES = frozenset({"PERSON", "HOSPITAL_NUMBER"}) | HEALTH_NUMBERS
TELLING = frozenset({"CLINICAL", "DATE_OF_BIRTH", "HOSPITAL_NUMBER", "ADDRESS"}) | HEALTH_NUMBERS
"""Types of findings beside which a name is worth a closer look than others."""
PASSAGE = 1_500
"""Characters of a text, or of a stretch of a longer one, whose likelihood is taken at once."""
AROUND = 500
"""Characters at least on either side of a name in such a stretch."""
SURE = 0.88
"""Likelihood from which a text identifies somebody whom no rule calls a patient."""
SURE_OF_PART = 0.92
"""The same of a part of one: news and stories have many."""
SUREST = 0.95
"""The same, where somebody is hired or names were taken out, or where nothing but a name was found in a note:
illness has more words than lists have."""
NOTE = 600
"""Characters of a text that has one matter only."""
PARAGRAPHS = 6
"""Of a stretch, in which a second look is taken."""
SENTENCES = 8
"""The same."""
SENTENCE = 300
"""Characters on either side of somebody's name in which a sentence, a line or a row has its ends."""
DOUBT = 0.75
"""Likelihood below which a stretch identifies nobody, though a rule says so."""
DOUBT_OF_CALLED = 0.6
"""The same of a stretch in which somebody is called a patient."""
DOUBT_OF_HAVING = 0.3
"""The same, where what somebody has stands right behind the name, or is said to them."""
DOUBT_OF_LINE = 0.3
"""The same of a text that is a line long: it has said all that it says, and has few words to tell by."""
LINE = 110
"""Characters of such a one."""
DOUBT_OF_NUMBER = 0.15
"""The same of what holds a number that a rule, or what stands around it, calls a health number."""
DOUBT_OF_PART = 0.9
"""The same of a part of one: a name in a subject tells nothing by itself, and a rule has read all of it."""
DOUBT_OF_ROWS = 0.2
"""The same where two lines each name somebody beside an illness and one more fact, as patients are listed."""
ROW = 200
"""Characters of such a line."""
DOUBT_OF_LIST = 0.02
"""The same of a list, which has few words to tell by: those of staff and of clubs say what they are."""
LIST = 8
"""People of whom a rule knows in a stretch, from which on it is a list."""
UNLIKELY = 0.2
"""Likelihood of all of a text below which a part of it needs the surest one."""


class Likely(NamedTuple):
    """Whom a passage is about, if it is about a patient whom no rule knows."""

    patient: Patient
    least: float
    """Likelihood from which it is."""


class Passage(NamedTuple):
    """A stretch of a text in which somebody may be identified."""

    show: Callable[[], Signs]
    """What it shows: much to read, and not every passage needs it."""
    by_rule: Sequence[Patient]
    """Those in it who are patients by the rules."""
    doubt: float
    """Likelihood below which they are none."""
    likeliest: Likely | None
    is_all: bool
    """It is all of the text."""

    def may_add(self, seen: Set[Finding]) -> bool:
        """Whether it could identify anybody beside those."""
        likely = [self.likeliest.patient] if self.likeliest else []
        return any(each.finding not in seen for each in (*self.by_rule, *likely))


def passages(reading: Reading, *, closely: bool = True) -> Iterator[Passage]:
    """The stretches of a folded text that hold more than a name, paragraphs in them, and `closely` sentences.

    Each tells by itself, whatever the rest is about. Of whom a rule knows in a table with a column for health
    numbers there is no doubt.
    """
    mentions = Mentions(reading)
    numbers = [each for each in of_types(reading, HEALTH_NUMBERS) if POSSIBLE < each.score < LABELLED]
    unlabelled = [Patient(number, "health number in patient context") for number in numbers]
    by_rule = list(named_patients(reading, mentions.people)) or [
        *numbered_patients(reading, mentions.company)
    ]
    registers = [
        (table.start, table.end)
        for table in (tables(reading.text) if by_rule else ())
        if any(map(is_heading_of_numbers, table.headings))
    ]
    for stretch in _stretches(reading.text, mentions.findings):
        for begin, end in (stretch, *mentions.parts(*stretch, SENTENCES if closely else 0)):
            ruled = [*_within(unlabelled, begin, end, _place), *_within(by_rule, begin, end, _place)]
            doubt = mentions.doubt(ruled, of_part=(begin, end) != stretch)
            if ruled and is_within(registers, ruled[0].finding.start, ruled[0].finding.end):
                doubt = 0.0
            likeliest = mentions.likeliest(begin, end)
            is_all = (begin, end) == (0, len(reading.text))
            if likeliest and not is_all:
                likeliest = likeliest._replace(least=max(likeliest.least, SURE_OF_PART))
            if ruled or likeliest:
                yield Passage(partial(mentions.signs, begin, end), ruled, doubt, likeliest, is_all)


class Mentions:
    """What was found in a folded text, and what the rules make of those whom it names."""

    def __init__(self, reading: Reading) -> None:
        self.text = reading.text
        self.is_joined = bool(reading.pieces)
        self.company = company_of(reading)
        self.people = list(people_of(reading, self.company))
        self.listed = frozenset(person.name for person in self.people if person.listed)
        patients = (person.name for person in self.people if person.role is Role.PATIENT)
        self.called = frozenset(name for name in patients if is_surely_named(self.text, name))
        self.having = frozenset(person.name for person in self.people if person.has)
        self.findings = sorted(reading.findings, key=lambda each: (each.start, -each.end))

    def signs(self, begin: int, end: int) -> Signs:
        inside = _within(self.findings, begin, end, _start)
        people = _within(self.people, begin, end, _name_starts)
        return signs(self.text, begin, end, inside, chain.from_iterable(map(_facts, people)))

    def doubt(self, ruled: Sequence[Patient], *, of_part: bool) -> float:
        """Likelihood below which those of whom a rule knows, in a stretch or in a part of one, are none."""
        if len(ruled) >= LIST or (not of_part and any(each.finding in self.listed for each in ruled)):
            return DOUBT_OF_LIST
        if not of_part and any(each.finding.type in HEALTH_NUMBERS for each in ruled):
            return DOUBT_OF_NUMBER
        if self._are_in_rows(ruled):
            return DOUBT_OF_ROWS
        if of_part:
            return DOUBT_OF_PART
        names = {each.finding for each in ruled}
        doubt = DOUBT_OF_CALLED if names & self.called else DOUBT
        doubt = DOUBT_OF_HAVING if names & self.having else doubt
        return DOUBT_OF_LINE if len(self.text) <= LINE and not self.is_joined else doubt

    def _are_in_rows(self, patients: Sequence[Patient]) -> bool:
        """Whether two lines each name or number one of them beside an illness and one more fact."""
        rows = {_row(self.text, each.finding) for each in patients}
        return sum(end - begin <= ROW and self._tells_much(begin, end) for begin, end in rows) > 1

    def _tells_much(self, begin: int, end: int) -> bool:
        facts = [each for each in _within(self.findings, begin, end, _start) if each.type in TELLING]
        return len(facts) > 1 and any(each.type == "CLINICAL" and each.score > HEARD for each in facts)

    def parts(self, begin: int, end: int, sentences: int) -> Iterable[Span]:
        """Of a stretch, the first paragraphs and sentences that name or number somebody, but not all of it.

        Of sentences, those come first in which something else was found than names.
        Of a paragraph that has no end nearby, as in a table, the stretch is the better part.
        """
        inside = _within(self.findings, begin, end, _start)
        told = [each for each in inside if each.type in IDENTIFIES]
        paragraphs = dict.fromkeys(paragraph(self.text, each) for each in told)
        ended = (part for part in paragraphs if part[1] - part[0] < 2 * PARAGRAPH)
        telling = [each.start for each in inside if each.type in TELLING]
        told.sort(key=lambda each: not _is_near(telling, each))
        nearest = dict.fromkeys(_sentences(self.text, each, begin, end) for each in told[: 2 * sentences])
        parts = dict.fromkeys((*islice(ended, PARAGRAPHS), *islice(nearest, sentences)))
        return [part for part in parts if part[0] > begin or part[1] < end]

    def likeliest(self, begin: int, end: int) -> Likely | None:
        """Whom a stretch of the text is about, if it is about a patient.

        Nobody, where there are but names and addresses, as in every mailing list, and no word of treatment;
        hardly anybody, where somebody is hired, or names were taken out; and nobody in a part of a text whose
        first line says so.
        """
        likely = self._likeliest(begin, end)
        if not likely or not is_of_none(self.text, likely.patient.finding):
            return likely
        is_part = (begin, end) != (0, len(self.text))
        return None if is_part and is_headed_as_of_none(self.text) else likely._replace(least=SUREST)

    def _likeliest(self, begin: int, end: int) -> Likely | None:
        if not (self.people or self.company):
            return self._likeliest_number(begin, end, [])
        treatment = is_of_treatment(self.text, begin, end)
        inside = _within(self.findings, begin, end, _start)
        ailing = any(each.type == "CLINICAL" and each.score > HEARD for each in inside)
        company = [each for each in _within(self.company, begin, end, _start) if self._tells(each, treatment)]
        kinds = {each.type for each in company}
        able = [
            person
            for person in _within(self.people, begin, end, _name_starts)
            if (treatment or ailing or person.role is Role.PATIENT or (kinds and person.near))
            and _may_be_patient(self.text, person)
        ]
        if able:
            person = max(able, key=lambda each: (each.role in ABOUT, each.ill, len(each.near)))
            what = next((RECORD[kind] for kind in RECORD if kind in (person.near or kinds)), "")
            said = f"somebody named together with {what or 'words of treatment'}, as patients are"
            return Likely(Patient(person.name, said), SURE)
        number = self._likeliest_number(begin, end, company if len(kinds) > 1 else [])
        return number or self._anyone(begin, end, ailing)

    def _anyone(self, begin: int, end: int, ailing: bool) -> Likely | None:
        """Whoever is named, be it by a first name or as a sender: beside an illness, or in a note."""
        named = _within(self.people, begin, end, _name_starts)
        if not ailing:
            named = [each for each in named if len(self.text) <= NOTE and _is_of_no_office(self.text, each)]
        if not named:
            return None
        one = next((each for each in named if each.role not in (Role.STAFF, Role.ADDRESSED)), named[0])
        beside = "named together with clinical content" if ailing else "named"
        said = f"somebody {beside}, of whom is told what is told of patients"
        if one.role in (Role.STAFF, Role.ADDRESSED):
            said = "what is told of patients, with nobody named but who writes or is written to"
        return Likely(Patient(one.name, said), SURE if ailing else SUREST)

    def _likeliest_number(self, begin: int, end: int, company: Sequence[Finding]) -> Likely | None:
        """Of a hospital in `company`, or one that may be a health number."""
        inside = _within(self.findings, begin, end, _start)
        numbers = [each for each in company if each.type == "HOSPITAL_NUMBER"]
        numbers += [each for each in inside if each.type in HEALTH_NUMBERS]
        if not numbers:
            return None
        return Likely(Patient(numbers[0], "a number that stands as patients' numbers do"), SURE)

    def _tells(self, each: Finding, treatment: bool) -> bool:
        return (treatment or each.type not in PLACES) and not is_long_ago(self.text, each)


_Item = TypeVar("_Item")


def _within(items: Sequence[_Item], begin: int, end: int, start: Callable[[_Item], int]) -> Sequence[_Item]:
    """Those of `items`, which are in order, that start between `begin` and `end`."""
    return items[bisect_left(items, begin, key=start) : bisect_left(items, end, key=start)]


def _start(finding: Finding) -> int:
    return finding.start


def _name_starts(person: Person) -> int:
    return person.name.start


def _place(patient: Patient) -> int:
    return patient.finding.start


def _stretches(text: str, findings: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """All of a short text; of another, the lines around each name and number."""
    done = -1
    for each in findings:
        if each.start < done or each.type not in IDENTIFIES:
            continue
        if len(text) <= PASSAGE:
            yield 0, len(text)
            return
        begin = text.rfind("\n", 0, max(0, each.start - AROUND)) + 1
        end = text.find("\n", each.start + AROUND)
        yield max(begin, each.start - PASSAGE), min(end if end >= 0 else len(text), each.start + PASSAGE)
        done = each.start + AROUND


_ENDS = re.compile(r"[.!?]['\")]?[ \n]+(?=[A-Z0-9\"'(-])|\n(?=[ \t>]*(?:[-*+|\n]|[0-9]+[.):]|[A-Z\t|]))")
"""Of a sentence, a line or a row: a line that goes on with a small letter was wrapped."""
_ABBREVIATED = re.compile(r"(?<![A-Za-z])(?:mrs?|ms|mx|dr|prof|[a-z]|pt|re|nos?|st)\.[ \n]+$", re.IGNORECASE)


def _sentences(text: str, finding: Finding, begin: int, end: int) -> Span:
    """Where the sentence, line or row of a finding begins, and where the next one ends."""
    start, stop = max(begin, finding.start - SENTENCE), min(end, finding.end + SENTENCE)
    breaks = [each.span() for each in _breaks(text, start, stop)]
    before = [after for _, after in breaks if after <= finding.start]
    behind = [at for at, _ in breaks if at >= finding.end]
    return before[-1] if before else start, behind[1] if len(behind) > 1 else stop


def _row(text: str, finding: Finding) -> Span:
    end = text.find("\n", finding.end)
    return text.rfind("\n", 0, finding.start) + 1, end if end >= 0 else len(text)


def _is_near(telling: Sequence[int], finding: Finding) -> bool:
    """Whether one of the places, which are in order, is about a sentence away at most."""
    first = bisect_left(telling, finding.start - SENTENCE // 2)
    return first < len(telling) and telling[first] < finding.end + SENTENCE // 2


def _breaks(text: str, begin: int, end: int) -> Iterator[re.Match[str]]:
    for each in _ENDS.finditer(text, begin, end):
        if not _ABBREVIATED.search(text, max(0, each.start() - 5), each.end()):
            yield each


def _facts(person: Person) -> Iterator[str]:
    """What the rules make of a person, as signs."""
    role, near = person.role.value, [kind for kind in RECORD if kind in person.near]
    yield f"rule:{role}"
    yield f"rule:{role} near {' '.join(near)}{' ill' if person.ill else ''}"
    for kind in near:
        yield f"rule:near {kind}"
        yield f"rule:{role} near {kind}"
    if person.ill:
        yield "rule:ill"
    if person.at_home:
        yield "rule:at home"


def _is_of_no_office(text: str, person: Person) -> bool:
    """Whether nothing says that somebody works here or wants to, or that names were taken out."""
    name = person.name
    return person.role is not Role.STAFF and not (is_of_none(text, name) or is_of_office_life(text, name))


def _may_be_patient(text: str, person: Person) -> bool:
    """Whether no rule says that they are none; a first name alone needs company of its own."""
    name, written = person.name, text[person.name.start : person.name.end]
    if person.role is Role.STAFF or not is_surely_named(text, name):
        return False
    if len(person.near) <= 1 and is_of_office_life(text, name):
        return False
    whole = (" " in written or is_titled(text, name)) and written.casefold() not in HISTORICAL
    return whole or (bool(person.near) and person.role is not Role.ADDRESSED)
