"""Writes labelled mail of our own invention, to train the pipeline on and to measure it with.

Everything it says comes from `words/`; for measuring, names, places, clinical terms and templates
come from `held_out/`, which training never reads.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

from detectors.pipeline.disturb import disturb
from detectors.pipeline.grammar import GrammarError, Piece, expand, read_rules, read_templates
from detectors.pipeline.people import Person, Population, read_names, written

LABELS = ("PERSON", "ADDRESS", "CLINICAL")
NEUTRAL = "NEUTRAL"
"""Label of what is neither right nor wrong, as a town alone: nothing is learned from it."""
WORDS = Path(__file__).with_name("words")
HELD_OUT = Path(__file__).with_name("held_out")
ILLNESS = ("diagnosis", "drug", "procedure", "symptom")
JOINTS = {
    "line": (", ", ", ", ", ", " ", ","),
    "block": ("\n", "\n", ",\n"),
    "hl7": ("^^", "^"),
    "columns": (",", "\t", " | "),
}


class Span(msgspec.Struct, frozen=True):
    """A labelled stretch of a document's text, in code points."""

    start: int
    end: int
    label: str
    origin: str


class Document(msgspec.Struct, frozen=True):
    """A text with everything in it that has a label, sorted by start and never overlapping."""

    text: str
    spans: tuple[Span, ...]


class Generator:
    """An endless, seeded stream of documents. `held_out` swaps in what training never reads."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        self._rng = random.Random(seed)  # noqa: S311 (has to repeat itself, guards nothing)
        self._rules = read_rules(WORDS) | (read_rules(HELD_OUT) if held_out else {})
        source = HELD_OUT if held_out else WORDS
        self._templates = read_templates(source / "templates")
        # Real names in evaluation; in training many are ones that nobody bears.
        self._people = Population(read_names(source / "names"), self._rng, 0.0 if held_out else 0.4)
        self._cast: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Document]:
        while True:
            yield self.document()

    def document(self) -> Document:
        self._cast = {}
        template = self._rng.choice(self._rng.choice(self._templates))
        pieces = list(expand(template, self._rules, self._fill, self._rng))
        return assemble(disturb(pieces, self._rng))

    def surname(self) -> str:
        return self._people.surname()

    def forename(self) -> str:
        return self._people.forename()

    def illness(self) -> str:
        """A diagnosis, drug, procedure or symptom."""
        [term] = self._texts(self._rng.choice(ILLNESS))
        return term

    def address(self, form: str) -> str:
        """One without its postcode, joined the way `form` of JOINTS joins."""
        [parts] = self._texts("address")
        return parts.replace(" / ", self._rng.choice(JOINTS[form]))

    def _fill(self, slot: str) -> Iterator[Piece]:
        """Slots of people (`{A}`, `{B.last}`), addresses (`{addr}`, `{addr.block}`) and bare names."""
        name, _, form = slot.partition(".")
        if len(name) == 1 and name.isupper():
            yield self._name(name, form or "any")
        elif name == "addr":
            yield from self._address(form or self._rng.choice(("line", "line", "block")))
        elif slot == "surname":
            yield Piece(self._people.surname())
        elif slot == "forename":
            yield Piece(self._people.forename())
        else:
            raise GrammarError(f"no rule named {slot!r}")

    def _name(self, role: str, form: str) -> Piece:
        person = self._cast.get(role) or self._cast.setdefault(role, self._people.person())
        name = written(person, form, self._rng)
        return Piece(name) if form == "mail" else Piece(name, "PERSON", person.origin)

    def _address(self, form: str) -> Iterator[Piece]:
        """An address joined the way `form` joins, mostly with a postcode, which is no part of it."""
        joint = self._rng.choice(JOINTS[form])
        [parts] = self._texts("address")
        yield Piece(parts.replace(" / ", joint), "ADDRESS")
        if self._rng.random() < 0.75:
            [postcode] = self._texts("postcode")
            yield Piece(joint + postcode)

    def _texts(self, rule: str) -> Iterator[str]:
        option = self._rng.choice(self._rules[rule].options)
        yield "".join(piece.text for piece in expand(option, self._rules, self._fill, self._rng))


def assemble(pieces: list[Piece]) -> Document:
    """Joins pieces into a text, with their offsets."""
    spans: list[Span] = []
    at = 0
    for piece in pieces:
        if piece.label and piece.text.strip():
            spans.append(Span(at, at + len(piece.text), piece.label, piece.origin))
        at += len(piece.text)
    return Document("".join(piece.text for piece in pieces), tuple(spans))
