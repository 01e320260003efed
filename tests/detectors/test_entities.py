"""What the trained pipeline says must stand to reason."""

from __future__ import annotations

import pytest
import spacy
from spacy.tokens import Span

from detectors.entities import find
from tests.detectors.marked import unmark

NLP = spacy.blank("en")


def heard(marked: str) -> list[tuple[str, str]]:
    """What is left when a pipeline has found the marked words."""
    text, spans = unmark(marked)
    doc = NLP(text)
    entities = [doc.char_span(span.start, span.end, span.type, alignment_mode="expand") for span in spans]
    found = find(text, [entity for entity in entities if isinstance(entity, Span)])
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
