"""National Insurance numbers as HMRC issues them."""

from __future__ import annotations

import pytest

from detectors import national_insurance
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{NINO|AB 12 34 56 C}}",
        "{{NINO|AB123456C}}",
        "{{NINO|JK-12-34-56-A}}",
        "NI number: {{NINO|jk123456a}}",
        "nino {{NINO|JT456789}}",
        "{{NINO|AB 12\n34 56 C}}",
        "National Insurance No. {{NINO|ab 12 34 56 c}}",
    ],
)
def test_a_national_insurance_number_is_found(marked: str) -> None:
    """Any grouping is found; without its suffix or in lower case a label is needed."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(national_insurance.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "QQ 12 34 56 C",
        "BG 12 34 56 A",
        "ZZ 12 34 56 A",
        "AB 12 34 56 E",
        "AB123456",
        "ab123456c",
        "DA 12 34 56 A",
        "AO 12 34 56 A",
        "AB1234567C",
        "XAB123456C",
        "AB 12 34 5 C",
        "SC 12-34-56 A/C 12345678",
        "claim MS649240. A ring was lost",
        "claim MS649240. A\nring was lost",
    ],
)
def test_numbers_hmrc_never_issues_are_left_alone(text: str) -> None:
    """Reserved prefixes, the printed example and other codes are left alone."""
    assert list(national_insurance.find(text)) == []
