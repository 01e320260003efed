"""The pipeline that ships: what it finds may get better, never worse."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from spacy.language import Language

from detectors.pipeline import MODEL, load
from detectors.pipeline.generator import LABELS, Generator
from detectors.pipeline.scores import Figures, lag, measure, read_snippets

HERE = Path(__file__).parent
SNIPPETS = sorted(HERE.glob("*.jsonl"))


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load()


@pytest.fixture(scope="module")
def generated(nlp: Language) -> Figures:
    return measure(nlp, islice(Generator(11, held_out=True), 2500))


@pytest.mark.parametrize(
    ("label", "precision", "recall"),
    [("PERSON", 0.85, 0.915), ("ADDRESS", 0.85, 0.88), ("CLINICAL", 0.835, 0.83)],
)
def test_snippets_written_by_hand_are_read(
    nlp: Language, label: str, precision: float, recall: float
) -> None:
    """In texts written freely by hand, precision and recall stay where they were measured."""
    score = measure(nlp, (snippet for path in SNIPPETS for snippet in read_snippets(path))).labels[label]
    assert score.precision >= precision
    assert score.recall >= recall


@pytest.mark.parametrize(("label", "f1"), [("PERSON", 0.932), ("ADDRESS", 0.966), ("CLINICAL", 0.942)])
def test_unseen_names_places_and_templates_are_read(generated: Figures, label: str, f1: float) -> None:
    """In mail from names, places and templates that training never saw, F1 stays where it was measured."""
    assert generated.labels[label].f1 >= f1


def test_names_of_no_origin_are_left_behind(generated: Figures) -> None:
    """The worst-served origin of names lies no further below the mean than when last measured."""
    assert len(generated.origins) == 40
    assert lag(generated.origins) <= 10


def test_snippets_say_what_they_label() -> None:
    """At least sixty texts, whose offsets point at the very words that the line names."""
    snippets = [json.loads(line) for path in SNIPPETS for line in path.read_text("utf-8").splitlines()]
    assert len({snippet["id"] for snippet in snippets}) == len(snippets) >= 60
    for snippet in snippets:
        for span in snippet["spans"]:
            assert snippet["text"][span["start"] : span["end"]] == span["text"], snippet["id"]
            assert span["type"] in LABELS


def test_it_is_small_and_keeps_no_word_it_was_trained_on(nlp: Language) -> None:
    """At most 15 MB, our three labels, and as good as no vocabulary: nobody's name can be read out of it."""
    assert sum(file.stat().st_size for file in MODEL.rglob("*")) < 15_000_000
    assert set(nlp.pipe_labels["ner"]) == set(LABELS)
    assert len(load().vocab.strings) < 20


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n\t", "\x00", "😀" * 500, "a" * 5000, "\u202egro.elpmaxe", "-" * 5000]
)
def test_odd_text_is_read_to_its_end(nlp: Language, text: str) -> None:
    """Text that is no prose neither fails nor loses a character."""
    assert nlp(text).text == text


def test_text_that_cannot_be_read_fails_loudly(nlp: Language) -> None:
    """A lone surrogate is an error, not a text in which nothing was found."""
    with pytest.raises(UnicodeEncodeError):
        nlp("Dear Ms Khan \ud800")


def test_an_operator_names_another_pipeline() -> None:
    """A folder is loaded as it is; one that is not there is an error that says so."""
    assert load(str(MODEL)).meta["name"] == "postern"
    with pytest.raises(OSError, match="no_such_pipeline"):
        load("no_such_pipeline")
