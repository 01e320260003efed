"""Clinical content: drugs, diagnoses, procedures and symptoms of the lexicons, and their codes.

The lexicons may grow to many thousands of phrases: text is read word by word, and only the first
word of a phrase is looked up. A code of SNOMED CT, ICD-10 or Read needs a label, or another code by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from stdnum import verhoeff

from detectors.findings import Finding
from detectors.lexicons import CLINICAL, phrases, words

_WORD = re.compile(r"[A-Za-z0-9#&]+(?:'s)?")
_GAP = re.compile(r"'?[ \t]{0,3}[-/]?[ \t]{0,3}\n?[ \t]{0,8}")
_CODE = re.compile(
    r"(?<![a-z])(?:icd-?10|snomed(?:[ -]ct)?|sctid|read (?:v2 )?code|ctv3)(?: (?:code|id|"
    r"concept)){0,2}[\s:=(-]{1,5}"
    r"(?P<code>[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,2})?|[1-9][0-9]{5,17}|(?=[A-Za-z.]{0,4}[0-9])[A-Za-z0-9.]{5})(?![\w.])",
    re.IGNORECASE,
)
DOUBTFUL = 0.5
"""Score of a word that means something else, too."""
_SUFFERED = re.compile(
    r"(?<![a-z])(?:has|had|suffers? from|suffering from|diagnosed with|history of|treated for|known)"
    r"(?: (?:a|an|mild|moderate|severe|chronic|recurrent|previous)){0,2} $",
    re.IGNORECASE,
)
"""Before a word that means an illness here, whatever else it may mean."""
_UNLABELLED = re.compile(
    r"(?<![\w./-])(?:(?P<icd>[A-TV-Z][0-9]{2}\.[0-9])|(?P<sctid>[1-9][0-9]{5,17}))(?![\w/-]|\.[0-9])"
)
"""What could be a code: of ICD-10 with its decimal, or of SNOMED CT."""


def find(text: str) -> Iterator[Finding]:
    """Clinical phrases in normalised `text`, the longest at each place; the doubtful ones only in company."""
    tokens = list(_WORD.finditer(text))
    found = list(_matches(text, tokens))
    company = any(certain for _, _, certain in found)
    for start, end, certain in found:
        if certain:
            yield Finding(
                "CLINICAL", start, end, 0.85, "a drug, diagnosis, procedure or symptom of the lexicon"
            )
        elif company or _SUFFERED.search(text, max(0, start - 40), start):
            yield Finding("CLINICAL", start, end, DOUBTFUL, "a word of the lexicon among clinical content")
    yield from _codes(text)


def _codes(text: str) -> Iterator[Finding]:
    labelled = [code.span("code") for code in _CODE.finditer(text)]
    for span in labelled:
        yield Finding("CLINICAL", *span, 0.8, "a labelled clinical code")
    several = [
        code
        for code in _UNLABELLED.finditer(text)
        if code.span() not in labelled and (code["icd"] or _is_concept(code["sctid"]))
    ]
    if len({code[0] for code in several}) > 1:
        for code in several:
            yield Finding("CLINICAL", *code.span(), 0.6, "one of several clinical codes")


def _is_concept(digits: str) -> bool:
    """SNOMED CT identifier of a concept (partition 00 or 10) with a valid check digit (Verhoeff)."""
    return digits[-3:-1] in ("00", "10") and bool(verhoeff.is_valid(digits))


def telling_words() -> set[str]:
    """One word of each certain phrase, the rarest in mail; in lower case or as an abbreviation is written."""
    common, english = words("common_words"), words("english")
    telling = {
        min(_WORD.findall(phrase), key=lambda word: (word in common, word in english, -len(word)))
        for phrase in phrases(*CLINICAL).certain
    }
    return telling | {_WORD.findall(phrase)[0] for phrase in phrases("abbreviations").certain}


def _matches(text: str, tokens: list[re.Match[str]]) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether certain of each phrase; phrases do not overlap."""
    at = 0
    while at < len(tokens):
        last, certain = at, False
        for phrase, sure in _beginning_with(tokens[at][0]):
            if _follows(text, tokens, at, phrase):
                last, certain = at + len(phrase), sure
                break
        if last > at and not _is_of_address(text, tokens[at].start(), tokens[last - 1].end()):
            yield tokens[at].start(), tokens[last - 1].end(), certain
        at = max(last, at + 1)


def _is_of_address(text: str, start: int, end: int) -> bool:
    """Whether it belongs to an electronic address: "HOU/ECT@ECT"."""
    return text[start - 1 : start] == "@" or text[end : end + 1] == "@"


def _follows(text: str, tokens: list[re.Match[str]], at: int, phrase: tuple[str, ...]) -> bool:
    """Whether the tokens from `at` on spell `phrase`, with nothing but space and hyphens between."""
    if at + len(phrase) > len(tokens):
        return False
    for step, word in enumerate(phrase):
        token = tokens[at + step]
        if not _is_spelt(token[0], word, alone=len(phrase) == 1):
            return False
        if step and not _GAP.fullmatch(text, tokens[at + step - 1].end(), token.start()):
            return False
    return True


def _is_spelt(token: str, word: str, *, alone: bool) -> bool:
    """Whether a word of the text is that of a phrase. By itself an abbreviation keeps its case ("PE"), and
    "Parkinson's" its possessive, or it would be the doctor."""
    if alone:
        possessive = token.endswith("'s") or not word.endswith("'s")
        return token == word or (word.islower() and _key(token) == _key(word) and possessive)
    return token.lower().removesuffix("'s") == word.lower().removesuffix("'s")


def _key(word: str) -> str:
    """Case folded, possessive dropped; words of two letters or fewer keep their case."""
    word = word.removesuffix("'s")
    return word.lower() if len(word) > 2 or word.islower() else word


@lru_cache(maxsize=50_000)
def _beginning_with(word: str) -> Sequence[tuple[tuple[str, ...], bool]]:
    key, table = _key(word), _phrases()
    if len(word) > 2 or word.islower():
        return table.get(key, ())
    several = [option for option in table.get(word.lower(), ()) if len(option[0]) > 1]
    return [*table.get(key, ()), *several]


@cache
def _phrases() -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """First word to the phrases it may begin, longest first, each with whether it is certain."""
    table: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    lexicon = phrases(*CLINICAL)
    for phrase in lexicon.certain | lexicon.ambiguous:
        spelt = tuple(_WORD.findall(phrase))
        table.setdefault(_key(spelt[0]), []).append((spelt, phrase in lexicon.certain))
    abbreviations = phrases("abbreviations")
    for phrase in abbreviations.certain | abbreviations.ambiguous:
        spelt = tuple(_WORD.findall(phrase))
        table.setdefault(_key(spelt[0]), []).append((spelt, phrase in abbreviations.certain))
    for options in table.values():
        options.sort(key=lambda option: (-len(option[0]), not option[1]))
    return table
