"""UK postcodes: the form, and districts that exist."""

from __future__ import annotations

import pytest

from detectors import postcodes
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{UK_POSTCODE|LS1 4AB}}",
        "{{UK_POSTCODE|SW1A 1AA}}",
        "84 coppice walk, hexham, {{UK_POSTCODE|hx10 2ny}}",
        "{{UK_POSTCODE|sw1a1aa}}",
        "({{UK_POSTCODE|M1 1AE}})",
        "{{UK_POSTCODE|EC1R  3DB}}",
        "{{UK_POSTCODE|BT7 1NN}},",
        "YORK",
        "{{UK_POSTCODE|W1A 0AX}}",
        "{{UK_POSTCODE|ze1 0aa}}",
        "{{UK_POSTCODE|LS99 4AB}}",
        "Doe,Jane,{{UK_POSTCODE|HA16 5XT}},2026",
    ],
)
def test_a_postcode_is_found(marked: str) -> None:
    """A full postcode is found in upper or lower case, with or without its space."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(postcodes.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "LS1",
        "ZZ99 3VZ",
        "QX1 1AA",
        "LS1 4CV",
        "ls99 4ab",
        "LS994AB",
        "AB1 2CDE",
        "X LS1 4AB1",
        "1LS1 4AB",
        "B12",
        "T2DM",
        "A1 2BC road",
        "C1 4AB",
        "Ls1 4aB",
        "M25 0TX5",
        "Form P45 1AB",
        "HbA1c 48",
    ],
)
def test_codes_that_no_district_has_are_left_alone(text: str) -> None:
    """Half postcodes and other codes are left alone, and unknown districts that are not written in full."""
    assert list(postcodes.find(text)) == []
