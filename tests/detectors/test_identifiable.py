"""When findings together identify a patient, and when they do not."""

from __future__ import annotations

import pytest

from detectors.findings import Finding, Judgement, Reading
from detectors.identifiable import MOST_EVIDENCE, judge
from tests.detectors.marked import unmark


def judgement(*marked: str) -> Judgement:
    """What texts come to in which exactly the marked things were found."""
    readings = []
    for index, each in enumerate(marked):
        text, spans = unmark(each)
        findings = tuple(Finding(span.type, span.start, span.end, 0.99, "marked") for span in spans)  # type: ignore[arg-type]  # the marks are ours
        readings.append(Reading(f"part {index}", text, findings))
    return judge(readings)


@pytest.mark.parametrize(
    "marked",
    [
        "{{NHS_NUMBER|999 000 0018}}",
        "{{CHI_NUMBER|3112990013}}",
        "{{PERSON|Jane Doe}} {{DATE_OF_BIRTH|03/04/1950}}",
        "{{PERSON|Jane Doe}}, hospital number {{HOSPITAL_NUMBER|K123}}",
        "Patient {{PERSON|JS}} has {{CLINICAL|asthma}}",
        "Mr {{PERSON|Doe}} was seen with {{CLINICAL|gout}}",
        "{{PERSON|Jane Doe}}'s blood results show {{CLINICAL|anaemia}}",
        "Re: {{PERSON|Jane Doe}}\n{{CLINICAL|COPD}}",
        "Pt {{PERSON|Jane Doe}} lives at {{ADDRESS|12 High Street}}",
        "{{PERSON|Jane Doe}}, {{ADDRESS|12 High Street}}, {{CLINICAL|COPD}}",
        "Name: {{PERSON|Jane Doe}}\nRegistered patient at {{ADDRESS|12 High Street}}",
        "Dear Mrs {{PERSON|Doe}}, your scan shows {{CLINICAL|gallstones}}",
        "Mrs {{PERSON|Doe}} rang, her {{CLINICAL|gout}} is back",
        "Mrs {{PERSON|Jane Doe}} has {{CLINICAL|dementia}} and was prescribed {{CLINICAL|donepezil}}.",
        "Mrs {{PERSON|Jane Doe}} is {{CLINICAL|HIV positive}}.",
        "Please call {{PERSON|Jane Doe}} about her {{CLINICAL|chemotherapy}}",
        "Mrs {{PERSON|Doe}} is dying of {{CLINICAL|lung cancer}}.",
        "On annual leave, ring {{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|1/2/1950}}, re {{CLINICAL|angina}}",
        "The sample letter: {{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|12/03/1961}}, {{ADDRESS|5 High Street}}",
        "Made-up data is fine.\n\n{{PERSON|Jane Doe}},{{DATE_OF_BIRTH|12/03/1961}},{{CLINICAL|asthma}}",
        "Subject access request: {{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|1/2/1950}}, notes on {{CLINICAL|gout}}",
        "Mill Recruitment\n4. Mr {{PERSON|Doe}} ({{DATE_OF_BIRTH|1/2/1950}}) has {{CLINICAL|gout}}",
        "{{PERSON|Jane Doe}} has {{CLINICAL|asthma}}.",
        "Patient {{PERSON|Jane}} has {{CLINICAL|sciatica}}, needs standing desk letter",
        "{{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|1/2/1950}}, has {{CLINICAL|sciatica}}, standing desk please",
        "{{PERSON|Jane Doe}} has {{CLINICAL|sciatica}}, wants a letter for her employer",
        "{{PERSON|Jane Doe}}, 42, has {{CLINICAL|asthma}}.",
        "{{PERSON|Jane Doe}} is a pleasant 42-year-old lady who presents with {{CLINICAL|asthma}}",
        "I have started {{PERSON|Jane Doe}} on {{CLINICAL|ramipril}}.",
        "Please prescribe {{CLINICAL|amoxicillin}} for {{PERSON|Jane Doe}}.",
        "Could you chase the {{CLINICAL|biopsy}} of {{PERSON|Jane Doe}}?",
        "{{PERSON|jane doe}} rang, her {{CLINICAL|asthma}} is worse",
        "Mum of {{PERSON|Jane Doe}} rang, the {{CLINICAL|rash}} is back.",
        "{{PERSON|Jane Doe}} is coming on Monday for {{CLINICAL|colposcopy}}",
        "Recruiting\n4. {{PERSON|Jane Doe}} ({{DATE_OF_BIRTH|7/5/49}}) was given {{CLINICAL|apixaban}}",
    ],
)
def test_a_named_patient_with_a_second_fact_is_identified(marked: str) -> None:
    """A health number alone, or a patient's name with what belongs to a record, identifies."""
    result = judgement(marked)
    assert result.patient_identifiable
    assert result.patients == 1
    assert len(result.evidence) == 1


