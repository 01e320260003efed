"""NHS, CHI and H&C numbers: ten digits, modulus 11 (NHS Data Dictionary, NHS NUMBER).

One in eleven ten-digit numbers passes the check, and every ISBN-10 does: the check confirms and
never convicts. A label, the 3-3-4 grouping, patient words around or a whole column that passes
must speak for a number; a label of something else (an order, a telephone) speaks against it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from nhs_number.validate import is_valid

from detectors import clinical
from detectors.digits import Number, numbers
from detectors.findings import Finding, FindingType
from detectors.hospital_numbers import is_in_file_of_patient
from detectors.lexicons import words
from detectors.names import kind_of
from detectors.tables import cells, is_within
from detectors.vocabulary import matches

TEN = frozenset({10})
SHAPES = frozenset(
    {
        (10,),
        (3, 3, 4),
        (3, 7),
        (6, 4),
        (3, 4, 3),
        (5, 5),
        (6, 3, 1),
        (2,) * 5,
        (1,) * 10,
        (3, 3, 2, 2),
        (4, 3, 3),
    }
)
"""Groups of digits in which a number may stand without a label directly before it."""
PUBLISHED = frozenset({"9434765919", "9434765870", "4010232137", "4857773456", "9876543210"})
"""Examples printed in forms and guidance; nobody's number."""
ISSUED_NOW = "4679"
"""First digits of numbers in England, Wales and the Isle of Man, and of the test range."""
NOT_ISSUED = "58"
"""Those of numbers that are not given out, or in the Republic of Ireland."""

_LETTER = re.compile("[A-Za-z]")
_IN_CODE = re.compile(r"[0-9A-Za-z+./=_-]\Z")
_CODE_GOES_ON = re.compile(r"[0-9A-Za-z]|[./-][0-9]")
_BETWEEN = re.compile(r"(?:[ \t]{0,2}[,(\[/|;-]?[ \t]{0,2})\Z")
_BETWEEN_AFTER = re.compile(r"[ \t]{0,2}[\])]?[,/|;-]?[ \t]{0,2}")
NEARBY, SEVERAL = 250, 2
"""Characters between a number and others of its kind, and how many of these tell what kind that is."""
LABELLED = 0.95
"""Score from which a label says what a number is."""
POSSIBLE = 0.3
"""Score of a number for which nothing speaks but its check digit."""
DICTATED = re.compile(r"(?<![0-9])(?:[0-9] ?){3}, ?(?:[0-9] ?){3}, ?[0-9](?: ?[0-9]){3}(?![0-9]|[,.][0-9])")
_BRACKETED = re.compile(r"\(([0-9]{3})\)[ -]?([0-9]{3})[ -]?([0-9]{4})(?![0-9])")

