"""Whose name is it? What stands around it says whether it is a patient's or somebody's at work.

Patterns are in lower case, as is what they read: `re` is slow where it has to ignore case.
"""

from __future__ import annotations

import re
from enum import Enum

from detectors import professional_numbers
from detectors.dates_of_birth import LABEL
from detectors.findings import Finding
from detectors.lexicons import any_of


class Role(Enum):
    PATIENT = "patient"
    """Called a patient."""
    SPOKEN_OF = "spoken of"
    """As patients are: by what happened to them, or what is theirs."""
    HEADED = "headed"
    """Stands in a heading or a form's name field: a patient's, unless the text is about employment."""
    STAFF = "staff"
    """At work here or elsewhere: writes, is copied in, applies, is the author of what is cited."""
    ADDRESSED = "addressed"
    """Is written to, and not about an illness of theirs."""
    UNKNOWN = "unknown"


BEFORE = 160
"""Characters of a line that begins with a label."""
NEAR = 80
AFTER = 120
LETTER = 1_200
"""Characters after a salutation in which a letter says what it is about."""

_TITLE = r"(?:(?:mr|mrs|ms|miss|mx|master|baby)\.?[ ]{1,2})?"
_IS = (
    r"(?:'s)?(?:[ ][0-9]{1,2})?(?: names?| is| was|,)?[ \t]{0,3}(?:\([^()\n]{1,20}\)|\))?[ \t]{0,3}"
    r"(?:[:=|>-]{1,2}\s{0,4}|[ \t]{0,4}\n?[ \t>]{0,4})[\"']?"
)
"""Between a label and the name."""
_MARGIN = r"(?:^|\n)[ \t>*|]{0,6}"
_WORD = r"(?<![a-z])"
_APPOSED = r"[ ,;:(-]{1,3}"
_TRADE = r"(?:, ?(?:an? )?(?:student|pupil|teacher|farmer|retired [a-z]{3,12}|[a-z]{3,12} by trade)(?=,))"
"""Between a name and what is said of its bearer: what they are when they are not ill."""
_BED = r"(?:bed|bay|ward|room|rm|cubicle|side ?room|cot)"
_PATIENT_WORD = "patient|paitent|pateint|patinet|patietn|pt"
_LITTLE_WORDS = rf"(?:(?:{any_of('little_words')}) ){{0,5}}"


_MEETS = (
    r"(?:(?:sees?|seen|saw|met|meets|needs?|wants?|asked|asks|asking|rang|called|phoned|spoke|referred|told|tells|"
    r"is|was|has|had|by|to|with|for|about|from|via|and|in|on|under|into)(?![a-z]))"
)
"""Words between a name and the title of somebody else."""


def _before(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(patterns)})\Z")


