"""What a passage shows, and how likely it is to identify a patient."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.findings import Finding
from detectors.likelihood import WEIGHTS, Signs, likelihood, signs
from tests.detectors.marked import unmark


def shown(marked: str) -> Signs:
    """The signs of a text in which exactly the marked things were found, and no rule said anything."""
    text, spans = unmark(marked)
    findings = [Finding(span.type, span.start, span.end, 0.99, "marked") for span in spans]  # type: ignore[arg-type]  # the marks are ours
    return signs(text, 0, len(text), findings, ())


@pytest.mark.parametrize(
    ("patient", "nobody"),
    [
        (
            "{{PERSON|Jane Doe}} rang, her {{CLINICAL|asthma}} is worse",
            "{{PERSON|Jane Doe}} is giving the {{CLINICAL|asthma}} talk on Monday",
        ),
        (
            "Pt {{PERSON|Jane Doe}} {{DATE_OF_BIRTH|3/4/1950}} in bed 4",
            "Applicant {{PERSON|Jane Doe}} {{DATE_OF_BIRTH|3/4/1950}} for band 4",
        ),
        ("any results for {{NHS_NUMBER|999 000 0018}}?", "any tracking for order 999 000 0018?"),
    ],
)
def test_what_is_said_of_patients_is_likelier(patient: str, nobody: str) -> None:
    """Of two texts that differ in what they are about, the one about a patient."""
    assert likelihood(shown(nobody)) < 0.5 < likelihood(shown(patient))


def test_signs_hold_no_name_and_no_number() -> None:
    """Neither what was found nor what was missed: digits are zeros, unknown words with a capital are that."""
    text = (
        "{{PERSON|Jane Doe}} and Zbyszko Brzęczyk, 17 Zzyzx Road, ref 48213, born {{DATE_OF_BIRTH|3/4/1950}}"
    )
    said = " ".join(shown(text).words).lower()
    for word in ("jane", "doe", "zbyszko", "zzyzx", "48213", "1950"):
        assert word not in said


KNOWN = r"1900s|2000s|x[1248]\b|length \d+|years \d+|apart \d+|(?:digits|letters) \d+"


@pytest.mark.parametrize("file", sorted(WEIGHTS.glob("*.tsv")), ids=lambda file: file.stem)
def test_weights_hold_no_digit_but_zeros_and_centuries(file: Path) -> None:
    """The files are of words that several messages share."""
    lines = file.read_text("utf-8").splitlines()
    assert len(lines) > 500
    for line in lines:
        weight, sign = line.split("\t")
        assert abs(float(weight)) < 100
        assert not re.search(r"[1-9]", re.sub(KNOWN, "", sign)), sign


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
def test_any_text_has_a_likelihood(text: str, begin: int, end: int) -> None:
    """Whatever it holds, and wherever a passage of it begins and ends."""
    begin, end = sorted((min(begin, len(text)), min(end, len(text))))
    found = [Finding("PERSON", begin, end, 0.9, "anything")]
    assert 0 <= likelihood(signs(text, begin, len(text), found, ["rule:ill"])) <= 1