_SPOKEN = {"zero": "0", "oh": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4"} | {
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9"
}  # fmt: skip
_DIGIT_WORD = f"(?:{'|'.join(_SPOKEN)})"
_DIGIT_WORDS = frozenset(_SPOKEN)
SPELT = re.compile(
    rf"(?<![a-z]){_DIGIT_WORD}(?:(?:[ ,.;-]{{1,3}}\n?|\n)[ ]?{_DIGIT_WORD}){{9}}(?![a-z])", re.IGNORECASE
)
"""Ten digits in words, wrapped or not."""
BOXES = re.compile(r"[0-9](?:[ ]?\|[ ]?[0-9]){9}(?![0-9|])")
"""Ten digits in the boxes of a form."""
_BOX_BEFORE, _BOX_AFTER = re.compile(r"[0-9][ ]?\|[ ]?\Z"), re.compile(r"[ ]?\|[ ]?[0-9]")
_OF_AN_ORDER = re.compile(r"(?<![a-z])(?:invoice|order|authori[sz]ation|remittance|return) nhs-\Z")
"""Before a number that a supplier to the NHS gave."""
_JOIN = r"[\s\"'():=#.|,\[\]*_/-]{0,12}"
_LABEL = re.compile(
    rf"(?:(?<![a-z])n[. ]?h[. ]?s\.?{_JOIN}(?:n ?[a-z]{{0,8}}\.?|[mu]m?u?mb[a-z]{{1,3}}|id|"
    r"identifier|ref(?:erence)?|#)?"
    r"|(?<![a-z])(?:nsh|hns|nhss)[\s._-]{0,2}n[a-z]{0,8}\.?"
    r"|(?<![a-z])(?:chi|community health index)(?:[\s_-]{0,2}n[a-z]{0,8}\.?)?"
    r"|(?<![a-z])(?:rhif(?: y)? )?g\.?i\.?g\.?"
    r"|(?<![a-z])pna\+pat\+"
    r"|(?<![a-z])(?:h\s?(?:&|and|\+)\s?c|hcn|hsc(?:ni)?|health (?:and|"
    r"&) (?:social )?care)(?:[\s_-]{0,2}n[a-z]{0,8}\.?)?)"
    rf"{_JOIN}(?:(?:is|was|new|old|verified|reads|should (?:be|read|have been)|corrected to)\b"
    rf"{_JOIN}){{0,2}}$",
)
_LABEL_AFTER = re.compile(
    r"[\s(\[,:;=-]{0,4}(?:\^{2,3}nhs\b|(?:is |= ?)?(?:\w+ ){0,3}nhs\s?n[a-z.]{0,8}"
    r"(?![a-z.]|[\s:.#=-]{0,4}[0-9])|"
    r"[ ]nhs(?![a-z])(?! (?:trust|foundation|england|digital|scotland|wales|property|supply|resolution)))",
    re.IGNORECASE,
)
_FAR_LABEL = re.compile(
    r"(?<![a-z])(?:nhs[\s_-]{0,2}n(?!et|hs)[a-z]{0,8}(?!\":null|[a-z]|[\s_-](?:use|policy|guidance|format))|"
    r"chi[\s_-]n[a-z]{0,8}|rhif(?:au)?(?: y)? gig)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?<![a-z])(?:nhs|gig|chi|h ?(?:&|and) ?c|hcn|hsc)(?![a-z])", re.IGNORECASE)
