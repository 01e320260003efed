"""What looks suspicious: figures and words that could be part of an identifier, looked at where they stand.

A date needs a label of birth, a short number one of a hospital, a clinical word its phrase, a name that
is a word, too, somebody's doings beside it.

Plain `re` and a look-up of each word take 0.7 ms for 10 KB; Hyperscan would take 0.1 to 0.2 and two minutes
to compile, google-re2 or Aho-Corasick save next to nothing (benchmarks/README.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache, lru_cache, partial
from itertools import compress

from detectors import (
    addresses,
    clinical,
    credentials,
    dates_of_birth,
    hospital_numbers,
    identity_documents,
    nhs_numbers,
    people,
    postcodes,
    vehicle_registrations,
)
from detectors.entities import is_doubtful
from detectors.findings import Finding
from detectors.lexicons import CLINICAL, phrases, words
from detectors.names import is_of_organisation, kind_of

Span = tuple[int, int]

CLOSE = 30
"""Characters behind a suspicious word in which no other is looked at: what it announces begins around it."""
BLOCK = 100_000
"""Characters whose words are in memory at once."""
LONGEST_WORD = 100
"""Letters; nothing longer is a word."""
PHRASE = 60
"""Characters that a clinical phrase may reach to either side of its rarest word."""
FEW = 50
"""Words beside a telling one that are cheaper to look for than a phrase; an operator's lists have more."""
LABEL_REACH = 60
"""Characters before a short number in which its label stands."""

_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[0-9](?:[-./ \n_:()]{0,4}[0-9]){5,}")
_ORDINARY = re.compile(
    r"(?<![0-9])(?:(?:0?[1-9]|[12][0-9]|3[01])([-./])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)[0-9]{2}|[0-9]{2})|"
    r"(?:19|20)[0-9]{2}([-./])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01])|"
    r"(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)[0-9]{2}|[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?|"
    r"[0-9]{1,5}\.[0-9]{2})(?![0-9])"
)
"""Dates, years from and to, times and prices: they fill office mail, and none is an identifier by itself."""
_APART = re.compile(r"~|\t| {3}|\n\n")
"""What no identifier is written across; "~" stands where something ordinary stood."""
LONG = 8
"""Digits from which on a number is suspicious whatever stands around it: an account number's."""
_SHORT = re.compile(r"[0-9](?:[-./ \t\n_:]{0,4}[0-9]){3,}")
_LABEL_OF_SHORT = re.compile(
    r"hos|hop|pas|case|local|dist|med|health|patient|pt|unit|chart|rio|epr|epi|spell|clinic|mr|crn|rxr|lpi|"
    r"nat|sort|acc|merg|tube|nino|ni$|(?:trust|notes|ed|e)$|"
    rf"(?:{hospital_numbers.SYSTEMS})$",
    re.IGNORECASE,
)
"""Words behind which a number of four digits may be somebody's."""
_TRIPLE = re.compile(r"[0-9]{2}(?:\.[0-9]{2}){2}")
_LETTERS_BEFORE = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]{2}[ ./-]{0,2}|[A-Z]{1,5}9{0,4}[ -]?)$")
_POSTCODE = re.compile(r"[0-9](?<=[A-Za-z].)[0-9A-Za-z]?[ \t\n]{0,3}[0-9][A-Za-z]{2}(?![A-Za-z0-9])")
_HOUSE_NUMBER = re.compile(
    r"[0-9](?<![0-9].)[0-9]{0,3}[A-Za-z]?(?:[ ]?[-/][ ]?[0-9]{1,4}[A-Za-z]?)?(?:,[ ]?|[ ]{1,2})[A-Za-z]"
)
_STREET_WORDS = 6
"""Behind a house's number, up to the last of its street."""
_CODE = re.compile(r"[0-9][0-9](?<=(?<![A-Za-z0-9])[A-TV-Z]..)\.[0-9](?![0-9A-Za-z])")
_VEHICLE = re.compile(r"[0-9][0-9](?<=[A-Z]..)[ ]?[A-Z]{3}(?![A-Za-z0-9])")
_MAILBOX = re.compile(r"@[A-Za-z0-9]")
_BORN = re.compile(r"(?<=\*)(?<![\w*].)[0-9]")
_GREETED = re.compile(r"(?:[ \t]{1,2}|,?[ \t]{0,4}\n\s{0,4})(?P<name>[A-Za-z'-]{2,30})")
_BEFORE = re.compile(r"(?P<word>[a-z]+)[ ]$")
_AFTER = re.compile(r"[ ](?P<word>[a-z]+)")
_ALONE = re.compile(r"(?:\n|[.!?:=>|\t\"][ ]?)[ ]{0,2}$")
_ENDS = re.compile(r"[ ]{0,2}(?![ A-Za-z0-9])")
"""What stands around a word behind the last sentence, in a line of its own or in a field."""
_NEXT = re.compile(r"[ ](?:&[ ])?(?P<word>[A-Z][a-z]+)")
_GOES_ON = re.compile(r"[ ](?:&[ ])?[A-Z]")
"""A surname, in capitals too."""
_WORD = re.compile(r"([A-Za-z][A-Za-z0-9]*+(?:(?:'(?!s\b)|-)[A-Za-z]++)*+)")
_SPACE = re.compile(r"\s")
_LETTERS = re.compile(r"[A-Za-z]{2,}")


