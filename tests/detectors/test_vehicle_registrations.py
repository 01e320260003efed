"""Vehicle registrations: the current form by itself, older ones by their label."""

from __future__ import annotations

import pytest

from detectors.vehicle_registrations import find


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("parked: AB12 CDE, lights on", "AB12 CDE"),
        ("parked: AB12CDE", "AB12CDE"),
        ("Reg: ab12 cde", "ab12 cde"),
        ("vehicle registration number P123 ABC", "P123 ABC"),
        ("Reg. ABC 123D", "ABC 123D"),
        ("number plate is OIG 1234", "OIG 1234"),
        ("VRM LO71 XYZ", "LO71 XYZ"),
    ],
)
def test_a_registration_is_found(text: str, number: str) -> None:
    """Spaces and small letters are no matter where a label stands."""
    assert number in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "ab12 cde",
        "LS12 4AB",
        "AB01 CDE",
        "AI12 CDE",
        "XAB12 CDE",
        "AB12 CDEF",
        "AB123 CDE",
        "the car in 2024",
        "registration for GP 2000 opens",
        "P123 ABC",
        "van hire 2 days",
        "the registration of births",
    ],
)
def test_other_codes_are_none(text: str) -> None:
    """Postcodes, letters that no plate has, and old forms without a label are left alone."""
    assert found(text) == []
