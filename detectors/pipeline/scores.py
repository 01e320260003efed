"""Counts what a pipeline finds, misses and invents in labelled texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from spacy.language import Language

from detectors.pipeline.generator import LABELS, WORDS, Document, Span
from detectors.pipeline.grammar import read_rules


class Score(msgspec.Struct):
    """Counts of one label: gold spans found and missed, predictions right and wrong."""

    found: int = 0
    missed: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def spans(self) -> int:
        return self.found + self.missed

    @property
    def recall(self) -> float:
        return self.found / max(self.spans, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)


class Figures(msgspec.Struct, frozen=True):
    """Scores by label, PERSON scores by origin of the name, CLINICAL by whether training had the term."""

    labels: dict[str, Score]
    origins: dict[str, Score]
    terms: dict[str, Score]


def covered(span: Span, others: Iterable[Span]) -> bool:
    """Whether spans of the same label cover at least half of this one."""
    shared = sum(
        max(0, min(span.end, other.end) - max(span.start, other.start))
        for other in others
        if other.label == span.label
    )
    return 2 * shared >= span.end - span.start


def predicted(nlp: Language, documents: list[Document]) -> Iterator[tuple[Document, tuple[Span, ...]]]:
    """Each document with the pipeline's spans."""
    for document, doc in zip(documents, nlp.pipe(document.text for document in documents), strict=True):
        guesses = (Span(entity.start_char, entity.end_char, entity.label_, "") for entity in doc.ents)
        yield document, tuple(guess for guess in guesses if guess.label in LABELS)


def measure(nlp: Language, documents: Iterable[Document]) -> Figures:
    """A gold span is found at half coverage; a prediction is right when half of it is gold."""
    known = known_terms()
    labels: defaultdict[str, Score] = defaultdict(Score)
    origins: defaultdict[str, Score] = defaultdict(Score)
    terms: defaultdict[str, Score] = defaultdict(Score)
    for document, guesses in predicted(nlp, list(documents)):
        for span in document.spans:
            scores = [labels[span.label]]
            if span.origin:
                scores.append(origins[span.origin])
            if span.label == "CLINICAL":
                term = " ".join(document.text[span.start : span.end].lower().split())
                scores.append(terms["known" if term in known else "unknown"])
            hit = covered(span, guesses)
            for score in scores:
                score.found += hit
                score.missed += not hit
        for guess in guesses:
            right = covered(guess, document.spans)
            labels[guess.label].right += right
            labels[guess.label].wrong += not right
    return Figures(dict(labels), dict(origins), dict(terms))


def known_terms() -> frozenset[str]:
    """Clinical terms, in lower case, that training text is written with."""
    rules = read_rules(WORDS / "clinical.txt").values()
    return frozenset(str(option[0]).lower() for rule in rules for option in rule.options)


def read_snippets(path: Path) -> Iterator[Document]:
    """Labelled texts: a JSON object per line, `{"text", "spans": [{"start", "end", "type"}]}`."""
    for line in path.read_bytes().splitlines():
        snippet = msgspec.json.decode(line)
        spans = (Span(s["start"], s["end"], s["type"], "") for s in snippet["spans"])
        yield Document(snippet["text"], tuple(spans))


def lag(origins: dict[str, Score]) -> float:
    """How far the recall of the worst-served origin lies below the mean, in points of a hundred."""
    all_recalls = [score.recall for score in origins.values()]
    return 100 * (sum(all_recalls) / len(all_recalls) - min(all_recalls))
