"""Clinical content from the lexicons."""

from __future__ import annotations

import pytest

from detectors import clinical
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "{{CLINICAL|type 2 diabetes}}",
        "{{CLINICAL|Type-2 diabetes}}",
        "{{CLINICAL|METFORMIN}} 500mg",
        "{{CLINICAL|chest\npain}}",
        "{{CLINICAL|T2DM}} and {{CLINICAL|HbA1c}} 78",
        "{{CLINICAL|Crohn's disease}}",
        "{{CLINICAL|co-codamol}}",
        "{{CLINICAL|stroke}} after {{CLINICAL|atrial fibrillation}}",
        "total {{CLINICAL|hip replacement}}",
        "SNOMED code {{CLINICAL|73211009}}",
        "ICD-10 {{CLINICAL|E11.9}}",
        "Problems: {{CLINICAL|E11.9}}, {{CLINICAL|J45.0}}",
        "{{CLINICAL|22298006}} and {{CLINICAL|195967001}}",
        "Mother has {{CLINICAL|depression}}",
        "{{CLINICAL|codeine phosphate}} 50mg",
        "Your {{CLINICAL|MRI scan}} is booked",
        "positive for {{CLINICAL|C. difficile}} and {{CLINICAL|E. coli}}",
        "{{CLINICAL|#NOF}}, {{CLINICAL|#ankle}}, {{CLINICAL|distal radius #}}",
        "{{CLINICAL|COPD}} and {{CLINICAL|covid}}",
        "admitted from clinic ?{{CLINICAL|PE}}",
        "COD 1a {{CLINICAL|stroke}}",
        "{{CLINICAL|6-in-1}}, {{CLINICAL|MenB}}",
        "has had a {{CLINICAL|TIA}}",
        "Jane Doe: she has {{CLINICAL|MS}}, as you know",
        "has {{CLINICAL|cancer}} and cannot come",
        "see Mrs Doe, they have {{CLINICAL|sob}} and {{CLINICAL|cp}}",
        "wants a {{CLINICAL|termination}}, please ring",
        "dna'd {{CLINICAL|smear}} again",
        "Doe - {{CLINICAL|MS}} - would like a call",
        "the {{CLINICAL|MRI}} for Jane",
        "{{CLINICAL|echo}} report for Mrs Doe",
        "mae ganddi {{CLINICAL|ganser}}",
    ],
)
def test_drugs_diagnoses_procedures_and_symptoms_are_found(marked: str) -> None:
    """Phrases are found whole, in any case, with hyphens or wrapped; doubtful ones in company."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(clinical.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "the clinic",
        " blood test",
        "general pain",
        "physiotherapy department",
        "a stroke of luck",
        "the ms file",
        "as of today",
        "pad of paper",
        "my cf card",
        "aids to daily living",
        "falls in price",
        "PE lessons",
        "PE lessons? PE kit",
        "the RA of the project",
        "in pain",
        "ward round",
        "read 12345 pages",
        "section B12.3",
        "in his heart. Failure is no option",
        "off with covid",
        "22298006",
        "orders 22298007 and 22298008",
        "version E11.9.2 and J45.0.1",
        "a time of depression",
        "the TTO",
        "an echo chamber",
        "MRI for Monday",
        "Wed: Doe - smears",
        "nearly had a stroke",
        "Heads of MS and RA",
    ],
)
def test_general_words_are_left_alone(text: str) -> None:
    """Clinics, departments, tests in general and doubtful words by themselves are left alone."""
    assert list(clinical.find(text)) == []


@pytest.mark.parametrize(
    "marked",
    [
        "{{CARE|collapsed in the}} waiting room",
        "he {{CARE|passed away last night}}",
        "has {{CARE|been sectioned}}",
        "{{CARE|found unresponsive}} and {{CARE|taken to A&E}}",
        "her {{CARE|waters broke}} at 4",
        "Mrs Doe: {{CARE|potassium}} 6.9!",
        "{{CARE|BP}} was 210/120, {{CARE|sats}}: 86",
        "Mrs Doe needs {{CARE|LFTs}}, has {{CARE|U&Es}}",
        "awaiting an {{CARE|ECG}}.",
        "{{CARE|blood test}} for Mrs Doe",
    ],
)
def test_what_happens_to_patients_is_care(marked: str) -> None:
    """It says that somebody is a patient, and not what they have; tests do where somebody has them."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(clinical.find(text))) == []


@pytest.mark.parametrize(
    "marked",
    [
        "Mrs Okafor {{CARE|passed away}}",
        "mr hollis {{CARE|has fallen again}}",
        "Jean Ashworth sadly {{CARE|died}} on Sunday",
        "Mrs Okafor rang, she's {{CARE|had another fall}}.",
        "Peter Hollis {{CARE|had a fall}}",
    ],
)
def test_an_event_befell_whom_it_follows(marked: str) -> None:
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(clinical.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "turnout has fallen again, says Jane Doe",
        "Jane Doe, whose father died on Sunday",
        "Jane Doe's mother passed away",
        "The printer has died. Jane Doe has called IT",
        "Our colleague Jane Doe has died",
        "The singer Jane Doe died on Tuesday",
        "Jane Doe died in 1910",
        "Jane Doe died 40 years ago",
        "Storm Grace died down",
        "Jane Doe had a fall on her way to work",
        "Jane Doe has fallen out with the supplier again",
        "patients who had a fall or died",
    ],
)
def test_what_befell_kin_things_colleagues_and_the_famous_is_none(text: str) -> None:
    assert not [found for found in clinical.find(text) if found.type == "CARE"]


@pytest.mark.parametrize(
    "marked",
    [
        "Mr Doe ({{CLINICAL|stroke}}) rang in tears",
        "pictures of Mrs Doe's {{CLINICAL|burns}} are on the drive",
        "Miss Ann Roe's {{CLINICAL|fits}}, again",
    ],
)
def test_what_stands_behind_a_titled_name_is_theirs(marked: str) -> None:
    """Be it a word that means something else, too."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(clinical.find(text))) == []


@pytest.mark.parametrize(
    "text", ["Mr Doe's stroke unit", "Mrs Doe's burns cream order", "Mr Doe (stroke team) rang"]
)
def test_what_goes_on_behind_a_titled_name_is_none(text: str) -> None:
    assert list(clinical.find(text)) == []


@pytest.mark.parametrize(
    "text",
    ["BP machines", "the ECG is broken", "potassium prices", "blood tests and asthma", "X-ray department"],
)
def test_tests_that_nobody_has_are_none(text: str) -> None:
    """In company of an illness, too."""
    assert not [found for found in clinical.find(text) if found.type == "CARE"]
