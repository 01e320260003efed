"""The cheap pass: what it lets through, and that its windows cover what it saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.normalise import normalise
from detectors.sieve import LARGEST, MARGIN, windows
from tests.detectors.marked import unmark
from tests.detectors.test_cases import CASES, Case

FILLER = "The boiler will be looked at on the day after the long weekend, so bring a warm coat. " * 20


def test_office_prose_needs_no_reading() -> None:
    """Prose without names, numbers and clinical words yields no window."""
    assert windows(FILLER * 10) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whatever_is_marked_lies_in_a_core(case: Case) -> None:
    """No identifier of the hand-written cases goes by, wherever it stands in a long text."""
    text, expected = unmark(case.text)
    folded = normalise(f"{FILLER}\n{text}\n{FILLER}")
    cores = [folded.span(window.core_start, window.core_end) for window in windows(folded.text)]
    offset = len(FILLER) + 1
    for span in expected:
        assert any(start <= offset + span.start < end for start, end in cores), span


@given(st.text(st.sampled_from("9 \n-aJane@DOB"), max_size=400), st.integers(0, 40))
def test_cores_are_in_order_and_windows_lie_in_the_text(text: str, repeat: int) -> None:
    """Cores never overlap, each lies in its window, and each window in the text."""
    long = text * repeat
    done = 0
    for window in windows(long):
        assert done <= window.core_start < window.core_end
        assert 0 <= window.start <= window.core_start
        assert window.core_end <= window.end <= len(long)
        assert window.end - window.start <= LARGEST + 4 * MARGIN
        done = window.core_end