def suspicions(text: str, start: int, end: int) -> Iterator[Span]:
    """Where something suspicious stands in normalised `text` between `start` and `end`, in no order."""
    yield from _figures(text, start, end)
    yield from _words(text, start, end)


def _figures(text: str, start: int, end: int) -> Iterator[Span]:
    """Where numbers stand that could be an identifier, and what else is made of figures.

    All but mailboxes begin with a digit, and looking for one is most of the work: so that is done once.
    """
    read = housed = start
    for digits in _DIGITS.finditer(text, start, end):
        at = digits.start()
        if at >= read and (number := _NUMBER.match(text, at, end)):
            read = number.end()
            if _is_suspicious(text, number):
                yield number.span()
        if at >= housed and (house := _HOUSE_NUMBER.match(text, at, end)):
            housed = house.end()
            yield from _streets(text, house, end)
        before = text[at - 1 : at]
        if before == "*":
            if _BORN.match(text, at, end) and _is_near_birth(text, at - 1, at):
                yield at - 1, at
        elif before.isalpha():
            yield from _codes(text, at, end)
    for match in _MAILBOX.finditer(text, start, end):
        yield match.span()


def _streets(text: str, house: re.Match[str], end: int) -> Iterator[Span]:
    """The street behind a house's number, if one is."""
    line, *_ = text[house.end() - 1 : house.end() + addresses.FURTHEST_STREET].split("\n", 1)
    behind = line.split(" ", _STREET_WORDS)
    if behind[0].lower() in addresses.NO_STREET:
        return
    if addresses.STREETS.isdisjoint(_LETTERS.findall(" ".join(behind[:_STREET_WORDS]).lower())):
        return
    street = addresses.NUMBERED.match(text, house.start(), end)
    if street:
        yield street.span()


def _codes(text: str, at: int, end: int) -> Iterator[Span]:
    """What begins with letters and goes on with the digit at `at`: a postcode, an illness, a vehicle."""
    postcode = _POSTCODE.match(text, at, end)
    if postcode and any(postcodes.find(text[max(0, at - 4) : postcode.end() + 1])):
        yield postcode.span()
    for pattern in (_CODE, _VEHICLE):
        if match := pattern.match(text, at, end):
            yield match.span()


def _is_suspicious(text: str, number: re.Match[str]) -> bool:
    """Whether a run of figures is long enough by itself, or letters in front make it an identifier."""
    if _ORDINARY.fullmatch(number[0]):
        return False
    longest, start = _longest(number[0]), number.start()
    return longest >= LONG or (longest >= 6 and bool(_LETTERS_BEFORE.search(text, max(0, start - 8), start)))


def _longest(figures: str) -> int:
    """Digits of the longest number in a run of figures, what is ordinary left out."""
    return max(sum(map(str.isdigit, part)) for part in _APART.split(_ORDINARY.sub("~", figures)))


def _words(text: str, start: int, end: int) -> Iterator[Span]:
    """Where words stand that could be part of a name, belong to a clinical phrase or are a label."""
    while start < end:
        furthest = min(end, start + 2 * BLOCK)
        space = _SPACE.search(text, start + BLOCK, furthest)
        done = space.end() if space else furthest
        yield from _words_between(text, start, done)
        start = done


def _words_between(text: str, start: int, end: int) -> Iterator[Span]:
    pieces = _WORD.split(text[start:end])
    looks = list(map(_LOOKS.__getitem__, pieces[1::2]))
    done, seen, read = start, 0, 0
    for at in compress(range(len(looks)), looks):
        word = 2 * at + 1
        begin = done + sum(map(len, pieces[read:word]))
        done, read = begin + len(pieces[word]), word + 1
        if begin >= seen and any(look(text, begin, done) for look in looks[at]):
            seen = done + CLOSE
            yield begin, done


Look = Callable[[str, int, int], bool]
"""Whether the word from start to end of a text is suspicious where it stands."""