@pytest.mark.parametrize(
    "marked",
    [
        "",
        "{{PERSON|Jane Doe}}",
        "{{DATE_OF_BIRTH|03/04/1950}}",
        "{{CLINICAL|asthma}} reviews",
        "Dr {{PERSON|Doe}} will talk about {{CLINICAL|asthma}}",
        "{{PERSON|Jane Doe}}, Practice Manager: {{CLINICAL|asthma}} audit",
        "the {{CLINICAL|statin}} protocol.\nKind regards\n{{PERSON|Jane Doe}}\n{{ADDRESS|12 High Street}}",
        "From: {{PERSON|Jane Doe}}\nSubject: {{CLINICAL|asthma}}",
        "Applicant: {{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|03/04/1996}}",
        "payroll: {{PERSON|Jane Doe}}, {{DATE_OF_BIRTH|03/04/1996}}",
        "Case study, names changed: Mrs {{PERSON|Doe}} has {{CLINICAL|COPD}}",
        "{{PERSON|Jane}} ran the {{CLINICAL|metformin}} search",
        "Hi {{PERSON|Jane}}, the {{CLINICAL|statin}} protocol is attached",
        "{{PERSON|Jane Doe}}" + " and so on" * 40 + " {{DATE_OF_BIRTH|03/04/1950}}",
        "A 54 year old man with {{CLINICAL|gout}}, {{UK_POSTCODE|LS1 4AB}}",
        "Dear Mr {{PERSON|Doe}}, we invite you to an interview about {{CLINICAL|asthma}} care",
        "{{PERSON|Florence Nightingale}}, born {{DATE_OF_BIRTH|12 May 1820}}, on {{CLINICAL|typhus}}",
        "Name: {{PERSON|Jane Doe}}\nDeliver to: {{ADDRESS|12 High Street}}, {{UK_POSTCODE|LS1 4AB}}",
        "{{PERSON|Jane Doe}} MBBS, GMC 7012345: {{CLINICAL|asthma}}",
        "Shortlisted:\n1. {{PERSON|Ann Roe}}\n2. {{PERSON|Jane Doe}} ({{DATE_OF_BIRTH|1/2/1950}})",
        "NEW STARTER FORM\n\nName: {{PERSON|Jane Doe}}\nBorn: {{DATE_OF_BIRTH|03/04/1996}}",
        "Could you let {{PERSON|Jane}} know about lunch?\n\nBorn {{DATE_OF_BIRTH|03/04/1996}}",
        "Mr {{PERSON|Doe}} asked whether the hedge at {{ADDRESS|12 High Street}} could be cut",
        "Such as {{CLINICAL|gout}}. Our data officer is {{PERSON|Jane Doe}}, {{ADDRESS|12 High Street}}",
        "{{PERSON|Doe J}}, {{PERSON|Roe A}}, et al. Outcomes after {{CLINICAL|stroke}}. BMJ 2019;364:12",
        "Registered manager {{PERSON|Jane Doe}}. Please provide directions for {{CLINICAL|paracetamol}}.",
        "Hello, I am {{PERSON|Jane Doe}} from Mill Software; may I show you our {{CLINICAL|dementia}} tool?",
        "ring {{PHONE|020 7946 0123}} or {{EMAIL_ADDRESS|a@b.example}}",
        "{{PERSON|Jane Doe}} has sent the {{CLINICAL|asthma}} guideline round.",
        "{{PERSON|Jane Doe}} is running a session on {{CLINICAL|COPD}}.",
        "Ask {{PERSON|Jane Doe}} for the {{CLINICAL|asthma}} leaflet.",
        "Thanks to {{PERSON|Jane Doe}} for the {{CLINICAL|diabetes}} audit.",
        "{{PERSON|Jane Doe}} will present on {{CLINICAL|hypertension}} in June.",
        "{{PERSON|Jane Doe}} has joined us as {{CLINICAL|diabetes}} specialist nurse.",
        "{{PERSON|Jane Doe}} raised £400 for {{CLINICAL|cancer}} research.",
        "{{PERSON|Jane}} has a {{CLINICAL|migraine}} and is going home; others take the phones.",
        "{{PERSON|Jane}} has {{CLINICAL|sciatica}}, standing desk please",
        "{{PERSON|Jane Doe}} has {{CLINICAL|sciatica}}, standing desk please",
        "{{PERSON|Jane Doe}} has {{CLINICAL|shingles}}, who can cover her clinic?",
        "{{PERSON|Jane Doe}} is having her {{CLINICAL|gallbladder out}}, cards to me",
        "{{PERSON|Jane Doe}} has {{CLINICAL|gout}}, back on the rota from Monday",
        "care such as {{CLINICAL|gout}}. Our officer is {{PERSON|Jane Doe}}, {{ADDRESS|18 High Street}}",
        "[ ] {{CLINICAL|asthma}} [ ] {{CLINICAL|epilepsy}}. Could you let {{PERSON|Jane}} know?",
        "Shortlisted:\n1. {{PERSON|Ann Roe}} - 11am\n2. {{PERSON|Jane Doe}} ({{DATE_OF_BIRTH|4/3/1990}})",
        "Mr {{PERSON|Doe}} asked whether the hedge at {{ADDRESS|35 High Street}} could be cut",
        "{{PERSON|Doe J}}. Managing {{CLINICAL|asthma}} in primary care. Third edition",
    ],
)
def test_staff_statistics_and_anonymous_cases_identify_nobody(marked: str) -> None:
    """Names at work, facts without a name and names far from any fact do not identify."""
    result = judgement(marked)
    assert result == Judgement(False, False, 0, ())


