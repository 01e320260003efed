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
    ],
)
def test_general_words_are_left_alone(text: str) -> None:
    """Clinics, departments, tests in general and doubtful words by themselves are left alone."""
    assert list(clinical.find(text)) == []
