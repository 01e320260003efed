"""Does a sentence say of somebody that an illness, a drug or an operation is theirs?

"Joan Doe has asthma", "started Joan Doe on ramipril" and "codeine for Joan Doe" do; "Joan Doe sent the
asthma guideline", "ask Joan Doe for the leaflet" and "diagnoses such as gout" do not.
"""

from __future__ import annotations

import re

from detectors.findings import Finding
from detectors.names import kind_of

REACH = 160
"""Characters between a name and a term that one sentence may hold."""

_ENDS = re.compile(r"[.!?][\"')]?\s+(?=[A-Z\"'(])|\n[ \t>]*\n|\n\s{0,4}[-*][ ]")
"""Where a sentence, a paragraph or an item of a list ends."""
_HAS = re.compile(
    r"(?<![a-z])(?:has|had|have|got|suffer(?:s|ed|ing)?|on|takes|taking|took|start(?:s|ed)?|commenced|c/o|"
    r"complain\w{0,4}|develop\w{0,3}|diagnosed|with|due|needs?|wants?|would like|request\w{0,3}|"
    r"present(?:s|ed|"
    r"ing)|prescribed|given|under(?:goes|went|going)|await\w{0,3}|stopped|allerg\w{0,3}|coming|booked|listed|"
    r"list for|referred|seen|attend\w{0,3}|admitted|rang|called|phoned|feel(?:s|ing)?|reports|reporting|"
    r"denies|"
    r"h/o|hx|re|about|regarding|following|experienc\w{0,3}|struggl\w{0,3}|her|his|their|your|who|aged|old|"
    r"yo|query|known|still|now|again|back|in for|follow-up)(?![a-z])"
)
_RECORD = re.compile(
    r"(?:'s|[\s,;:|()/?=-]|[0-9]{1,4}(?:st|nd|rd|th)?|(?<![a-z])(?:[mf]|male|female|yo|yrs?|dob|d\.o\.b|b|"
    r"born|nhs|no|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|age|aged|dx|diagnosis|problems?|reason|"
    r"condition)(?![a-z])"
    r"\.?){0,40}"
)
"""What stands between the columns or fields of one record."""
_CLINICAL_VERB = re.compile(
    r"(?<![a-z])(?:start(?:ed|ing)?|stop(?:ped|ping)?|commenced?|referr(?:ed|ing)|refer|admit(?:ted)?|"
    r"discharg(?:e|ed|"
    r"ing)|book(?:ed)?|list(?:ed)?|add(?:ed)?|reassur(?:e|ed|ing)|review(?:ed|ing)?|saw|seen|see|seeing|"
    r"prescrib(?:e|"
    r"ed|ing)|examined?|treat(?:ed|ing)?|visit(?:ed)?|give|gave|put|call(?:ed)?(?: back)?|ring|phone|mum of|"
    r"mother of|father of|dad of|son of|daughter of|wife of|husband of|carer (?:of|for)|parents? of|chase|"
    r"scripts? for|prescription for|look at|squeeze)"
    r"(?: in| up)?[ ]{1,2}(?:(?:mr|mrs|ms|miss|mx|master|baby)\.?[ ]{1,2})?$"
)
_OF = re.compile(
    r"[ ](?:[a-z]+ ){0,4}?(?:for|in|of|from|by)[ ]{1,2}(?:our (?:mutual )?patient |the above |this patient )?"
    r"(?:(?:mr|mrs|ms|miss|mx|master|baby)\.?[ ]{1,2})?$"
)
_AT_WORK = re.compile(
    r"(?<![a-z])(?:sen(?:t|ds?|ding)|circulat\w+|updat\w+|wr(?:ote|ites?|iting|itten)|led|leads?|leading|"
    r"runs|running|"
    r"teach\w*|taught|talk\w*|speak\w*|spoke|speech|lectur\w+|webinar|sessions?|training|courses?|audit\w*|"
    r"leaflets?|"
    r"newsletters?|guid(?:ance|elines?)|protocols?|polic(?:y|ies)|templates?|posters?|articles?|papers?|"
    r"stud(?:y|"
    r"ies)|trials?|research\w*|charit\w+|fundrais\w+|rais(?:ed?|ing)|donat\w+|awareness|campaign|recruit\w*|"
    r"appointed|joined|role|job|specialis\w+|authors?|edit\w+|organis\w+|stock\w*|suppl(?:y|ies|ier)|"
    r"deliver\w*|"
    r"invoices?|quot\w+|prices?|meeting|minutes|agenda|conference|workshop|presentation|slides|search(?:es)?|"
    r"spreadsheet|figures|responsib\w+|cover(?:s|ing)?|present(?:s|ed|ing)? (?:on|the|a|our)|ask(?:s|"
    r"ed)? (?:us|"
    r"everyone|staff|whether)|colleagues?|patients|people|everyone|anyone|anybody|those|such as|for example|"
    r"for instance|including|isbn|edition|journal|propos\w+|second(?:ed|s)|thank\w*|volunteer\w*)(?![a-z])"
    r"|e\.g|\[[ ]?\]|<<|\{\{"
)
"""What makes of a sentence one about work, about everybody or about nobody."""
_INTRODUCED = re.compile(
    r"(?<![a-z])(?:by|thanks to|thank|ask|asking|speakers?|contact|e?-?mail|let|from|to|officer is|"
    r"manager is|"
    r"lead is|officer|editor|hi|hello|hey|dear|cheers|regards|wishes|sincerely|sponsor|author)"
    r"[ ,:]{1,3}(?:(?:mr|mrs|ms|miss|mx|dr|prof)\.?[ ]{1,2})?$"
)
"""In front of who acts or is spoken to."""
_OF_WORK = re.compile(
    r"[ -](?:[a-z]+ ){0,1}(?:clinics?|audits?|leaflets?|newsletters?|guid(?:ance|elines?)|protocols?|"
    r"polic(?:y|ies)|"
    r"templates?|posters?|stud(?:y|ies)|trials?|research|charity|appeal|awareness|day|week|month|campaign|"
    r"nurses?|"
    r"leads?|specialists?|teams?|services?|registers?|pathways?|groups?|society|trust|uk|programmes?|"
    r"training|"
    r"updates?|courses?|sessions?|talks?|cases|patients|rates|prevalence|centre|unit|department|spacers|kits|"
    r"stock|supplies|cent(?:re|er)|support|relief|association|foundation|conference|webinar|meetings?|"
    r"indicators?|"
    r"targets?|searches|search|template|codes|coding|lists?|deliver(?:y|ies)|orders?|bundle|"
    r"champion)(?![a-z])"
    r"|[ ]?:?[ ](?:none|nil)(?![a-z])"
)
"""Behind a term that names something at work, or that is denied."""
_OFF_SICK = re.compile(
    r"[^.!?\n]{0,40}(?<![a-z])(?:going home|gone home|off (?:sick|work|today|tomorrow|until|this)|not be in|"
    r"(?:works?|working) from home|will be late|back (?:in work|at work|on monday)|cover(?:ed|ing)? (?:by|"
    r"for)|swap)"
)
"""Behind the illness of somebody at work."""
_FOR_ANYBODY = re.compile(
    r"(?:such as|e\.g\.?,?|for example,?|for instance,?|including|department of|dept\.? of|institute of|"
    r"cent(?:re|"
    r"er) for|\[[ ]?[x ]?\]|managing|living with|race for|towards|in aid of)[^.\n]{0,40}$"
)


