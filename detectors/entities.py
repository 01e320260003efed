"""What the trained pipeline finds where the rules leave something open, as far as it stands to reason.

The pipeline reads names, addresses and clinical words by their context, so it finds what no list
holds. It is the dearest reader by far: it gets only the surroundings of words that could be part of a
name or a clinical term and of no finding yet. It is also sure of things that are none: each of its
findings must pass what the rules know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from detectors import addresses, clinical
from detectors.findings import Finding, FindingType
from detectors.lexicons import phrases, words
from detectors.names import (
    WRAPPED,
    Kind,
    Word,
    is_company,
    is_of_organisation,
    is_term,
    kind_of,
    read_words,
    tokenise,
)

KINDS: dict[str, FindingType] = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "ADDRESS": "ADDRESS",
    "CLINICAL": "CLINICAL",
}
"""Labels of spaCy pipelines, as our types; other labels are not listened to."""

_MEDICAL = re.compile(
    r"(?:itis|osis|a?emia|oma|omas|ectomy|otomy|ostomy|plasty|scopy|graphy|pathy|algia|uria|pnoea|phagia|rrhoea|"
    r"rrhage|plegia|paresis|trophy|cillin|mycin|cycline|pril|sartan|olol|statin|azole|azine|mab|nib|parin|xaban|"
    r"gliptin|gliflozin|glutide|azepam|cele|cyst|cysts|varices|occlusion|fracture|infection|disease|syndrome|cancer|"
    r"allergy|injury|deficiency|failure|disorder|bleed|ulcer|repair|removal|replacement|biopsy|transplant|rash|cough|"
    r"fever|murmur|palsy|toenail|tear|prolapse|swelling|discharge|inhalers?)$"
)
"""Ends of words that medicine forms, and nouns that the words before them make a finding or a procedure."""


_FRAMES = words("titles").certain | words("greetings").certain | words("name_labels").certain
_OF_ADDRESSES = addresses.STREETS | addresses.HOUSES
_SPACE = re.compile(r"\s")
_CUT = re.compile(r"[a-z]|'(?!s(?![a-z]))[a-z]")
"""Behind what is only the beginning of a word."""
_HANGS_ON = re.compile(r"'(?:d|s|ll|re|ve)\s")
"""What belongs to the word before."""
_CITED = re.compile(r"[ .,]{0,3}(?:19|20)[0-9]{2}[;:]")
"""Behind the name of a journal."""
_FRAME_BEFORE = re.compile(
    rf"(?<![a-z])(?:{'|'.join(sorted(_FRAMES))}|called|named|ring|spoke to|it's|signed|taken by)"
    r"(?:[ ,.:]{1,3}|[,.]?\s{1,6})(?:[a-z]{1,20}[ ]|[a-z]\.? )?$"
)
_FRAME_AFTER = re.compile(
    r"'s(?![a-z])|[ ,(]{1,3}(?:d\.?o\.?b|born|aged? [0-9]|[0-9]{1,3} ?(?:y|yo|yrs?)(?![a-z]))"
)
_BORDER = re.compile(r"[,\n]")
"""Between the parts of an address."""
_AT_PLACE = re.compile(
    r"(?<![a-z])(?:died|born|lives?|living|based|works?|working|stay(?:s|ing)?|resident|clinic|held|admitted|"
    r"seen|arrived) at $"
)
"""Before a house's or a hospital's name."""
_AROUND = " \t\n,.;:()\"'"
REACH = 40
"""Characters to either side of a doubtful word that the pipeline judges it by."""
HEARD = 0.6
"""Score of what the pipeline finds."""
NUMBERED = 25
"""Characters before a street's last word in which the house's number stands."""
TRIES = 3
"""Places of one text in which the pipeline is asked about a word before it must have made something of it."""


class Entity(NamedTuple):
    """What a pipeline found in one text."""

    label: str
    start: int
    end: int


Read = Callable[[Sequence[str]], Sequence[Sequence[Entity]]]
"""Runs a pipeline over several texts."""


class Stretch(NamedTuple):
    """Normalised text to be read, the part of it that counts, and what the rules found in it."""

    text: str
    start: int
    end: int
    found: Sequence[Finding]


class Reader:
    """Has a pipeline read what the rules leave open in one text, many stretches of it at once.

    A word that the pipeline made nothing of in several places is a word of the trade, and no longer
    asked about: the cost of a price list does not grow with its length.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._asked: Counter[str] = Counter()
        self._heard: set[str] = set()
        self._names: set[str] = set()

    def find(self, stretches: Sequence[Stretch]) -> list[list[Finding]]:
        """What the pipeline adds to what was found in each stretch, and the same names again."""
        added = self._ask(stretches, self._is_new)
        if any(added):
            again = self._ask(list(map(_with, stretches, added)), self._heard.__contains__)
            added = [first + second for first, second in zip(added, again, strict=True)]
        known = list(map(_with, stretches, added))
        for stretch in known:
            self._names.update(_telling(stretch))
        return [heard + list(_again(each, self._names)) for each, heard in zip(known, added, strict=True)]

    def _is_new(self, word: str) -> bool:
        self._asked[word] += 1
        return self._asked[word] <= TRIES or word in self._heard

    def _ask(self, stretches: Sequence[Stretch], about: Callable[[str], bool]) -> list[list[Finding]]:
        places = [list(doubts(stretch, about)) for stretch in stretches]
        texts = [
            stretch.text[start:end]
            for stretch, spans in zip(stretches, places, strict=True)
            for start, end in spans
        ]
        answers = iter(self._read(texts) if texts else ())
        heard = [
            [finding for start, _ in spans for finding in credible(stretch.text, start, next(answers))]
            for stretch, spans in zip(stretches, places, strict=True)
        ]
        for stretch, findings in zip(stretches, heard, strict=True):
            self._heard.update(word for each in findings for word in _words_of(stretch.text, each))
        return heard


