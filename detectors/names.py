"""What words can be parts of a person's name, and which of them together make one.

A word is a title, a given name, a surname, an initial, a particle or an everyday word, often several
of these. How much it takes to believe in a name depends on where it stands: after "Mr" an unknown
word will do, in the middle of a sentence the gazetteer must know the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import msgspec

from detectors.lexicons import CLINICAL, phrases, words

LONGEST = 5
"""Words in a name, particles and initials included."""

_TOKEN = re.compile(
    r"((?:(?<![0-9])[A-Za-z]|[A-Za-z](?=[A-Za-z]))[A-Za-z]*(?:(?:'(?!s(?![A-Za-z]))|-)[A-Za-z]+)*)"
)
_ENDINGS = (
    *(
        ("s", ""),
        ("ies", "y"),
        *((end + "es", end) for end in ("s", "x", "z", "ch", "sh", "o")),
        ("ed", ""),
        ("d", ""),
        ("ing", ""),
        ("ing", "e"),
        ("ly", ""),
    ),
    *(("er", ""), ("r", ""), ("'s", ""), ("ness", ""), ("ment", ""), ("able", "")),
)
WRAPPED = 45
"""Characters in a line from which on a name may have been wrapped to the next."""


class Trust(IntEnum):
    """How strongly the place speaks for a name."""

    NONE = 0
    LIKELY = 1
    CERTAIN = 2
    TITLED = 3
    """Behind Mr, Mrs, Miss or Ms even an everyday word is a name: "Ms Sale", "Mr Best"."""


class Kind(NamedTuple):
    """What a word could be, wherever it stands."""

    capital: bool
    given: bool
    """Surely a given name."""
    surname: bool
    """Surely a surname."""
    known: bool
    """In the gazetteer, perhaps an everyday word as well."""
    common: bool
    everyday: bool
    """English, in whatever form, and no name that the gazetteer knows."""
    initial: bool
    particle: bool
    title: bool
    names_organisation: bool
    nameable: bool
    """Could be a solid part of a name where a name is expected."""
    may_begin: bool
    """Could be the first word of a name."""


class Word(msgspec.Struct, frozen=True, gc=False):
    start: int
    end: int
    text: str
    kind: Kind

    @property
    def lower(self) -> str:
        return self.text.lower()


@lru_cache(maxsize=1)
def read_words(text: str) -> tuple[Word, ...]:
    """What `tokenise` makes of a whole window, which several detectors ask for."""
    return tokenise(text)


def tokenise(text: str) -> tuple[Word, ...]:
    """All words of normalised `text`, in order; a possessive s is a word of its own."""
    pieces = _TOKEN.split(text)
    borders, written = list(accumulate(map(len, pieces))), pieces[1::2]
    return tuple(map(Word, borders[::2], borders[1::2], written, map(kind_of, written)))


_SONS = frozenset({"ben", "bat", "san", "santa"})
"""Joined to what follows by a hyphen, as particles are: "ben-David"."""


@lru_cache(maxsize=20_000)
def kind_of(word: str) -> Kind:
    """What `word` could be; the parts of a hyphenated one are looked up too."""
    lower, capital = word.lower(), word[0].isupper()
    parts = (lower, *lower.split("-")) if "-" in lower else (lower,)
    if len(parts) > 2 and (parts[1] in words("particles") or parts[1] in _SONS):
        capital = capital or word[len(parts[1]) + 1].isupper()  # al-Khatib
    if lower[1:2] == "'" and len(word) > 4:
        capital = capital or word[2].isupper()  # d'Aubigny
    given, surnames, titles = words("given_names"), words("surnames"), words("titles")
    known = any(part in given or part in surnames for part in parts)
    common, everyday = lower in words("common_words"), not known and is_english(lower)
    initial, of_organisation = len(word) == 1 and capital, lower in words("organisations")
    unheard = not (known or common or everyday)
    nameable = capital and not initial and not of_organisation and (known or unheard)
    return Kind(
        capital=capital,
        given=any(part in given.certain for part in parts),
        surname=any(part in surnames.certain for part in parts),
        known=known,
        common=common,
        everyday=everyday,
        initial=initial,
        particle=lower in words("particles") or word == "ben",
        title=lower in titles.certain or (capital and lower in titles.ambiguous),
        names_organisation=of_organisation,
        nameable=nameable,
        may_begin=nameable or initial or (unheard and not capital) or (known and (capital or not common)),
    )


def may_be_named(word: str) -> bool:
    """Whether a word that stands where a name is expected may be one."""
    kind = kind_of(word)
    return kind.known or not (kind.common or kind.title or kind.names_organisation)


def is_english(lower: str) -> bool:
    """Whether the word, it without an ending, or each part of a hyphenated one is an everyday one."""
    if "-" in lower:
        return all(map(is_english, filter(None, lower.split("-"))))
    return any(stem in words("english") or stem in words("common_words") for stem in (lower, *_stems(lower)))


def _stems(lower: str) -> Iterator[str]:
    for ending, instead in _ENDINGS:
        if lower.endswith(ending):
            stem = lower.removesuffix(ending) + instead
            yield stem
            if len(stem) > 3 and stem[-1] == stem[-2]:
                yield stem[:-1]


_FAMILIES = frozenset(
    {"ward", "hill", "lane", "park", "hall", "heath", "church", "forest", "woods", "field", "green"}
)
"""Streets, wards and buildings that are surnames more often when a given name stands before them."""
_PLACED = re.compile(
    r"(?:[0-9][a-z]?|(?<![a-z])(?:in|on|at|near|the|off|outside|st))[ ,]{1,2}$", re.IGNORECASE
)
"""In front of a street's, a ward's or a building's name."""


