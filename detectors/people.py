"""Names of people: after a title or a label, in a form's field, or because the gazetteer knows them.

Names of practices, companies, streets and diseases are not names of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from detectors import people_in_care
from detectors.dates_of_birth import LABEL, LABEL_WORDS
from detectors.findings import Finding
from detectors.lexicons import CLINICAL, any_of, phrases, words
from detectors.names import (
    OPENERS,
    SURELY_SMALL,
    Trust,
    Word,
    is_company,
    is_of_organisation,
    is_term,
    is_welsh_building,
    kind_of,
    may_be_named,
    name_at,
    read_words,
)
from detectors.tables import cells
from detectors.vocabulary import matches

_TITLES = words("titles").certain
_GREETINGS = words("greetings").certain
_COURTESIES = frozenset({"Mr", "Mrs", "Miss", "Ms", "Mx"})
_LABELS = words("name_labels")

_TITLE_GAP = re.compile(r"\.?[ \t]{0,3}\n?[ \t]{0,4}")
_GREETING_GAP = re.compile(r"[ \t]{1,2}|,?[ \t]*\n\s{0,4}")
_LABEL_GAP = re.compile(
    r"(?:'s name)?[ \t]{0,3}[:=>|\-\t][ \t]{0,12}\n?[ \t\"']{0,12}|\"[ ]?:[ ]?\"|[ \t]{0,4}\n[ \t]{0,4}"
)
_ALONE_BEFORE = re.compile(r"\n[ \t>]{0,8}$")
_ALONE_AFTER = re.compile(r"[ ]?x{0,3}[ \t]{0,8}(?:\n|$)")
_HAS_LETTER = re.compile("[A-Za-z]")
_OF_A_PERSON = re.compile(
    rf"{LABEL}|(?<![a-z])(?:patients?|pts?|nhs|hosp|mrn|aged?|clinic|ward|appointment)(?![a-z])|"
    r"[0-9]{1,2}[-/. ][0-9a-z]{1,9}[-/. ][0-9]{2,4}",
    re.IGNORECASE,
)
_BESIDE = 80
GAZETTEER = 0.75
"""Score of a name that nothing but the gazetteer tells."""
_TAG_BEGINS = re.compile(r"</?[A-Za-z:]*$")
_SALUTATIONS = frozenset({"dear", "annwyl", "hi", "hiya", "hello", "hey", "morning", "afternoon", "evening"})
_PATIENT = frozenset({"patient", "pt"})
_SALUTED = re.compile(r"[ ]?[,!]?[ ]?\n|,[ ]|$")
_SENTENCE_BEFORE = re.compile(r"[.!?][ ]{1,2}$")
_PARAGRAPH_AFTER = re.compile(r"[ ]?x{0,3}[ \t]{0,8}(?:\n[ \t]{0,8}\n|\s{0,4}$)")
MONTHS = frozenset({"april", "may", "june", "august", "summer", "autumn", "easter", "sunday"})
"""Given names that mostly say when: what stands beside one makes nobody of it, unless it is a surname."""
BEFORE_PEOPLE = frozenset(
    {
        "ring",
        "call",
        "phone",
        "ask",
        "tell",
        "told",
        "text",
        "email",
        "with",
        "by",
        "from",
        "to",
        "thank",
        "let",
        "can",
    }
)
ACTS = frozenset(
    {"said", "says", "rang", "phoned", "attended", "told", "asked", "came", "wants", "thinks", "wrote"}
)
BEARS = re.compile(
    r",? (?:pls|please|can you|could you|will you|would you)(?![a-z])|,? ext\.? ?[0-9]{3,5}(?![0-9])|"
    rf",[ ](?:[A-Za-z]{{1,12}} ){{0,2}}(?:{any_of('job_titles')})[ ]?(?=[.\n]|$)",
    re.IGNORECASE,
)
"""Behind somebody who is spoken to, or signs with what they do: "Wing, can you", "Mai, ward clerk"."""
_BEGINS = re.compile(r"(?:[.!?:)\"][ ]{1,2}|\n[ \t>]{0,8})$")
"""Before the first word of a sentence or a line."""
_ENDED = re.compile(r"[\"')]{0,2}[.!?][\"')]?\s|,?[ \t>]{0,8}\n")
_LAST_LINE = re.compile(
    r"[ ]?x{0,3}[ \t>]{0,8}(?:\n[ \t>]{0,8}){0,3}(?:\Z|--|\*\*|__|Sent from|Get Outlook|On |From:)"
)
_COMMA = re.compile(r"[ \t]{0,2},[ \t]{0,3}")
INITIALS = re.compile(
    r"(?<![A-Za-z])(?i:patient|pt|client|resident|service user)(?i:'s)?(?:[ ]?[:=-])?[ ]"
    r"(?P<name>[A-WY-Z](?:\.[ ]?|[ ])?[A-Z](?:\.[ ]?[A-Z])?\.?|[A-WY-Z][A-Z]{1,2}|[a-z]\.[ ]?[a-z]\.)"
    r"(?![A-Za-z0-9])"
)
INITIALLED = frozenset({"patient", "pt", "client", "resident", "service"})
"""First words of what stands in front of INITIALS."""
_BIRTH = re.compile(LABEL, re.IGNORECASE)
_INITIALS_BEFORE = re.compile(
    r"(?<![A-Za-z.])(?P<name>[A-Z]\.? ?[A-Z]\.?(?: ?[A-Z]\.?)?|[a-z](?:\. ?| )[a-z]\.?)[ ,(]{1,3}$"
)
_NAME_BEFORE = re.compile(r"(?<![A-Za-z])(?P<name>[A-Za-z'-]{2,20}(?: [A-Za-z'-]{2,20}){1,2})[ ,;(-]{1,4}$")
_NAME_LABEL = re.compile(r"(?:name|patient|pt|client) ", re.IGNORECASE)
"""Before a name, and no part of it."""
_HL7 = re.compile(
    r"(?<![A-Za-z^])(?P<name>(?P<family>[A-Za-z'-]{2,30})\^(?P<given>[A-Za-z'-]{2,30}))(?=[\^|~\s])"
)
_SURNAME_INITIALS = re.compile(
    r"(?P<name>(?P<last>[A-Z](?<![A-Za-z'.-].)[a-z]*(?:[A-Z'-][a-z]*)*),? "
    r"(?P<initials>[A-Z]\.?(?: ?[A-Z]\.?)?))"
    r"(?=[ \t,;:|?)(-]|\n|$)(?! [A-Za-z'-]+ (?:Road|Street|Lane))"
)
"""As patients are listed: "DOE, J" or "Doe JA"."""
_BEGINS_LINE = re.compile(
    r"(?m)^[ \t>|*-]{0,6}(?:[0-9]{1,3}[.):]?[ \t|]{1,4})?(?P<name>(?P<last>[A-Z][A-Za-z'-]{1,24}), ?[A-Z]\.?)"
    r"(?=[ \t]{0,8}(?:[-:|\t\n]|$))"
)
LINES = 3
"""Of a list at least; and one in so many must be headed by a surname that means nothing else."""
_INITIAL_BEFORE = re.compile(r"(?<![A-Za-z])[A-Z](?:\.[ ]?|[ ])$")
_NAME_GOES_ON = re.compile(r"[ ]?[A-Z][A-Za-z'-]")
HEADING = re.compile(
    r"(?:(?:patient|pt|client|child|resident|full|first|last|middle|given|family|sur|fore|"
    r"christian)(?:'s)?[ _-]?){0,4}"
    r"(?:names?|patient|surname|forenames?|[sf]name|[fls]_name)",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"\"(?P<key>(?:patient|full|first|last|middle|given|family|sur|fore)?[_-]?names?|family|"
    r"given)\"[ ]?:[ ]?\[?[ ]?"
    r"\"(?P<name>[A-Za-z'-]{2,25}(?: [A-Za-z.'-]{1,25}){0,4})\"",
    re.IGNORECASE,
)
_ROTA = re.compile(
    r"(?m)^[ \t>|]{0,8}(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[ ]?"
    r"(?P<on>[:-][ \t].{0,300})",
    re.IGNORECASE,
)
_ON_DUTY = re.compile(
    r"[:,;/-][ \t]{1,3}(?P<name>[A-Za-z][A-Za-z'-]{1,24})(?= (?:duty|am|pm|on[ -]call|locum|"
    r"late|early|"
    r"nights?|leave|a/l|triage|in |clinic|surgery|(?:[a-z]{3,12} )clinic))"
)
_CELL = re.compile(r"[\s\"']*(?P<name>[A-Za-z'-]{2,25}(?:,? [A-Za-z.'-]{1,25}){0,4})[\s\"']*")
_X_RAY = re.compile(r"x-?rays?", re.IGNORECASE)
"""Neither an initial nor a surname."""


def find(text: str) -> Iterator[Finding]:
    """Names in normalised `text`, without their titles. Findings may overlap; the longest is right."""
    for finding in _all(text):
        written = text[finding.start : finding.end]
        firm = finding.score <= GAZETTEER and is_company(written) and not _is_recorded(text, finding)
        no_name = firm or _X_RAY.fullmatch(written) or _is_mark_up(text, finding)
        if _HAS_LETTER.search(written) and not no_name:
            yield finding


def _is_recorded(text: str, finding: Finding) -> bool:
    """Whether what stands beside a name is a person's: patients are called as firms are."""
    return _OF_A_PERSON.search(text, max(0, finding.start - _BESIDE), finding.end + _BESIDE) is not None


