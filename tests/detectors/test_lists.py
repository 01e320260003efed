"""Lists of names below a line that says what they have: who is a patient, and who is on the rota."""

from __future__ import annotations

import pytest

from detectors.engine import Detector
from detectors.findings import Finding, Reading
from detectors.identifiable import judge
from detectors.lists import listed
from tests.detectors.marked import unmark

NAMES = ["Jean Ashworth", "Peter Hollis", "Maureen Tate"]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.mark.parametrize(
    "rows",
    [
        "09:00 Jane Doe\n09:10 John Roe",
        "0900 Mrs Doe\n0910 Mr Roe",
        "9am Doe\n9.10am Roe",
        "Doe, Jane 9.00\nRoe, John 9.10",
    ],
)
def test_who_has_a_time_in_a_clinic_is_a_patient(detector: Detector, rows: str) -> None:
    """In a rota nobody is."""
    text = f"Smear clinic Friday\n{rows}"
    assert judge([Reading("body", text, detector.find(text))]).patients == 2
    text = f"Smear clinic rota\n{rows}"
    assert not judge([Reading("body", text, detector.find(text))]).patient_identifiable


@pytest.mark.parametrize("form", ["Hi Sue,\n\n{}\n{}\n\nThanks\nTina", "{}\n\n{}", "> {}\n> {}"])
@pytest.mark.parametrize(
    "heading",
    [
        "Patients with COPD:",
        "COPD register",
        "Overdue smears",
        "Please call these patients for their INR:",
        "Palliative care register (GSF)",
        "Patients on the COPD pathway",
        "Please call and book these diabetic reviews, overdue:",
        "Tuesday asthma clinic",
        "Dr Moss's leg ulcer clinic, Thursday",
        "Dear Sue, these are for the smear clinic tomorrow:",
        "Minor ops list 14 May",
        "Theatre list Thursday",
        "Visit list Monday",
        "Home visits today",
        "Baby imms Weds pm",
        "Waiting list for hips",
        "Deaths this month",
    ],
)
def test_who_is_listed_below_an_illness_is_a_patient(detector: Detector, heading: str, form: str) -> None:
    """Bare names, one a line, are as many patients."""
    quote = "\n> " if form.startswith(">") else "\n"
    text = form.format(heading, quote.join(NAMES))
    judgement = judge([Reading("body", text, detector.find(text))])
    assert judgement.patient_identifiable
    assert judgement.patients == len(NAMES)


@pytest.mark.parametrize(
    "heading",
    [
        "Attending diabetes training:",
        "Flu clinic rota",
        "Smear takers at the practice:",
        "Respiratory leads (COPD)",
        "Please invite to the COPD pathway meeting:",
        "Staff due hepatitis B boosters:",
        "Apologies for the stroke meeting",
        "Running for cancer research:",
        "Clinic cover this week:",
        "Thank you for all you do.",
        "Dementia friends",
        "Menopause cafe Thursday 2pm",
        "Recommended books on depression:",
        "Sepsis guideline - for review by",
        "Who can do COPD clinic on Friday?",
        "Patients who attended the staff talk on COPD, thanks to:",
        "Link workers for patients with COPD:",
        "Staff flu clinic",
        "HR clinic, Friday",
        "Occupational health clinic Thursday",
        "Interviews for the asthma clinic, Tuesday",
        "Students sitting in on the baby clinic",
        "Who's doing visits today:",
        "Theatre trip list",
        "Site visits Tuesday",
        "Waiting list for parking",
        "Flu clinic passwords:",
        "Sepsis awareness - overdue",
        "Endoscopy, secretaries:",
        "Jo is to run the asthma clinic with",
    ],
)
def test_who_is_listed_below_work_is_no_patient(detector: Detector, heading: str) -> None:
    for text in (f"{heading}\n" + "\n".join(NAMES), f"Hi,\n\n{heading}\n- " + "\n- ".join(NAMES) + "\n\nSue"):
        assert not judge([Reading("body", text, detector.find(text))]).patient_identifiable


A, B, C = (f"{{{{PERSON|{name}}}}}" for name in NAMES)
COPD = "{{CLINICAL|COPD}}"


@pytest.mark.parametrize(
    ("marked", "count"),
    [
        (f"Patients with {COPD}\n1. {A}\n2) {B}\n[ ] Mr {C}", 3),
        (f"Recalls: {COPD}\n\n{A}, 01/02/1950\n\n{B} - bring inhaler", 2),
        (f"{COPD} recalls\n{A}\nand then\n{B}", 0),
        (f"{COPD} recalls\n{A}", 0),
        (f"Please call the patients with {COPD}: Mrs {A}, {B} (bed 4) and {C}.", 3),
        (f"Patients with {COPD} {A}, {B}", 0),
        (f"Patients with {COPD}: {A} rang, so did {B}", 0),
        (f"{COPD}\n{A}\n{B}", 0),
        (f"{COPD}\n{A}\n{B}\n{C}", 0),
        (f"{COPD} clinic list\n9.00 {A}\n09:30 Mrs {B}", 2),
        (f"{C} recalls {COPD}\n{A}\n{B}", 0),
        (f"Due for review\n{A}\n{B} has {COPD}", 0),
        (f"Recalls: {COPD} {'and more ' * 20}\n{A}\n{B}", 0),
    ],
)
def test_a_list_is_of_names_that_head_lines_below_one_heading(marked: str, count: int) -> None:
    text, spans = unmark(marked)
    found = [Finding(span.type, span.start, span.end, 0.9, "marked") for span in spans]  # type: ignore[arg-type]  # the marks are ours
    people = [each for each in found if each.type == "PERSON"]
    terms = [each for each in found if each.type == "CLINICAL"]
    lists = list(listed(text, people, terms))
    assert [len(names) for names in lists] == ([count] if count else [])