_RECORDED = re.compile(
    r"[ ,]{0,2} \(?(?:d\.?o\.?b|born|nhs|hosp|mrn|aged? [0-9]|at (?:flat |apt )?[0-9])", re.IGNORECASE
)
"""Behind the name of somebody, not of a street or a ward."""
_BEDS = re.compile(
    r":?[ ]{1,2}\(?(?:[A-Z]?[0-9]{1,2}[A-Z]?(?![0-9/.-])|SR ?[0-9]|side ?room|bay|bed|cubicle|"
    r"sister|manager|clerk|nurse|staff|phone|team|rota|round|meeting|is (?:closed|full)|closed)(?![a-z])",
    re.IGNORECASE,
)
"""Behind the name of a ward: "Bronte Ward SR1"."""


def _surname_of_place(text: str, tokens: Sequence[Word], at: int, end: int, trust: Trust) -> bool:
    """Whether the word at `end`, which may name a street or a ward, is a surname here: "Daniel Hill"."""
    if end >= len(tokens) or text[tokens[end - 1].end : tokens[end].start] != " ":
        return False
    given, place = tokens[end - 1].kind, tokens[end].kind
    if not (given.capital and place.capital and tokens[end].lower in _FAMILIES):
        return False
    if trust is Trust.TITLED or (given.known and _RECORDED.match(text, tokens[end].end)):
        return True
    if not given.given:
        return False
    begin = tokens[at].start
    is_ward = tokens[end].lower == "ward" and _BEDS.match(text, tokens[end].end)
    return not (is_ward or _PLACED.search(text, max(0, begin - 12), begin))


def name_at(text: str, tokens: Sequence[Word], at: int, trust: Trust) -> int:
    """How many words from `at` on are a name, given how far the place can be trusted; 0 for none."""
    begin = tokens[at].start
    if tokens[at].text.isupper() and _PLATE_BEFORE.search(text, max(0, begin - 5), begin):
        return 0
    taken = 0
    for word in _sequence(text, tokens, at):
        if not _fits(word.kind, tokens[at].kind, trust):
            break
        taken += 1
    taken += _is_led_by_particle(text, tokens, at, taken)
    while taken and tokens[at + taken - 1].kind.particle and not tokens[at + taken - 1].kind.known:
        taken -= 1
    if taken > 1 and tokens[at + taken - 1].lower in {"a", "i"}:
        taken -= 1
    while taken > 1 and not _convinces(tokens[at : at + taken], trust):
        taken -= 1  # "Q Doe NSAID"
    if not taken or not _convinces(tokens[at : at + taken], trust):
        return 0
    if taken == 2 and not trust and _is_article(text, *tokens[at : at + 3]):
        return 0
    return taken + _surname_of_place(text, tokens, at, at + taken, trust)


def _is_article(text: str, first: Word, word: Word, *behind: Word) -> bool:
    """Whether an "A" is no initial, since a word follows that describes what comes next: "A French trial"."""
    described = behind and behind[0].text.islower() and text[word.end : behind[0].start] == " "
    return bool(described and first.text == "A" and word.lower in words("english") and text[first.end] == " ")


