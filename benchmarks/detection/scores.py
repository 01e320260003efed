"""Right and wrong, counted as the labels say.

A labelled span is found when findings of its type cover half of it; a finding is right when half of it is
labelled with its type, so one that is far too broad is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from benchmarks.detection.mail import Message
from detectors.pipeline.generator import NEUTRAL, WORDS, Span
from detectors.pipeline.people import WORD, read_names
from detectors.pipeline.scores import Score, covered

FLAGS = ("patient_identifiable", "bank_or_card")
AROUND = 30
"""Characters shown to either side of a wrong case."""


class Answer(msgspec.Struct, frozen=True):
    """What a detector makes of one message."""

    spans: tuple[Span, ...]
    patient_identifiable: bool
    bank_or_card: bool


class Rate(msgspec.Struct):
    """How often a flag was raised, where it should be and where not."""

    raised: int = 0
    due: int = 0
    falsely: int = 0
    clean: int = 0

    @property
    def recall(self) -> float:
        return self.raised / max(self.due, 1)

    @property
    def false_positives(self) -> float:
        return self.falsely / max(self.clean, 1)


class Wrong(msgspec.Struct, frozen=True):
    """One wrong case: of which type or flag, "missed" or "invented", and the text around it."""

    type: str
    what: str
    text: str


class Tally(msgspec.Struct):
    """All counts of one detector on one set."""

    types: defaultdict[str, Score] = msgspec.field(default_factory=lambda: defaultdict(Score))
    origins: defaultdict[str, Score] = msgspec.field(default_factory=lambda: defaultdict(Score))
    unseen: Score = msgspec.field(default_factory=Score)
    """Of names no word of which stands in the lists that the pipeline was trained with."""
    flags: defaultdict[str, Rate] = msgspec.field(default_factory=lambda: defaultdict(Rate))
    wrong: list[Wrong] = []

    def add(self, message: Message, answer: Answer) -> None:
        self._add_labels(message, answer.spans)
        self._add_findings(message, answer.spans)
        for flag in FLAGS:
            self._add_flag(message, flag, raised=getattr(answer, flag))

    def _add_labels(self, message: Message, found: tuple[Span, ...]) -> None:
        for span in message.spans:
            if span.label not in message.types:
                continue
            hit = covered(span, found)
            scores = [self.types[span.label]]
            if span.origin:
                scores.append(self.origins[span.origin])
                if not trained_words().intersection(_words(message.text[span.start : span.end])):
                    scores.append(self.unseen)
            for score in scores:
                score.found += hit
                score.missed += not hit
            if not hit:
                self.wrong.append(Wrong(span.label, "missed", _excerpt(message.text, span)))

    def _add_findings(self, message: Message, found: tuple[Span, ...]) -> None:
        for span in found:
            if span.label not in message.types or _is_neutral(span, message.spans):
                continue
            right = covered(span, message.spans)
            self.types[span.label].right += right
            self.types[span.label].wrong += not right
            if not right:
                self.wrong.append(Wrong(span.label, "invented", _excerpt(message.text, span)))

    def _add_flag(self, message: Message, flag: str, *, raised: bool) -> None:
        due = getattr(message, flag)
        if due is None:
            return
        rate = self.flags[flag]
        rate.due += due
        rate.clean += not due
        rate.raised += due and raised
        rate.falsely += raised and not due
        if raised is not due:
            self.wrong.append(Wrong(flag, "missed" if due else "invented", message.text))

    def errors(self, most: int) -> Iterator[Wrong]:
        """At most so many wrong cases of each type and flag, missed and invented ones apart."""
        shown: defaultdict[tuple[str, str], int] = defaultdict(int)
        for wrong in sorted(self.wrong, key=lambda wrong: (wrong.type, wrong.what)):
            shown[wrong.type, wrong.what] += 1
            if shown[wrong.type, wrong.what] <= most:
                yield wrong


@cache
def trained_words() -> frozenset[str]:
    """Words of the names, in lower case, that the pipeline was trained with."""
    lists = read_names(WORDS / "names")
    return frozenset(
        word for names in lists for name in names.forenames + names.surnames for word in _words(name)
    )


def _words(name: str) -> list[str]:
    return WORD.findall(name.lower())


def _is_neutral(span: Span, labelled: Iterable[Span]) -> bool:
    """Whether most of a finding lies in what is neither right nor wrong."""
    return covered(Span(span.start, span.end, NEUTRAL, ""), labelled)


def _excerpt(text: str, span: Span) -> str:
    before, after = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    return f"{before}⟦{text[span.start : span.end]}⟧{after}"