def _with(stretch: Stretch, heard: Sequence[Finding]) -> Stretch:
    return stretch._replace(found=(*stretch.found, *heard))


def _words_of(text: str, finding: Finding) -> list[str]:
    return [word.text for word in tokenise(text[finding.start : finding.end]) if not word.kind.initial]


def _telling(stretch: Stretch) -> Iterator[str]:
    """The words of people's names that mean nothing else: where they stand again, it is a name."""
    for finding in stretch.found:
        if finding.type == "PERSON":
            name = _words_of(stretch.text, finding)
            if finding.score > HEARD or (len(name) > 1 and any(kind_of(word).known for word in name)):
                yield from filter(_means_nothing_else, name)


def _means_nothing_else(word: str) -> bool:
    kind, lower = kind_of(word), word.lower()
    if len(word) < 3 or kind.common or kind.title or kind.particle or kind.names_organisation:
        return False
    if kind.given or kind.surname:
        return True
    return not (_is_plain(word) or kind.known or kind.everyday or lower in phrases("places"))


def _again(stretch: Stretch, names: Set[str]) -> Iterator[Finding]:
    """Where one of `names` stands outside everything that was found."""
    for word in _left_open(stretch, names.__contains__):
        yield Finding("PERSON", word.start, word.end, HEARD, "part of a name that stands elsewhere, too")


