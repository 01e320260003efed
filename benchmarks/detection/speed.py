"""What detection costs, by stage: mail of several sizes, and prose in which nothing needs the pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import spacy

from benchmarks import prose
from detectors.additions import Additions
from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import judge
from detectors.normalise import normalise
from detectors.sieve import windows

ROUNDS = 3
KB = 1_000
WRITTEN = 200 * KB
"""Characters of prose of each size: no text of it may be the one that was read before."""
SIZES = {"1 KB": KB, "10 KB": 10 * KB, "100 KB": 100 * KB}


class Cost(msgspec.Struct, frozen=True):
    """Milliseconds of CPU per text, averaged over all; of several rounds the median."""

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


def loads(mail: Sequence[str], clean: Sequence[str], seed: int) -> dict[str, Sequence[str]]:
    """The texts to be timed: labelled mail as it is and in pieces, the clean part of it, and office prose."""
    rng = Random(seed)
    written = {
        f"{name} of prose": ["\n\n".join(prose.paragraphs(rng, size)) for _ in range(WRITTEN // size)]
        for name, size in SIZES.items()
    }
    return {
        "message": mail,
        **{name: list(pieces(mail, size)) or [_filled(mail, size)] for name, size in SIZES.items()},
        "10 KB without flags": list(pieces(clean, 10 * KB)),
        **written,
    }


def cost(texts: Sequence[str], detector: Detector, stock: Callable[[str], object]) -> Cost:
    """What `texts` cost; of the stages behind the sieve, what is left when the earlier ones are taken off."""
    without_ner = _without_ner()
    folded = {text: normalise(text).text for text in texts}
    steps: dict[str, Callable[[str], object]] = {
        "whole": lambda text: judge([Reading("body", text, detector.find(text))]),
        "find": detector.find,
        "rules": without_ner.find,
        "normalise": normalise,
        "sieve": lambda text: windows(folded[text]),
        "stock": stock,
    }
    rounds = [{name: _each(run, texts) for name, run in steps.items()} for _ in range(ROUNDS)]
    spent = {name: median(one[name] for one in rounds) for name in steps}
    return Cost(
        normalise=spent["normalise"],
        sieve=spent["sieve"],
        recognizers=max(0.0, spent["rules"] - spent["normalise"] - spent["sieve"]),
        ner=max(0.0, spent["find"] - spent["rules"]),
        judge=max(0.0, spent["whole"] - spent["find"]),
        stock=spent["stock"],
    )


def pieces(texts: Iterable[str], size: int) -> Iterator[str]:
    """The texts one after another, in pieces of at least `size`; what is left over at the end is dropped."""
    piece: list[str] = []
    for text in texts:
        piece.append(text)
        if sum(map(len, piece)) >= size:
            yield "\n\n".join(piece)
            piece = []


def _filled(texts: Sequence[str], size: int) -> str:
    """One text of at least `size`, for which the texts come round again."""
    return next(pieces(cycle(texts), size))


def _each(run: Callable[[str], object], texts: Sequence[str]) -> float:
    began = time.process_time()
    for text in texts:
        run(text)
        normalise.cache_clear()  # Only the judgement of a text finds it folded.
    return (time.process_time() - began) * 1000 / len(texts)


def _without_ner() -> Detector:
    """A detector whose pipeline finds nothing, at next to no cost."""
    with TemporaryDirectory() as folder:
        nothing = spacy.blank("en")
        ruler: Any = nothing.add_pipe("entity_ruler")
        ruler.add_patterns(
            [{"label": "PERSON", "pattern": "\N{SYMBOL FOR NULL}"}]
        )  # a pipeline must have some
        nothing.to_disk(Path(folder))
        return Detector(Additions(pipeline=folder))
