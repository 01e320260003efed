"""Passports and driving licences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detectors import identity_documents
from detectors.findings import Finding
from tests.detectors.marked import mistakes, spans_of, unmark


def _all(text: str) -> Iterator[Finding]:
    yield from identity_documents.find_passports(text)
    yield from identity_documents.find_licences(text)


@pytest.mark.parametrize(
    "marked",
    [
        "passport no {{PASSPORT|502135326}}",
        "Passport: {{PASSPORT|502 135 326}}",
        "{{PASSPORT|L898902C3}}6UTO7408122F1204159ZE184226B<<<<<10",
        "{{DRIVING_LICENCE|MORGA657054SM9IJ}}",
        "licence {{DRIVING_LICENCE|MORGA 657054 SM9IJ}} 35",
    ],
)
def test_a_document_s_number_is_found(marked: str) -> None:
    """Labelled passport numbers, machine-readable zones and licences are found."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(_all(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "502135326",
        "passport photo",
        "passport 12345",
        "L898902C37UTO7408122F1204159ZE184226B<<<<<10",
        "MORGA699954SM9IJ",
        "morga657054sm9ij",
        "XMORGA657054SM9IJ",
        "ABCDE123456",
    ],
)
def test_other_codes_are_left_alone(text: str) -> None:
    """Nine digits without a label, wrong check digits and other codes are left alone."""
    assert list(_all(text)) == []
