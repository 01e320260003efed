"""Where in a text somebody may be identified, and which of two voices says so."""

from __future__ import annotations

from itertools import product

import pytest

from detectors.engine import Detector
from detectors.findings import Judgement, Reading
from detectors.identifiable import fold, judge
from detectors.passages import AROUND, PASSAGE, passages

OFFICE = (
    "The car park is closed on Monday. Please order paper before noon, and put the chairs back after the "
    "meeting.\n\n"
)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def judged(detector: Detector, text: str) -> Judgement:
    return judge([Reading("body", text, detector.find(text))])


@pytest.mark.parametrize("named", ["Mr Kwame Baffour", "Mr Lee", "Mrs Ewa Nowak of 5 Mill Lane, Leeds"])
def test_a_sentence_tells_by_itself(detector: Detector, named: str) -> None:
    """In the middle of a paragraph of minutes, which is about everything else."""
    minutes = (
        "Estates: the lift in the main building will be out for a fortnight from Monday, so please plan "
        "for the trolley. Finance: the agency spend came in at 4 % over plan. {} had a stroke while he was "
        "waiting for his cardioversion and is on apixaban now. Parking: permits are to be renewed by the "
        "end of the month, by the form on the intranet. Training: fire safety is at 81 %, and Tom Roe asks "
        "that managers remind their teams. Any other business: the Christmas lunch will be on the 12th.\n"
    )
    assert judged(detector, minutes.format(named)).patient_identifiable
    assert not judged(detector, minutes.format("Nobody there")).patient_identifiable


@pytest.mark.parametrize(
    "said",
    [
        (
            "Site 4, visit 8. Please reimburse Anna Kowal (on warfarin for AF) €148 fare by bank transfer, "
            "receipt attached. Budget code 4471."
        ),
        (
            "helipad for 10.10. Anna Kowal, aged 6, head injury, off to St Oswin's with dad in the taxi. "
            "4 porters and a fire extinguisher, bring the blanket warmer."
        ),
        (
            "Dear Trustees, application ref 5721: Vinod Patel, 34, of Little Barton, who has spinal muscular "
            "atrophy, needs an electric wheelchair battery and the council says no. Quote £2,631.70. Please "
            "pay the supplier."
        ),
        (
            "Missing parcel: courier says Mrs Akua Boateng (ulcerative colitis) signed for it, she did not. "
            "Ref 12345. Can facilities check the camera, Tuesday at noon?"
        ),
        (
            "Parking appeal 7712: Mr Tom Adeyemi with multiple sclerosis overran by ten minutes at the "
            "cinema. Please cancel the ticket and refund the card."
        ),
        (
            "Dear Guled,\nAs you had a heart transplant and take ciclosporin we cannot give yellow fever "
            "vaccine here.\nEwa Nowak, nurse"
        ),
    ],
)
def test_what_stands_right_behind_a_name_is_doubted_little(detector: Detector, said: str) -> None:
    """However unlike mail about patients the rest is."""
    assert judged(detector, said).patient_identifiable


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for your enquiry Guled. If you had a heart transplant and take ciclosporin, ring us.",
        "Dear Mrs Smith,\nOur travel insurance covers you even if\nyou have diabetes or cancer.",
        "Mrs Jones (PE) and Mr Smith (RE) will chair the meeting of teachers.",
        "SIM SCENARIO 4, faculty only\n\nMr John Roe, 81, has septic shock. Reset the room, please.",
        "Must leave at one, Sir Barks is at the vets again: diabetes, and Mr Roe the vet wants bloods.",
        "OH clearance\n\nROE, John  FY1  Hep B sAb >100, varicella hx ok\nDOE, Jane  awaiting Hep B titre",
    ],
)
def test_conditions_simulations_animals_and_staff_are_no_patients(detector: Detector, said: str) -> None:
    assert not judged(detector, said).patient_identifiable


def test_a_word_in_passing_clears_nobody(detector: Detector) -> None:
    """In minutes, which have no one matter."""
    said = (
        "Mrs Jane Roe has had a stroke and needs a hoist. She is one of the applicants for the ground flat."
    )
    assert judged(detector, f"{OFFICE}{said}\n\n{OFFICE}").patient_identifiable


def test_a_sentence_tells_however_many_were_there(detector: Detector) -> None:
    """Those who are only named are looked at after those of whom something is told."""
    present = ", ".join(f"Ann {surname}" for surname in ("Smith", "Khan", "Patel", "Jones", "Evans") * 4)
    line = "Mrs Doe (DOB 03/02/1961) was admitted with pneumonia."
    text = f"Present: {present}\n\n{OFFICE * 3}{line} {OFFICE * 3}"
    assert judged(detector, text).patient_identifiable


