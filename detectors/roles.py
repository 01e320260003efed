"""Whose name is it? What stands around it says whether it is a patient's or somebody's at work."""

from __future__ import annotations

import re
from enum import Enum

from detectors import professional_numbers
from detectors.findings import Finding
from detectors.lexicons import phrases


class Role(Enum):
    PATIENT = "patient"
    """Called a patient, or spoken of as one."""
    HEADED = "headed"
    """Stands in a heading or a form's name field: a patient's, unless the text is about employment."""
    STAFF = "staff"
    UNKNOWN = "unknown"


BEFORE = 160
AFTER = 90
_TITLE = r"(?:(?:mr|mrs|ms|miss|mx|master|baby)\.?[ ]{1,2})?"
_SEPARATOR = (
    r"(?:'s)?(?: names?| is| was|,)?[ \t]{0,3}(?:\([^()\n]{1,20}\))?[ \t]{0,3}[:=|>-]{0,2}\s{0,4}[\"']?"
)

_STAFF_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:dr|doctor|prof|professor|nurse|sister|matron|midwife|pharmacist|cllr|surgeon|consultant|"
    r"registrar|solicitor|inspector|pc|sgt|rev)\.?[ ]{1,2}(?:[a-z]\.? ?)?"
    r"|(?:regards|wishes|sincerely|faithfully|thanks|cheers|signed|truly|"
    r"love)[ \t]{0,2}[,.!]?\s{1,6}(?:mr|mrs|ms|miss)?\.? ?"
    r"|(?:^|\n)[ \t>*|]{0,6}(?:from|to|cc|bcc|sent by|author|(?:named |usual |registered )?gp|consultant|"
    r"clinician|seen by|"
    r"prepared by|reviewed by|chair|present|in attendance|attendees|apologies|minutes|contact|manager|"
    r"referee|attn|fao|"
    r"organi[sz]er|presenter|speaker|trainer|reported by|requested by|approved by|"
    r"line manager)[ \t]{0,2}:[^\n]{0,120}"
    rf"|(?<![a-z])(?:applicants?|candidates?|employees?|colleagues?|trainees?|interviewees?|new starters?|"
    rf"contractor|"
    rf"supplier|our (?:manager|gp|nurse|receptionist|colleague))(?: name)?[ :,-]{{1,3}}{_TITLE})$",
    re.IGNORECASE,
)
_JOB = "|".join(map(re.escape, sorted(phrases("job_titles").certain, key=len, reverse=True)))
_STAFF_AFTER = re.compile(
    rf"(?:[ \t]{{0,2}}(?:[,(|/\n–-][ \t]{{0,3}}){{1,2}}|[ ](?:is|as) (?:our|the|"
    rf"a) )(?:[a-z&'-]{{2,16}} ){{0,4}}(?:{_JOB})(?![a-z])"
    r"|[ \t]{0,2}[<(\[|,]{1,2}[ ]?[A-Za-z0-9._%+'-]{1,64}@",
    re.IGNORECASE,
)
_PATIENT_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:patients?|pts?|client|resident|service user|child|baby|mother|mum|father|dad|son|"
    r"daughter|husband|"
    r"wife|partner|brother|sister of|deceased|the late|home visit(?: please)?|recall|saw|reviewed|visited|"
    rf"(?:reason for )?referral (?:for|of)|referring){_SEPARATOR}{_TITLE}"
    r"|(?<![a-z])(?:bloods?|results?|scans?|prescription|meds|medication|referral|histology|x-?ray|biopsy|swab|smear|"
    r"(?:sick|fit) note|home visit)(?: is| are)?(?: back| ready| in| due| here)? (?:for|of|on) "
    rf"{_TITLE}"
    r"|(?<![0-9])[0-9]{1,3} ?(?:y/?o ?|year[- ]old ?)?(?:m|f|male|female|man|woman|lady|boy|girl)[,:]? "
    rf"(?:called )?{_TITLE})$",
    re.IGNORECASE,
)
_PATIENT_AFTER = re.compile(
    r"(?:'s (?:[a-z0-9]+ ){0,4}(?:results?|bloods?|tests?|scan|referral|medication|meds|prescription|"
    r"notes|records?|consent|"
    r"diagnosis|treatment|condition|symptoms|hba1c|insulin|surgery|operation|smear|biopsy|history|"
    r"discharge|sick note|"
    r"fit note|x-?ray|mri|ecg|pain|cancer|diabetes|asthma|daughter|son|wife|husband|carer)"
    r"|[ ,;:(-]{1,3}(?:an? |our |your )?patient (?:at|of|in|on|since|registered|here)(?![a-z])"
    r"|[ ,;:(-]{1,3}(?:(?:who|she|he|they|has|had|have|is|was|been|now|also|again|recently|today|"
    r"yesterday|still|and) ){0,5}"
    r"(?:\(?(?:aged?|age)[ :]?[0-9]|[0-9]{1,3}[ -]?(?:y|year|yr|month|week|day|m|f)(?![a-z]{3,})|"
    r"an? (?:[a-z-]{2,16},? ){0,4}?(?:[0-9]{1,3}[ -]|(?:lady|gentleman|woman|man|boy|girl|baby)[ ])|"
    r"attend|presented|"
    r"presents|presenting|seen (?:in|by|on|at|today|with|for)|admitted|discharged|diagnosed|prescribed|"
    r"complain|suffer|referred|taking|"
    r"takes|underwent|undergo|under the care|reports? (?:feeling|pain|that (?:she|he))|died|passed away|"
    r"deteriorat|"
    r"tested positive|treated (?:for|with)|registered (?:with|as a)|did not attend|dna|failed to attend|"
    r"feeling|feels|"
    r"pregnant|diabetic|allergic|developed|develops|housebound|needs (?:a |an |her |his )?(?:repeat|"
    r"prescription|referral|"
    r"scan|bloods|home visit|sick note|fit note)|has (?:a )?(?:history|worsening|new|severe|chronic|known)))",
    re.IGNORECASE,
)
_HEADED = re.compile(
    rf"(?:(?<![a-z])(?:re|regarding|ref|subject|surname|forename|names?|full name|"
    rf"about){_SEPARATOR}{_TITLE})$",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"dear[ ]{1,2}(?:(?:mr|mrs|ms|miss|mx|master)\.? ?)?$", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"(?<![a-z])your (?:[a-z0-9]+ ){0,4}(?:results?|bloods?|tests?|scan|referral|medication|prescription|"
    r"diagnosis|treatment|"
    r"condition|symptoms|operation|surgery appointment|smear|biopsy|hba1c|insulin|diabetes|asthma|"
    r"consultation|"
    r"admission|medication review|care plan)"
    r"|(?<![a-z])your (?:[a-z0-9-]+ ){1,4}(?:is|are|was|has been|have been) (?:now )?(?:booked|arranged|"
    r"scheduled|due|"
    r"confirmed|postponed|cancelled|rearranged)(?![a-z])"
    r"|(?<![a-z])you (?:have|had|were|are|"
    r"should) (?:[a-z]+ ){0,3}(?:diagnosed|"
    r"admitted|prescribed|referred|seen|take|taking|start)(?![a-z])",
    re.IGNORECASE,
)
_COURTESY = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|master)\.?[ ]{1,2}$", re.IGNORECASE)
_SPOKEN_OF = re.compile(
    r"[^.!?\n]{0,60}(?<![a-z])(?:her|his|she|he|him|asking|asked|wants|requests|rang|needs|takes)(?![a-z])",
    re.IGNORECASE,
)
LETTER = 1_200
"""Characters after a salutation in which a letter says what it is about."""


def role_of(text: str, person: Finding) -> Role:
    """Whose the name at `person` is, as far as the words around it say."""
    before = text[max(0, person.start - BEFORE) : person.start]
    after = text[person.end : person.end + AFTER]
    if (
        _STAFF_BEFORE.search(before)
        or _STAFF_AFTER.match(after)
        or professional_numbers.follows(text, person.end)
    ):
        return Role.STAFF
    if _PATIENT_BEFORE.search(before) or _PATIENT_AFTER.match(after):
        return Role.PATIENT
    if _COURTESY.search(before) and _SPOKEN_OF.match(after):
        return Role.PATIENT
    if _SALUTATION.search(before):
        return Role.PATIENT if _ADDRESSED.search(text, person.end, person.end + LETTER) else Role.UNKNOWN
    return Role.HEADED if _HEADED.search(before) else Role.UNKNOWN