def doubts(stretch: Stretch, about: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """The surroundings of each doubtful word that lies in nothing found, in order and apart."""
    start = end = 0
    for word in _left_open(stretch, _may_be_asked_about):
        framed = (
            is_doubtful(word.text)
            or _is_framed(stretch.text, word.start, word.end)
            or _is_of_address(stretch.text, word)
        )
        if not (framed and about(word.text)):
            continue
        if end and word.start - REACH > end:
            yield start, end
            end = 0
        start = start if end else _space_before(stretch.text, word.start - REACH)
        end = _space_after(stretch.text, word.end + REACH)
    if end:
        yield start, end


def _left_open(stretch: Stretch, wanted: Callable[[str], bool]) -> Iterator[Word]:
    """The wanted words in or right behind what counts, outside everything that was found."""
    taken = sorted((finding.start, finding.end) for finding in stretch.found)
    at = 0
    for word in read_words(stretch.text):
        if not wanted(word.text) or not stretch.start <= word.start < stretch.end + REACH:
            continue
        while at < len(taken) and taken[at][1] <= word.start:
            at += 1
        free = at == len(taken) or word.end <= taken[at][0]
        if free and not is_of_organisation(stretch.text, word.end):
            yield word


def _space_before(text: str, offset: int) -> int:
    return max(text.rfind(" ", 0, max(0, offset)), text.rfind("\n", 0, max(0, offset))) + 1


def _space_after(text: str, offset: int) -> int:
    end = _SPACE.search(text, offset, offset + REACH)
    return end.start() if end else min(offset, len(text))


@lru_cache(maxsize=20_000)
def is_doubtful(word: str) -> bool:
    """Whether `word` by itself could be part of a name or a clinical term that no list settles."""
    kind, lower = kind_of(word), word.lower()
    if kind.common or kind.everyday or kind.title or kind.names_organisation or len(word) < 2:
        return False
    if kind.known:
        return kind.capital or lower not in words("english")
    return bool(_MEDICAL.search(lower)) or (kind.capital and _could_be_name(word) and not _is_plain(word))


@lru_cache(maxsize=20_000)
def _may_be_asked_about(word: str) -> bool:
    lower = word.lower()
    return (
        is_doubtful(word)
        or lower in _OF_ADDRESSES
        or lower in phrases("places")
        or (_is_unheard(kind_of(word)) and _could_be_name(word))
    )


def _is_of_address(text: str, word: Word) -> bool:
    """Whether a word of streets, houses or places has a capital, or a number not far before it."""
    if word.lower not in _OF_ADDRESSES and word.lower not in phrases("places"):
        return False
    return word.kind.capital or any(map(str.isdigit, text[max(0, word.start - NUMBERED) : word.start]))


def _could_be_name(word: str) -> bool:
    """Whether a word that no list knows is no place, and long enough for a name."""
    return not _is_short(word) and len(set(word.lower())) > 2 and word.lower() not in phrases("places")


def _is_plain(word: str) -> bool:
    """Whether a word looks as other words or acronyms do, too: in small letters, or short in capitals."""
    return word.islower() or (len(word) <= 5 and sum(map(str.isupper, word)) >= min(4, len(word) - 1))


def _is_framed(text: str, start: int, end: int) -> bool:
    """Whether something beside a plain word says that it is a name: a title, a label, a greeting, a name."""
    return bool(
        _FRAME_BEFORE.search(text[max(0, start - 24) : start].lower())
        or _FRAME_AFTER.match(text[end : end + 24].lower())
    )


def _is_short(word: str) -> bool:
    """Whether a word is too short to be a name by itself: in capitals, three letters mean something."""
    return len(word) < 3 or (len(word) == 3 and word.isupper())


def credible(text: str, begin: int, entities: Iterable[Entity]) -> Iterator[Finding]:
    """The credible ones among the `entities` that the pipeline found in normalised `text` from `begin` on."""
    for entity in entities:
        kind = KINDS.get(entity.label)
        if kind is None:
            continue
        start, end = begin + entity.start, begin + entity.end
        start, end = _core(text, start, end, name=kind == "PERSON")
        if kind == "ADDRESS":
            start = addresses.without_resident(text, start, end)
            end = _without_illness(text, start, end)
        if start < end and _CREDIBLE[kind](text, start, end):
            yield Finding(kind, start, end, HEARD, "words that the trained pipeline knows by their context")


def _without_illness(text: str, start: int, end: int) -> int:
    """Where the address ends when what its resident has was taken for a part of it."""
    borders = [*(start + border.start() for border in _BORDER.finditer(text[start:end])), end]
    for border, following in pairwise(borders):
        if border > start and any(clinical.find(text[border + 1 : following])):
            return border
    return end


def _core(text: str, start: int, end: int, *, name: bool) -> tuple[int, int]:
    """Where the entity begins and ends without punctuation and, a name, without everyday words around it."""
    if name:
        end = _line_end(text, start, end)
        if solid := _solid(text[start:end]):
            return start + solid[0].start, start + solid[-1].end
    if cut := _HANGS_ON.match(text, start - 1):  # of "DNA'd her scan"
        start = cut.end()
    written = text[start:end]
    return end - len(written.lstrip(_AROUND)), start + len(written.rstrip(_AROUND))


def _line_end(text: str, start: int, end: int) -> int:
    """Where a name that goes on behind a line too short to be wrapped ends."""
    line = text.find("\n", start + 1, end)
    return line if 0 <= line < text.rfind("\n", 0, start) + WRAPPED else end


def _solid(written: str) -> list[Word]:
    """The words of a name without everyday ones around them."""
    solid = [word for word in tokenise(written) if not word.kind.everyday]
    while len(solid) > 1 and solid[0].kind.common and (solid[1].kind.given or _is_small_before(*solid[:2])):
        solid = solid[1:]
    while len(solid) > 1 and _is_small_before(solid[-1], solid[-2]) and len(solid[-1].text) < 4:
        solid = solid[:-1]
    while len(solid) > 1 and solid[-1].kind.particle and not solid[-1].kind.known:
        solid = solid[:-1]
    return solid


def _is_small_before(word: Word, other: Word) -> bool:
    """Whether only the other has a capital: "young" of "young O'DWYER", "rm" of "B Barzinji rm"."""
    kind = word.kind
    return not (kind.capital or kind.particle or (kind.known and not kind.common)) and other.kind.capital


def _is_name(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    name = tokenise(written)
    if not name or len(name) > 6 or any(map(str.isdigit, text[max(0, start - 1) : end])):
        return False
    if _is_of_thing(text, start, end) or _CUT.match(text, end) or _CITED.match(text, end):
        return False
    if len(name) == 1:
        at_place = _AT_PLACE.search(text, max(0, start - 16), start)
        return (
            not (at_place and name[0].kind.capital)
            and _is_single_name(name[0])
            and (not _is_plain(written) or _is_told(name[0]) or _is_framed(text, start, end))
        )
    solid = [word for word in name if len(word.text) > 1 and not word.kind.particle and not word.kind.initial]
    if any(map(_is_no_part, solid)):
        return False
    if all(_is_plain(word.text) for word in solid):
        return any(_is_told(word) for word in solid) or (
            _is_framed(text, start, end) and any(_could_be_name(word.text) for word in solid)
        )
    return all(word.kind.capital and len(set(word.lower) - {"-"}) > 1 for word in solid) and (
        any(not (word.kind.common or word.kind.title) for word in solid)
        or (len(solid) > 1 and all(word.kind.known for word in solid))
    )


def _is_no_part(word: Word) -> bool:
    """Whether a word never stands in a name of several."""
    kind = word.kind
    return (kind.names_organisation and not kind.known) or kind.everyday or is_term(word)


def _is_of_thing(text: str, start: int, end: int) -> bool:
    """Whether it is called so: a firm, what an organisation or a disease is named for, or mark-up."""
    return is_company(text[start:end]) or is_of_organisation(text, end) or _is_tag(text, start, end)


def _is_tag(text: str, start: int, end: int) -> bool:
    """Whether it stands between the angle brackets of mark-up."""
    return (
        text[end : end + 1] == ">" and text[max(0, start - 30) : start].rpartition(">")[2].strip()[:1] == "<"
    )


def _is_told(word: Word) -> bool:
    """Whether the lists of names know a word that means nothing else."""
    return word.kind.known and not word.kind.common and word.lower not in words("english")


def _is_single_name(word: Word) -> bool:
    """One word is a name when it looks like one and like nothing else."""
    kind = word.kind
    if kind.common or kind.everyday or kind.title or kind.names_organisation or _is_short(word.text):
        return False
    return kind.known or (_could_be_name(word.text) and not _is_medical(word.text))


def _is_clinical(text: str, start: int, end: int) -> bool:
    """Whether a word in it is in the lists, formed by medicine, or in small letters and in no list at all."""
    written = text[start:end]
    return _is_medical(written) or any(
        len(word.text) > 4 and not word.kind.capital and _is_unheard(word.kind) for word in tokenise(written)
    )


def _is_medical(written: str) -> bool:
    return any(map(_MEDICAL.search, written.lower().split())) or any(clinical.find(written))


def _is_unheard(kind: Kind) -> bool:
    """Whether no list at all knows the word."""
    return not (kind.known or kind.common or kind.everyday or kind.title or kind.names_organisation)


_CREDIBLE = {"PERSON": _is_name, "ADDRESS": addresses.is_credible, "CLINICAL": _is_clinical}
