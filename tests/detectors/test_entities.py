"""What the trained pipeline says must stand to reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import spacy
from spacy.pipeline import EntityRuler
from spacy.tokens import Doc, Span

from detectors.entities import TRIES, Reader, credible, doubts, is_doubtful
from detectors.findings import Finding
from tests.detectors.marked import unmark

NLP = spacy.blank("en")


def heard(marked: str) -> list[tuple[str, str]]:
    """What is left when a pipeline has found the marked words."""
    text, spans = unmark(marked)
    doc = NLP(text)
    entities = [doc.char_span(span.start, span.end, span.type, alignment_mode="expand") for span in spans]
    found = credible(text, 0, [entity for entity in entities if isinstance(entity, Span)])
    return [(finding.type, text[finding.start : finding.end]) for finding in found]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("saw {{PERSON|Zhanerke Tolkyn}} today", ("PERSON", "Zhanerke Tolkyn")),
        ("saw {{PER|Zhanerke}} today", ("PERSON", "Zhanerke")),
        ("pt {{PERSON|nguyen thi hanh}}", ("PERSON", "nguyen thi hanh")),
        ("at {{ADDRESS|Garden Flat, 19 Hill Rise}}", ("ADDRESS", "Garden Flat, 19 Hill Rise")),
        ("has {{CLINICAL|sclerosing cholangitis}}", ("CLINICAL", "sclerosing cholangitis")),
        ("had a {{CLINICAL|flexor tendon repair}}", ("CLINICAL", "flexor tendon repair")),
    ],
)
def test_what_stands_to_reason_is_heard(marked: str, expected: tuple[str, str]) -> None:
    """Names, addresses and clinical words that no list holds are found."""
    assert heard(marked) == [expected]


@pytest.mark.parametrize(
    "marked",
    [
        "an NHS number has {{PERSON|ten digits}}",
        "the {{PERSON|ISBN}} of the book",
        "{{PERSON|XXX XXX XXXX}}",
        "{{PERSON|Winter24}}",
        "the {{PERSON|Tolkyn}} Surgery",
        "{{PERSON|Practice Manager}}",
        "{{PERSON|Smith et al}}",
        "{{ADDRESS|NHS No 999 000 0018}}",
        "{{ADDRESS|66374958}}",
        "your order has {{CLINICAL|shipped}}",
        "{{CLINICAL|meeting room}}",
        "in {{DATE|March}}",
        "{{ORG|Acme}}",
    ],
)
def test_what_does_not_is_left_out(marked: str) -> None:
    """Everyday words, codes, organisations and labels that mean nothing to us are not found."""
    assert heard(marked) == []


@pytest.mark.parametrize(
    "word",
    [
        "Zhanerke",
        "zhanerke",
        "OKONJO",
        "ROBEL",
        "okonjo-reyes",
        "Grace",
        "Aquacel",
        "cholangitis",
        "X-rayova",
    ],
)
def test_a_word_that_no_list_settles_is_doubtful(word: str) -> None:
    """Unknown words in every case, known names and what medicine forms are asked about."""
    assert is_doubtful(word)


@pytest.mark.parametrize(
    "word",
    [
        "boiler",
        "Boiler",
        "BOILERS",
        "Tuesday",
        "replacing",
        "Ordered",
        "Mr",
        "Surgery",
        "J",
        "CQC",
        "ICB",
        "DNACPR",
        "XXXX",
        "undoubtedly",
        "shipped",
        "hand",
    ],
)
def test_an_everyday_word_is_not(word: str) -> None:
    """English in every form, titles, initials and abbreviations are not."""
    assert not is_doubtful(word)


def asked(text: str, found: list[Finding]) -> list[str]:
    return [text[start:end] for start, end in doubts(text, found, lambda _: True)]


FILLER = "and so on and so forth, as was said before " * 3


def test_the_pipeline_reads_only_around_doubts() -> None:
    """Each doubtful word is cut out with whole words around it; near ones come together."""
    text = f"{FILLER}Zhanerke Tolkyn rang{FILLER}and Aquacel came{FILLER}"
    first, second = asked(text, [])
    assert "before Zhanerke Tolkyn rang" in first
    assert "and Aquacel came" in second
    assert FILLER not in first + second


def test_what_is_found_already_is_not_asked_about() -> None:
    """A finding settles the words in it, and only these."""
    text = "Zhanerke saw Tolkyn"
    assert asked(text, [Finding("PERSON", 0, 8, 0.9, "")]) == [text]
    assert asked(text, [Finding("PERSON", 0, 8, 0.9, ""), Finding("PERSON", 13, 19, 0.9, "")]) == []


def reader_of(names: list[str]) -> tuple[Reader, list[str]]:
    """A reader whose pipeline knows just these names, and what that pipeline was given to read."""
    given: list[str] = []
    nlp = spacy.blank("en")
    patterns: list[dict[str, str | list[dict[str, Any]]]] = [
        {"label": "PERSON", "pattern": name} for name in names
    ]
    ruler = nlp.add_pipe("entity_ruler")
    assert isinstance(ruler, EntityRuler)
    ruler.add_patterns(patterns)

    def read(texts: Iterable[str]) -> list[Doc]:
        docs = list(nlp.pipe(texts))
        given.extend(doc.text for doc in docs)
        return docs

    return Reader(read), given


def test_a_word_of_the_trade_is_asked_about_a_few_times() -> None:
    """A price list of a thousand lines costs no more than one of a few."""
    reader, given = reader_of(["Zhanerke"])
    assert reader.find(f"Gauzelex {FILLER}\n" * 1000, []) == []
    assert reader.find(f"Gauzelex {FILLER}\n" * 1000, []) == []
    assert len(given) == TRIES


def test_a_name_is_found_wherever_it_stands() -> None:
    """A word that the pipeline took for a name is asked about to the end of the text."""
    reader, _ = reader_of(["Zhanerke"])
    for _ in range(2):
        assert len(reader.find(f"Zhanerke {FILLER}\n" * 20, [])) == 20
