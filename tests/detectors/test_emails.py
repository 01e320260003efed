"""E-mail addresses."""

from __future__ import annotations

import pytest

from detectors import emails
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{EMAIL_ADDRESS|jane.doe@practice.example}}",
        "<{{EMAIL_ADDRESS|a+b@mail.example.test}}>.",
        "mailto:{{EMAIL_ADDRESS|o'brien@nhs.example}}",
    ],
)
def test_a_mailbox_is_found(marked: str) -> None:
    """Ordinary mailboxes are found, punctuation around them left out."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(emails.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "@practice",
        "3 @ 4.50",
        "jane@",
        "a@b",
        "jane doe@ practice.example",
        "x@.example",
    ],
)
def test_other_at_signs_are_left_alone(text: str) -> None:
    """Handles, prices and broken addresses are no mailboxes."""
    assert list(emails.find(text)) == []
