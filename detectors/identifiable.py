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

REACH = 220
"""Characters within which a name and what stands by it belong to one record."""
MOST_EVIDENCE = 20
"""Sentences of evidence of each kind; a spreadsheet of patients needs no more."""

_LONG_AGO = re.compile(r"(?<![0-9])1[0-8][0-9]{2}(?![0-9])")
_CARE = re.compile(
    r"(?<![a-z])(?:patients?|pts?|nhs|gp|surgery|practice|clinic|hospital|ward|doctor|nurse|appointment|referr\w+|"
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
    r"(?<![a-z])(?:applicants?|candidates?|payroll|recruit\w*|interview\w*|dbs|right to work|pension|"
    r"new starters?|"
    r"employees?|starter form|contract of employment|job application|curriculum vitae|cv|staff (?:record|"
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
        near = company[bisect_left(starts, person.start - REACH) : bisect_left(starts, person.end + REACH)]
        identifying = _identifying(reading.text, person, {finding.type for finding in near})
        if identifying:
            yield person, RECORD[identifying]


def _is_history(text: str, finding: Finding) -> bool:
    """Whether the date of birth is that of nobody alive."""
    return finding.type == "DATE_OF_BIRTH" and bool(_LONG_AGO.search(text, finding.start, finding.end))


def _identifying(text: str, person: Finding, near: set[str]) -> str:
    """The type that stands by the person and makes a patient of them; empty when none does.

    A date of birth or hospital number makes a patient of anybody who is not at work. Clinical
    content or an address by themselves do so only to who is spoken of as a patient; an address
    below a name in a heading or a form only where care is spoken of, for parcels have these too.
    """
    role = role_of(text, person) if near else Role.STAFF
    around = text[max(0, person.start - REACH) : person.end + REACH]
    if role is Role.STAFF or (role is not Role.PATIENT and _EMPLOYMENT.search(around)):
        return ""
    if role is Role.HEADED and not near - {"ADDRESS", "UK_POSTCODE"} and not _CARE.search(around):
        return ""
    record = role is not Role.UNKNOWN or ("CLINICAL" in near and near & {"ADDRESS", "UK_POSTCODE"})
    telling = RECORD if record else ("DATE_OF_BIRTH", "HOSPITAL_NUMBER")
    return next((kind for kind in telling if kind in near), "")


def _place(reading: Reading, finding: Finding) -> str:
    if finding.cell:
        return f"{reading.name} › {finding.cell}"
    return f"{reading.name}, characters {finding.start} to {finding.end}"