class _Looks(dict[str, tuple[Look, ...]]):
    """Each word with the ways to look at it; none when it is an ordinary one."""

    MOST = 50_000

    def __missing__(self, word: str) -> tuple[Look, ...]:
        if len(word) > LONGEST_WORD:
            return ()
        if len(self) >= self.MOST:
            self.clear()
        self[word] = looks = tuple(_looks_at(word))
        return looks


_LOOKS = _Looks()


def _looks_at(word: str) -> Iterator[Look]:
    parts = word.split("-")
    letters = _LETTERS.findall(word) if any(map(str.isdigit, word)) else [word]
    if word.lower() in phrases(*CLINICAL).certain:
        yield _always
    elif told := [_clinical_words()[part] for part in (word, *parts) if part in _clinical_words()]:
        beside = frozenset().union(*told) if all(told) else frozenset()
        yield partial(_is_clinical, beside if len(beside) <= FEW else frozenset())
    if any(map(_is_title, letters)):
        yield _always if letters == [word] and not kind_of(word).common else _greets
    elif any(map(_may_name, letters)):
        yield _is_no_organisation
    elif kind_of(word).known and kind_of(word).capital:
        yield _is_somebody
    yield from {look for part in (*letters[:1], *parts) if (look := _LABELS.get(part.lower()))}
    if word.lower() in addresses.HOUSES:
        yield _is_house
    if any(map(_LABEL_OF_SHORT.match, (*letters[:1], *parts))):
        yield _is_numbered


def _is_title(word: str) -> bool:
    return kind_of(word).title and not kind_of(word).known


def _may_name(word: str) -> bool:
    """Whether a word by itself could be part of a name."""
    kind = kind_of(word)
    if kind.known and not kind.common:
        return kind.capital or kind.given or kind.surname
    return is_doubtful(word)


@cache
def _clinical_words() -> dict[str, frozenset[str]]:
    """Telling words of clinical phrases as they are, capitalised, in capitals; each with those beside it."""
    forms: dict[str, frozenset[str]] = {}
    for telling, others in clinical.telling_words().items():
        whole = telling.removesuffix("'s")
        *_, word = _WORD.findall(whole) or [whole]
        beside = others if word == whole else {whole.lower()}  # of "D&V", "#rib" and "4hr" that is a part
        for form in {word, word.title(), word.upper()}:
            known = forms.get(form, beside)
            alone = not (known and beside) or clinical.may_stand_alone(form)
            forms[form] = frozenset() if alone else frozenset(known | beside)
    return forms


@lru_cache(maxsize=64)
def _finds(find: Callable[[str], Iterable[Finding]], excerpt: str, where: Span | None = None) -> bool:
    """Whether something is found in an excerpt, or in a part of it. Tables and forms repeat themselves."""
    start, end = where or (0, len(excerpt))
    return any(each.start < end and start < each.end for each in find(excerpt))


def _always(_text: str, _start: int, _end: int) -> bool:
    return True


def _is_clinical(beside: Set[str], text: str, start: int, end: int) -> bool:
    """Whether a telling word is of a phrase here; if any words are given, one of them must be `beside` it."""
    begin = max(0, start - PHRASE)
    excerpt = text[begin : end + PHRASE]
    lower = excerpt.lower() if beside else ""
    if beside and not any(word in lower for word in beside):
        return False
    return _finds(clinical.find, excerpt, (start - begin, end - begin))


def _is_no_organisation(text: str, start: int, end: int) -> bool:
    """Whether what may be a name is no company's: "Willow Interiors", "Harbour Office Supplies"."""
    after = _NEXT.match(text, end)
    if after and kind_of(after["word"]).known:
        return True
    if is_of_organisation(text, end):
        return False
    further = after if not kind_of(text[start:end]).given else None
    return not further or not is_of_organisation(text, further.end())


def _is_somebody(text: str, start: int, end: int) -> bool:
    """Whether a word that is a name, too, is one here: "ring Hope"."""
    before, after = _BEFORE.search(text, max(0, start - 20), start), _AFTER.match(text, end)
    if not (
        (_ALONE.search(text, max(0, start - 4), start) and _ENDS.match(text, end))
        or (before and before["word"] in people.BEFORE_PEOPLE and not _is_month(text, start, end))
        or (after and after["word"] in people.ACTS)
        or people.BEARS.match(text, end)
    ):
        return False
    begin = max(0, start - 80)
    return _finds(people.find, text[begin : end + 80], (start - begin, end - begin))


def _is_month(text: str, start: int, end: int) -> bool:
    """Whether a word behind which no surname follows says when: "carried over from June"."""
    after = _AFTER.match(text, end)
    goes_on = _GOES_ON.match(text, end) or (after and kind_of(after["word"]).particle)
    return text[start:end].lower() in people.MONTHS and not goes_on


