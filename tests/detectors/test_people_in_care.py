"""Names that an age, a bed, a number or a medicine beside them gives away."""

from __future__ import annotations

import pytest

from detectors import people_in_care
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{PERSON|Ohene}} in bed 4",
        "{{PERSON|adeyemi}} in bay 2",
        "bed 12 {{PERSON|Quartey}}",
        "rm 5 {{PERSON|Ronke}} bad again",
        "81m {{PERSON|Zvobgo}}. unwell",
        "{{PERSON|Huynh}}'s amlodipine",
        "{{PERSON|Zvobgo}} due aripiprazole today",
        "{{PERSON|Kuruvilla}} (Hospital number X8116173)",
        "{{PERSON|KOBAYASHI}} (W97134) discharge letter",
        "{{PERSON|June Frost}}, aged 26",
    ],
)
def test_who_is_treated_is_found_whatever_the_name(marked: str) -> None:
    """No list need know a name beside which stands what patients have."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(people_in_care.find(text))) == []


@pytest.mark.parametrize(
    ("text", "initials"),
    [
        ("Did T.O. (the 91 year old) ring?", "T.O."),
        ("e.f., hosp no 123456", "e.f."),
        ("K.W. 27/8/83, seen", "K.W."),
        ("JB bed 6", "JB"),
    ],
)
def test_initials_are_found_before_what_records_go_on_with(text: str, initials: str) -> None:
    """An age, a label, a date or a bed behind two letters makes somebody of them."""
    assert [text[found.start : found.end] for found in people_in_care.find(text)] == [initials]


@pytest.mark.parametrize(
    "text",
    [
        "the patient in bed 4",
        "flowers in bay 2",
        "clean elm ward side room 2",
        "bed 1 - Colles' fracture",
        "bed 12 is free",
        "rm 5 was cleaned",
        "Room 5 Meeting",
        "25m swimming pool",
        "35F: hypothyroidism",
        "Bell's palsy",
        "Crohn's disease",
        "Monday's clinic",
        "Reception needs more paracetamol",
        "Everybody on the ward",
        "Invoice (W97134) results",
        "ORDER X414931A letter",
        "the GP (the 60 year old building)",
        "The Club, aged 50",
        "A & E 24/7",
        "OT bed 6",
        "UK 27/8/83",
        "Mid Weald Hospice needs a nurse",
    ],
)
def test_everyday_words_beside_the_same_are_left_alone(text: str) -> None:
    """Furniture, organisations, eponyms and abbreviations are nobody's name."""
    assert list(people_in_care.find(text)) == []