def bears(text: str, person: Finding, term: Finding) -> bool:
    """Whether one sentence of normalised or given `text` has the clinical `term` be that of `person`."""
    if is_general(text, term) or _OFF_SICK.match(text[max(person.end, term.end) :][:80].lower()):
        return False
    start, end = min(person.end, term.end), max(person.start, term.start)
    between = text[start:end].lower()
    if len(between) > REACH or _ENDS.search(text, start, end) or _AT_WORK.search(between):
        return False
    before = text[max(0, person.start - 40) : person.start].lower()
    if term.start < person.start:
        return bool(_OF.search(between)) and not _is_doubtful(text, person)
    if _CLINICAL_VERB.search(before):
        return True
    if _INTRODUCED.search(before) or _is_doubtful(text, person):
        return False
    return bool(_RECORD.fullmatch(between) or _HAS.search(between))


def are_together(text: str, person: Finding, term: Finding) -> bool:
    """Whether nothing ends between the two, and the clinical `term` is meant of somebody."""
    start, end = min(person.end, term.end), max(person.start, term.start)
    return not _ENDS.search(text, start, end) and not is_general(text, term)


def is_general(text: str, term: Finding) -> bool:
    """Whether the clinical `term` is spoken of in general, denied, or part of something's name."""
    if _OF_WORK.match(text[term.end : term.end + 40].lower()):
        return True
    return bool(_FOR_ANYBODY.search(text[max(0, term.start - 70) : term.start].lower()))


def _is_doubtful(text: str, person: Finding) -> bool:
    """Whether the name is a single word that no list of names knows."""
    name = text[person.start : person.end]
    return person.score < 0.7 and name.isalpha() and not kind_of(name).known