def _is_numbered(text: str, start: int, end: int) -> bool:
    """Whether a number of some digits follows, nothing ordinary."""
    numbers = _SHORT.finditer(text, start, end + LABEL_REACH + LONG)
    return any(number.start() <= end + LABEL_REACH and _is_number(number[0]) for number in numbers)


def _is_number(figures: str) -> bool:
    """Whether figures behind a label are more than something ordinary: "57.19.67" is no date, no price."""
    return _longest(figures) >= 4 or bool(_TRIPLE.fullmatch(figures) and not _ORDINARY.fullmatch(figures))


def _ends_label(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 2) : start].lower()
    return before in {"n.", "a/", "m.", "h/", "u/"} and _is_numbered(text, start, end)


def _is_kept(text: str, start: int, end: int) -> bool:
    """Whether a number follows of which of two records is to be kept: "keep: 1234567"."""
    return text[end : end + 1] == ":" and _is_numbered(text, start, end)


def _is_birth(text: str, start: int, end: int) -> bool:
    return dates_of_birth.is_label(text, start) and _is_near_birth(text, start, end)


def _is_near_birth(text: str, start: int, end: int) -> bool:
    return _finds(dates_of_birth.find, text[max(0, start - 60) : end + 120])


def _is_secret(text: str, start: int, end: int) -> bool:
    return _finds(credentials.find, text[max(0, start - 40) : end + 120])


def _is_opened(text: str, start: int, end: int) -> bool:
    """Whether a word of doors goes on as a label of what opens them, and a number follows."""
    label = credentials.LOCK_GOES_ON.match(text, end)
    return label is not None and bool(_DIGITS.search(text, label.end(), label.end() + LABEL_REACH))


def _is_passport(text: str, start: int, end: int) -> bool:
    return _finds(identity_documents.find_passports, text[start : end + 60])


def _is_vehicle(text: str, start: int, end: int) -> bool:
    beside = max(0, start - 12), end + 40
    return bool(_DIGITS.search(text, *beside)) and _finds(vehicle_registrations.find, text[slice(*beside)])


def _is_house(text: str, start: int, end: int) -> bool:
    """Whether a house's name ends here and an address goes on."""
    return addresses.ends_house(text, start) and _finds(addresses.find, text[max(0, start - 80) : end + 120])


def _is_initialled(text: str, start: int, _end: int) -> bool:
    return people.INITIALS.match(text, start) is not None


def _is_spelt(text: str, _start: int, end: int) -> bool:
    """Whether a number follows in words, with each digit in a box, or with commas."""
    return bool(
        nhs_numbers.SPELT.search(text, end, end + 120)
        or nhs_numbers.BOXES.search(text, end, end + 60)
        or nhs_numbers.DICTATED.search(text, end, end + 60)
    )


def _begins_spelt(text: str, start: int, _end: int) -> bool:
    return nhs_numbers.SPELT.match(text, start) is not None


def _greets(text: str, _start: int, end: int) -> bool:
    name = _GREETED.match(text, end)
    if name is None or not kind_of(name["name"]).may_begin:
        return False
    return name["name"].endswith("'s") or not is_of_organisation(text, name.end())


_LABELS: dict[str, Look] = {
    **dict.fromkeys(words("greetings").certain, _greets),
    **dict.fromkeys(dates_of_birth.LABEL_WORDS, _is_birth),
    **dict.fromkeys(("dob", "pid"), _always),
    **dict.fromkeys(("i", "c", "r", "n", "no", "num"), _ends_label),
    **dict.fromkeys(("keep", "lose"), _is_kept),
    **dict.fromkeys(("nhs", "chi"), _is_spelt),
    **dict.fromkeys(("four", "six", "seven", "nine"), _begins_spelt),
    **dict.fromkeys((*people.INITIALLED, "patients"), _is_initialled),
    **dict.fromkeys(vehicle_registrations.LABELS, _is_vehicle),
    **dict.fromkeys(identity_documents.LABELS, _is_passport),
    **dict.fromkeys(credentials.LOCKS, _is_opened),
    **dict.fromkeys((*credentials.LABELS, "private", "ghp", "gho", "ghu", "ghs", "ghr"), _is_secret),
    **dict.fromkeys(("xoxa", "xoxb", "xoxp", "xoxr", "xoxs", "sk"), _is_secret),
}
"""Words that make something of what stands beside them, and how to see whether they do."""


def is_telling(heading: str) -> bool:
    """Whether a column headed so holds what only its heading gives away."""
    return bool(
        people.HEADING.fullmatch(heading)
        or dates_of_birth.is_heading(heading)
        or hospital_numbers.is_heading(heading)
        or nhs_numbers.is_heading(heading)
    )
