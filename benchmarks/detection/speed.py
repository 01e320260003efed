"""What detection costs, by stage, on the messages as they are and on texts of 10 KB."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec
import spacy

from detectors.additions import Additions
from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import judge
from detectors.normalise import normalise
from detectors.sieve import windows

T = TypeVar("T")
TEN_KB = 10_000


class Cost(msgspec.Struct, frozen=True):
    """Milliseconds per text, averaged over all."""

    normalise: float
    sieve: float
    recognizers: float
    ner: float
    judge: float
    stock: float
    """Stock Presidio, all of it."""

    @property
    def whole(self) -> float:
        """All stages of ours."""
        return self.normalise + self.sieve + self.recognizers + self.ner + self.judge


def cost(texts: Sequence[str], detector: Detector, stock: Callable[[str], object]) -> Cost:
    """What `texts` cost: recognizers and NER are what is left when the earlier stages are taken off."""
    without_ner = _without_ner()
    for text in texts[:20]:
        without_ner.find(text)
        detector.find(text)
        stock(text)
    folded = [normalise(text).text for text in texts]
    readings = [[Reading("body", text, detector.find(text))] for text in texts]
    folding, sieving = _each(normalise, texts), _each(windows, folded)
    by_rules, whole = _each(without_ner.find, texts), _each(detector.find, texts)
    return Cost(
        normalise=folding,
        sieve=sieving,
        recognizers=max(0.0, by_rules - folding - sieving),
        ner=max(0.0, whole - by_rules),
        judge=_each(judge, readings),
        stock=_each(stock, texts),
    )


def ten_kilobytes(texts: Sequence[str]) -> Iterator[str]:
    """The texts one after another, in pieces of at least 10 KB; what is left over at the end is dropped."""
    piece: list[str] = []
    for text in texts:
        piece.append(text)
        if sum(map(len, piece)) >= TEN_KB:
            yield "\n\n".join(piece)
            piece = []


def _each(run: Callable[[T], object], inputs: Sequence[T]) -> float:
    began = time.perf_counter()
    for each in inputs:
        run(each)
    return (time.perf_counter() - began) * 1000 / len(inputs)


def _without_ner() -> Detector:
    """A detector whose pipeline finds nothing, at next to no cost."""
    with TemporaryDirectory() as folder:
        spacy.blank("en").to_disk(Path(folder))
        return Detector(Additions(pipeline=folder))
