"""Names of people: after a title or a label, or because the gazetteer knows them.

A name is read word by word. What each word may be (a title, a given name, a surname, an initial, an
everyday word) comes from lists; what the words are together is decided by the few rules below.
Names of practices, companies, streets and diseases are not names of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from detectors.findings import Finding
from detectors.lexicons import words

_TITLES = words("titles")
_PARTICLES = words("particles").certain
_ORGANISATIONS = words("organisations").certain
_GREETINGS = words("greetings").certain
_LABELS = words("name_labels")

_TOKEN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_BREAK = re.compile(r"[ \t]{0,3}\.?[ \t]{1,3}|\.|[ \t]{1,3}\n[ \t]{0,4}|\n")
_COMMA = re.compile(r"[ \t]{0,2},[ \t]{0,3}")
_LABEL_GAP = re.compile(
    r"[ \t]{0,3}(?:(?:\((?:s|name)\))|'s name)?[ \t]{0,2}[:=>|\-\t][ \t]{0,12}\n?[ \t\"']{0,12}|[ \t]{0,4}\n[ \t]{0,4}"
)


class Word(NamedTuple):
    """A word of the text, and what it could be."""

    start: int
    end: int
    text: str
    lower: str

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def initial(self) -> bool:
        return len(self.text) == 1 and self.capital

    @property
    def title(self) -> bool:
        return self.lower in _TITLES.certain or (self.capital and self.lower in _TITLES.ambiguous)

    @property
    def common(self) -> bool:
        return self.lower in _common()

    @property
    def given(self) -> bool:
        """Surely a given name, wherever it stands."""
        return any(part in words("given_names").certain for part in self.parts)

    @property
    def surname(self) -> bool:
        return any(part in words("surnames").certain for part in self.parts)

    @property
    def perhaps(self) -> bool:
        """A given name or surname that may also be an everyday word."""
        return any(part in words("given_names") or part in words("surnames") for part in self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.lower, *self.lower.split("-")) if "-" in self.text else (self.lower,)

    @property
    def nameable(self) -> bool:
        """Could be part of a name where a name is expected."""
        return (
            self.capital
            and len(self.text) > 1
            and (self.perhaps or not self.common)
            and self.lower not in _ORGANISATIONS
        )


@cache
def _common() -> frozenset[str]:
    return words("common_words").certain | words("common_words").ambiguous


def find(text: str) -> Iterator[Finding]:
    """Names in normalised `text`, without their titles."""
    tokens = [Word(match.start(), match.end(), match[0], match[0].lower()) for match in _TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        length, score, why = _name_at(text, tokens, at)
        if not length:
            at += 1
            continue
        last = tokens[at + length - 1]
        if not _is_of_organisation(text, tokens, at + length):
            yield Finding("PERSON", tokens[at].start, last.end, score, why)
        at += length


def _name_at(text: str, tokens: list[Word], at: int) -> tuple[int, float, str]:
    """Number of words of the name that begins at `at`, how sure, and why."""
    word = tokens[at]
    if word.title and not word.perhaps:
        return 0, 0.0, ""
    previous = tokens[at - 1] if at else None
    gap = text[previous.end : word.start] if previous else ""
    if previous and previous.title and _BREAK.fullmatch(gap):
        length = _titled(text, tokens, at, bold=previous.lower in _TITLES.certain)
        if length:
            return length, 0.9, "a name after a title"
    if previous and previous.lower in _GREETINGS and re.fullmatch(r"[ \t]{1,2}|,?[ \t]*\n\s{0,4}", gap):
        length = _known(text, tokens, at) or _greeted(text, tokens, at)
        if length:
            return length, 0.8, "a name in a salutation or signature"
    if previous and _LABEL_GAP.fullmatch(gap) and previous.lower in _LABELS:
        length = _known(text, tokens, at) or (
            _labelled(text, tokens, at) if previous.lower in _LABELS.certain and not gap.isspace() else 0
        )
        if length:
            return length, 0.85, "a name after a label"
    length = _known(text, tokens, at)
    return (length, 0.75, "words that the gazetteer knows as names") if length else (0, 0.0, "")


def _sequence(text: str, tokens: list[Word], at: int) -> list[Word]:
    """Words from `at` on with nothing but a space (or an initial's full stop) between, six at most."""
    taken = [tokens[at]]
    for word in tokens[at + 1 : at + 6]:
        gap = text[taken[-1].end : word.start]
        if gap not in (" ", "  ") and not (taken[-1].initial and gap in (". ", ".")):
            break
        taken.append(word)
    return taken


def _titled(text: str, tokens: list[Word], at: int, *, bold: bool) -> int:
    """Words of a name after a title; `bold` takes names that no list knows."""
    taken = 0
    for word in _sequence(text, tokens, at)[:4]:
        fits = (
            word.nameable
            or word.initial
            or word.lower in _PARTICLES
            or (not word.capital and word.perhaps and not word.common)
        )
        if not fits or (taken and word.title):
            break
        taken += 1
    found = _trim(tokens, at, taken)
    if found and not bold and not any(word.perhaps for word in tokens[at : at + found]):
        return 0
    return found


def _greeted(text: str, tokens: list[Word], at: int) -> int:
    """Words of a name in a greeting or signature that stands alone in its line: "Dear Jane,"."""
    taken = 0
    for word in _sequence(text, tokens, at)[:3]:
        if not (word.nameable and (not word.common or word.perhaps)):
            break
        taken += 1
    if not taken:
        return 0
    tail = text[tokens[at + taken - 1].end : tokens[at + taken - 1].end + 3]
    return taken if re.match(r"[ \t]?(?:[,!.:\n-]|$)", tail) and (taken > 1 or tokens[at].perhaps) else 0


def _labelled(text: str, tokens: list[Word], at: int) -> int:
    """Words of a name after a label that only a name follows; initials count ("Pt: JS")."""
    first = tokens[at]
    if re.fullmatch(r"[A-WY-Z]{2,3}", first.text) and not first.common:
        return 1
    taken = 0
    for word in _sequence(text, tokens, at)[:4]:
        if not (word.nameable or (taken and (word.initial or word.lower in _PARTICLES))):
            break
        taken += 1
    return _trim(tokens, at, taken) if taken >= 2 or (taken and first.perhaps) else 0


def _known(text: str, tokens: list[Word], at: int) -> int:
    """Words of a name that the gazetteer recognises by itself."""
    first = tokens[at]
    if not (first.capital or first.perhaps):
        return 0
    return _reversed(text, tokens, at) or _in_order(text, tokens, at)


def _in_order(text: str, tokens: list[Word], at: int) -> int:
    """Given names or initials before the surname; or a sure given name by itself."""
    sequence = _sequence(text, tokens, at)
    first = sequence[0]
    if not (first.initial or first.perhaps or first.nameable):
        return 0
    lower = not first.capital
    taken = 1
    for word in sequence[1:5]:
        if lower:
            fits = word.perhaps and not word.common and not word.capital
        else:
            fits = (
                word.nameable or word.initial or (word.lower in _PARTICLES and word.lower not in {"do", "o"})
            )
        if not fits:
            break
        taken += 1
    taken = _trim(tokens, at, taken)
    name = tokens[at : at + taken]
    return taken if name and _convinces(name, lower=lower) else 0


def _convinces(name: list[Word], *, lower: bool) -> bool:
    """Whether these words are a name without a title or label to say so."""
    solid = [word for word in name if not word.initial and word.lower not in _PARTICLES]
    if not solid:
        return False
    if lower:
        return (
            len(solid) >= 2 and name[0].given and solid[-1].perhaps and not any(word.common for word in solid)
        )
    if len(name) == 1:
        return name[0].given and not name[0].common and not (name[0].surname and name[0].text.isupper())
    if name[0].initial:
        return solid[-1].perhaps and not solid[-1].common and len(solid[-1].text) > 2
    if any(word.given for word in solid[:2]):
        return True
    return (
        len(solid) >= 2
        and solid[-1].surname
        and not name[0].common
        and (name[0].perhaps or all(word.perhaps for word in solid))
    )


def _reversed(text: str, tokens: list[Word], at: int) -> int:
    """ "Surname, Forename" and "SURNAME Forename"."""
    first = tokens[at]
    if at + 1 >= len(tokens) or not first.nameable:
        return 0
    second = tokens[at + 1]
    gap = text[first.end : second.start]
    if (
        _COMMA.fullmatch(gap)
        and first.perhaps
        and (second.given or (second.perhaps and first.text.isupper()))
        and second.capital
    ):
        follows = (
            at + 2 < len(tokens)
            and _COMMA.fullmatch(text[second.end : tokens[at + 2].start])
            and tokens[at + 2].given
        )
        return 0 if first.given and follows else 2
    return 0


def _trim(tokens: list[Word], at: int, taken: int) -> int:
    """Drop particles, initials that begin a sentence, and everyday words from the end of a name."""
    while taken and (tokens[at + taken - 1].lower in _PARTICLES and not tokens[at + taken - 1].perhaps):
        taken -= 1
    if taken > 1 and tokens[at + taken - 1].lower in {"a", "i"}:
        taken -= 1
    return taken


def _is_of_organisation(text: str, tokens: list[Word], after: int) -> bool:
    """Whether the words after a name make it that of a street, a practice or a disease."""
    if after >= len(tokens):
        return False
    last, follower = tokens[after - 1], tokens[after]
    gap = text[last.end : follower.start]
    if gap == "'" and follower.lower == "s" and after + 1 < len(tokens):
        follower = tokens[after + 1]
    elif gap not in (" ", "  ", " & ", "'s ", "-"):
        return False
    return follower.lower in _ORGANISATIONS and (
        follower.capital or not last.capital or follower.lower in {"disease", "syndrome"}
    )
