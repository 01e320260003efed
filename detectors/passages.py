"""The stretches of a text in which somebody may be identified: what each shows, and whom it is about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from detectors.bearing import is_surely_named, is_titled
from detectors.findings import Finding, Reading
from detectors.likelihood import Signs, likelihood, signs
from detectors.records import (
    ABOUT,
    HEALTH_NUMBERS,
    HISTORICAL,
    PLACES,
    RECORD,
    Patient,
    Person,
    company_of,
    is_long_ago,
    is_of_none,
    is_of_office_life,
    named_patients,
    numbered_patients,
    of_types,
    paragraph,
    people_of,
)
from detectors.roles import Role

IDENTIFIES = frozenset({"PERSON", "HOSPITAL_NUMBER"}) | HEALTH_NUMBERS
LABELLED = 0.95
"""Score of a health number that is called one."""
PASSAGE = 1_500
"""Characters of a text, or of a stretch of a longer one, whose likelihood is taken at once."""
AROUND = 500
"""Characters at least on either side of a name in such a stretch."""
SURE = 0.7
"""Likelihood from which a passage identifies somebody whom no rule calls a patient."""
PARAGRAPHS = 3
"""Of a passage, in which a second look is taken."""
DOUBT = 0.3
"""Likelihood below which a passage identifies nobody, though a rule says so."""


class Passage(NamedTuple):
    """A stretch of a text in which somebody may be identified."""

    company: _Company
    signs: Signs
    by_rule: Sequence[Patient]
    """Those in it who are patients by the rules."""
    likeliest: Patient | None
    """Whom it is about, if it is about a patient whom no rule knows."""

    def is_likely_somewhere(self) -> bool:
        """Whether a paragraph alone is likely to identify a patient, whatever the rest is about."""
        return any(
            likelihood(self.company.signs(*paragraph(self.company.text, patient.finding))) >= DOUBT
            for patient in self.by_rule[:PARAGRAPHS]
        )


def passages(reading: Reading) -> Iterator[Passage]:
    """The stretches of a folded text that hold more than a name."""
    company = _Company(reading)
    numbers = [each for each in of_types(reading, HEALTH_NUMBERS) if each.score < LABELLED]
    by_rule = [Patient(number, "health number in patient context") for number in numbers]
    by_rule += list(named_patients(reading, company.people)) or numbered_patients(reading, company.telling)
    told = [each.start for each in company.telling]
    for begin, end in _stretches(reading.text, company.findings) if told or numbers else ():
        beside = company.telling[bisect_left(told, begin) : bisect_left(told, end)]
        ruled = [each for each in by_rule if begin <= each.finding.start < end]
        if beside or ruled:
            here = [person for person in company.people if begin <= person.name.start < end]
            yield Passage(company, company.signs(begin, end), ruled, _likeliest(reading.text, here, beside))


class _Company:
    """What was found in a text, and what the rules make of those whom it names."""

    def __init__(self, reading: Reading) -> None:
        self.text = reading.text
        self.telling = company_of(reading)
        self.people = list(people_of(reading, self.telling)) if self.telling else []
        self.findings = sorted(reading.findings, key=lambda each: (each.start, -each.end))
        self._starts = [each.start for each in self.findings]

    def signs(self, begin: int, end: int) -> Signs:
        inside = self.findings[bisect_left(self._starts, begin) : bisect_left(self._starts, end)]
        facts = (_facts(person) for person in self.people if begin <= person.name.start < end)
        return signs(self.text, begin, end, inside, chain.from_iterable(facts))


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


def _likeliest(text: str, people: Sequence[Person], company: Sequence[Finding]) -> Patient | None:
    """Whom a passage with this company is about, if it is about a patient.

    Nobody, where there are but addresses, as in every mailing list; nor where somebody is hired, or names
    were taken out.
    """
    kinds = {each.type for each in company if not is_long_ago(text, each)}
    if kinds <= PLACES:
        return None
    able = [each for each in people if (each.near or "CLINICAL" in kinds) and _may_be_patient(text, each)]
    if able:
        person = max(able, key=lambda each: (each.role in ABOUT, each.ill, len(each.near)))
        what = next(RECORD[kind] for kind in RECORD if kind in (person.near or kinds))
        return Patient(person.name, f"somebody named together with {what}, in words used of patients")
    number = next((each for each in company if each.type == "HOSPITAL_NUMBER"), None)
    if not number or len(kinds) == 1 or is_of_none(text, number):
        return None
    return Patient(number, "a hospital number, in words used of patients")


def _may_be_patient(text: str, person: Person) -> bool:
    """Whether no rule says that they are none; a first name alone needs company of its own."""
    name, written = person.name, text[person.name.start : person.name.end]
    if person.role is Role.STAFF or not is_surely_named(text, name) or is_of_none(text, name):
        return False
    if len(person.near) <= 1 and is_of_office_life(text, name):
        return False
    whole = (" " in written or is_titled(text, name)) and written.casefold() not in HISTORICAL
    return whole or (bool(person.near) and person.role is not Role.ADDRESSED)