def _is_mark_up(text: str, finding: Finding) -> bool:
    """Whether it is the name of a tag: "<Cdtr>", "</PmtId>"."""
    return (
        text[finding.end : finding.end + 1] == ">"
        and _TAG_BEGINS.search(text[: finding.start][-30:]) is not None
    )


def _all(text: str) -> Iterator[Finding]:
    tokens = read_words(text)
    done = 0
    for at in [
        at for at, word in enumerate(tokens) if word.kind.may_begin or _is_led(text, tokens, at, word)
    ]:
        if at < done or is_term(tokens[at]):
            continue
        length, score, why = _name(text, tokens, at)
        if length:
            done, end = at + length, tokens[at + length - 1].end
            somebodys = _is_courteous(tokens, at) and text.startswith("'s ", end)  # "Mr Doe's Clinic"
            if somebodys or not (is_of_organisation(text, end) or is_welsh_building(tokens, at)):
                yield Finding("PERSON", tokens[at].start, end, score, why)
    yield from _in_fixed_places(text)
    yield from _line_by_line(text)
    for match in _SURNAME_INITIALS.finditer(text):
        if _is_listed(text, match):
            yield Finding("PERSON", *match.span("name"), 0.7, "a surname before initials, as in a list")
    yield from people_in_care.find(text)


