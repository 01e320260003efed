"""From findings to "this message identifies a patient": the evidence, spelled out.

A message is patient-identifiable when it holds a health number, or when a patient is named (or given
by initials) together with a date of birth, an address, a hospital number or clinical content (NHS
Act 2006 section 251(10)). Staff, applicants and authors are not patients, and a case from which the
names were taken identifies nobody.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from detectors.bearers import are_together, bears
from detectors.findings import Finding, Judgement, Reading
from detectors.roles import Role, role_of

HEALTH_NUMBERS = frozenset({"NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER"})
MONEY = {
    "CREDIT_CARD": "payment card number",
    "UK_BANK_ACCOUNT": "sort code with account number",
    "IBAN": "international bank account number",
}
RECORD = {
    "DATE_OF_BIRTH": "a date of birth",
    "HOSPITAL_NUMBER": "a hospital number",
    "CLINICAL": "clinical content",
    "ADDRESS": "an address",
    "UK_POSTCODE": "a postcode",
}
"""What identifies a patient together with the name, the most telling first."""

PLACES = {"ADDRESS", "UK_POSTCODE"}
LIST = 1_200
"""Characters before a name in which the heading of its list or form stands."""
REACH = 220
"""Characters within which a name and what stands by it belong to one record."""
MOST_EVIDENCE = 20
"""Sentences of evidence of each kind; a spreadsheet of patients needs no more."""

AGO = 60
"""Characters behind a name in which the years of somebody long dead stand."""

_LONG_AGO = re.compile(r"(?<![0-9])1[0-8][0-9]{2}(?![0-9])")
_DEAD = re.compile(r"(?:\(|born |in |[-/ ](?:[a-z]{3,9}|[0-9]{1,2})[ /-])1[5-8][0-9]{2}(?![0-9])")
"""A year of somebody long dead, not a time of day."""
_CARE = re.compile(
    r"(?<![a-z])(?:patients?|pts?|nhs|gp|surgery|practice|clinic|hospital|ward|doctor|nurse|appointment|"
    r"referr\w+|"
    r"prescri\w+|registered|next of kin|resident|carer|diagnos\w+|visit|treatment|medication|results?|"
    r"health)(?![a-z])",
    re.IGNORECASE,
)
_ANONYMISED = re.compile(
    r"anonymi[sz]ed|pseudonym|names? (?:(?:have|has) been |was |were )?changed|not (?:his|her|"
    r"their) real name|"
    r"fictional|fictitious|made[- ]up|dummy (?:data|patient|record)|test patient|sample (?:data|letter)|"
    r"worked example|for (?:example|illustration) purposes",
    re.IGNORECASE,
)
_EMPLOYMENT = re.compile(
    r"(?<![a-z])(?:applicants?|candidates?|shortlist\w*|vacanc\w+|salaried|payroll|recruit\w*|interview\w*|"
    r"dbs|right to work|pension|"
    r"new starters?|"
    r"employees?|starter form|contract of employment|job application|curriculum vitae|cv(?! ?[0-9])|"
    r"staff (?:record|"
    r"file|member)|"
    r"hmrc|receptionist|appraisal|occupational health|line manager|annual leave)(?![a-z])",
    re.IGNORECASE,
)


def judge(readings: Sequence[Reading]) -> Judgement:
    """What all texts of one message come to, taken together."""
    patients: list[str] = []
    numbers, names = set(), set()
    for reading in readings:
        for finding in _of(reading, HEALTH_NUMBERS):
            numbers.add("".join(filter(str.isdigit, reading.text[finding.start : finding.end])))
            patients.append(f"health number in patient context ({_place(reading, finding)})")
        for person, company in _named_patients(reading):
            names.add(reading.text[person.start : person.end].casefold())
            patients.append(f"a patient named together with {company} ({_place(reading, person)})")
    money = [
        f"{MONEY[finding.type]} ({_place(reading, finding)})"
        for reading in readings
        for finding in _of(reading, MONEY)
    ]
    evidence = (*islice(patients, MOST_EVIDENCE), *islice(money, MOST_EVIDENCE))
    return Judgement(bool(patients), bool(money), max(len(numbers), len(names)), evidence)


def _of(reading: Reading, types: frozenset[str] | dict[str, str]) -> Iterator[Finding]:
    return (finding for finding in reading.findings if finding.type in types)


def _named_patients(reading: Reading) -> Iterator[tuple[Finding, str]]:
    """People of one text who are patients, each with what identifies them."""
    company = [finding for finding in _of(reading, RECORD) if not _is_history(reading.text, finding)]
    if not company or _ANONYMISED.search(reading.text):
        return
    starts = [finding.start for finding in company]
    for person in _of(reading, frozenset({"PERSON"})):
        if _DEAD.search(reading.text[person.end : person.end + AGO].lower()):
            continue
        near = company[bisect_left(starts, person.start - REACH) : bisect_left(starts, person.end + REACH)]
        identifying = _identifying(reading.text, person, near)
        if identifying:
            yield person, RECORD[identifying]


def _is_history(text: str, finding: Finding) -> bool:
    """Whether the date of birth is that of nobody alive."""
    return finding.type == "DATE_OF_BIRTH" and bool(_LONG_AGO.search(text, finding.start, finding.end))


def _identifying(text: str, person: Finding, near: Sequence[Finding]) -> str:
    """The type that stands by the person and makes a patient of them; empty when none does.

    A date of birth or hospital number makes a patient of anybody who is not at work. Clinical content
    does so when it is said to be theirs, or they are spoken of as a patient; an address only where care
    is spoken of, for parcels and council minutes have these too.
    """
    role = role_of(text, person) if near else Role.STAFF
    if role is Role.STAFF:
        return ""
    kinds = {finding.type for finding in near}
    theirs = any(finding.type == "CLINICAL" and bears(text, person, finding) for finding in near)
    if _is_employed(text, person, own_line=theirs or role is Role.PATIENT):
        return ""
    if theirs or (role is not Role.UNKNOWN and not kinds <= PLACES):
        return next(kind for kind in RECORD if kind in kinds)
    around = text[max(0, person.start - REACH) : person.end + REACH]
    if role is not Role.UNKNOWN and _CARE.search(around):
        return "ADDRESS"
    telling = ("DATE_OF_BIRTH", "HOSPITAL_NUMBER")
    return next((kind for kind in telling if kind in kinds), _in_record(text, person, near))


def _in_record(text: str, person: Finding, near: Sequence[Finding]) -> str:
    """ "CLINICAL" when an address and a clinical term stand in one record with the person, else empty."""
    if any(finding.type in PLACES for finding in near) and any(
        finding.type == "CLINICAL" and are_together(text, person, finding) for finding in near
    ):
        return "CLINICAL"
    return ""


def _is_employed(text: str, person: Finding, *, own_line: bool) -> bool:
    """Whether the words around speak of employment: of the own line, or of the whole list or form."""
    begin = text.rfind("\n" if own_line else "\n\n", max(0, person.start - LIST), person.start)
    begin = max(begin, person.start - LIST, 0)
    end = text.find("\n", person.end, person.end + REACH) if own_line else -1
    return bool(_EMPLOYMENT.search(text, begin, end if end >= 0 else person.end + REACH))


def _place(reading: Reading, finding: Finding) -> str:
    if finding.cell:
        return f"{reading.name} › {finding.cell}"
    return f"{reading.name}, characters {finding.start} to {finding.end}"
