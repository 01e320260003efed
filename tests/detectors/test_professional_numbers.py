"""Numbers of health professionals, behind their names."""

from __future__ import annotations

import pytest

from detectors.professional_numbers import follows


@pytest.mark.parametrize(
    "text",
    [
        "|, GMC 7012345",
        "| (GMC No: 7012345)",
        "| MBBS MRCGP, Salaried GP, GMC number 7012345",
        "|\nPractice Nurse\nNMC PIN 12A3456E",
        "| RGN - NMC: 12A3456E",
        "|, GPhC 2054321",
        "|, Physiotherapist, HCPC PH123456",
        "|, GDC no. 123456",
        "|, GOC 01-12345",
        "|, prescriber code G1234567",
        "|, ODS code A12345",
    ],
)
def test_a_professional_is_known_by_the_number(text: str) -> None:
    """Degrees, posts and lines may stand between the name and the number."""
    assert follows(text, text.index("|") + 1)


@pytest.mark.parametrize(
    "text",
    [
        "|, NHS number 9990000018",
        "|, DOB 01/02/1950",
        "| was seen by Dr Patel, GMC 7012345",
        "|, hospital no 7012345",
        "|, GMC guidance applies",
        "|, GMC 12",
        "| 7012345",
    ],
)
def test_other_numbers_say_nothing(text: str) -> None:
    """Numbers of patients, and numbers of somebody further on, make no colleague of the name."""
    assert not follows(text, text.index("|") + 1)
