"""From findings to "this message identifies a patient": the evidence, spelled out.

A message is patient-identifiable when it holds a health number, or when a patient is named (or given
by initials) together with a date of birth, an address, a hospital number or clinical content (NHS
Act 2006 section 251(10); detection rule 9). Whose name it is decides: staff, applicants and authors
are not patients, and a case without a name identifies nobody.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import islice

from detectors.findings import Finding, Judgement, Reading

HEALTH_NUMBERS = frozenset({"NHS_NUMBER", "CHI_NUMBER", "HC_NUMBER"})
MONEY = {
    "CREDIT_CARD": "payment card number",
    "UK_BANK_ACCOUNT": "sort code with account number",
    "IBAN": "international bank account number",
}
COMPANY = {
    "DATE_OF_BIRTH": "a date of birth",
    "HOSPITAL_NUMBER": "a hospital number",
    "ADDRESS": "an address",
    "UK_POSTCODE": "an address",
    "CLINICAL": "clinical content",
}
"""What makes a named patient identifiable, in words."""

REACH = 220
"""Characters within which a name and what stands by it belong to one record."""
MOST_EVIDENCE = 20


class Role(Enum):
    PATIENT = "patient"
    STAFF = "staff"
    UNKNOWN = "unknown"


_STAFF_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:dr|doctor|prof|professor|nurse|sister|matron|midwife|pharmacist|cllr|surgeon|consultant|registrar)\.?[ ]{1,2}"
    r"|(?:regards|wishes|sincerely|faithfully|thanks|cheers|signed|truly)[ \t]{0,2}[,.!]?\s{1,6}(?:(?:mr|mrs|ms|miss)\.? )?"
    r"|(?:^|\n)[ \t>*]{0,6}(?:from|to|cc|bcc|sent by|author|gp|named gp|usual gp|consultant|clinician|seen by|prepared by|"
    r"chair|present|attendees|apologies|minutes|contact|manager|applicant|candidate|employee|referee|attn|fao)[ \t]{0,2}:[^\n]{0,120}"
    r"|(?<![a-z])(?:applicant|candidate|employee|colleague|trainee|interviewee|new starter)s?[ :,-]{1,3}(?:(?:mr|mrs|ms|miss)\.? )?)$",
    re.IGNORECASE,
)
_STAFF_AFTER = re.compile(
    r"^[ \t]{0,2}(?:[,(|\n-][ \t]{0,3}){1,2}(?:[a-z&-]+ ){0,4}(?:manager|receptionist|secretary|gp|partner|nurse|pharmacist|"
    r"consultant|registrar|administrator|director|officer|practitioner|clerk|coordinator|paramedic|physiotherapist|"
    r"lead|assistant|technician|engineer|advisor|adviser|solicitor|surgeon|physician|midwife|accountant|editor|chair|"
    r"chairman|secretary|treasurer|mrcgp|frcp|mbbs|mbchb|rgn)(?![a-z])",
    re.IGNORECASE,
)
_PATIENT_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:patients?|pts?|client|resident|service user|child|baby|mother|mum|father|dad|son|daughter|"
    r"husband|wife|re|regarding|deceased|the late|surname|forename|name|for)(?:'s)?(?: name| is| was|,)?"
    r"[ \t]{0,3}[:=|>-]{0,2}\s{0,4}\"?(?:(?:mr|mrs|ms|miss|mx|master|baby)\.? )?)$",
    re.IGNORECASE,
)
_PATIENT_AFTER = re.compile(
    r"^(?:'s (?:[a-z0-9]+ ){0,4}(?:results?|bloods?|tests?|scan|referral|medication|prescription|notes|records?|appointment|"
    r"consent|diagnosis|treatment|condition|symptoms|letter|hba1c|insulin|surgery|operation|smear|biopsy|history)"
    r"|[ ,(]{1,3}(?:who |she |he |has |had |is |was |been |now |also |again |recently |today |still )*"
    r"(?:\(?(?:aged?|age) ?[0-9]|[0-9]{1,3}[- ]?(?:y|year|yr|month|week|day|m|f)|a [0-9]{1,3}[- ]|attend|present|seen|admitted|discharged|diagnosed|"
    r"prescribed|complain|suffer|referred|reviewed|taking|takes|on |started|stopped|underwent|undergo|known|under the|"
    r"requires?|needs?|reports?|reported|describes?|described|died|passed away|deteriorat|tested|treated|registered|"
    r"due |booked|rang|called|phoned|dna|did not attend|failed to attend|feels?|feeling|pregnant|diabetic|allergic|developed|develops))",
    re.IGNORECASE,
)
_COURTESY_TITLE = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|mx|master)\.?[ ]{1,2}$", re.IGNORECASE)
_SALUTATION = re.compile(r"dear[ ]{1,2}(?:(?:mr|mrs|ms|miss|mx|master)\.? ?)?$", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"(?<![a-z])your (?:[a-z0-9]+ ){0,4}(?:results?|bloods?|tests?|scan|referral|medication|prescription|diagnosis|treatment|condition|"
    r"symptoms|operation|surgery|smear|biopsy|hba1c|insulin|diabetes|asthma|recent appointment|next appointment|consultation|"
    r"admission|review)|(?<![a-z])you (?:have|had|were|are|should) (?:[a-z]+ ){0,3}(?:diagnosed|admitted|prescribed|referred|seen|take|taking|start)",
    re.IGNORECASE,
)
_ANONYMISED = re.compile(
    r"anonymi[sz]ed|pseudonym|names? (?:have been |has been |was |were )?changed|not (?:his|her|their) real name|fictional|fictitious|case study|"
    r"made[- ]up|dummy (?:data|patient|record)|test patient|sample (?:data|letter)|worked example|for example purposes",
    re.IGNORECASE,
)
_EMPLOYMENT = re.compile(
    r"(?<![a-z])(?:applicants?|candidates?|payroll|recruit\w*|interview\w*|dbs|right to work|pension|new starters?|employees?|"
    r"starter form|contract of employment|job application|curriculum vitae|cv|staff (?:record|file|member)|hmrc|national insurance)(?![a-z])",
    re.IGNORECASE,
)


def judge(readings: Sequence[Reading]) -> Judgement:
    """What all texts of one message come to, taken together."""
    numbers: set[str] = set()
    names: set[str] = set()
    patient_evidence: list[str] = []
    money_evidence: list[str] = []
    for reading in readings:
        for finding in reading.findings:
            if finding.type in HEALTH_NUMBERS:
                numbers.add(_digits(reading.text[finding.start : finding.end]))
                patient_evidence.append(f"health number in patient context ({_place(reading, finding)})")
            elif finding.type in MONEY:
                money_evidence.append(f"{MONEY[finding.type]} ({_place(reading, finding)})")
        for person, company in _named_patients(reading):
            names.add(reading.text[person.start : person.end].casefold())
            patient_evidence.append(f"a patient named together with {company} ({_place(reading, person)})")
    evidence = (*islice(patient_evidence, MOST_EVIDENCE), *islice(money_evidence, MOST_EVIDENCE))
    patients = max(len(numbers), len(names))
    return Judgement(patients > 0, bool(money_evidence), patients, evidence)


def _named_patients(reading: Reading) -> Iterator[tuple[Finding, str]]:
    """People of one text who are patients, each with what identifies them."""
    companions = [finding for finding in reading.findings if finding.type in COMPANY]
    if not companions:
        return
    starts = [finding.start for finding in companions]
    anonymised = bool(_ANONYMISED.search(reading.text))
    for person in reading.findings:
        if person.type == "PERSON":
            near = companions[
                bisect_left(starts, person.start - REACH) : bisect_left(starts, person.end + REACH)
            ]
            company = _identifying(reading.text, person, near, anonymised=anonymised)
            if company:
                yield person, company


def _identifying(text: str, person: Finding, near: Sequence[Finding], *, anonymised: bool) -> str:
    """What stands by the person and makes a patient of them; empty when nothing does."""
    kinds = {finding.type for finding in near}
    role = role_of(text, person)
    if not kinds or role is Role.STAFF or anonymised:
        return ""
    around = text[max(0, person.start - REACH) : person.end + REACH]
    if role is Role.UNKNOWN and _EMPLOYMENT.search(around):
        return ""
    certain = ("DATE_OF_BIRTH", "HOSPITAL_NUMBER")
    record = role is Role.PATIENT or ("CLINICAL" in kinds and kinds & {"ADDRESS", "UK_POSTCODE"})
    order = (*certain, "CLINICAL", "ADDRESS", "UK_POSTCODE") if record else certain
    return next((COMPANY[kind] for kind in order if kind in kinds), "")


def role_of(text: str, person: Finding) -> Role:
    """Whether the words around a name make its bearer a patient or one of the staff."""
    before = text[max(0, person.start - 160) : person.start]
    after = text[person.end : person.end + 80]
    if _STAFF_BEFORE.search(before) or _STAFF_AFTER.match(after):
        return Role.STAFF
    if _PATIENT_BEFORE.search(before) or _PATIENT_AFTER.match(after):
        return Role.PATIENT
    if _SALUTATION.search(before):
        return Role.PATIENT if _ADDRESSED.search(text, person.end, person.end + 1_200) else Role.UNKNOWN
    return Role.UNKNOWN


def _digits(written: str) -> str:
    return "".join(character for character in written if character.isdigit())


def _place(reading: Reading, finding: Finding) -> str:
    return f"{reading.name}, characters {finding.start} to {finding.end}"