@pytest.mark.parametrize(
    ("name", "score", "term_score", "identifies"),
    [
        ("Jane Doe", 0.6, 0.9, True),
        ("JANE DOE", 0.6, 0.9, True),
        ("jane doe", 0.9, 0.9, True),
        ("jane doe", 0.6, 0.9, True),
        ("zhanerke tolkynova", 0.6, 0.9, False),
        ("JD", 0.6, 0.9, False),
        ("Jane Doe", 0.9, 0.6, False),
    ],
)
def test_what_the_pipeline_alone_has_heard_is_weaker_evidence(
    name: str, score: float, term_score: float, identifies: bool
) -> None:
    """In code and telegrams it hears names and illnesses that are none: one of the two must be sure."""
    text = f"{name} has asthma"
    found = (
        Finding("PERSON", 0, len(name), score, ""),
        Finding("CLINICAL", len(text) - 6, len(text), term_score, ""),
    )
    assert judge([Reading("body", text, found)]).patient_identifiable is identifies


def test_patients_are_counted_over_all_parts_of_a_message() -> None:
    """The same number in two parts is one patient, another number is another."""
    result = judgement("{{NHS_NUMBER|999 000 0018}}", "{{NHS_NUMBER|9990000018}} {{NHS_NUMBER|9990000026}}")
    assert result.patients == 2
    assert [sentence.partition("(")[2] for sentence in result.evidence] == [
        "part 0, characters 0 to 12)",
        "part 1, characters 0 to 10)",
        "part 1, characters 11 to 21)",
    ]


def test_one_patient_is_written_in_many_ways() -> None:
    """Parts of a name are those of one who bears them; who shares but a surname is another."""
    result = judgement(
        "Patient: {{PERSON|Jane Doe}}, {{CLINICAL|asthma}}",
        "Patient: {{PERSON|DOE, Jane}}, {{CLINICAL|asthma}}",
        "Mrs {{PERSON|Doe}} has {{CLINICAL|asthma}}",
        "Patient: {{PERSON|John Doe}}, {{CLINICAL|asthma}}",
    )
    assert result.patients == 2


@pytest.mark.parametrize(
    "marked",
    ["{{CREDIT_CARD|4000}}", "{{UK_BANK_ACCOUNT|107999}}", "{{IBAN|GB82}}", "{{PERSON|Doe}} {{IBAN|GB82}}"],
)
def test_money_is_flagged_whoever_it_belongs_to(marked: str) -> None:
    """A card, an account or an IBAN sets its flag and not the patient's."""
    result = judgement(marked)
    assert (result.bank_or_card, result.patient_identifiable) == (True, False)


def test_evidence_has_an_end() -> None:
    """A spreadsheet of patients is counted in full and explained in part."""
    numbers = " ".join(f"{{{{NHS_NUMBER|{number}}}}}" for number in range(9990000000, 9990000100))
    result = judgement(numbers)
    assert result.patients == 100
    assert len(result.evidence) == MOST_EVIDENCE