def _is_led_by_particle(text: str, tokens: Sequence[Word], at: int, taken: int) -> bool:
    """Whether the name so far ends with small words, so that any word with a capital goes on: "de la Rue"."""
    if taken < 2 or at + taken >= len(tokens):
        return False
    last, word = tokens[at + taken - 1], tokens[at + taken]
    joined = text[last.end : word.start] in (" ", ". ")
    small = last.kind.particle and not last.kind.known and (last.text.islower() or last.text == "St")
    return joined and small and word.kind.capital and len(word.text) > 2 and tokens[at].kind.capital


_PLATE_BEFORE = re.compile(r"[A-Z]{2}[0-9]{2} $")
"""Before the letters of a vehicle's registration: "AB12 CDE Jane Doe"."""
_CODE_GOES_ON = re.compile(r"-?[0-9]")
"""Behind a letter that is no initial: "Doe M-12345"."""
_LABELS = frozenset(
    {"NI", "NINO", "NHS", "CHI", "MRN", "DOB", "PAS", "TEL", "MOB", "IOP", "BMI", "GCS", "ECG", "INR"}
)


_MONTHS = frozenset({"april", "may", "june", "august", "jan", "mai", "medi"})
"""That are given names, too."""
_DAY = re.compile(r" [0-9]{1,2}(?:,|st|nd|rd|th| )")


def _sequence(text: str, tokens: Sequence[Word], at: int) -> Iterator[Word]:
    """Words from `at` on that only a space, an initial's full stop, an underscore or a wrap keeps apart."""
    last = tokens[at]
    yield last
    for next_at in range(at + 1, min(at + LONGEST, len(tokens))):
        word = tokens[next_at]
        gap = text[last.end : word.start]
        shortened = last.kind.initial or last.text == "St"
        joined = gap in (" ", "  ", "_") or (shortened and gap in (". ", "."))
        joined = joined or (gap == "." and last.kind.given and word.kind.capital and word.kind.known)
        if not joined and not (gap == "\n" and _is_wrapped(text, last, word)):
            return
        coded = word.kind.initial and _CODE_GOES_ON.match(text, word.end)
        if coded or text[word.end : word.end + 1].isdigit() or word.text in _LABELS:
            return  # A number of theirs begins.
        if word.lower in _MONTHS and _DAY.match(text, word.end):
            return
        yield word
        last = word


_GOES_BEFORE = re.compile(r",[ ]?[A-Z]")
"""Behind a surname that stands before its given name."""


def _is_wrapped(text: str, last: Word, word: Word) -> bool:
    """Whether a long line broke between a given name and its surname."""
    line = last.end - (text.rfind("\n", max(0, last.start - 200), last.start) + 1)
    parted = last.kind.given and word.kind.surname and word.kind.capital and line >= WRAPPED
    return parted and not _GOES_BEFORE.match(text, word.end)


def _fits(kind: Kind, first: Kind, trust: Trust) -> bool:
    """Whether a word of this kind can stand in a name that begins with `first`."""
    if kind.title and not kind.known:
        return False
    if trust >= Trust.CERTAIN and kind is first and kind.capital:
        a_word = kind.common or kind.names_organisation
        return trust is Trust.TITLED or kind.known or kind.initial or kind.particle or not a_word
    if first.capital:
        return kind.nameable or kind.initial or (kind.particle and kind is not first)
    if kind.capital or kind.common:
        return kind.surname and first.given and not kind.common  # "jane Doe"
    if kind.known:
        return trust > Trust.NONE or kind.given or kind.surname
    return trust >= Trust.CERTAIN and not (kind.everyday or kind.title or kind.names_organisation)


def _convinces(name: Sequence[Word], trust: Trust) -> bool:
    """Whether these words are a name: each has found its place, now the whole must persuade."""
    solid = [
        word.kind
        for word in name
        if not word.kind.initial and not (word.kind.particle and not word.kind.known)
    ]
    if not solid or trust >= Trust.CERTAIN:
        return bool(solid)
    if any(word.text in SURELY_SMALL for word in name[1:-1]) and name[0].lower not in _OF_PLACES:
        return True
    if trust is Trust.LIKELY and any(kind.known and not kind.common for kind in solid):
        return True
    if trust is Trust.LIKELY and name[0].kind.initial and not any(kind.everyday for kind in solid):
        return True
    if len(name) == 1:
        return solid[0].given and not solid[0].common and solid[0].capital
    return _convinces_together(name[0].kind, solid) or _is_word_with_surname(name)