def _is_led(text: str, tokens: Sequence[Word], at: int, word: Word) -> bool:
    """Whether a title stands in front of a word with a capital, or small words of a name begin here."""
    kind = word.kind
    return (kind.capital and _is_courteous(tokens, at)) or (
        kind.particle and _particles(text, tokens, at) > 0
    )


def _is_courteous(tokens: Sequence[Word], at: int) -> bool:
    return at > 0 and tokens[at - 1].text in _COURTESIES


_MOST_PARTICLES = 4


def _particles(text: str, tokens: Sequence[Word], at: int) -> int:
    """How many small words begin the name at `at`: two of "van der Berg"."""
    count = 0
    while (
        count < _MOST_PARTICLES
        and at + count + 1 < len(tokens)
        and tokens[at + count].kind.particle
        and tokens[at + count].text.islower()
        and text[tokens[at + count].end : tokens[at + count + 1].start] == " "
    ):
        count += 1
    return count if tokens[at + count].kind.capital else 0


def _name(text: str, tokens: Sequence[Word], at: int) -> tuple[int, float, str]:
    """Number of words of the name that begins at `at`, how sure, and why."""
    trust, why = _place(text, tokens, at)
    small = _particles(text, tokens, at)
    length = 0 if _is_greeted(tokens, at) else _surname_first(text, tokens, at)
    length = length or name_at(text, tokens, at + small, trust)
    if not length and small and tokens[at].lower in SURELY_SMALL and tokens[at + small].kind.nameable:
        length, why = 1, "a surname with small words that begin one"
    if length:
        length += small
        return length, (GAZETTEER, 0.8, 0.9, 0.9)[trust], why
    return 0, 0.0, ""


