"""The labelled set: messages from templates of its own, each with all that should be found in it.

Neither templates nor sentences are those that the detectors' cases and the pipeline's generator have.
Names are those of life, so training has read some of them: recall of the others is counted apart. What
should raise no flag is hard on purpose: orders that pass a checksum, policies that speak of NHS numbers,
newsletters full of drugs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from benchmarks.detection.identifiers import DRAWN
from detectors.findings import COUNTS_AS, Finding
from detectors.pipeline.generator import NEUTRAL, Span, assemble
from detectors.pipeline.grammar import GrammarError, Piece, Text, expand, read_rules, read_templates
from detectors.pipeline.people import Person, Population, read_names, written
from detectors.pipeline.scores import read_snippets
from tests.detectors.marked import unmark

TYPES = (
    "PERSON",
    "NHS_NUMBER",
    "DATE_OF_BIRTH",
    "UK_POSTCODE",
    "ADDRESS",
    "PHONE",
    "NINO",
    "HOSPITAL_NUMBER",
    "CREDIT_CARD",
    "UK_BANK_ACCOUNT",
    "IBAN",
    "CLINICAL",
)
WORDS_LABELS = {
    "POSTCODE": "UK_POSTCODE",
    "HOSPITAL": "HOSPITAL_NUMBER",
    "BANK": "UK_BANK_ACCOUNT",
    "DOB": "DATE_OF_BIRTH",
}
"""Labels that `words.txt` abbreviates: its grammar wants single words."""
BURIED = 0.35
"""Share of the messages that stand between paragraphs about something else."""

_HERE = Path(__file__).parent
_CASES = _HERE.parents[1] / "tests" / "detectors"


class Message(msgspec.Struct, frozen=True):
    """A text, what stands in it, and what it comes to; None for a flag that nobody decided."""

    text: str
    spans: tuple[Span, ...]
    patient_identifiable: bool | None
    bank_or_card: bool | None
    types: tuple[str, ...] = TYPES
    """What its labels cover; findings of other types are neither right nor wrong."""


class Kind(msgspec.Struct, frozen=True):
    """The messages of one template file, and what they come to."""

    name: str
    share: float
    patient_identifiable: bool
    bank_or_card: bool


KINDS = (
    Kind("both", 0.03, patient_identifiable=True, bank_or_card=True),
    Kind("money", 0.14, patient_identifiable=False, bank_or_card=True),
    Kind("negatives", 0.45, patient_identifiable=False, bank_or_card=False),
    Kind("patients", 0.38, patient_identifiable=True, bank_or_card=False),
)
"""In the order of the names of their files."""


class Writer:
    """A seeded, endless stream of messages."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._rules = read_rules(_HERE / "words.txt")
        self._templates = dict(zip(KINDS, read_templates(_HERE / "templates"), strict=True))
        self._people = Population(read_names(_HERE / "names"), self._rng, made_up=0.0)
        self._cast: dict[str, Person] = {}

    def __iter__(self) -> Iterator[Message]:
        while True:
            [kind] = self._rng.choices(KINDS, [kind.share for kind in KINDS])
            yield self._message(kind, self._rng.choice(self._templates[kind]))

    def _message(self, kind: Kind, template: Text) -> Message:
        self._cast = {}
        pieces = list(expand(template, self._rules, self._fill, self._rng))
        if self._rng.random() < BURIED:
            pieces = [*self._prose(), *pieces, *self._prose()]
        document = assemble([_labelled(piece) for piece in pieces])
        return Message(document.text, document.spans, kind.patient_identifiable, kind.bank_or_card)

    def _prose(self) -> Iterator[Piece]:
        """Some paragraphs about nothing in particular."""
        for paragraph in self._rng.sample(self._rules["prose"].options, self._rng.randint(0, 5)):
            yield Piece("\n")
            yield from expand(paragraph, self._rules, self._fill, self._rng)
            yield Piece("\n")

    def _fill(self, slot: str) -> Iterator[Piece]:
        """Slots of people (`{A}`, `{B.last}`) and of numbers with a check digit."""
        name, _, form = slot.partition(".")
        if slot in DRAWN:
            label, draw = DRAWN[slot]
            yield Piece(draw(self._rng), label)
        elif len(name) == 1 and name.isupper():
            person = self._cast.get(name) or self._cast.setdefault(name, self._people.person())
            label = "" if form == "mail" else "PERSON"
            yield Piece(written(person, form or "full", self._rng), label, person.origin)
        else:
            raise GrammarError(f"no slot named {slot!r}")


def _labelled(piece: Piece) -> Piece:
    return msgspec.structs.replace(piece, label=WORDS_LABELS.get(piece.label, piece.label))


def handwritten() -> Iterator[Message]:
    """The hard cases that the tests have: those of the detectors, then those of the pipeline."""
    for file in sorted((_CASES / "cases").glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            case = msgspec.json.decode(line)
            text, marked = unmark(case["text"])
            spans = tuple(
                Span(span.start, span.end, COUNTS_AS.get(span.type, span.type), "") for span in marked
            )
            yield Message(text, spans, case["patient_identifiable"], case["bank_or_card"])
    for file in sorted((_CASES / "pipeline").glob("*.jsonl")):
        for document in read_snippets(file):
            yield Message(document.text, document.spans, None, None, ("PERSON", "ADDRESS", "CLINICAL"))


def labelled(file: Path) -> Iterator[Message]:
    """Messages that somebody else labelled: a JSON object per line,
    `{"text", "spans": [{"start", "end", "type", "origin"?}], "patient_identifiable", "bank_or_card"}`.

    `origin` is that of a PERSON's name; spans under `neutral` are neither right nor wrong.
    """
    for line in file.read_bytes().splitlines():
        given = msgspec.json.decode(line)
        spans = (
            Span(
                span["start"], span["end"], COUNTS_AS.get(kind := span["type"], kind), span.get("origin", "")
            )
            for span in given["spans"]
        )
        neutral = (Span(span["start"], span["end"], NEUTRAL, "") for span in given.get("neutral", ()))
        yield Message(given["text"], (*spans, *neutral), given["patient_identifiable"], given["bank_or_card"])


def spans_of(findings: Iterable[Finding]) -> tuple[Span, ...]:
    """Findings as spans of the types that labels have."""
    return tuple(
        Span(found.start, found.end, COUNTS_AS.get(found.type, found.type), "") for found in findings
    )
