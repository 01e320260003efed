"""What the trained pipeline says must stand to reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import spacy
from spacy.pipeline import EntityRuler

from detectors.entities import TRIES, Entity, Reader, Stretch, credible, doubts, is_doubtful
from detectors.findings import Finding
from tests.detectors.marked import unmark


def heard(marked: str) -> list[tuple[str, str]]:
    """What is left when a pipeline has found the marked words."""
    text, spans = unmark(marked)
    found = credible(text, 0, [Entity(span.type, span.start, span.end) for span in spans])
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
        "OKONJO",
        "okonjo-reyes",
        "Grace",
        "Aquacel",
        "cholangitis",
        "X-rayova",
    ],
)
def test_a_word_that_no_list_settles_is_doubtful(word: str) -> None:
    """Unknown words with a capital, known names and what medicine forms are asked about."""
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
        "zhanerke",
        "ROBEX",
        "chmod",
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
    return [text[start:end] for start, end in doubts(stretch(text, found), lambda _: True)]


def stretch(text: str, found: Sequence[Finding] = ()) -> Stretch:
    """All of a text, with what the rules found."""
    return Stretch(text, 0, len(text), found)


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

    def read(texts: Sequence[str]) -> list[list[Entity]]:
        given.extend(texts)
        return [
            [Entity(entity.label_, entity.start_char, entity.end_char) for entity in doc.ents]
            for doc in nlp.pipe(texts)
        ]

    return Reader(read), given


def test_a_word_of_the_trade_is_asked_about_a_few_times() -> None:
    """A price list of a thousand lines costs no more than one of a few."""
    reader, given = reader_of(["Zhanerke"])
    prices = stretch(f"Gauzelex {FILLER}\n" * 1000)
    assert reader.find([prices, prices]) == [[], []]
    assert reader.find([prices]) == [[]]
    assert len(given) == TRIES


def test_a_name_is_found_wherever_it_stands() -> None:
    """A word that the pipeline took for a name is asked about to the end of the text."""
    reader, _ = reader_of(["Zhanerke"])
    for _ in range(2):
        [found] = reader.find([stretch(f"Zhanerke {FILLER}\n" * 20)])
        assert len(found) == 20


def test_a_name_that_is_found_late_is_found_before() -> None:
    """All stretches of a text are read together: what the last one tells is known in the first."""
    reader, _ = reader_of(["Jane Tolkyn"])
    first, last = reader.find([stretch(f"Tolkyn {FILLER}"), stretch(f"Jane Tolkyn {FILLER}")])
    assert [(found.start, found.end) for found in first] == [(0, 6)]
    assert [(found.start, found.end) for found in last] == [(0, 11)]


def test_what_no_list_knows_at_all_is_not_a_name_everywhere() -> None:
    """Two unknown words that the pipeline takes for a name once may be a product's."""
    reader, _ = reader_of(["Zhanerke Tolkyn"])
    first, last = reader.find([stretch(f"Tolkyn {FILLER}"), stretch(f"Zhanerke Tolkyn {FILLER}")])
    assert first == []
    assert [(found.start, found.end) for found in last] == [(0, 15)]


def test_only_what_counts_is_asked_about() -> None:
    """The words around what counts are there to judge by; somebody else reads them."""
    text = f"Zhanerke {FILLER} Tolkyn {FILLER} Aigerim"
    start, end = text.index("Tolkyn") - 20, text.index("Aigerim") - 80
    [asked_about] = doubts(Stretch(text, start, end, ()), lambda _: True)
    assert "Tolkyn" in text[slice(*asked_about)]