def _place(text: str, tokens: Sequence[Word], at: int) -> tuple[Trust, str]:
    """What stands in front of the word at `at`, and how far it can be trusted."""
    if not at:
        return Trust.NONE, "words that the gazetteer knows as names"
    previous, word = tokens[at - 1], tokens[at]
    gap = text[previous.end : word.start]
    if previous.kind.title and _TITLE_GAP.fullmatch(gap) and gap:
        sure = previous.lower in _TITLES or (previous.text == "Miss" and not word.kind.everyday)
        trust = Trust.CERTAIN if sure else Trust.LIKELY
        if previous.text in _COURTESIES and gap in (" ", ". ") and not word.text.isupper():
            trust = Trust.TITLED
        return trust, "a name after a title"
    if previous.lower in _GREETINGS and _GREETING_GAP.fullmatch(gap):
        alone = (previous.lower in _SALUTATIONS and gap == " " and _SALUTED.match(text, word.end)) or (
            "\n" in gap and word.kind.known and _ALONE_AFTER.match(text, word.end)
        )
        return (Trust.CERTAIN if alone and not word.kind.everyday else Trust.LIKELY), "a name in a salutation"
    is_word = not word.kind.capital and word.lower in words("english")
    called = gap == " " and previous.lower in _PATIENT and not is_word
    if previous.lower in _LABELS and (_LABEL_GAP.fullmatch(gap) or called):
        named = word.kind.capital or word.kind.given
        bold = previous.lower in _LABELS.certain and not gap.isspace() and named
        bold = bold and not word.kind.everyday
        return (Trust.CERTAIN if bold else Trust.LIKELY), "a name after a label"
    if _stands_alone(text, gap, word):
        signs = word.kind.capital and not word.kind.everyday and _signs(text, gap, word)
        return (
            Trust.CERTAIN if signs else Trust.LIKELY,
            "a name alone in a line or behind the last sentence, as a signature stands",
        )
    borne = word.kind.capital and _is_borne(text, tokens, at)
    return (Trust.CERTAIN if borne else Trust.NONE), "words that the gazetteer knows as names"


def _is_borne(text: str, tokens: Sequence[Word], at: int) -> bool:
    """Whether "Hope" or "Mark" is somebody, by the small words beside it: "ring Hope", "Mark has said"."""
    word = tokens[at]
    if word.lower in MONTHS or word.text.isupper() or word.lower not in words("given_names"):
        return False
    previous = tokens[at - 1]
    if (
        word.lower not in OPENERS
        and BEARS.match(text, word.end)
        and _BEGINS.search(text[previous.end : word.start])
    ):
        return True
    if word.lower not in words("given_names").ambiguous:
        return False
    if previous.text in BEFORE_PEOPLE and text[previous.end : word.start] == " ":
        return True
    follower = tokens[at + 1] if at + 1 < len(tokens) else word
    return follower.text in ACTS and text[word.end : follower.start] == " "


def _stands_alone(text: str, gap: str, word: Word) -> bool:
    return bool(
        (_ALONE_BEFORE.search(gap) and _ALONE_AFTER.match(text, word.end))
        or (_SENTENCE_BEFORE.search(gap) and _PARAGRAPH_AFTER.match(text, word.end))
    )


def _signs(text: str, gap: str, word: Word) -> bool:
    """Whether the word is all that follows the last sentence of a message."""
    ended = bool(_ENDED.match(gap))
    may = word.kind.known or not (word.kind.common or word.text.isupper() or word.lower in phrases("places"))
    return ended and may and len(word.text) > 2 and _LAST_LINE.match(text, word.end) is not None


def _is_greeted(tokens: Sequence[Word], at: int) -> bool:
    """Whether a greeting stands before the word at `at`, or before its title: a comma ends that name."""
    before = at - 1 - (at > 1 and tokens[at - 1].kind.title)
    return before >= 0 and tokens[before].lower in _GREETINGS


def _surname_first(text: str, tokens: Sequence[Word], at: int) -> int:
    """Two for "Surname, Forename" at `at`, unless it is one of a list of forenames; else 0."""
    if at + 1 >= len(tokens):
        return 0
    first, second = tokens[at].kind, tokens[at + 1].kind
    if not (
        first.nameable
        and (first.known or _begins_field(text, tokens[at]))
        and second.capital
        and _COMMA.fullmatch(text, tokens[at].end, tokens[at + 1].start)
    ):
        return 0
    if not (second.given or (second.known and tokens[at].text.isupper())):
        return 0
    return 0 if first.given and not first.surname else 2


