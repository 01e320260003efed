"""Which letters could be initials: never words, and no abbreviations of medicine."""

from __future__ import annotations

import pytest

from detectors.initials import possible


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("JD fell", ["JD"]),
        ("J.D. fell", ["J.D."]),
        ("J. D. fell", ["J. D."]),
        ("j.d fell", ["j.d"]),
        ("J D fell", ["J D"]),
        ("JMD's sister", ["JMD"]),
        ("folder T254225B_ER/scans", ["ER"]),
        ("PID|1||||T^J|", ["T^J"]),
        ("could you tell Mr D that", ["D"]),
        ("re qn - the lady", ["qn"]),
        ("VȚ and R.Ž.", ["VȚ", "R.Ž."]),
    ],
)
def test_every_way_of_writing_initials_is_known(text: str, wanted: list[str]) -> None:
    found = [text[start:end] for start, end in possible(text)]
    assert [each for each in found if each in wanted] == wanted


@pytest.mark.parametrize(
    "text", ["we go to it", "COPD and UTI", "DVT", "R&D", "www.example.org", "AB12 CD34", "O'Neill", "don't"]
)
def test_words_and_codes_are_none(text: str) -> None:
    assert [text[start:end] for start, end in possible(text)] == []
