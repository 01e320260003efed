"""Who of those named is said to have what."""

from __future__ import annotations

import pytest

from detectors.bearing import bearers
from detectors.findings import Finding
from tests.detectors.marked import unmark


def borne(marked: str) -> list[str]:
    """The names of whom a text says that they have something, each once."""
    text, spans = unmark(marked)
    found = [Finding(span.type, span.start, span.end, 0.9, "marked") for span in spans]  # type: ignore[arg-type]  # the marks are ours
    people, terms = ([each for each in found if each.type == kind] for kind in ("PERSON", "CLINICAL"))
    return sorted({text[person.start : person.end] for person in bearers(text, people, terms)})


@pytest.mark.parametrize(
    "marked",
    [
        "{{PERSON|Jane Doe}} has {{CLINICAL|asthma}}.",
        "{{PERSON|Jane Doe}} is a pleasant 42-year-old who presents with {{CLINICAL|asthma}}.",
        "I have started {{PERSON|Jane Doe}} on {{CLINICAL|ramipril}}.",
        "Can you add {{PERSON|Jane Doe}} to the list for {{CLINICAL|knee replacement}}?",
        "mum of {{PERSON|Jane Doe}} rang, the {{CLINICAL|rash}} is back",
        "{{PERSON|Jane Doe}} saw Dr. Roe about her {{CLINICAL|gout}}",
        "{{PERSON|Jane Doe}} is coming on Monday. She has had {{CLINICAL|abdominal pain}}.",
        "{{PERSON|Jane Doe}}: Your {{CLINICAL|codeine}} prescription is ready.",
        "is {{PERSON|Jane Doe}} on the list?? Her mum says nobody rang. {{CLINICAL|otitis}} review. "
        + "-" * 600,
        "Repeat {{CLINICAL|codeine}} for Mrs {{PERSON|Jane Doe}}",
        "{{CLINICAL|Knee replacement}}: {{PERSON|Jane Doe}}",
        "1) {{PERSON|Jane Doe}}, 12 High Street, Leeds. LS1 4AB - {{CLINICAL|insulin}}",
        "{{PERSON|Jane Doe}} rang, can you ring her back? No cough now. Wants {{CLINICAL|steroids}} again",
        "Complaint: chest. {{PERSON|Jane Doe}}\n" + "Walked.\n" * 80 + "PMH: {{CLINICAL|COPD}}\nPlan: rest",
    ],
)
def test_an_illness_is_of_whom_the_text_says_so(marked: str) -> None:
    """In one sentence, by a pronoun, by "your", for somebody, in a list, in a note about one person."""
    assert borne(marked) == ["Jane Doe"]


@pytest.mark.parametrize(
    "marked",
    [
        "{{PERSON|Jane Doe}} presented the {{CLINICAL|asthma}} audit",
        "{{PERSON|Jane Doe}} is our lead for {{CLINICAL|diabetes}}",
        "{{PERSON|Jane Doe}} will talk about {{CLINICAL|gout}}",
        "{{PERSON|Jane Doe}} is running the marathon for {{CLINICAL|cancer}} research",
        "{{PERSON|Jane Doe}} reported that 62% of our patients have had {{CLINICAL|shingles}}",
        "Conditions such as {{CLINICAL|gout}} or {{CLINICAL|asthma}}. Ask {{PERSON|Jane Doe}}.",
        "{{PERSON|Jane Doe}} keeps the forms: [ ] {{CLINICAL|asthma}} [ ] {{CLINICAL|epilepsy}}",
        "{{CLINICAL|Nut allergy}}: none. Halal: {{PERSON|Jane Doe}}",
        "An elderly man has {{CLINICAL|gout}}. Could you let {{PERSON|Jane Doe}} know?",
        "{{PERSON|Jane Doe}} rang.\n\nThe {{CLINICAL|flu}} vaccine has come.",
        "{{PERSON|Sarah}} has a {{CLINICAL|migraine}} and is going home",
        "{{PERSON|Jane Doe}} is on the door. The {{CLINICAL|anaphylaxis}} kit is in the fridge.",
        "{{PERSON|Jane Doe}}" + " and so on" * 70 + " has {{CLINICAL|asthma}}",
        "{{CLINICAL|Asthma}} leaflets by {{PERSON|Jane Doe}}",
    ],
)
def test_an_illness_is_nobodys_when_it_is_work_or_an_example(marked: str) -> None:
    """Audits, talks, causes, statistics, examples, empty forms, other sentences, first names alone."""
    assert borne(marked) == []


def test_the_last_one_named_has_it() -> None:
    """Who is named further away in the sentence has nothing to do with it."""
    assert borne("{{PERSON|Ann Roe}} asks whether {{PERSON|Jane Doe}} has {{CLINICAL|asthma}}") == [
        "Jane Doe"
    ]


def test_a_first_name_counts_as_part_of_a_longer_one() -> None:
    """Colleagues have first names, too; with the whole name in the same text it is that person's."""
    text = "{{PERSON|Jane Doe}} rang.\n\n{{PERSON|Jane}} has {{CLINICAL|asthma}}, she says" + "." * 600
    assert borne(text) == ["Jane"]
