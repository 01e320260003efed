"""How a pipeline is scored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from detectors.pipeline.generator import Document, Span
from detectors.pipeline.scores import Score, covered, lag, measure, read_snippets


def person(start: int, end: int, origin: str = "") -> Span:
    return Span(start, end, "PERSON", origin)


@pytest.mark.parametrize(
    ("guesses", "found"),
    [
        ([person(10, 20)], True),
        ([person(10, 15)], True),
        ([person(10, 12), person(17, 20)], True),
        ([person(0, 40)], True),
        ([person(10, 14)], False),
        ([person(0, 10), person(20, 30)], False),
        ([Span(10, 20, "ADDRESS", "")], False),
        ([], False),
    ],
)
def test_half_coverage_by_the_same_label_counts(guesses: list[Span], found: bool) -> None:
    """A span of ten characters is found when five of them are predicted, by one span or several."""
    assert covered(person(10, 20), guesses) is found


def ruled(*patterns: str) -> Language:
    nlp = spacy.blank("postern")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": pattern} for pattern in patterns])  # type: ignore[attr-defined]
    return nlp


def test_finds_misses_and_inventions_are_counted() -> None:
    """Of three names one is missed, one guess of three is no name, and origins are counted apart."""
    document = Document(
        "Ama and Wei and Jo", (person(0, 3, "ghanaian"), person(8, 11, "chinese"), person(16, 18))
    )
    figures = measure(ruled("Ama", "and Wei and"), [document])
    assert figures.labels["PERSON"] == Score(found=2, missed=1, right=1, wrong=1)
    assert figures.origins == {"ghanaian": Score(found=1), "chinese": Score(found=1)}


def test_f1_is_the_harmonic_mean() -> None:
    """Precision .5 and recall 1 make two thirds, and nothing at all makes nought."""
    assert Score(found=2, missed=0, right=1, wrong=1).f1 == pytest.approx(2 / 3)
    assert Score().f1 == 0


def test_lag_is_between_the_mean_and_the_worst_origin() -> None:
    """Recalls of 1 and .8 have a mean of .9, ten points above the lower."""
    assert lag({"welsh": Score(found=5), "tamil": Score(found=4, missed=1)}) == pytest.approx(10)


def test_snippets_are_read_as_written(tmp_path: Path) -> None:
    """Start, end and type of a line come back as a span."""
    line = {"id": "1", "text": "Jo rang", "spans": [{"start": 0, "end": 2, "type": "PERSON", "text": "Jo"}]}
    (tmp_path / "snippets.jsonl").write_text(json.dumps(line) + "\n")
    assert list(read_snippets(tmp_path / "snippets.jsonl")) == [Document("Jo rang", (person(0, 2),))]
