"""People as mail writes them: names of many origins, in every order and case."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec

from detectors.pipeline.grammar import read_rules

WORD = re.compile(r"[^\W\d_]+")
ONSET = re.compile(r"^[^aeiouy]*")
SYLLABLES = re.compile(r"[^aeiouy]*[aeiouy]+(?:[^aeiouy]+$)?", re.IGNORECASE)
UNACCENTED = str.maketrans("łŁøØđĐıßæÆ", "lLoOdDisaA")


class Names(msgspec.Struct, frozen=True):
    """The names of one origin."""

    origin: str
    forenames: tuple[str, ...]
    surnames: tuple[str, ...]


class Person(msgspec.Struct, frozen=True):
    """Someone in a document, with the names in the case that this document writes them in."""

    forename: str
    middle: str
    surname: str
    origin: str


def read_names(folder: Path) -> tuple[Names, ...]:
    """One Names for each file of a folder, named by its stem."""
    return tuple(_names(file) for file in sorted(folder.glob("*.txt")))


def _names(file: Path) -> Names:
    rules = read_rules(file)

    def entries(rule: str) -> tuple[str, ...]:
        return tuple(str(option[0]) for option in rules[rule].options)

    return Names(file.stem, entries("forenames"), entries("surnames"))


class Population:
    """Draws people: mostly of one origin throughout, some mixed, some with names nobody bears.

    Made-up names, spelt from syllables of real ones, teach the pipeline to go by shape and
    context where it does not know a name.
    """

    def __init__(self, names: tuple[Names, ...], rng: random.Random, made_up: float) -> None:
        self._names = names
        self._sizes = [len(origin.forenames) + len(origin.surnames) for origin in names]
        self._rng = rng
        self._made_up = made_up

    def person(self) -> Person:
        rng = self._rng
        names = self._origin()
        forename, middle, surname = self.forename(names), self.forename(names), self.surname(names)
        if rng.random() < 0.08:
            forename = self.forename()
        if rng.random() < 0.07:
            surname += rng.choice("-- ") + self.surname(rng.choice((names, self._origin())))
        if rng.random() < 0.3:
            forename, middle, surname = map(_unaccented, (forename, middle, surname))
        return _in_case(Person(forename, middle, surname, names.origin), rng)

    def forename(self, names: Names | None = None) -> str:
        return self._draw((names or self._origin()).forenames)

    def surname(self, names: Names | None = None) -> str:
        return self._draw((names or self._origin()).surnames)

    def _origin(self) -> Names:
        """An origin, as often as its lists are long."""
        return self._rng.choices(self._names, self._sizes)[0]

    def _draw(self, real: tuple[str, ...]) -> str:
        if self._rng.random() < self._made_up:
            return made_up(real, self._rng)
        return self._rng.choice(real)


def made_up(real: tuple[str, ...], rng: random.Random) -> str:
    """A name no list has, built like one that a list has: Min-woo, de Gonçalez, O'Bredy, Ziu."""
    name = rng.choice(real)
    return WORD.sub(lambda word: word[0] if _particle(word[0], name) else _blend(word[0], real, rng), name)


def _particle(word: str, name: str) -> bool:
    return len(word) <= (3 if " " in name else 2) and word != name


def _blend(word: str, real: tuple[str, ...], rng: random.Random) -> str:
    """The beginning of one word of these names and the end of another, in the case of `word`."""
    heads, tails = _syllables(real, rng), _syllables(real, rng)
    if len(heads) == 1:
        blend = heads[0].removesuffix(ONSET.sub("", heads[0])) + ONSET.sub("", tails[-1])
    else:
        blend = "".join([*heads[: rng.choice((1, 1, 2))], tails[-1]])
    if len(blend) < 2:
        return word
    return blend.capitalize() if word[0].isupper() else blend


def _syllables(real: tuple[str, ...], rng: random.Random) -> list[str]:
    """Those of a word in one of these names, in lower case and without accents."""
    word: str = rng.choice(WORD.findall(rng.choice(real))).lower()
    return SYLLABLES.findall(_unaccented(word)) or [word]


def _unaccented(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.translate(UNACCENTED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _in_case(person: Person, rng: random.Random) -> Person:
    """How one document writes this person: as is, SURNAME in capitals, all capitals, all lower case."""
    draw = rng.random()
    if draw < 0.09:
        return msgspec.structs.replace(person, surname=person.surname.upper())
    change: Callable[[str], str] = str.upper if draw < 0.18 else str.lower if draw < 0.26 else str
    return Person(change(person.forename), change(person.middle), change(person.surname), person.origin)


def written(person: Person, form: str, rng: random.Random) -> str:
    """The person's name in one of FORMS; raises KeyError for another form."""
    return rng.choice(FORMS[form]).format(
        f=person.forename,
        m=person.middle,
        s=person.surname,
        fi=person.forename[0],
        mi=person.middle[0],
        S=person.surname.upper(),
        F=person.forename.upper(),
        mail_f=_unaccented(person.forename).lower().replace(" ", ""),
        mail_s=re.sub(r"[^a-z-]", "", _unaccented(person.surname).lower()),
    )


FULL = ("{f} {s}",) * 8 + ("{f} {m} {s}", "{f} {mi} {s}", "{f} {mi}. {s}")
FORMAL = (
    "{s}, {f}",
    "{S}, {f}",
    "{S}, {F}",
    "{s}, {f} {m}",
    "{S}, {f} {mi}",
    "{s},{f}",
    "{S} {f}",
    "{s} {f}",
)
INITIAL = ("{fi} {s}", "{fi}. {s}", "{fi}.{mi}. {s}", "{fi} {mi} {s}", "{s} {fi}", "{f} {s}", "{fi}{mi} {s}")
FORMS: dict[str, tuple[str, ...]] = {
    "full": FULL,
    "first": ("{f}",),
    "last": ("{s}",),
    "formal": FORMAL,
    "initial": INITIAL,
    "reversed": ("{s} {f}",) * 3 + ("{s} {f} {m}",),
    "any": FULL * 2 + FORMAL + INITIAL,
    "hl7": ("{S}^{F}", "{S}^{F}^{mi}", "{S}^{F}^{m}", "{s}^{f}"),
    "slug": ("{s}_{f}", "{f}_{s}", "{f}-{s}", "{s}-{f}", "{S}_{F}", "{f}{s}", "{f}+{s}", "{f}%20{s}"),
    "mail": ("{mail_f}.{mail_s}", "{mail_f}{mail_s}", "{mail_s}.{mail_f}", "{mail_f}"),
}
