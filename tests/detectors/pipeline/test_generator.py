"""Generated mail: its labels stand where they should, and a seed always writes the same."""

from __future__ import annotations

import random
import re
from itertools import chain, islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pipeline.disturb import disturb
from detectors.pipeline.generator import HELD_OUT, LABELS, WORDS, Generator, assemble
from detectors.pipeline.grammar import Piece, read_templates
from detectors.pipeline.people import FORMS, Person, read_names, written

seeds = st.integers(min_value=0, max_value=2**32)
labelled_pieces = st.lists(
    st.builds(Piece, st.text(max_size=40), st.sampled_from(["", *LABELS])),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(seeds, st.booleans())
def test_spans_are_sorted_apart_and_begin_and_end_with_text(seed: int, held_out: bool) -> None:
    """No span is empty, overlaps another or has white space at its edges."""
    for document in islice(Generator(seed, held_out=held_out), 10):
        reached = 0
        for span in document.spans:
            text = document.text[span.start : span.end]
            assert reached <= span.start < span.end <= len(document.text)
            assert text == text.strip()
            assert span.label in LABELS
            reached = span.end


@given(labelled_pieces)
def test_a_span_is_the_piece_it_was_made_from(pieces: list[Piece]) -> None:
    """Offsets point at exactly the labelled texts, in their order."""
    document = assemble(pieces)
    assert document.text == "".join(piece.text for piece in pieces)
    assert [(document.text[s.start : s.end], s.label) for s in document.spans] == [
        (piece.text, piece.label) for piece in pieces if piece.label and piece.text.strip()
    ]


@settings(deadline=None)
@given(labelled_pieces, seeds)
def test_disturbing_moves_no_letter_into_or_out_of_a_span(pieces: list[Piece], seed: int) -> None:
    """However a text is changed, its pieces keep their labels and their order."""
    disturbed = disturb(pieces, random.Random(seed))
    assert [piece.label for piece in disturbed if piece.label] == [
        piece.label for piece in pieces if piece.label
    ]


def test_wrapping_and_quoting_keep_every_word() -> None:
    """Over many seeds, a text without letters to slip on keeps its words in order."""
    pieces = [Piece("to be "), Piece("or not", "PERSON"), Piece(" to be\nin it " * 30)]
    words = "".join(piece.text for piece in pieces).split()
    for seed in range(300):
        text = "".join(piece.text for piece in disturb(pieces, random.Random(seed)))
        assert re.findall(r"\w+", text.lower()) == words


@pytest.mark.parametrize("held_out", [False, True])
def test_a_seed_always_writes_the_same(held_out: bool) -> None:
    """Two generators of one seed agree on every document, those of two seeds do not."""
    first, again, other = (list(islice(Generator(seed, held_out=held_out), 50)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_every_template_can_be_written() -> None:
    """Enough documents to draw each template several times meet no unknown rule and no empty text."""
    for held_out in (False, True):
        documents = list(islice(Generator(1, held_out=held_out), 4000))
        assert all(document.text.strip() for document in documents)
        assert {span.label for document in documents for span in document.spans} == set(LABELS)


def test_what_is_held_out_is_in_no_training_list() -> None:
    """No held-out name, of any origin, is one that training draws; no template is shared."""
    for part in ("forenames", "surnames"):
        trained, held_out = (
            {name.lower() for names in read_names(folder / "names") for name in getattr(names, part)}
            for folder in (WORDS, HELD_OUT)
        )
        assert len(held_out) > 300
        assert not trained & held_out
    trained, held_out = (set(chain(*read_templates(folder / "templates"))) for folder in (WORDS, HELD_OUT))
    assert not trained & held_out


def test_word_lists_repeat_nothing() -> None:
    """Within a file of names no line stands twice, so every name is drawn as often as the next."""
    for file in sorted([*Path(WORDS / "names").glob("*.txt"), *Path(HELD_OUT / "names").glob("*.txt")]):
        for section in file.read_text("utf-8").split("["):
            lines = [line for line in section.splitlines()[1:] if line]
            assert len(lines) == len(set(lines)), file.name


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_shows_forename_or_surname(form: str) -> None:
    """Whichever way a name is written, the reader can tell whose it is."""
    person = Person("Chidi", "Ada", "O'Brien-Khan", "irish")
    for seed in range(50):
        name = written(person, form, random.Random(seed)).lower()
        assert "chidi" in name or "o'brien-khan" in name or "obrien-khan" in name
