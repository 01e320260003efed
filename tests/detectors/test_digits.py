"""Runs of digit groups, and the numbers they can be read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.digits import LONGEST, numbers, runs


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("999 000 0018", [["999", "000", "0018"]]),
        ("999-000.0018", [["999", "000", "0018"]]),
        ("999 000\n  0018", [["999", "000", "0018"]]),
        ("10-79-99, 88837491", [["10", "79", "99"], ["88837491"]]),
        ("a100000b200000", [["100000"], ["200000"]]),
        ("100000\n\n200000", [["100000"], ["200000"]]),
        ("9" * (LONGEST + 1) + " 100000", [["100000"]]),
        ("100000 " + "9" * (LONGEST + 1) + " 200000", [["100000"], ["200000"]]),
        ("9|9|9|0|0|0|0|0|1|8", [list("9990000018")]),
        ("9 | 9 | 9 | 0 | 0 | 0 | 0 | 0 | 1 | 8", [list("9990000018")]),
        ("999... 000... 0018", [["999", "000", "0018"]]),
        ("99|00|00", []),
        ("10 to 12 people in 2 rooms", []),
        ("", []),
    ],
)
def test_groups_that_belong_together_form_a_run(text: str, groups: list[list[str]]) -> None:
    """Spaces, dashes, dots, one line break and the bars of a form join groups; anything else parts them.

    What is too short for a number is left out.
    """
    assert [[group.digits for group in run.groups] for run in runs(text)] == groups


def test_a_run_is_read_in_every_way_that_has_the_length() -> None:
    """Consecutive groups are numbers when together they have the digits asked for."""
    found = numbers("12 999 000 0018 2024", frozenset({10}))
    assert [(number.digits, number.shape) for number in found] == [("9990000018", (3, 3, 4))]


@given(st.text(st.sampled_from("0123456789 -./\n,x"), max_size=80), st.sets(st.integers(1, 12), min_size=1))
def test_a_number_is_what_stands_in_the_text(text: str, lengths: set[int]) -> None:
    """The digits of every number are those between its start and end, and as many as asked for."""
    for number in numbers(text, frozenset(lengths)):
        assert number.digits == "".join(filter(str.isdigit, text[number.start : number.end]))
        assert len(number.digits) == sum(number.shape) in lengths
