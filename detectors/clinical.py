"""Clinical content: drugs, diagnoses, procedures and symptoms of the lexicons, their codes, and what befalls
patients or is measured of them.

The lexicons may grow to many thousands of phrases: text is read word by word, and only the first
word of a phrase is looked up. A code of SNOMED CT, ICD-10 or Read needs a label, or another code by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, compress
from typing import NamedTuple

from stdnum import verhoeff

from detectors.findings import Finding, FindingType
from detectors.lexicons import CARE, CLINICAL, any_of, phrases, words
from detectors.names import kind_of
from detectors.vocabulary import matches

_WORD = re.compile(r"([A-Za-z0-9#&]+(?:'s)?)")
_GAP = re.compile(r"'?[ \t]{0,3}[-/]?[ \t]{0,3}\n?[ \t]{0,8}")
_CODE = re.compile(
    r"(?:icd-?10|snomed(?:[ -]ct)?|sctid|read (?:v2 )?code|ctv3)(?: (?:code|id|"
    r"concept)){0,2}[\s:=(-]{1,5}"
    r"(?P<code>[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,2})?|[1-9][0-9]{5,17}|(?=[A-Za-z.]{0,4}[0-9])[A-Za-z0-9.]{5})(?![\w.])",
    re.IGNORECASE,
)
_FIGURES = re.compile("[0-9]{2}")
"""What every code has."""
_SYSTEMS = ("icd", "snomed", "sctid", "read code", "read v2", "ctv3")
"""What a label of a code begins with."""
_LABELS = frozenset({"icd", "snomed", "sctid", "read", "ctv"})
"""The first words of that."""
DOUBTFUL = 0.5
"""Score of a word that means something else, too."""
SUFFERED = 0.7
"""The same, where somebody is said to have it."""
_WHY: dict[FindingType, str] = {
    "CLINICAL": "a drug, diagnosis, procedure or symptom of the lexicon",
    "CARE": "what happens to patients or is measured of them, as the lexicon has it",
}
_SUFFERED = re.compile(
    r"(?<![a-z])(?<!nearly )(?<!almost )(?:has|had|got|they have|suffers? from|suffering from|diagnosed with|"
    r"history of|treated for|known|dna'?d|needs|wants|awaiting|is due|"
    r"(?:needs?|wants?|due|for|missed|declined|refused) (?:her|his|their))"
    r"(?: (?:a|an|mild|moderate|severe|chronic|recurrent|previous)){0,2} $|"
    r"(?<![a-z0-9])(?:\?|(?:dx|diagnosis|condition|impression|imp|pmh|cod 1[ab]|1[ab])[ :]{1,2})$",
    re.IGNORECASE,
)
"""Before a word that means an illness here, whatever else it may mean."""
_NO_MORE = re.compile(
    r"[ \t]*(?:[.,;:!?)/&+\n]|-[ ]|$)|"
    r"[ ](?!on (?:mon|tues|wednes|thurs|fri|satur|sun)day|when (?:she|he|i|they) (?:saw|heard|got|read))"
    r"(?:and|or|but|so|on|in|at|with|since|from|after|before|when|while|because|last|this|"
    r"yesterday|today|now|again|which|who|that|as|for|by|due|diagnosed|confirmed|years?)(?![a-z])",
    re.IGNORECASE,
)
"""Behind it: no stroke of luck, no echo chamber."""
_MEASURED = re.compile(
    r"(?:[ ]?[:=][ ]?|[ ](?:is |was |of |now )?)[0-9]{1,3}(?:/[0-9]{2,3}|\.[0-9]{1,2})?(?![0-9:/-]|[ap]m)",
    re.IGNORECASE,
)
"""Behind what a laboratory measures: "INR 6.8"."""
_OF_SOMEBODY = re.compile(
    r"(?: (?:scan|reports?|results?|request|appointment|referral|form|done)){0,3} (?:for|of|on) "
    r"(?P<title>(?:Mrs?|Ms|Miss|Mx|Master)\.? )?(?P<name>(?!Sunday)[A-Z]\w+)(?: [A-Z]\w+)?(?!\w|'s)"
)
"""Behind what is done to somebody: "the MRI for Jane"."""
_WHOSE = re.compile(
    r"(?<![a-z])(?i:mrs?|ms|miss|mx|master)\.? [A-Z][\w'-]+(?: [A-Z][\w'-]+)?(?P<joint>'s? | \()$"
)
"""Before what somebody has, if nothing is put behind it: "Mrs Doe's burns are", "Mr Doe (stroke)"."""
_IS_THEIRS = re.compile(r"[ ](?:is|are|was|were|has|have|needs?|should|looks?)(?![a-z])")
_LESSONS = frozenset({"PE", "AS", "RE", "BP"})
"""Abbreviations that need more than to stand between dashes, or behind "has"."""
_OF_OTHERS = re.compile(
    rf"(?<![a-z])(?:{any_of('befalls_others')}|aged [0-9]{{2}}|in (?:1[0-9]{{3}}|200[0-9]))(?![a-z])|"
    r"'s (?:mum|mother|dad|father|husband|wife|son|daughter|nan|gran|grandad|brother|sister)[ ]"
)
"""Around what befell a colleague, somebody in the news, kin or a thing."""
_AROUND = 120
"""Characters."""
_LONGEST_NAME = 60
"""Characters, with a title before and a word behind."""
_SOMEBODY = re.compile(
    r"(?<![\w'-])(?:(?i:mrs?|miss|ms|mx)\.? [\w'-]+|(?i:she|he)(?:'s)?|"
    r"(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'-]+)?))"
    r"(?: (?:sadly|unfortunately|just|also|now|suddenly|peacefully)){0,2} $"
)
"""Before what befell whom it names."""
_PARTED = re.compile(r"(?<=[a-z)]) [-–] (?:an? )?$", re.IGNORECASE)
_PARTED_AGAIN = re.compile(r" [-–] (?![0-9]|room|ext|tel|mob)")
"""Before and behind what stands by itself: "Jane Doe - MS - would like a call"."""
_UNLABELLED = re.compile(
    r"[A-TV-Z1-9](?<![\w./-].)(?:(?<=[A-Z])[0-9]{2}\.[0-9]|(?<=[0-9])[0-9]{5,17})(?![\w/-]|\.[0-9])"
)
"""What could be a code: of ICD-10 with its decimal, or of SNOMED CT."""


def find(text: str) -> Iterator[Finding]:
    """Clinical phrases in normalised `text`, the longest at each place; the doubtful ones only in company."""
    found = list(_matches(text))
    suffered = {
        start for start, end, entry in found if not entry.certain and _is_told(text, start, end, entry)
    }
    company = any(start in suffered or entry.certain for start, _, entry in found if not entry.care)
    for start, end, entry in found:
        kind: FindingType = "CARE" if entry.care else "CLINICAL"
        if entry.care and (entry.certain or entry.event) and _befell_others(text, start, end):
            continue
        if entry.certain:
            yield Finding(kind, start, end, 0.85, _WHY[kind])
        elif start in suffered:
            yield Finding(kind, start, end, SUFFERED, "a word of the lexicon for what somebody has")
        elif not entry.care and (company or _SUFFERED.search(text, max(0, start - 40), start)):
            yield Finding(kind, start, end, DOUBTFUL, "a word of the lexicon among clinical content")
    if _FIGURES.search(text):
        yield from _codes(text)


def is_suffered(text: str, start: int, end: int, *, measured: bool = True) -> bool:
    """Whether somebody is said to have what stands there; or, if it can be `measured`, a figure follows."""
    if measured and _MEASURED.match(text, end):
        return True
    if (whom := _OF_SOMEBODY.match(text, end)) and (whom["title"] or kind_of(whom["name"]).known):
        return True
    before = max(0, start - 40)
    whose = None if text[start:end].isupper() else _WHOSE.search(text, before, start)
    if whose:
        bracketed = whose["joint"] == " ("
        return text.startswith((")", ","), end) if bracketed else _is_all(text, end)
    if _PARTED_AGAIN.match(text, end) and _PARTED.search(text, before, start):
        return text[start:end] not in _LESSONS
    said = _SUFFERED.search(text, before, start) if _NO_MORE.match(text, end) else None
    return said is not None and (text[start:end] not in _LESSONS or not said[0].endswith(("has ", "had ")))


def _is_all(text: str, end: int) -> bool:
    """Whether a word that ends there is what is spoken of, and describes nothing else."""
    return bool(_NO_MORE.match(text, end) or _IS_THEIRS.match(text, end))


def _is_told(text: str, start: int, end: int, entry: _Entry) -> bool:
    """Whether somebody is said to have it, or an event follows the name of whom it befell."""
    if not entry.event:
        return is_suffered(text, start, end, measured=entry.care)
    if not (whom := _SOMEBODY.search(text, max(0, start - _LONGEST_NAME), start)):
        return is_suffered(text, start, end, measured=False)
    return not whom["name"] or any(kind_of(name).known for name in whom["name"].split())


def _befell_others(text: str, start: int, end: int) -> bool:
    return bool(_OF_OTHERS.search(text[max(0, start - _AROUND) : end + _AROUND].lower()))


def _codes(text: str) -> Iterator[Finding]:
    lower = text.lower()
    may_be_labelled = any(system in lower for system in _SYSTEMS)
    labelled = [code.span("code") for code in (matches(_CODE, text, _LABELS) if may_be_labelled else ())]
    for span in labelled:
        yield Finding("CLINICAL", *span, 0.8, "a labelled clinical code")
    several = [
        code
        for code in _UNLABELLED.finditer(text)
        if code.span() not in labelled and (code[0][0].isalpha() or _is_concept(code[0]))
    ]
    if len({code[0] for code in several}) > 1:
        for code in several:
            yield Finding("CLINICAL", *code.span(), 0.6, "one of several clinical codes")


def _is_concept(digits: str) -> bool:
    """SNOMED CT identifier of a concept (partition 00 or 10) with a valid check digit (Verhoeff)."""
    return digits[-3:-1] in ("00", "10") and bool(verhoeff.is_valid(digits))


def telling_words() -> dict[str, set[str]]:
    """One word of each certain phrase, the rarest in mail, and those of which one is beside it, folded.

    It is in lower case or as an abbreviation is written; where nothing is beside it, it tells by itself.
    """
    common, english, listed = words("common_words"), words("english"), phrases(*CLINICAL, *CARE)
    beside: dict[str, set[str]] = {}
    for phrase in listed.certain:
        said = _WORD.findall(phrase)
        telling = min(
            said, key=lambda word: (_says_little(word), word in common, word in english, -len(word))
        )
        beside.setdefault(telling, set()).update(_fold(other) for other in said if other != telling)
    for phrase in listed.ambiguous:
        said = _WORD.findall(phrase)
        for word in beside.keys() & said:
            beside[word].update(_fold(other) for other in said if other != word)
    alone = (_WORD.findall(phrase)[0] for phrase in phrases("abbreviations").certain)
    return beside | {word: set() for word in alone}


def _says_little(word: str) -> bool:
    """Whether it begins with a number, or stands everywhere: "6-in-1", "stage 3a"."""
    return not word[0].isalpha() or (len(word) < 3 and word in words("common_words"))


def may_stand_alone(word: str) -> bool:
    """Whether a word as it is written, or its possessive, is a phrase, be it a doubtful one."""
    return _alone(word) is not None or _alone(f"{word}'s") is not None


def _matches(text: str) -> Iterator[tuple[int, int, _Entry]]:
    """Start, end and entry of each phrase; phrases do not overlap."""
    pieces = _WORD.split(text)
    said, gaps = pieces[1::2], pieces[2::2]
    borders: list[int] = []
    done = 0
    for at in compress(range(len(said)), map(_may_begin, said)):
        if at < done:
            continue
        length, entry = _longest(said, gaps, at)
        if entry:
            borders = borders or list(accumulate(map(len, pieces)))
            start, end = borders[2 * at], borders[2 * (at + length) - 1]
            if not _is_of_address(text, start, end):
                yield start, end, entry
        done = at + length


def _longest(said: Sequence[str], gaps: Sequence[str], at: int) -> tuple[int, _Entry | None]:
    """Words of the phrase that begins at `at` and its entry; 1 and None if none does."""
    for phrase, entry in _lexicon().longer.get(tuple(map(_fold, said[at : at + 2])), ()):
        length = len(phrase)
        if tuple(map(_fold, said[at : at + length])) == phrase and _is_joined(said, gaps, at, length):
            return length, entry
    return 1, _alone(said[at])


@lru_cache(maxsize=50_000)
def _may_begin(word: str) -> bool:
    """Whether a word is a phrase or the first one of some."""
    return _alone(word) is not None or _fold(word) in _lexicon().first


def _is_of_address(text: str, start: int, end: int) -> bool:
    """Whether it belongs to an electronic address: "HOU/ECT@ECT"."""
    return text[start - 1 : start] == "@" or text[end : end + 1] == "@"


def _is_joined(said: Sequence[str], gaps: Sequence[str], at: int, length: int) -> bool:
    """Whether the words from `at` on are one phrase: "C. difficile"."""
    between = zip(said[at : at + length - 1], gaps[at : at + length - 1], strict=True)
    return all(_GAP.fullmatch(gap.removeprefix(".") if len(word) == 1 else gap) for word, gap in between)


@lru_cache(maxsize=50_000)
def _fold(word: str) -> str:
    return word.lower().removesuffix("'s")


@lru_cache(maxsize=50_000)
def _alone(word: str) -> _Entry | None:
    """The entry of a word by itself, a certain one rather than a doubtful one; None when there is none.

    An abbreviation keeps its case ("PE"), and "Parkinson's" its possessive, or it would be the doctor.
    """
    words = _lexicon().words
    spelt = {word, word.removesuffix("'s")}
    if len(word.removesuffix("'s")) > 2:
        spelt |= {each.lower() for each in spelt}
    return max((words[each] for each in spelt if each in words), default=None)


class _Entry(NamedTuple):
    """What the lexicons say of a phrase."""

    certain: bool
    care: bool
    """Says what happens to a patient, and not what they have."""
    event: bool
    """Says what befell somebody, and not what is measured of them."""


class _Lexicon(NamedTuple):
    """Phrases of one word, and longer ones by their first two words folded, the longest first."""

    words: dict[str, _Entry]
    longer: dict[tuple[str, ...], list[tuple[tuple[str, ...], _Entry]]]
    first: set[str]
    """Words that longer ones begin with."""


@cache
def _lexicon() -> _Lexicon:
    alone: dict[str, _Entry] = {}
    longer: dict[tuple[str, ...], list[tuple[tuple[str, ...], _Entry]]] = {}
    events = phrases("events")
    for listed, care in (
        (phrases(*CARE), True),
        (phrases(*CLINICAL), False),
        (phrases("abbreviations"), False),
    ):
        for phrase in listed.certain | listed.ambiguous:
            words = _WORD.findall(phrase)
            entry = _Entry(phrase in listed.certain, care, care and phrase in events)
            if len(words) == 1:
                alone[words[0]] = max(entry, alone.get(words[0], entry))
            else:
                folded = tuple(map(_fold, words))
                longer.setdefault(folded[:2], []).append((folded, entry))
    for options in longer.values():
        options.sort(key=lambda option: (-len(option[0]), not option[1].certain))
    return _Lexicon(alone, longer, {first for first, *_ in longer})
