"""Who has the illness: what a text says between a name and a clinical word.

It belongs to the last person named before it in its sentence; to one named behind it when it is theirs
("codeine for Jane Doe"); where its sentence says "she" or "he", to the last person named in its
paragraph; and where the paragraph does, to the only one. It is nobody's when it is a subject of work
("asthma audit"), an example, or stands in an empty form; nor do people have what they teach, write about
or raise money for. A short note and one under clinical headings are about the only person they name,
whatever stands between.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from detectors.entities import HEARD
from detectors.findings import Finding
from detectors.lexicons import any_of
from detectors.names import kind_of

_SENTENCE_END = re.compile(
    r"[.!?\n](?:(?<!\n)(?<!\b[a-z].)(?<!\b(?:mr|ms|dr|st|no|pt).)(?<!\b(?:mrs|rev|tel|ext).)(?=\s|$)"
    r"|(?<=\n)(?:[ \t>|]*\n|(?=[ \t>|]*(?:[-*•·–]|\(?[0-9]{1,2}[.)]|\[.?\])[ \t])))",
    re.IGNORECASE,
)
"""Of a sentence, a paragraph or an item of a list; no full stop behind a title or an initial."""
_PARAGRAPH_END = re.compile(r"\n[ \t>|]*\n")


_AT_WORK = re.compile(rf"(?<![a-z0-9])(?:{any_of('at_work')})(?![a-z]| nurse)", re.IGNORECASE)
_OWN = re.compile(
    r"(?<![a-z])(?:(?:she|he) (?:has|suffers from|was diagnosed with)|"
    r"(?:for|of|with|and) (?:her|his))[ \t\n]+$",
    re.IGNORECASE,
)
"""Before an illness that is somebody's own, whatever work is spoken of."""
_POLITE = re.compile(
    r"(?:many )?thanks?(?: (?:you|all|both|again|so much|very much|in advance))*[ ]?(?=[,.!\n]|$)|"
    r"(?:many )?thank(?:s| you) for (?:your|the|this|seeing|referring)(?![a-z])",
    re.IGNORECASE,
)
"""What speaks of nobody's work."""
_SUBJECT = re.compile(
    r"(?:[ \t\n-]+(?!(?:last|this|next|every|each|in|on|per|the|a|one)(?![a-z]))[a-z]+)?[ \t\n-]+"
    rf"(?:{any_of('topics')})(?![a-z])|[ ]clinics?[ ]?:"
    r"|[ \t]*[:-]?[ \t]*(?:none|nil|n/a)(?![a-z])",
    re.IGNORECASE,
)
"""Behind an illness that is one; "last week" is none."""
_EXAMPLE = re.compile(
    r"(?:such as|e\.?g\.?,?|for (?:example|instance),?|including|managing|management of|in aid of|"
    r"(?:introduction|guide|approach) to|\[[ _]?\]|☐|□|_{2,}|"
    r"(?:patients|people|those|anyone|women|men|children|adults) (?:on|with|who have)|"
    r"(?:update|talk|training|webinar|lecture|teaching|session|advice|information|minutes|slot|lunch) on|"
    r"(?:training|courses?|certificate|diploma|interest|experience|expertise|qualification|degree|module|research|"
    r"speciali[sz]\w+|experts?|supply|supplies|makers?|boxes|packs|bottles|ampoules) (?:in|of|with|for))"
    r"[ \t\n]*(?:[a-z]+(?:, | and | or |[ ])){0,4}$"
)
"""In lower case, as what it reads."""
_TITLE = r"(?:mr|mrs|ms|miss|mx|master|baby|patient|pt)\.?[ ]{1,2}"
_TITLED = re.compile(rf"(?<![a-z]){_TITLE}$", re.IGNORECASE)
_THEIRS = re.compile(
    rf"(?:(?<![a-z])(?:for|of|in|re|regarding|to)[ \t\n]+(?:{_TITLE})?|[ \t]*[:|/;–-][ \t]*)$", re.IGNORECASE
)
_YOURS = re.compile(r"(?<![a-z])your[ \t\n>|]+(?:[a-z0-9-]+[ \t\n]+){0,4}$", re.IGNORECASE)
_YOU_HAVE = re.compile(
    r"(?<![a-z])you\s+(?:have(?:\s+had)?|had|take|are\s+(?:on|taking)|were\s+(?:on|given)|suffer\s+from|started|"
    r"stopped)\s+(?:(?:a|an|the|some|your)\s+)?(?:[a-z0-9-]+ and (?:take )?)?$",
    re.IGNORECASE,
)
"""Before what who is written to has: "as you had a stroke"."""
_CONDITION = re.compile(
    r"(?<![a-z])(?:if|unless|whether|in case|imagine|when|where|once|should|could|do|did|who|that)(?![a-z])",
    re.IGNORECASE,
)
"""Before what somebody may have."""
_FOR_YOU = re.compile(
    r"(?:[ \n]+(?:appointment|appt|operation|procedure|injection|review|test))?[ \n]+for you(?![a-z])",
    re.IGNORECASE,
)
_IS_DUE = re.compile(
    r"(?:[ \t\n]+(?:appointment|appt|operation|procedure|injection|tablets|prescription|review|surgery|"
    r"treatment))?"
    r"[ \t\n]+(?:is|are|was|were|has been|have been|will be|needs?|should)(?![a-z])"
    r"(?![^.\n]{0,20}(?:better|gone|clearing))",
    re.IGNORECASE,
)
"""Behind somebody's own treatment."""
_OFF_SICK = re.compile(
    r"[^.!?\n]{0,40}(?<![a-z])(?:going home|gone home|off (?:sick|work|today|tomorrow|until|this)|not be in|"
    r"working from home|will be late|back (?:in work|at work|on monday)|swap)",
    re.IGNORECASE,
)
"""Behind the illness of somebody at work."""
_ASKED = re.compile(
    r"(?<![a-z])(?:by|ask|asking|contact|let|thanks to|thank|speakers?|sponsor|officer is|manager is|lead is)"
    rf"[ ,:]{{1,3}}(?:{_TITLE})?$",
    re.IGNORECASE,
)
"""Before the name of somebody who is to do something."""
_PRONOUN = re.compile(r"(?<![a-z])(?:she|he|her|his|him|they|their|pt|patient)(?![a-z])", re.IGNORECASE)
_SHE_OR_HE = re.compile(r"(?<![a-z])(?:she|he|her|his|him)(?![a-z])", re.IGNORECASE)
_GOES_ON = re.compile(rf"[.!?\s>|*-]*(?:{any_of('goes_on')})(?![a-z])", re.IGNORECASE)
FURTHEST = 300
"""Characters between a name and what is said of it."""
_CARE = re.compile(
    r"(?<![a-z])(?:patient|pt|appointment|appt|prescri\w+|gp|doctor|hospital|admitted|referr\w+|diagnos\w+|surgery|"
    r"carer|mum|mother|daughter|son|wife|husband|bed|bay|ward|tablets|dose|doses|mg|repeat|script|chemist|bloods|"
    r"bp|bm|sats|meds|"
    r"swab|smear|datix|dna|discharged?|out of stock|fit (?:her|him|them) in|p\.?m\.?h|hx|r/v)(?![a-z])"
    r"|(?<=\d)[mf](?![a-z])",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(
    r"(?:'s?|(?: is)? (?:due|on|needs|takes|given|started|came off|off|has stopped|stopped|"
    r"ran out of|has run out of|missed|refused|"
    r"was started on|has been on)(?: her| his| more)?) "
)
_HAS = re.compile(
    r"(?:'s?|,? \(?(?:(?:who )?(?:is |was |been )?(?:on|with|w/?|has|had|takes|taking|given|started|wants|"
    r"needs|having|admitted with|diagnosed with|dx|known)|"
    r"[0-9]{1,3}(?: ?(?:y/?o|yrs?|years?(?: old)?|[mf]))?,?|aged? [0-9]{1,3},?)|[ ]?[-–:,(]{1,2}|"
    r",? (?:[^.;\n]{1,80},? )?who (?:has|had|(?:is|was) on|was (?:admitted|diagnosed) with|suffers from))"
    r"(?: (?:a|an|the|her|his|their|some|new|more|known|severe|acute|bad)){0,2} ?",
    re.IGNORECASE,
)
"""Between a name and what its bearer has: a verb, an age, a bracket, or "who has" in its sentence."""
_FURTHEST_HAD = 120
"""Characters of that."""
_INITIALS = re.compile(r"(?:[A-Za-z]\.){2,3}|[A-Z]{2,3}")
_LIVES = re.compile(r",?[ ][0-9]{1,4}[A-Za-z]? [A-Z][a-z]+ [A-Z]")
"""An address right behind a name."""
_LIVES_OR_BORN = re.compile(r",? [0-9]")
_FRAGMENT = re.compile(r"[ ]?[?.:;-]{1,2}[ ]{1,2}(?:\?|query )?")
"""Between a name and an illness that is all of the next sentence: "for Mrs Doe? Asthma."."""
_CONTEXT = 60
_MARGIN = 12
"""Characters of a bullet, a number or a title before the name that heads a line."""
_HEADING = re.compile(rf"^[ \t>|*]*(?:{any_of('note_headings')})[ \t]*[:=-]", re.IGNORECASE | re.MULTILINE)
_SHORT = 600
"""Characters of a note that has room for one matter only."""


def bearers(text: str, people: Sequence[Finding], terms: Sequence[Finding]) -> Iterator[Finding]:
    """Those of `people` of whom one of the clinical `terms` is said; all in the order of the text.

    `people` are those who may be patients: who is at work stands in nobody's way.
    """
    people = [
        person
        for person in people
        if _is_told_apart(text, person, people, terms)
        and not _ASKED.search(text[max(0, person.start - _CONTEXT) : person.start])
    ]
    starts = [person.start for person in people]
    terms = [term for term in terms if not _is_subject(text, term)]
    if not people or not terms:
        return
    sentences, paragraphs = _Units(text, _SENTENCE_END), _Units(text, _PARAGRAPH_END)
    if _is_about_one(text, people):
        one = people[0]
        if len(text) > _SHORT or (one.start < terms[0].start and paragraphs.same(one.start, terms[0].start)):
            yield one
    for term in terms:
        next_one = bisect_right(starts, term.start)
        before = people[next_one - 1] if next_one else None
        after = people[next_one] if next_one < len(people) else None
        if before and _FRAGMENT.fullmatch(text, before.end, term.start):
            yield before
        elif before and term.start - before.end <= FURTHEST and sentences.same(before.start, term.start):
            if not _AT_WORK.search(text, before.end, term.start) or _OWN.search(
                text[before.end : term.start]
            ):
                yield before
        elif before and _heads_its_line(text, before, term):
            yield before
        elif after and sentences.same(term.start, after.start) and _is_for(text, term, after):
            yield after
        elif before and paragraphs.same(before.start, term.start):
            begin, end = sentences.around(term.start)
            goes_on = _GOES_ON.match(text, begin, end) or _PRONOUN.search(text, begin, end)
            alone = paragraphs.only(before.start, starts) and _SHE_OR_HE.search(
                text, *paragraphs.around(term.start)
            )
            if (goes_on or alone) and term.start - before.end <= FURTHEST:
                yield before
        elif before and term.start - before.end <= FURTHEST and _YOURS.search(text, before.end, term.start):
            yield before


def treated(text: str, people: Sequence[Finding], terms: Sequence[Finding]) -> Iterator[Finding]:
    """Those of the addressed `people` who are written to about their own treatment: "your cystoscopy is on".

    Colleagues ask after each other's migraine, but do not write "Dear Mr Doe" or "Hi Jane Doe".
    """
    theirs = [
        term
        for term in terms
        if _YOURS.search(text, max(0, term.start - _CONTEXT), term.start) or _is_told_to_have(text, term)
    ]
    due = [term.start for term in theirs if _IS_DUE.match(text, term.end) or _is_told_to_have(text, term)]
    for person in people:
        formal = " " in text[person.start : person.end] or is_titled(text, person)
        starts = [term.start for term in theirs] if formal else due
        if any(person.end <= start < person.end + FURTHEST for start in starts):
            yield person


def _is_told_to_have(text: str, term: Finding) -> bool:
    """Whether it is for who is written to, or what they have, and no condition."""
    if _FOR_YOU.match(text, term.end):
        return True
    has = _YOU_HAVE.search(text, max(0, term.start - _CONTEXT), term.start)
    return has is not None and not _CONDITION.search(text, max(0, has.start() - _CONTEXT), has.start())


def said_to_have(text: str, people: Sequence[Finding], terms: Sequence[Finding]) -> Iterator[Finding]:
    """Those of `people` right behind whom one of `terms` stands: "Jane Doe (asthma)", "Mrs Doe's insulin"."""
    starts = [term.start for term in terms]
    for person in people:
        first, last = bisect_left(starts, person.end), bisect_left(starts, person.end + _FURTHEST_HAD)
        if any(_HAS.fullmatch(text, person.end, start) for start in starts[first:last]):
            yield person


def is_titled(text: str, person: Finding) -> bool:
    """Whether "Mr", "Mrs" … stands before the name."""
    return bool(_TITLED.search(text[max(0, person.start - 8) : person.start]))


def _is_told_apart(text: str, person: Finding, people: Sequence[Finding], terms: Sequence[Finding]) -> bool:
    """Whether it is a name for sure, and more than a first name, which colleagues have too.

    It has a title, belongs to a longer name of the same text, or its sentence speaks of care.
    """
    if not is_surely_named(text, person):
        return False
    name = text[person.start : person.end]
    if " " in name or is_titled(text, person) or _INITIALS.fullmatch(name):
        return True
    if any(name in text[other.start : other.end].split() for other in people if other != person):
        return True
    whose = _POSSESSIVE.match(text, person.end)
    if whose and any(term.start == whose.end() for term in terms):
        return True
    around = text[max(0, person.start - _CONTEXT) : person.end + _CONTEXT]
    return bool(_CARE.search(around) or _LIVES.match(text, person.end))


def is_surely_named(text: str, person: Finding) -> bool:
    """Whether more than the pipeline says that it is a name, or it is written as a full name is."""
    name = text[person.start : person.end]
    return person.score > HEARD or (" " in name and (_is_written_as_names_are(name) or _is_known(name)))


def _is_known(name: str) -> bool:
    """Whether the gazetteer knows a word of it that means nothing else."""
    kinds = map(kind_of, name.replace("-", " ").split())
    return any(kind.known and not (kind.common or kind.everyday) for kind in kinds)


def _is_written_as_names_are(name: str) -> bool:
    """Whether a word of it has a capital and small letters, or it is several long words in capitals."""
    words = name.split()
    if any(word[0].isupper() and not word.isupper() for word in words):
        return True
    return len(words) > 1 and all(word.isupper() and len(word) > 2 for word in words)


def _is_about_one(text: str, people: Sequence[Finding]) -> bool:
    """Whether `text` is a note, and `people` all one person, by their full name and by parts of it."""
    names = [set(text[person.start : person.end].casefold().split()) for person in people]
    whole = max(names, key=len)
    if len(whole) < 2 or not all(name <= whole for name in names):
        return False
    if len(text) <= _SHORT:
        return not _AT_WORK.search(_POLITE.sub("", text))
    return len({match[0] for match in islice(_HEADING.finditer(text), 10)}) > 1


def _heads_its_line(text: str, person: Finding, term: Finding) -> bool:
    """Whether the person stands first in a line, as in a list, and the term further on in it."""
    line = text.rfind("\n", 0, person.start) + 1
    between = text[person.end : term.start]
    near = person.start - line <= _MARGIN and len(between) <= FURTHEST
    return near and "\n" not in between and not _AT_WORK.search(between)


def _is_subject(text: str, term: Finding) -> bool:
    before = text[max(0, term.start - _CONTEXT) : term.start].lower()
    after = _SUBJECT.match(text, term.end) or _OFF_SICK.match(text, term.end)
    return bool(after or _EXAMPLE.search(before))


def _is_for(text: str, term: Finding, person: Finding) -> bool:
    between = text[term.end : person.start]
    if between.strip() == "," and _LIVES_OR_BORN.match(text, person.end):
        return True
    return len(between) <= _CONTEXT and bool(_THEIRS.search(between)) and not _AT_WORK.search(between)


class _Units:
    """The sentences or the paragraphs of a text."""

    def __init__(self, text: str, end: re.Pattern[str]) -> None:
        self._ends = [match.start() for match in end.finditer(text)]
        self._length = len(text)

    def same(self, one: int, other: int) -> bool:
        return bisect_right(self._ends, one) == bisect_right(self._ends, other)

    def only(self, offset: int, starts: Sequence[int]) -> bool:
        """Whether nobody else of those who begin at `starts` stands in the unit."""
        begin, end = self.around(offset)
        return bisect_right(starts, end) - bisect_left(starts, begin) == 1

    def around(self, offset: int) -> tuple[int, int]:
        at = bisect_right(self._ends, offset)
        return (self._ends[at - 1] if at else 0), (self._ends[at] if at < len(self._ends) else self._length)