def _begins_field(text: str, word: Word) -> bool:
    """Whether a word that is no place stands where a line or a field of a row begins."""
    before = text[max(0, word.start - 1) : word.start]
    return (not before or before in "\n,;|\t") and word.lower not in phrases("places")


def _in_fixed_places(text: str) -> Iterator[Finding]:
    """Names that only a name's place gives away: initials of patients, HL7 fields, columns."""
    for match in matches(INITIALS, text, INITIALLED):
        if not kind_of(match["name"].replace(".", "")).common:
            yield Finding("PERSON", *match.span("name"), 0.7, "initials of a patient")
    for birth in matches(_BIRTH, text, LABEL_WORDS):
        yield from _before_birth(text, birth.start())
    for match in _HL7.finditer(text) if "^" in text else ():
        if kind_of(match["family"]).known or kind_of(match["given"]).known:
            yield Finding("PERSON", *match.span("name"), 0.9, "a name in an HL7 field")
    for day in _ROTA.finditer(text):
        for name in _ON_DUTY.finditer(text, day.start("on"), day.end()):
            if name["name"][0].isupper() and may_be_named(name["name"]):
                yield Finding("PERSON", *name.span("name"), 0.75, "a name in a rota")
    for match in _KEYED.finditer(text):
        if _is_known(match["name"]) if match["key"].lower() == "name" else _is_named(match["name"]):
            yield Finding("PERSON", *match.span("name"), 0.9, "a name in a field called so")
    for cell in cells(text, HEADING.fullmatch):
        value = _CELL.fullmatch(text, *cell)
        if value and _is_named(value["name"]):
            yield Finding("PERSON", *value.span("name"), 0.85, "a name in a column headed so")


def _line_by_line(text: str) -> Iterator[Finding]:
    """Surnames with an initial that begin the lines of a list: among "Holroyd, G" is "Best, S" a name."""
    lines = list(_BEGINS_LINE.finditer(text))
    told = sum(kind_of(line["last"]).surname for line in lines)
    if len(lines) >= LINES and LINES * told >= len(lines):
        for line in lines:
            yield Finding("PERSON", *line.span("name"), 0.75, "a name in a list of surnames with initials")


def _is_listed(text: str, match: re.Match[str]) -> bool:
    """Whether a word before initials is a surname, or one that no list knows where a record goes on.

    In "J Doe, K Roe" the initials are those of the next name.
    """
    if _INITIAL_BEFORE.search(text, max(0, match.start() - 4), match.start()) and _NAME_GOES_ON.match(
        text, match.end()
    ):
        return False
    kind, last = kind_of(match["last"]), match["last"].lower()
    if len(last) < 3 or kind.common or kind.everyday or kind.title or kind.names_organisation:
        return False
    if last in phrases("places") or kind_of(match["initials"].replace(".", "")).common:
        return False
    if kind.known:
        return kind.surname and not kind.given
    if len(last) < 5 or last in phrases(*CLINICAL):
        return False
    return _OF_A_PERSON.search(text, match.end(), match.end() + _BESIDE) is not None


def _before_birth(text: str, end: int) -> Iterator[Finding]:
    """The initials or the name in front of a label of birth at `end`."""
    begin = max(0, end - 70)
    if initials := _INITIALS_BEFORE.search(text, begin, end):
        yield Finding("PERSON", *initials.span("name"), 0.7, "initials before a date of birth")
    name = _NAME_BEFORE.search(text, begin, end)
    label = _NAME_LABEL.match(name["name"]) if name else None
    if name and label:
        name = _NAME_BEFORE.search(text, name.start("name") + label.end(), end)
    if name and (all(map(may_be_named, name["name"].split())) or _begins_as_a_name(name["name"])):
        yield Finding("PERSON", *name.span("name"), 0.8, "a name before a date of birth")


def _begins_as_a_name(written: str) -> bool:
    """Whether a given name, be it a word, too, stands before another with a capital: "May Field"."""
    first, *others = written.split()
    given = words("given_names")
    return first.lower() in given and all(word[0].isupper() and len(word) > 2 for word in (first, *others))


def _is_known(written: str) -> bool:
    return any(kind_of(word).known for word in written.replace(".", " ").split())


def _is_named(written: str) -> bool:
    """Whether the first word of what stands in a name's field, small ones aside, may be a name."""
    solid = [word for word in written.replace(",", " ").split() if len(word) > 1]
    return bool(solid) and may_be_named(solid[0])