@pytest.mark.parametrize(
    "before", ["Ask St. Mary's ward about", "See No. 5 for", "Ask Prof. Green about", ""]
)
def test_a_sentence_ends_where_it_ends(detector: Detector, before: str) -> None:
    """Behind no abbreviation, at the end of a row, and not where a line was wrapped."""
    text = (
        f"Beds are short.\n{before} Kwame Baffour who was\nadmitted with pneumonia. The lift is out.\n"
        "- Rota: to follow\n" + OFFICE * 20
    )
    found = passages(fold(Reading("body", text, detector.find(text)))[0])
    sentence = min((passage.show().words for passage in found), key=len)
    assert {"beds", "rota"}.isdisjoint(sentence)
    assert {*before.lower().split()[:1], "CLINICAL", "lift"} <= {*sentence}


@pytest.mark.parametrize("before", [0, 40, 400])
def test_a_patient_is_found_in_a_long_text(detector: Detector, before: int) -> None:
    """However much office mail stands around the line."""
    line = "Jane Doe, DOB 03/02/1961, was admitted with pneumonia."
    result = judged(detector, f"{OFFICE * before}{line}\n\n{OFFICE * 40}")
    assert result.patient_identifiable
    assert result.patients == 1


def test_words_tell_of_a_patient_whom_no_rule_knows(detector: Detector) -> None:
    """And the evidence says that it is words which tell, and of whom."""
    text = "9990000050 has not had the scan result, family asking"
    result = judged(detector, text)
    assert result.patient_identifiable
    assert result.evidence == ("a number that stands as patients' numbers do (body, characters 0 to 10)",)


def test_words_clear_whom_a_rule_would_accuse(detector: Detector) -> None:
    """A date of birth beside a name is enough for the rules; not where all else is about a post."""
    text = (
        "AW8 form for Jane Doe, born 10 August 1973, last day 21/04/2026. Payroll no 372093. Lump sum as "
        "discussed. Please acknowledge. Tom Roe, Pensions Officer"
    )
    assert not judged(detector, text).patient_identifiable


def test_a_name_in_a_subject_tells_nothing_by_itself(detector: Detector) -> None:
    """Rules take it for a patient's when treatment is spoken of; the whole says what that is about."""
    text = (
        "Subject: Balint\n\nTonight's group: Dr Jane Roe will bring a young woman with calf swelling who "
        "always comes last on a Friday. Please no identifiers.\n\nDr Jane Roe\nIG Lead"
    )
    assert not judged(detector, text).patient_identifiable


def test_a_paragraph_needs_more_where_the_whole_is_unlikely(detector: Detector) -> None:
    """Somebody's illness sounds alike in a letter about treatment and in one about sick leave."""
    text = (
        "Dear Jane\n\nI am sorry that you are still off with a slipped disc. Your fit note runs out on "
        "Friday. After three episodes in a year I must ask you to a stage 2 meeting, to which you may bring "
        "a union representative.\n\nTom Roe\nHR Adviser, 0161 496 0000"
    )
    assert not judged(detector, text).patient_identifiable


def test_all_patients_of_a_long_text_are_found(detector: Detector) -> None:
    """Each in a passage of their own, and no passage is much longer than it may be."""
    surnames = ["Smith", "Khan", "Patel", "Jones", "Okafor", "Kowalski", "Nguyen", "Evans", "Murphy", "Ali"]
    text = "\n\n".join(f"Mrs Jane {name} was admitted with pneumonia.\n\n{OFFICE * 12}" for name in surnames)
    assert judged(detector, text).patients == len(surnames)
    found = list(passages(fold(Reading("body", text, detector.find(text)))[0]))
    assert len(found) <= 2 * len(text) / AROUND
    assert all(len(passage.show().words) < 2 * PASSAGE for passage in found)


PEOPLE = [
    f"{given} {surname},{day:02}/05/19{40 + day}"
    for day, (given, surname) in enumerate(
        product(("Jane", "Amit", "Ewa", "John"), ("Smith", "Khan", "Nowak", "Jones", "Patel")), start=1
    )
]
"""Twenty."""


@pytest.mark.parametrize(
    ("heading", "end", "identifies"),
    [
        ("Name,DOB,Address", ",3 Mill Lane Leeds LS1 4AB", True),
        ("", "", True),
        ("NHS No,Name,DOB", "", True),
        ("Staff list for ID badges\nName,DOB,Post", ",Receptionist", False),
    ],
)
def test_a_list_is_of_patients_unless_it_says_whose(
    detector: Detector, heading: str, end: str, *, identifies: bool
) -> None:
    """People with their births and nothing else are held; those who are called staff are not."""
    begin = "," * heading.startswith("NHS")
    text = f"{heading}\n" + "\n".join(f"{begin}{person}{end}" for person in PEOPLE)
    assert judged(detector, text).patient_identifiable is identifies
