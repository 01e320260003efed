"""What the detector promises as a whole, whichever recognizers it runs."""

from __future__ import annotations

import pytest

from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import judge


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def found(detector: Detector, text: str) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in detector.find(text)]


def test_a_referral_shows_all_that_identifies_its_patient(detector: Detector) -> None:
    """A sentence of a referral yields each identifier under its own type."""
    text = "Patient: Jane Doe, NHS No. 999 000 0018, DOB 03/04/1950, LS1 4AB. Has type 2 diabetes, ring 020 7946 0123."
    assert found(detector, text) == [
        ("PERSON", "Jane Doe"),
        ("NHS_NUMBER", "999 000 0018"),
        ("DATE_OF_BIRTH", "03/04/1950"),
        ("UK_POSTCODE", "LS1 4AB"),
        ("CLINICAL", "type 2 diabetes"),
        ("PHONE", "020 7946 0123"),
    ]


@pytest.mark.parametrize(
    ("text", "patient", "money"),
    [
        ("999 000 0018, HbA1c 91, insulin started", True, False),
        ("pay 10-79-99 88837491", False, True),
        ("card 4000 0000 0000 0002 exp 11/28 cvv 123", False, True),
        ("Please pay GB82 WEST 1234 5698 7654 32", False, True),
        ("Your surgery opens at 8am, ring 020 7946 0123", False, False),
        ("ref 4000-0000-0000-0001", False, False),
        ("clinic dates 10-12-26, 11-12-26, list 88837491", False, False),
        ("The policy says: always check the NHS number with the patient.", False, False),
    ],
)
def test_the_policy_s_fixtures_are_judged_as_it_says(
    detector: Detector, text: str, patient: bool, money: bool
) -> None:
    """The examples of clauses AUP-9c and AUP-10e come out as the clauses demand."""
    judgement = judge([Reading("body", text, detector.find(text))])
    assert (judgement.patient_identifiable, judgement.bank_or_card) == (patient, money)
