"""Taxpayer references: a label and a check digit."""

from __future__ import annotations

import pytest

from detectors.tax_references import find


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "UTR: 1955839661",
        "UTR 19558 39661",
        "Unique Taxpayer Reference is 1955839661",
        "tax reference number 1955839661K",
        "U.T.R. 1955839661",
    ],
)
def test_a_labelled_reference_is_found(text: str) -> None:
    """Label, ten digits in any groups, a K perhaps."""
    assert [number.replace(" ", "") for number in found(text)] == ["1955839661"]


@pytest.mark.parametrize(
    "text",
    [
        "1955839661",
        "UTR: 2955839661",
        "UTR: 195583966",
        "UTR: 19558396611",
        "order 1955839661",
        "your UTR is on the letter",
        "utrecht 1955839661",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    """Without the label, or with a wrong check digit or length, there is nothing."""
    assert found(text) == []