_HEADING_OF_NUMBERS = re.compile(
    rf"{_HEADING.pattern}[ _.-]{{0,2}}(?:n(?:o|r|um|umber)?s?|id|#)(?![a-z])", re.IGNORECASE
)
_OTHER = (
    r"(?<![a-z])(?:[il1]nv[o0]ice|a/c|acc(?:oun)?t|accession|asset|barcode|batch|booking|build|call|commit|"
    r"charity|company|"
    r"concept|consignment|"
    r"contract|customer|delivery|docket|doi|epoch|ext|extension|fax|incident|inv|invoice|isbn(?:-10)?|item|"
    r"job|licen[cs]e|log|lot|membership|meeting id|meter|mob|mobile|model|mpan|mprn|order|parcel|part|"
    r"(?<!over )(?<!over the )(?<!by )phone|"
    r"mdsi|merchant|pcn|permit|smartcard|terminal|timesheets?|ucas|uln|university id|control id|"
    r"member (?:ref|no|num|id)|staff ?id|assignment|grn|credit note|"
    r"seals?|laundry|lab n(?:o|um)|ubrn|tender|cert(?:ificate)?|e-?rs|works|meeting|conference|zoom|dial-?in|"
    r"\"(?:created|updated|expires|iat)|candidate|delegate|learner|pupil|student|unsubscribe|"
    r"pin|po|policy|product|purchase|process|"
    r"quotation|quote|receipt|registration|request|revision|ring(?![^\n]{0,20} (?:re|about|regarding) )|"
    r"session|sctid|serials?|sku|uprn|ean|webex|snomed|tel|"
    r"telephone|ticket|timestamp|track|tracking|transaction|txn|utr|vat|webinar)(?![a-z])"
)
_OTHER_LABEL = re.compile(rf"{_OTHER}(?:[^\n]{{0,24}}|[^\n]{{0,24}}\n[ \t]{{0,4}})\Z")
_CALLED_OTHERWISE = re.compile(rf"{_OTHER}(?:[ .:#-]{{1,3}}(?:no|num|number|id|is))*[ .:#-]{{0,4}}\Z")
"""Right before a number."""
_OTHER_HEADING = re.compile(
    rf"{_OTHER}|^(?:code|cat(?:alogue)?|ref(?:erence)?|payroll|employee|staff|amount)(?![a-z])", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"(?<![a-z])(?:(?<!patient )(?<!pt )refs?(?:err?ence)?|airway bill|award|awrad|grant|nihr|uuid|search id|"
    r"interaction|message|code|enquiry|load|project|requisition|"
    r"statement|box|inc|rma|audit|pack|lot|delivery|(?<!patient )(?<!pt )(?<!person )id|case|"
    r"(?<!family )member|trace|"
    r"catalogue|supplier|wholesaler|portal|protocol|reader|employee|payroll|staff)"
    r"(?:[ \",:#.-]{1,3}(?:no\.?|number|id|is|ref[a-z]{0,8}))*[ \":#.-]{0,4}$"
)
"""Labels of something else that letters about patients have, too: a health number's own outweighs them."""
_LINK = re.compile(r"(?:https?://|(?<![a-z])www\.|\.(?:com|org|net|uk|example)/)\S{0,60}$")
_CONTROLLED = re.compile(r"\W{0,3}(?:msh|msa|evn|fhs|fts|bhs|bts|qrd|qak|err)\|", re.IGNORECASE)
"""HL7 segments about messages, not people."""
_ASKED = re.compile(
    r"(?<![a-z])(?:(?:letters?|notes|referrals?|results?|scripts?|prescriptions?|bloods|records?|summary|"
    r"(?:fit|sick) note|discharge|appointment|hospital|ward|lab|consultant|family|daughter|son|mum|"
    r"dad|carers?)(?: [a-z']{2,10}){0,2} (?:for|on|re|about|regarding|with|of)|"
    r"(?:deal(?:ing|t) with|look(?:ing)? (?:at|after|into)|(?:need|want|like|able) to (?:look at|see)|"
    r"(?:is|are) (?:this|that|these)(?: one)? (?:yours|mine|ours)|chas(?:e|ing)(?: up)?|"
    r"(?:who|what)(?:'s| is| has| have)? (?:seen|got|doing|happening)(?: with| to)?)|"
    r"(?:pull|bring|look) up|"
    r"numbers? (?:that )?you (?:wanted|needed|asked for|were after)(?![a-z])[^0-9]{0,60}|"
    r"numbers? (?:given|taken|read out|left)(?: to us| to me)?(?: over| by| on)?(?: the)?"
    r"(?: phone| telephone| answerphone)?)"
    r"[\s:?,-]{1,4}\(?$"
)
"""Before a bare number in a note between colleagues: "who's dealing with ..."."""
_GOODS = re.compile(
    r"(?<![a-z])(?:qty|quantity|sku|unit cost|couch roll|toner|batteries|reorder|delivery notes?|"
    r"order numbers|library)(?![a-z])"
)
"""What is sold, not treated."""
_BIRTH_AND_SEX = re.compile(r"[0-9]{2}[ \t,;|]{0,6}(?:m|f|male|female)[ \t,;|]{1,6}$")
_DIALLED = re.compile(r"\+\d{0,3}[\s().-]{0,3}(?:1[\s.-]|0\)[\s.-]?)?$")
_NAMED = re.compile(
    r"(?<![A-Za-z'-])(?P<first>[A-Za-z'-]{2,25}|[A-Z]|[a-z](?=\.))\.?(?:,[ ]?|[ ])(?P<last>[A-Za-z'-]{2,25})"
    r"[ ]?(?:\([0-9]{1,3}\))?[ ,;|/:(?\t-][ ]?\"?"
    r"(?:\(?[0-9]{1,4}[-./ ][0-9A-Za-z]{1,9}[-./ ][0-9]{2,4}\)?[ ]?[,;|/\t -][ ]?)?$"
)
_BEGINS = re.compile(r"(?:^|[\n:\\/])[ \t>*•-]{0,6}$")
_OF_SOMEBODY = re.compile(
    r"[ ]{1,2}(?:never got|"
    r"(?:has|had|is|was|needs|wants|takes|rang|phoned|attended|did not)(?![a-z])[^.\n]{0,30})"
    r" (?:her|his|their|she|he|dna)(?![a-z])",
    re.IGNORECASE,
)
"""Behind a number that stands for a name."""
_CARE_WORD = (
    r"(?:bloods?|results?|scan|letter|referral|scripts?|notes|smear|appt|appointment|swab|ecg|urine|"
    r"x-?ray|mri|"
    r"discharge|clinic|histology|summary|consent)"
)
_CARE_AFTER = re.compile(
    rf"[ ]{{0,2}}[-–:][ ]{{1,2}}{_CARE_WORD}(?![a-z])|"
    r"[ \n](?:on )?to the [a-z ]{0,20}list(?![a-z])|"
    r"[ \n]and (?:the|her|his) (?:record|notes|spine record|demographics)(?![a-z])|"
    rf"[_ -]{_CARE_WORD}(?![a-z])[A-Za-z0-9_ -]{{0,40}}"
    r"\.(?:pdf|docx?|tiff?|jpe?g|png|rtf|msg|eml)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""What is somebody's, behind the number that stands for them or begins the name of a file."""
_CARE_BEFORE = re.compile(rf"(?<![a-z])(?:{_CARE_WORD}|fax|pt|patient)[_ -]$")
_OF_FILE = re.compile(
    r"[A-Za-z0-9_ -]{0,40}\.(?:pdf|docx?|tiff?|jpe?g|png|rtf|msg|eml)(?![A-Za-z0-9])", re.IGNORECASE
)
_NAMED_AFTER = re.compile(
    r"[ \t|,;:-]{1,4}(?P<last>(?:[A-Z][a-z]{1,3} )?[A-Z][A-Za-z'-]{1,24})"
    r"(?:,[ ]?|\^)(?P<first>[A-Z][A-Za-z'-]{1,24})"
    r"(?![A-Za-z'-])"
)
_BIRTH_AFTER = re.compile(
    r"[ ,;|/]{0,3}\n[ \t>]{0,4}[0-9]{1,2} ?[./-] ?[0-9]{1,2} ?[./-] ?(?:19|20)[0-9]{2}(?![0-9])"
)
_ANOTHER_BEHIND = re.compile(r"[ \t,;/]{1,4}\(?[0-9]{3}\)?[ -]{1,3}[0-9]{3}[ -]{1,3}[0-9]{4}(?![0-9])")
"""Behind a number: one more in the same groups, as lists of telephones have several for everybody."""
_POSTCODE_ABOVE = re.compile(
    r"(?<![A-Z0-9])[A-Z]{1,2}[0-9][0-9A-Z]? {0,2}[0-9][A-Z]{2}[ \t,]{0,3}\n[ \t>]{0,4}$", re.IGNORECASE
)
_BIRTH_ABOVE = re.compile(
    r"\n[ \t>]{0,4}[0-9]{1,2} ?[./-] ?(?:[0-9]{1,2}|[A-Za-z]{3,9}) ?[./-] ?(?:19|20)?[0-9]{2}"
    r"[ ,;]{0,2}\n[ \t>]{0,4}$"
)
_LISTED = re.compile(r"(?:^|[\n,;|\t:])[ \t>*•-]{0,6}(?:[0-9]{1,2}[.)] )?[\"'(]?$|<[a-z]{2}>$|[ ]{2}$")
"""Before a number that begins a line, a cell, be it but aligned, or an item."""
_LOG_LEVEL = re.compile(r"[ \t]{1,3}(?:INFO|WARN(?:ING)?|ERROR|DEBUG|FATAL|TRACE)(?![A-Za-z])")
_MAIL_BEHIND = re.compile(r"[ \t]{0,3}\r?\n[ \t>]{0,4}[\w.+-]{1,64}@")
"""Behind a number: whose telephone has an address below it, as signatures in America have."""
_LINE_BEGINS = re.compile(r"(?:^|\n)[ \t>*-]{0,6}$")
_EXAMPLE = re.compile(
    r"(?<![a-z.@-])(?:examples?|(?:e\.g\.|like|for instance)(?= ?\Z)|"
    r"specimen (?:copy|only|letter|form|nhs|numbers?(?! ?[0-9]))|"
    r"(?:a|an|the|our|your|this|use|using) (?:dummy |fake )?(?:test|training) (?:number|patient|record)|"
    r"training (?:system|environment)|sandbox|dummy|fictitious|placeholder)(?![a-z])"
)
_TRIAL = re.compile(
    r"(?<![a-z.@-])(?:test (?:number|patient|record)|training (?:record|number)|try (?:it )?with|"
    r"check digits?(?! (?:ok|valid|passes)))(?![a-z])"
)
"""Near a number that no label names: it belongs to nobody. A blood test's record is somebody's."""
_TELEPHONE_WORDS = re.compile(
    r"(?<![a-z])(?:reach|call|cell|contact|dial|fax|office|phone|ring|tel|text|voicemail|whatsapp)",
)
_REACHED = re.compile(r"(?<![a-z])(?:reach|dial|fax|voicemail|whatsapp)[^\n]{0,20}\Z")
"""Before a number at which somebody is."""
_PATIENT_WORDS = re.compile(
    r"(?<![a-z])(?:patients?|pts?|d\.?o\.?b|date of birth|birth|born|surname|forename|hospital n|mrn|emis|"
    r"systm\s?one|demographics?|spine|pds|pid\||referr\w+|recalls?|smear|screening|vaccin\w+|immunis\w+|"
    r"prescri\w+|diagnos\w+|admitted|admission|discharged?|registered (?:with|at|under|patient)|deceased|"
    r"deduct|gone away|gp2gp|merge|resourcetype|fhir)(?![a-z])",
)


def is_heading(heading: str) -> bool:
    """Whether a column headed so holds health numbers."""
    return bool(_HEADING.search(heading))


def is_heading_of_numbers(heading: str) -> bool:
    """Whether it says so in full: whoever stands in such a table is a patient, numbered or not yet."""
    return bool(_HEADING_OF_NUMBERS.search(heading))


def find(text: str) -> Iterator[Finding]:
    """Numbers of patients in normalised `text`."""
    ours = list(cells(text, is_heading))
    candidates = [
        number
        for number in numbers(text, TEN)
        if (
            (number.shape in SHAPES and number.digits[0] not in NOT_ISSUED)
            or _is_labelled(text, number)
            or is_within(ours, number.start, number.end)
        )
        and not text[number.end : number.end + 1].isalpha()
    ]
    valid = [number for number in candidates if passes(number.digits)]
    column = _is_column(text, valid, candidates)
    others = list(cells(text, _OTHER_HEADING.search))
    failing = strangers(text) if valid else {}
    for number in valid:
        if is_within(ours, number.start, number.end):
            score, why = 0.98, "ten digits with a valid check digit in a column headed as health numbers"
        elif is_within(others, number.start, number.end):
            continue
        else:
            in_words = _LETTER.search(text, max(0, number.start - 160), number.end + 100)
            weigh = _weigh if in_words else _weigh_among_figures
            score, why = weigh(text, number, column=column, alone=len(valid) == len(candidates))
            if score < LABELLED and not column and is_among(failing, number):
                continue
        if score:
            yield Finding(_type(number.digits), number.start, number.end, score, why)
    yield from _bracketed(text)
    yield from _dictated(text)
    yield from _spelt_out(text)


_LONG = re.compile(r"[0-9](?=[^A-Za-z]{9})(?:[^0-9A-Za-z]{0,30}+[0-9]){9}")
"""Ten digits, in whatever groups: no letter stands between them, and no more than `digits` reads over."""


def valid(text: str) -> Iterator[Number]:
    """Ten digits of a range in use that pass the check, whatever stands around them; none overlap."""
    if not _LONG.search(text):
        return  # Reading the groups of ordinary text takes three times as long.
    end = 0
    for number in numbers(text, TEN, ISSUED_NOW):
        if number.start >= end and number.shape in SHAPES and is_issued(number.digits):
            end = number.end
            if not _is_of_more_boxes(text, number):
                yield number


def _is_of_more_boxes(text: str, number: Number) -> bool:
    """Whether a form has further digits in boxes beside it, as a card's has."""
    boxed = "|" in text[number.start : number.end]
    return boxed and bool(
        _BOX_BEFORE.search(text, max(0, number.start - 4), number.start) or _BOX_AFTER.match(text, number.end)
    )


Strangers = dict[tuple[int, ...], list[int]]
"""Where ten digits begin that are no health number, in order, by their groups."""


def strangers(text: str) -> Strangers:
    """All of normalised `text`; none overlap."""
    found: Strangers = {}
    end = 0
    for number in numbers(text, TEN):
        if number.start >= end and number.shape in SHAPES:
            end = number.end
            if not is_issued(number.digits):
                found.setdefault(number.shape, []).append(number.start)
    return found


def is_among(others: Strangers, number: Number) -> bool:
    """Whether several that fail the check stand near one that is written as they are: it passes by chance."""
    starts = others.get(number.shape, ())
    near = bisect_left(starts, number.end + NEARBY) - bisect_left(starts, number.start - NEARBY)
    return near >= SEVERAL


def spoken_against(text: str, number: Number) -> str:
    """What speaks against a number as a patient's, right before it; "" if nothing does."""
    before = text[max(0, number.start - 60) : number.start].lower()
    if _DIALLED.search(before) or _REACHED.search(before):
        return "dialled"
    if _OTHER_LABEL.search(before) or _REFERENCE.search(before):
        return "called something else"
    if _EXAMPLE.search(before):
        return "example"
    return "within a code" if _is_in_code(text, number) else ""


def possible(text: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Numbers for which nothing speaks but the check digit, which one in eleven pass, and nothing against.

    None that one of the `findings`, which are in order, covers. They are weak evidence, and no findings.
    """
    ends = list(accumulate((each.end for each in findings), max))
    starts = [each.start for each in findings]
    for number in valid(text):
        before = bisect_left(starts, number.end)
        covered = before and ends[before - 1] > number.start
        if not covered and not spoken_against(text, number):
            why = "ten digits with a valid check digit"
            yield Finding("NHS_NUMBER", number.start, number.end, POSSIBLE, why)


def _is_in_code(text: str, number: Number) -> bool:
    """Whether a longer code goes on at either end of a number."""
    before = text[max(0, number.start - 1) : number.start]
    return bool(_IN_CODE.search(before) or _CODE_GOES_ON.match(text, number.end))


def beside_names(text: str, people: Sequence[Finding], found: Iterable[Finding]) -> Iterator[Finding]:
    """Possible numbers right behind or before one of `people`, which nothing `found` covers.

    As in "Jane Doe [999 000 0018]".
    """
    findings = sorted(found, key=lambda each: each.start)
    ends, starts = {each.end for each in people}, {each.start for each in people}
    for number in possible(text, findings) if people else ():
        before = _BETWEEN.search(text, max(0, number.start - 4), number.start)
        after = _BETWEEN_AFTER.match(text, number.end)
        behind = before and not ends.isdisjoint(range(before.start(), number.start))
        if behind or (after and after.end() in starts):
            why = "ten digits with a valid check digit beside a name"
            yield Finding(number.type, number.start, number.end, 0.75, why)


def _is_column(text: str, valid: Sequence[Number], candidates: Sequence[Number]) -> bool:
    """Whether there are three numbers or more, nearly all are valid, and nothing else is listed there."""
    if len({number.digits for number in valid}) < 3:
        return False
    heading = text[max(0, valid[0].start - 60) : valid[0].start].lower()
    taken = {group.start for number in valid for group in number.groups}
    free = [one for one in candidates if taken.isdisjoint(group.start for group in one.groups)]
    listed = [one for one in valid if _LISTED.search(text, max(0, one.start - 12), one.start)]
    logged = any(_LOG_LEVEL.match(text, one.end) for one in valid)
    if len({number.digits for number in listed}) < 3 or logged:
        return False
    return len(free) <= 0.1 * len(valid) and not _OTHER_HEADING.search(heading)


def _bracketed(text: str) -> Iterator[Finding]:
    """Labelled numbers whose first group stands in brackets, as in a telephone number."""
    for match in _BRACKETED.finditer(text):
        digits = "".join(match.groups())
        before = text[max(0, match.start() - 160) : match.start()].lower()
        near = before[-60:]
        if not passes(digits):
            continue
        if _LABEL.search(near) or (
            digits[0] in ISSUED_NOW
            and (_FAR_LABEL.search(before) or _ASKED.search(near))
            and not (_OTHER_LABEL.search(near) or _TELEPHONE_WORDS.search(near[-40:]))
        ):
            why = "ten digits with a valid check digit, labelled as a health number"
            yield Finding(_type(digits), match.start(), match.end(), 0.99, why)


def _dictated(text: str) -> Iterator[Finding]:
    """Labelled numbers whose groups commas part, as programs write down what they hear."""
    for match in DICTATED.finditer(text):
        digits = "".join(filter(str.isdigit, match[0]))
        if passes(digits) and _FAR_LABEL.search(text[max(0, match.start() - 60) : match.start()].lower()):
            why = "ten digits with a valid check digit, labelled as a health number"
            yield Finding(_type(digits), match.start(), match.end(), 0.99, why)


def _spelt_out(text: str) -> Iterator[Finding]:
    """Numbers in words, as they are taken down from the telephone; hardly anything else has ten."""
    for match in matches(SPELT, text, _DIGIT_WORDS):
        digits = "".join(_SPOKEN[word] for word in re.findall("[a-z]+", match[0].lower()))
        why = "ten digits in words with a valid check digit"
        if passes(digits) and _FAR_LABEL.search(text[max(0, match.start() - 60) : match.start()].lower()):
            yield Finding(
                _type(digits), match.start(), match.end(), 0.99, f"{why}, labelled as a health number"
            )
        elif is_issued(digits) and digits[0] in ISSUED_NOW:
            yield Finding(_type(digits), match.start(), match.end(), 0.9, why)


def is_issued(digits: str) -> bool:
    """Whether `digits` could be somebody's: they pass, and are of a range in use."""
    return digits[0] not in NOT_ISSUED and passes(digits)


def passes(digits: str) -> bool:
    """Whether `digits` have a valid check digit, are no filler and no printed example.

    Of no range in use, they are a number of another country's, or one that somebody made up or will be
    given one day: whoever calls it a health number is believed.
    """
    return digits not in PUBLISHED and len(set(digits)) > 1 and is_valid(digits)


def _type(digits: str) -> FindingType:
    if digits < "3113":
        return "CHI_NUMBER"
    return "HC_NUMBER" if "32" <= digits < "4" else "NHS_NUMBER"


def _weigh(text: str, number: Number, *, column: bool, alone: bool) -> tuple[float, str]:
    """How sure, and why; 0 when nothing speaks for the number or something against it."""
    before = text[max(0, number.start - 60) : number.start].lower()
    after = text[number.end : number.end + 70].lower()
    if _EXAMPLE.search(before) or _EXAMPLE.search(after) or _OF_AN_ORDER.search(before):
        return 0.0, ""
    if _is_labelled(text, number) or (_LABEL_AFTER.match(after) and not _CALLED_OTHERWISE.search(before)):
        return 0.99, "ten digits with a valid check digit, labelled as a health number"
    if _OTHER_LABEL.search(before) or _DIALLED.search(before) or _is_decimal(text, number):
        return 0.0, ""
    if _CONTROLLED.match(text, text.rfind("\n", 0, number.start) + 1):
        return 0.0, ""
    if column and not _GOODS.search(text[max(0, number.start - 160) : number.end + 60].lower()):
        return 0.9, "one of several ten-digit numbers that all have a valid check digit"
    return _weigh_unlabelled(text, number, alone=alone)


def _weigh_among_figures(text: str, number: Number, *, column: bool, alone: bool) -> tuple[float, str]:
    """The same for a number that no word stands around: there are exports of nothing else."""
    if _DIALLED.search(text, max(0, number.start - 60), number.start) or _is_decimal(text, number):
        return 0.0, ""
    if column:
        return 0.9, "one of several ten-digit numbers that all have a valid check digit"
    if _may_go_unlabelled(number.digits) and (
        _BIRTH_AFTER.match(text, number.end)
        or _BIRTH_ABOVE.search(text, max(0, number.start - 30), number.start)
    ):
        return 0.8, "ten digits with a valid check digit beside a date"
    if alone and _looks_issued(text, number):
        return 0.7, "ten digits in groups of 3, 3 and 4 with a valid check digit"
    return 0.0, ""


def _is_labelled(text: str, number: Number) -> bool:
    return _LABEL.search(text[max(0, number.start - 60) : number.start].lower()) is not None


def _weigh_unlabelled(text: str, number: Number, *, alone: bool) -> tuple[float, str]:
    """The same for a number that nothing directly beside it names."""
    before, behind = text[max(0, number.start - 160) : number.start], text[number.end : number.end + 100]
    around = f"{before}\n{behind}".lower()
    dialled = number.shape == (3, 3, 4) and _MAIL_BEHIND.match(behind)
    if dialled or _is_in_link(before.lower()) or _TRIAL.search(f"{before[-60:]}\n{behind[:70]}".lower()):
        return 0.0, ""
    if _BIRTH_AND_SEX.search(before[-20:].lower()):
        return 0.85, "ten digits with a valid check digit behind a date or an age and a sex"
    if is_in_file_of_patient(text, number.start, number.end):
        return 0.85, "ten digits with a valid check digit behind a name in a file's name"
    if _FAR_LABEL.search(around):
        return 0.95, "ten digits with a valid check digit near a health number's label"
    if _REFERENCE.search(before[-40:].lower()) or _GOODS.search(around):
        return 0.0, ""
    return _weigh_by_context(text, number, around, alone=alone)


def _is_in_link(before: str) -> bool:
    """Whether a link ends the lower-case text `before`, and nothing in its line speaks of a patient."""
    link = _LINK.search(before)
    if not link:
        return False
    line = before[before.rfind("\n") + 1 :]
    return not (_PATIENT_WORDS.search(link[0]) or _FAR_LABEL.search(line))


def _weigh_by_context(text: str, number: Number, around: str, *, alone: bool) -> tuple[float, str]:
    """The same for one that is no reference and no goods', by what stands `around` it."""
    before = text[max(0, number.start - 160) : number.start]
    may_be_telephone = _TELEPHONE_WORDS.search(around)
    near = text[max(0, number.start - 40) : number.start].lower()
    dialled = _TELEPHONE_WORDS.search(near) or _ANOTHER_BEHIND.match(text, number.end)
    in_file = _OF_FILE.match(text, number.end) and _CARE_BEFORE.search(before[-20:].lower())
    if in_file or _CARE_AFTER.match(text, number.end):
        return 0.8, "ten digits with a valid check digit before what is somebody's"
    if _may_go_unlabelled(number.digits) and (
        (not dialled and (_stands_behind_person(text, number) or _stands_before_person(text, number)))
        or _BIRTH_AFTER.match(text, number.end)
        or _BIRTH_ABOVE.search(text, max(0, number.start - 30), number.start)
        or _POSTCODE_ABOVE.search(text, max(0, number.start - 16), number.start)
        or _is_about_treatment(text, number)
        or _OF_SOMEBODY.match(text, number.end)
    ):
        return 0.8, "ten digits with a valid check digit beside a name, a date or clinical content"
    if _may_go_unlabelled(number.digits) and _ASKED.search(before[-80:].lower()):
        return 0.8, "ten digits with a valid check digit that colleagues ask about"
    if _PATIENT_WORDS.search(around):
        return 0.85, "ten digits with a valid check digit in patient context"
    if alone and not may_be_telephone and _looks_issued(text, number):
        return 0.7, "ten digits in groups of 3, 3 and 4 with a valid check digit"
    return 0.0, ""


def _may_go_unlabelled(digits: str) -> bool:
    """Whether it is of a range in use in England or Northern Ireland, or has a CHI number's date."""
    if digits[0] in ISSUED_NOW or "32" <= digits[:2] < "40":
        return True
    return 1 <= int(digits[:2]) <= 31 and 1 <= int(digits[2:4]) <= 12


def _stands_behind_person(text: str, number: Number) -> bool:
    """Whether a full name, or one with a title or a date, stands directly before the number."""
    name = _NAMED.search(text, max(0, number.start - 90), number.start)
    if not name:
        return False
    kinds = [kind_of(name["first"]), kind_of(name["last"])]
    if name["first"].lower() in words("titles") and kinds[1].capital:
        return not kinds[1].everyday
    if any(kind.title or kind.everyday or not (kind.capital or kind.known) for kind in kinds):
        return False
    printed = number.shape == (3, 3, 4) and not any(kind.common for kind in kinds)
    return printed or any(kind.known and not kind.common for kind in kinds)


def _stands_before_person(text: str, number: Number) -> bool:
    """Whether surname and given name follow the number: "999 000 0018 DOE, Jane"."""
    begins = _BEGINS.search(text, max(0, number.start - 8), number.start)
    name = _NAMED_AFTER.match(text, number.end) if begins else None
    kinds = [kind_of(name["last"].split()[-1]), kind_of(name["first"])] if name else []
    return bool(kinds) and not any(kind.common or kind.everyday or kind.title for kind in kinds)


def _is_about_treatment(text: str, number: Number) -> bool:
    """Whether the number begins a line that goes on to clinical content."""
    begins = _LINE_BEGINS.search(text, max(0, number.start - 8), number.start)
    return bool(begins) and any(clinical.find(text[number.end : number.end + 60]))


def _is_decimal(text: str, number: Number) -> bool:
    return number.start > 1 and text[number.start - 1] == "." and text[number.start - 2].isdigit()


def _looks_issued(text: str, number: Number) -> bool:
    """Whether the number is in the range in use and printed as the NHS prints it: 3, 3 and 4 with spaces."""
    plain = text[number.start : number.end].replace(" ", "")
    return number.shape == (3, 3, 4) and number.digits[0] in ISSUED_NOW and plain == number.digits
