"""Where words stand in a window."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.vocabulary import matches, starts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PIN 1234, pin: 5", [0, 10]),
        ("log-in pin4521", [7]),
        ("'pin' pin's (Pin)", [1, 6, 13]),
        ("pins, spin, opinion", []),
        ("", []),
    ],
)
def test_a_word_is_found_in_any_case_and_whole(text: str, found: list[int]) -> None:
    """Digits, hyphens and apostrophes end a word; letters belong to it."""
    assert starts(text, {"pin"}) == found


@given(st.text(st.sampled_from("aB -'1\n"), max_size=60))
def test_matches_are_those_of_a_search(text: str) -> None:
    """What begins with the word is found as a search through all the text would find it."""
    pattern = re.compile(r"(?<![a-z])a(?![a-z])[ -]{0,2}(?:b(?![a-z]))?(?: ?a(?![a-z]))?", re.IGNORECASE)
    searched = [match.span() for match in pattern.finditer(text)]
    assert [match.span() for match in matches(pattern, text, {"a"})] == searched