SURELY_SMALL = frozenset({"van", "von", "de", "dela", "delos", "della", "dos", "ter", "ten"})
"""Particles that mean nothing else in English where a capital follows."""
_OF_PLACES = frozenset({"rio", "costa", "puerto", "plaza", "aide", "coup", "carte", "isla", "place"})
"""First words of what is put together in the same way."""


def _convinces_together(first: Kind, solid: Sequence[Kind]) -> bool:
    """Whether several words are a name by the gazetteer alone: "Jane Doe", "J. Doe", "jane doe"."""
    if not solid[0].capital:
        return first.given and len(solid) >= 2
    if first.initial:
        return solid[-1].known and not solid[-1].common
    return any(kind.given for kind in solid[:2]) or (
        len(solid) >= 2 and solid[-1].surname and not solid[0].common
    )


def _is_word_with_surname(name: Sequence[Word]) -> bool:
    """Whether a given name that is also a word stands before a surname that is none: "Hope Threlfall"."""
    first, last = name[0], name[-1].kind
    if first.lower not in words("given_names").ambiguous or not (first.kind.capital and last.capital):
        return False
    if last.common or not last.nameable or (first.lower in OPENERS and not last.known):
        return False
    return not first.text.isupper() or last.known


OPENERS = frozenset({"will", "may", "can", "mark", "bill", "pat", "sue", "rob", "hand", "long", "patience"})
"""Given names that begin questions and commands, too."""
_LAST_WORD = re.compile(r"[A-Za-z]+$")
_OF = re.compile(
    r"(?:'s?)?(?: |-| & |, (?=Princess of Wales))(?P<follower>[A-Za-z]+)"
    r"(?: (?P<next>[A-Za-z]+))?",
    re.IGNORECASE,
)
_BUILDINGS = frozenset(
    {"practice", "surgery", "hospital", "clinic", "school", "centre", "pharmacy", "infirmary"}
)
_GRADE = re.compile(r" (?:Band [0-9]|Junior (?:Sister|Charge|Doctor|Clerk|Nurse))(?![A-Za-z])", re.IGNORECASE)
"""Behind the name of somebody at work."""
_NO_NAME = frozenset({"no", "nos", "num", "number", "numbers", "id", "record", "records", "ref", "reference"})
"""Behind the first word of a label: "Hospital No", "Medical Record Number"."""


def is_term(word: Word) -> bool:
    """Whether a word is a drug or an illness, and no name: "codeine" of "codeine amber"."""
    return not word.kind.known and (
        word.lower in phrases(*CLINICAL).certain or word.text in phrases("abbreviations").certain
    )


def is_company(written: str) -> bool:
    """Whether what reads like a name is a firm's, a shop's or a charity's: "Travis Perkins"."""
    return " ".join(written.casefold().split()) in phrases("companies").certain


def is_of_organisation(text: str, end: int) -> bool:
    """Whether the word after a name that ends at `end` makes it that of a street, a practice or a disease."""
    after = _OF.match(text, end)
    if not after:
        return False
    follower, further = after["follower"], after["next"] or ""
    if further.lower() in _NO_NAME or _GRADE.match(text, end):
        return False
    if not kind_of(follower).names_organisation:
        return _is_qualified(follower, further) and _begins_with_capital(text, end)
    return follower[0].isupper() or follower in {"disease", "syndrome"} or not _begins_with_capital(text, end)


_WELSH_BUILDINGS = frozenset({"ysbyty", "meddygfa", "canolfan", "ysgol", "fferyllfa"})


def is_welsh_building(tokens: Sequence[Word], at: int) -> bool:
    """Whether the name at `at` is that of a hospital, a surgery or a school: "Ysbyty Glan Clwyd"."""
    return at > 0 and tokens[at - 1].lower in _WELSH_BUILDINGS


def _is_qualified(follower: str, further: str) -> bool:
    """Whether two words such as "Family Practice" or "Princess of" say what something is."""
    kind = kind_of(follower)
    if follower == "NHS":
        return further in ("Foundation", "Trust")
    return (follower == "Princess" and further == "of") or (
        follower[0].isupper()
        and further[:1].isupper()
        and (kind.common or kind.everyday)
        and not kind.title
        and further.lower() in _BUILDINGS
    )


def _begins_with_capital(text: str, end: int) -> bool:
    """Whether the word that ends at `end` does."""
    word = _LAST_WORD.search(text, max(0, end - 30), end)
    return word is not None and word[0][0].isupper()
