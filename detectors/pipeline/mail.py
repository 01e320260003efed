"""The messages that were written to learn from, and the same ones about other people."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from detectors.findings import FindingType
from detectors.names import kind_of
from detectors.pipeline.disturb import disturb
from detectors.pipeline.generator import NEUTRAL, Document, Generator, assemble
from detectors.pipeline.grammar import Piece
from detectors.tables import Span

MESSAGES = Path(__file__).with_name("messages")
RENAMED = 0.8
"""Of the messages that are read once more, those in which people have other names."""
MOVED = 0.4
"""Of the addresses in them, those that are others."""
OTHERWISE_ILL = 0.25
"""Of the clinical words in them, those that are others."""

_NAME = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_INITIALS = 3


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message that was written to learn from."""

    text: str
    patient_identifiable: bool
    figures: dict[Literal[FindingType, "NEUTRAL"], tuple[Span, ...]] | None = None
    """Where all that stand for something are, by its type, and those that are neither right nor wrong."""
    entities: dict[Literal["PERSON", "ADDRESS", "CLINICAL", "NEUTRAL"], tuple[Span, ...]] | None = None
    """Where all names, addresses and clinical words are."""


def read(folder: Path = MESSAGES) -> list[Message]:
    """Every message of a folder's JSON lines, file by file."""
    decoder = msgspec.json.Decoder(Message)
    files = sorted(folder.glob("*.jsonl"))
    return [decoder.decode(line) for file in files for line in file.read_bytes().splitlines()]


class Recast:
    """An endless, seeded stream of those messages whose entities are known, each time with another cast.

    Who reads a message for the tenth time should know no name in it but how names stand in messages.
    """

    def __init__(self, messages: Sequence[Message], seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 (has to repeat itself, guards nothing)
        self._others = Generator(seed)
        self._scripts = [list(_pieces(message)) for message in messages if message.entities is not None]

    def __iter__(self) -> Iterator[Document]:
        while True:
            yield self.document()

    def document(self) -> Document:
        script = self._rng.choice(self._scripts)
        names = _Names(self._others, self._rng) if self._rng.random() < RENAMED else None
        return assemble(disturb([self._recast(piece, names) for piece in script], self._rng))

    def _recast(self, piece: Piece, names: _Names | None) -> Piece:
        text = piece.text
        if piece.label == "PERSON" and names:
            text = names.instead_of(text)
        elif piece.label == "ADDRESS" and self._rng.random() < MOVED:
            text = self._others.address("block" if "\n" in text else "line")
        elif piece.label == "CLINICAL" and self._rng.random() < OTHERWISE_ILL:
            text = _in_case_of(text, self._others.illness())
        return msgspec.structs.replace(piece, text=text)


class _Names:
    """Other names for the people of one message: whoever is named twice has one name again."""

    def __init__(self, generator: Generator, rng: random.Random) -> None:
        self._generator = generator
        self._rng = rng
        self._cast: dict[str, str] = {}

    def instead_of(self, name: str) -> str:
        """A name of the same build: as many words and initials, in the same case and order."""
        if len(name) <= _INITIALS and not name.istitle() and not kind_of(name).known:
            return _NAME.sub(lambda word: "".join(map(self._letter, word[0])), name)
        last = [match.start() for match in _NAME.finditer(name)][-1:]
        return _NAME.sub(lambda word: self._word(word, word.start() in last, name), name)

    def _word(self, word: re.Match[str], last: bool, name: str) -> str:
        written = word[0]
        if len(written) == 1:
            return self._letter(written)
        if _is_particle(written, name):
            return written
        surname = last != ("," in name)
        key = written.casefold()
        if key not in self._cast:
            self._cast[key] = self._generator.surname() if surname else self._generator.forename()
        return _in_case_of(written, self._cast[key])

    def _letter(self, letter: str) -> str:
        key = f"{letter.casefold()}."
        other = self._cast.setdefault(key, self._rng.choice("abcdefghijklmnoprstvwyz"))
        return other.upper() if letter.isupper() else other


def _is_particle(word: str, name: str) -> bool:
    """Whether it is a small word between names, as in "van der Berg"."""
    return word.islower() and len(word) <= 3 and not name.islower()


def _in_case_of(old: str, new: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new.lower() if old.islower() else new[:1].upper() + new[1:]


def _pieces(message: Message) -> Iterator[Piece]:
    """Its text, cut where its entities begin and end; those that begin within another are left out."""
    spans = sorted(
        (start, -end, label) for label, places in (message.entities or {}).items() for start, end in places
    )
    at = 0
    for start, negative, label in spans:
        if start >= at:
            yield Piece(message.text[at:start])
            yield Piece(message.text[start:-negative], NEUTRAL if label == "NEUTRAL" else label)
            at = -negative
    yield Piece(message.text[at:])