def _after(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_STAFF_BEFORE = _before(
    rf"{_WORD}(?:dr|doctor|prof|professor|nurse|sister|matron|midwife|pharmacist|cllr|councillor|surgeon|consultant|"
    r"registrar|solicitor|inspector|pc|sgt|rev|canon|fr)\.?[ ]{1,2}(?:[a-z]\.? ?)?",
    rf"{_WORD}(?:prepared|compiled|written|produced|presented|approved|edited|issued) by[ :]{{1,2}}{_TITLE}",
    rf"{_WORD}(?:welcome(?: back)?|congratulations|well done|farewell|goodbye) to {_TITLE}",
    rf"{_WORD}our (?:manager|gp|nurse|receptionist)[ :,-]{{1,3}}{_TITLE}",
    rf"{_WORD}(?:head|director|lead) (?:of|for) (?:[a-z]+ ){{0,2}}[a-z]+[ ]?[:,–-]?[ ]{{1,2}}{_TITLE}",
    rf"{_WORD}(?:{any_of('job_titles')}|contact)(?:[ ]is| is now|,| this week| today)?(?:[ ]?:?[ ]|[ ]\()"
    r"(?:(?:mr|mrs|ms|miss|mx)\.?[ ]{1,2})?",
)
_KIN_BEFORE = _before(rf"{_WORD}(?:my|his|her|our|their) (?:sister|partner|carer) {_TITLE}")
_SIGNS_BEFORE = _before(
    r"(?:regards|wishes|sincerely|faithfully|thanks|thank you|cheers|signed|truly|love|bw|kr|"
    r"ta|thx|tnx|rgds|brgds|all the best|speak soon|diolch|cynnes|yn gywir|hwyl)[ \t]{0,2}[,.!]?"
    r"[\s>|*-]{1,16}(?:(?:mr|mrs|ms|miss)\.? ?)?",
)
_OWN_CARE = (
    "tablets|medication|medicines?|prescriptions?|repeats?|results|bloods|blood (?:test|pressure|results?)|"
    "biopsy|scan|x-?ray|mri|smear|discharge|referral|condition|treatment|asthma|diabetes|cancer|insulin|"
    "inhalers?|pain|(?:fit|sick) note|medical (?:records?|notes)|consultant|gp"
)
_OF_MYSELF = re.compile(
    rf"{_WORD}(?:my (?:d\.?o\.?b|date of birth|nhs n|hospital n|(?:own )?(?:{_OWN_CARE})(?![a-z])|symptoms|"
    r"[a-z]+(?:itis|osis|oma|a?emia|algia|pathy|epsy|plasty|ectomy|scopy)|thyroid|hip|knee|heart|pregnancy|"
    r"operation|diagnosis|address is)|i am a patient|i'm a patient|"
    r"looking after me|looked after me|i am home now|my own home)"
)
"""Of who writes to the surgery about themselves."""
_WRITER_BEFORE = _before(rf"{_MARGIN}(?:{any_of('writers')})[ \t]{{0,12}}[:=][^\n]{{0,140}}")
_SPEAKER_BEFORE = _before(
    rf"{_MARGIN}[\[(]?[0-9]{{1,2}}(?:[:.][0-9]{{2}}(?::[0-9]{{2}})?)? ?(?:[ap]m)?[\])]?,?[ ]{{1,2}}(?:- )?"
)
"""A time of day, as logs of a chat have before who speaks."""
_LETTERS = "mp|msp|phd|msc|bsc|frcgp|mrcgp|mrcp|frcp|rgn|mbchb|mbbs"
"""Behind the names of politicians, doctors and nurses."""
_ENDS_IN_LETTERS = re.compile(rf" (?:{_LETTERS})$")
_LETTERS_AFTER = re.compile(rf" (?:{_LETTERS})(?![a-z])")
_STAFF_AFTER = _after(
    r"(?:[ \t]{0,2}(?:[,(|/\n>–-][ \t]{0,3}){1,3}|[ ](?:is|was|as) (?:our|the|a) |[ ](?!and ))"
    rf"(?:(?!{_MEETS})[a-z&'-]{{2,16}} ){{0,4}}(?:{any_of('job_titles')})"
    r"(?![a-z]| (?:delivered|arrived|broken|lift|app(?:oin)?t\w*|visit|review|clinic|letter|call|input|led)"
    r"(?![a-z]))",
    r",? our new(?:est)? (?!patient|pt|admission|client|resident|referral|baby)[a-z]",
    r"[ \t]{0,2}[<(\[|,]{1,2}[ ]?[a-z0-9._%+'-]{1,64}@",
    r"[ ,]{1,2}(?:from (?:hr|it)|(?:at|from|in|on) (?:the )?(?:icb|ccg|council|university|agency|"
    r"nhs england|royal college|reception(?! class| year)|front desk|admin|finance|payroll|accounts|estates|"
    r"switchboard|dispensary|secretaries|(?:human|it|patient) (?:resources|support|services)))(?![a-z])",
    r",? who (?:is|was|has been) (?:our|the|a) (?:[a-z&'-]{2,16}[ \n]){0,4}"
    rf"(?:{any_of('job_titles')})(?![a-z])",
    r"(?: x{1,3})?[ \t]{0,3}\n[ \t\n>]{0,8}"
    r"(?:on [^\n]{6,80} wrote:|-{3,} ?(?:original|forwarded) message|_{3,}\n|sent from )",
    r"[ ]?(?:<[^<>\n]{3,64}>)?[ ]?wrote(?: on [^\n]{0,40})?:[ ]{0,2}\n",
    r" (?:starts|joins|started|joined|is starting|is joining)[^.\n]{0,40} as (?:an? |our |the )?"
    rf"(?:[a-z&'-]{{2,16}} ){{0,3}}(?:{any_of('job_titles')})(?![a-z])",
    r"(?:,[^.\n]{0,80})?,? et al(?![a-z])",
    r"[^\n]{0,60}\((?:19|20)[0-9]{2}[a-z]?\)",
    r"(?:[^\n]{0,120}\n)?[^\n]{0,120}?"
    r"(?:(?:19|20)[0-9]{2};[ ]?[0-9]{1,4}[(:-]|(?<![a-z])(?:doi|pmid|isbn)(?![a-z]))",
)
_PATIENT_BEFORE = _before(
    rf"{_WORD}(?:{any_of('patients')}){_IS}{_TITLE}",
    rf"{_WORD}(?:{any_of('of_a_patient')})(?: is| are)?"
    r"(?: back| ready| in| due| here| copied| sent| issued| printed| signed| done| needed| requested)? "
    rf"(?:for|of|on) {_TITLE}",
    rf"{_WORD}(?:{any_of('patients')})(?:'s)? of {_TITLE}",
    rf"{_WORD}(?:issued|dispensed|prescribed|administered|handed out) (?:in error |wrongly )?to {_TITLE}",
    rf"{_WORD}patients[^.:\n]{{1,60}}:\s{{0,3}}{_TITLE}",
    r"(?<![0-9])[0-9]{1,3} ?(?:y/?o ?|year[- ]old ?)?(?:m|f|male|female|man|woman|lady|boy|girl)[,:]? "
    rf"(?:called )?{_TITLE}",
    rf"{_WORD}{_BED} ?[0-9]{{1,2}}[a-z]?(?:,? bed [0-9]{{1,2}})?[ ,:;|=-]{{1,3}}{_TITLE}",
    rf"{_WORD}(?:(?:transport|taxi|escort|ambulance) (?:booked )?for|registration|please register|"
    rf"(?:the|this) patient is|please visit|we act for)[ :]{{1,2}}{_TITLE}",
    rf"{_WORD}(?:rehousing|(?:medical|insurance|pip|solicitor'?s?) report(?: request)?|blue badge|"
    rf"supporting letter)(?: of| for| on|:) {_TITLE}",
    rf"{_WORD}(?:{any_of('equipment')})[^.\n]{{0,40}}(?: to| for| at home of|:) {_TITLE}",
    rf"{_WORD}(?:asking (?:me|us)|delighted|pleasure) to (?:see|review|assess) {_TITLE}|"
    rf"{_WORD}thank you for (?:referring|seeing|sending(?: me)?) {_TITLE}|"
    rf"{_WORD}(?:notification of|certified|confirmed|informed of) (?:the )?death(?: of)?[: ]{{1,3}}{_TITLE}",
    rf"{_WORD}(?:called|asked|atsp|bleeped|crash call)(?: to(?: see| review)?)? {_TITLE}",
    rf"{_WORD}(?:please|pls|kindly|you|someone|anyone) (?:see|review|assess|admit|examine|triage) {_TITLE}",
    rf"{_WORD}(?:home visit|hv|visit request|call back|callback)(?: req\w*| please| pls| needed| today)*"
    rf"[ ]?[-–:]{{0,2}} {_TITLE}",
    rf"{_WORD}(?:escalat(?:e|ing|ion)|handover|safeguarding|deterioration)[ ]?[-–:]{{0,2}} {_TITLE}",
)
_NUMBERED_BEFORE = _before(
    rf"{_WORD}(?:mrn|crn|pas|hosp(?:ital)?|unit|nhs|chi|patient)(?: (?:no\.?|num(?:ber)?|id))?[:. ]{{1,3}}"
    rf"(?=[a-z0-9/ -]{{4,16}} )[a-z]{{0,4}}[ -]?[0-9][0-9/ -]{{3,12}}[a-z]?[ ,:;|-]{{1,3}}{_TITLE}"
)
_PATIENT_HERE = _after(
    rf"{_APPOSED}(?:an? |our |your |the )?(?:{_PATIENT_WORD}) (?:at|of|in|on|since|registered|here)(?![a-z])",
    rf"{_APPOSED}(?:(?:is |was )?(?:on|in|at|from) )?(?:bed|bay|ward|cubicle|side ?room|cot) ?"
    r"(?:[0-9]{1,2}[a-z]?|[a-h])(?![a-z0-9])",
    r"[,;| \t][^\n]{0,40}[ ,|\t][0-9]{1,3} ?(?:y|yrs?|yo)? ?[mf](?![a-z])",
)
_PARKS = _before(r"(?:permit|parking|parked|space)[^.\n]{0,30}")
"""Before who has a bay of the car park."""
_PATIENT_AFTER = _after(
    rf"'s (?:[a-z0-9]+ ){{0,4}}(?:{any_of('of_a_patient', 'patients')})(?![a-z])",
    rf"{_TRADE}?{_APPOSED}{_LITTLE_WORDS}(?:{any_of('said_of_patients')})",
    rf"{_APPOSED}\(?the [0-9]{{1,3}}[ -](?:year|yr|month|week|y)",
    r", your (?:[a-z]+ ){0,3}(?:prescriptions?|medication|tablets|results|bloods|scan|smear|operation|"
    r"appointment) (?:is|are|has|have)(?![a-z])",
    rf"{_APPOSED}whose |, reminder:|,[ ]?[1-9][0-9]?,[ ]",
    rf"{_APPOSED}{_LITTLE_WORDS}(?:attended|seen) [0-9]| delivered (?:on|at|by|a )",
    rf"{_APPOSED}{_LITTLE_WORDS}an? (?:[a-z-]{{2,16}},? ){{0,4}}?"
    r"(?:[0-9]{1,3}[ -]|(?:lady|gentleman|woman|man|boy|girl|baby)[ ])",
    rf"{_APPOSED}{_LITTLE_WORDS}(?:\(?(?:aged?|age)[ :]?[0-9]|"
    r"[0-9]{1,3}[ -]?(?:y|year|yr|month|week|day|m|f)(?![a-z]{3,}))",
)
_HEADED = _before(
    rf"{_WORD}(?:re|regarding|parthed|ynghylch|ref|subject|surname|forenames?|names?|full name|about)"
    rf"{_IS}{_TITLE}"
)
_BELOW_SALUTATION = _before(rf"{_MARGIN}(?:dear|annwyl)[^\n]{{2,60}}\n[ \t>]{{0,6}}\n[ \t>]{{0,6}}{_TITLE}")
_ENDS_LINE = re.compile(r"[ \t,]{0,4}\n")
_SALUTATION = _before(
    rf"{_WORD}(?:dear|annwyl|hi|hiya|hello|hey|(?:good )?(?:morning|afternoon|evening))[ ]{{1,2}}{_TITLE}"
)
_LINE_START = re.compile(r"(?:^|\n)[ \t>|]*$")
_VOCATIVE = re.compile(r"[ ]?[,–—-][ \t]*\n")
_YOUR_CARE = _after(
    rf"{_WORD}your (?:[a-z0-9]+ ){{0,4}}(?:{any_of('of_a_patient')})(?![a-z])",
    rf"{_WORD}your (?:[a-z0-9-]+ ){{1,4}}(?:is|are|was|has been|have been) (?:now )?"
    r"(?:booked|arranged|scheduled|due|confirmed|postponed|cancelled|rearranged)(?![a-z])",
    rf"{_WORD}you (?:have|had|were|are|should) (?:[a-z]+ ){{0,3}}"
    r"(?:diagnosed|admitted|prescribed|referred|seen|take|taking|start|offered|given|treated)(?![a-z])",
    rf"{_WORD}you (?:attended|presented|came in) with(?![a-z])",
    rf"{_WORD}(?:pleased|pleasure|nice|good) to (?:see|meet|review) you|"
    rf"{_WORD}thank you for (?:attending|coming)"
    r"(?! so (?:quickly|promptly|fast)| to (?:help|the (?:meeting|training|event|cardiac|crash)))|"
    r"(?:results?|scans?|tests?|x-?rays?|biops(?:y|ies)) (?:show|showed|confirm|confirmed)(?:s|ed)?(?![a-z])|"
    rf"{_WORD}(?:suggest|recommend|advise) (?:that )?you "
    r"(?:start|stop|take|continue|increase|reduce)(?![a-z])",
)
_ADDED = _before(rf"{_WORD}(?:add|put|book|added|squeeze|slot) {_TITLE}")
_TO_LIST = _after(
    r" (?:on ?to|to|on|in|into|for) (?:the|your|my|our|today's|tomorrow's) (?:[a-z]+ ){0,2}"
    r"(?:list|visits?|clinic|round|triage|recall)(?![a-z])"
)
_VISITED = _before(rf"{_WORD}(?:met|saw|seen|visited|reviewed|assessed) {_TITLE}")
_AT_HOME = _after(
    r",? (?:at|in) (?:home|clinic|surgery|(?:her|his|their) (?:own )?home|the (?:care|nursing) home)(?![a-z])"
)
_BORN = _after(rf"[ ,(]{{1,3}}{LABEL}")
_LIVES_AT = _after(
    r",? (?:(?:flat|apt|apartment|unit|room|plot) [0-9]{1,4}[a-z]?,? )?[0-9]{1,4}[a-z]?,? [a-z]+ [a-z]",
    r",? (?:[a-z]+ ){1,2}(?:house|lodge|cottage|court|villa|farm|barn|grange)[, ]",
)
_PICKED_UP = _before(rf"{_WORD}(?:pick up|collect|convey) {_TITLE}")
_FROM_HOME = _after(r" from (?:flat |apt )?[0-9]{1,4}[a-z]?[, ]")
_MYSELF = _before(rf"{_WORD}(?:i am|i'm|my name is|this is|it's) {_TITLE}")
_OF_A_FIRM = _after(r",? (?:calling |writing |here )?(?:from|of|at) (?!(?:flat |room )?[0-9])")
_COURTESY = re.compile(r"(?<![a-z])(?:mr|mrs|ms|miss|master)\.?[ ]{1,2}$")
_SPOKEN_OF = re.compile(
    r"[^.!?\n]{0,60}(?<![a-z])(?:her|his|she|he|him|asking|wants|requests|rang|needs|takes)(?![a-z])"
)


def role_of(text: str, person: Finding, *, has_own: bool = False) -> Role:
    """Whose the name at `person` is, as far as the words around it say.

    `has_own` says that an illness or a medicine in the letter above is called "my".
    """
    before = text[max(0, person.start - NEAR) : person.start].lower()
    after = text[person.end : person.end + AFTER].lower()
    signs = _SIGNS_BEFORE.search(before)
    if _NUMBERED_BEFORE.search(before) or (has_own and signs and not _STAFF_AFTER.match(after)):
        return Role.PATIENT
    if _is_at_work(text, person, before, after):
        return Role.STAFF
    if _is_patient(before, after):
        return Role.PATIENT
    if signs or (person.start > NEAR // 2 and _LIVES_AT.match(after)):
        if _OF_MYSELF.search(text[max(0, person.start - LETTER) : person.start].lower()):
            return Role.PATIENT
        if signs:
            return Role.STAFF
    return _spoken_of_or_to(text, person, before, after)


def _is_at_work(text: str, person: Finding, before: str, after: str) -> bool:
    writes = _WRITER_BEFORE.search(text[max(0, person.start - BEFORE) : person.start].lower())
    return bool(
        (_STAFF_BEFORE.search(before) and not _KIN_BEFORE.search(before) and not _BORN.match(after))
        or (writes and not _BORN.match(after))
        or _STAFF_AFTER.match(after)
        or _has_letters(text, person, after)
        or (after.startswith(":") and _SPEAKER_BEFORE.search(before))
        or _signs_off(text, person)
        or (_MYSELF.search(before) and _OF_A_FIRM.match(after))
        or professional_numbers.follows(text, person.end)
    )


def _has_letters(text: str, person: Finding, after: str) -> bool:
    """Whether letters such as "MP" are the end of the name, or follow it."""
    name = text[person.start : person.end].lower()
    return bool(_LETTERS_AFTER.match(after) or _ENDS_IN_LETTERS.search(name))


def _signs_off(text: str, person: Finding) -> bool:
    """Whether a first name alone is the last line of all."""
    alone = _LINE_START.search(text, max(0, person.start - NEAR), person.start)
    rest = text[person.end : person.end + NEAR].strip(" x.,!>|\t\n")
    return bool(alone and person.start and not rest and " " not in text[person.start : person.end])


def _is_patient(before: str, after: str) -> bool:
    return bool(
        _PATIENT_BEFORE.search(before)
        or (_PATIENT_HERE.match(after) and not _PARKS.search(before))
        or (_PICKED_UP.search(before) and _FROM_HOME.match(after))
        or (_VISITED.search(before) and _AT_HOME.match(after))
        or (_ADDED.search(before) and _TO_LIST.match(after))
    )


def _spoken_of_or_to(text: str, person: Finding, before: str, after: str) -> Role:
    if _PATIENT_AFTER.match(after) or (_COURTESY.search(before) and _SPOKEN_OF.match(after)):
        return Role.SPOKEN_OF
    if _SALUTATION.search(before) or (_LINE_START.search(before) and _VOCATIVE.match(after)):
        letter = text[person.end : person.end + LETTER].lower()
        return Role.PATIENT if _YOUR_CARE.search(letter) else Role.ADDRESSED
    block = _BELOW_SALUTATION.search(before) and _ENDS_LINE.match(after)
    return Role.HEADED if block or _HEADED.search(before) else Role.UNKNOWN
