"""NHS, CHI and H&C numbers: what speaks for one, and what against."""

from __future__ import annotations

import pytest

from detectors import nhs_numbers
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "NHS No {{NHS_NUMBER|999 000 0018}}",
        "The number for Mrs Doe? It's {{NHS_NUMBER|nine nine nine, zero zero zero, zero zero one eight}}",
        "NHS no, spelt out: {{NHS_NUMBER|nine nine nine, zero zero\nzero, zero zero one\neight}}, thanks",
        "Advice & Guidance: 51M, {{NHS_NUMBER|9990000018}}. diarrhoea for two months",
        "PNA+PAT+{{NHS_NUMBER|9990000018}}:OPI+++SU:DOE+FO:Jane'",
        "NHS number is {{NHS_NUMBER|999... 000... 0018}}, she says",
        "NHS No. {{NHS_NUMBER|9 | 9 | 9 | 0 | 0 | 0 | 0 | 0 | 1 | 8}}",
        "NHS number {{NHS_NUMBER|(999) 000 0026}}",
        "NHS Number: {{NHS_NUMBER|99 90 00 00 34}} please",
        "Results back for J. Doe {{NHS_NUMBER|999.000.0018}}: ferritin 6",
        "Please merge Jane Doe {{NHS_NUMBER|9990 000 018}} and Doe, Jane",
        "for the audit\n{{NHS_NUMBER|9990000018}}\n{{NHS_NUMBER|999/000/0026}}\n{{NHS_NUMBER|999-000-0034}}",
        "renamed: Doe_Jane_{{NHS_NUMBER|9990000018}}_letter.pdf",
        "NHS number: {{NHS_NUMBER|999-000-0026}}",
        "nhs no. is {{NHS_NUMBER|9990000034}}",
        "NHS nubmer {{NHS_NUMBER|999.000.0107}}",
        "NHS{{NHS_NUMBER|9990000115}}",
        "nhs_number={{NHS_NUMBER|9990000123}}",
        "N.H.S. No {{NHS_NUMBER|999 0000131}}",
        "NHS number\n{{NHS_NUMBER|999 000\n0158}}",
        "{{NHS_NUMBER|999 000 0166}} (NHS number)",
        "{{NHS_NUMBER|9990000174}}^^^NHS^NH",
        "the patient is {{NHS_NUMBER|9990000182}}",
        "{{NHS_NUMBER|9990000190}}, dob to follow",
        "could you look at {{NHS_NUMBER|999 000 0204}} today",
        "Surname,DOB,NHS Number,Postcode\nDoe,03/04/1950,{{NHS_NUMBER|9990000018}},LS1 4AB",
        "Name;CHI\nDoe;{{NHS_NUMBER|3112990048}}",
        "11-Feb-2001    F    {{NHS_NUMBER|9990000026}}",
        "CHI no {{NHS_NUMBER|3112990013}}",
        "Rhif GIG: {{NHS_NUMBER|9990000018}}",
        "rhif y gig {{NHS_NUMBER|999-000-0026}}",
        "did the letter for {{NHS_NUMBER|9990000034}} go?",
        "anyone know who's dealing with {{NHS_NUMBER|999000 0018}}",
        "is this one yours {{NHS_NUMBER|999.000.0026}}",
        "can someone ring the hospital re {{NHS_NUMBER|9990000034}}",
        "who has the notes for {{NHS_NUMBER|(999) 000 0018}}",
        "The number you wanted is below, it printed over two lines:\n\n{{NHS_NUMBER|999/000/0026}}",
        "NHS numbers for the audit pull:\n{{NHS_NUMBER|999 000 00 18}}\n{{NHS_NUMBER|(999) 000 0026}}",
        "Specimen 12605805\nDoe, Jane | 06 Jan 30 | F | {{NHS_NUMBER|999-000-0034}}",
        "CHI number: {{NHS_NUMBER|311299 0056}}",
        "chi {{NHS_NUMBER|311-299-0064}}",
        "H and C no. {{NHS_NUMBER|3200000031}}",
        "HCN: {{NHS_NUMBER|320 000 0058}}",
        "health and care number {{NHS_NUMBER|3200000066}}",
        "CHI {{NHS_NUMBER|311299 0021}}",
        "Community Health Index {{NHS_NUMBER|311299 0021}}",
        "HSCNI no {{NHS_NUMBER|3200000031}}",
        "H&C number {{NHS_NUMBER|320 000 0023}}",
        "NHS No {{NHS_NUMBER|9 9 9 0 0 0 0 2 1 2}}",
        "12/03/2024 NHS {{NHS_NUMBER|999 000 0220}} 14:30",
        "NHS No {{NHS_NUMBER|500 000 0005}}",
        "NHS number is {{NHS_NUMBER|999, 000, 0018}} can somebody send",
        "the script for NHS number {{NHS_NUMBER|9 9 9, 0 0 0, 0 0 1 8}}, the amoxicillin",
        "Republic: NHS no. {{NHS_NUMBER|8000000008}}",
        "{{NHS_NUMBER|9990000239}}\n{{NHS_NUMBER|9990000247}}\n{{NHS_NUMBER|9990000255}}",
    ],
)
def test_a_patient_s_number_is_found_however_it_is_written(marked: str) -> None:
    """Grouping, label, context or a column makes a valid number a patient's."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(nhs_numbers.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "pens - 690 989 3204\npaper - 481 755 8245\nclips - 520 964 4650\nglue - 526 137 9105 for Ward 3",
        "NHS No 999 000 0019",
        "Tender 999 000 0018: supply of methadone to patients",
        "Tamper seals\n999 000 0018\n9990000026\n999-000-0034\nchecked by the ward",
        "Certificate: 999 000 0018, passed by the nurse",
        "NHS number 943 476 5919",
        "NHS number 987 654 4321",
        "NHS number 000 000 0000",
        "NHS number 999 000 00",
        "patient order 9990000018 delivered",
        "ISBN 0306406152",
        "UPRN 9990000018",
        "EAN 9990000018",
        "Webex 999 000 0018 passcode 1234",
        "ISBN-10: 7543210988",
        "Tel 713 853 1230",
        "call 713-853-1249",
        "+1 713 853 1257",
        "(713) 853 1249",
        "713.853.1265",
        "1234567890",
        "9990000018",
        "invoice 9990000026 for the patient transport",
        "meeting ID: 999 000 0034",
        "parcel 9990000107",
        "0.9990000115",
        "Doe, Jane 500 000 0005",
        "orders of 999, 000, 0018 pieces",
        "CHI 9912990013x",
        "CHI 3002700002",
        "CHI 3112990014",
        "tai chi on 3112990013",
        "H&C number 320 000 0024",
        "hot and cold 3200000015",
        "HSC order 3200000023",
        "Item,Batch,Quantity\nA,9990000018,1\nB,9990000026,2\nC,9990000034,3",
        "session 4164-2198 build 9990000018",
        "registered in England, request 9990000018",
        "for example 999 000 0018",
        "NHS order 999 000 0018999",
        "timestamp 1763900018",
        "card 4000 0000 0000 0010",
        "UTR 4777000125",
        "student no 9990000018 starts",
        "the fridge (job\n9990000026)",
        "CPD 2 hours. ID 999 000 0034.",
        "Unsubscribe id=9990000018",
        "Page: https://give.example/9990000026",
        "MSH|^~\\&|LABS|RX1|EMIS|A1|202608051020||ACK^R01|9990000018|P|2.4\nMSA|AA|9990000026",
        "dealing with order 9990000018",
        "Did you get invoice NHS-9990000018 from the supplier?",
        "Return authorisation NHS-999 000 0018, boxes crushed",
        "Serial number 9990000018 NHS asset",
        "EAN 9990000018 NHS",
    ],
)
def test_other_ten_digit_numbers_are_left_alone(text: str) -> None:
    """Orders, books, telephones and fillers are no patients, whatever their checksum."""
    assert list(nhs_numbers.find(text)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("NHS 999 000 0018", "NHS_NUMBER"), ("CHI 3112990013", "CHI_NUMBER"), ("H&C 320 000 0015", "HC_NUMBER")],
)
def test_the_range_says_whose_number_it_is(text: str, kind: str) -> None:
    """Numbers of Scotland and Northern Ireland are reported under their own types."""
    assert [finding.type for finding in nhs_numbers.find(text)] == [kind]


@pytest.mark.parametrize(
    ("text", "against"),
    [
        ("can you tell me if 999000 0018 was seen", ""),
        ("the lab rang about 999 000\n0018", ""),
        ("Doe 999_000_0018", ""),
        ("ring +1 999 000 0018", "dialled"),
        ("deduction request: 999 0000018", "called something else"),
        ("grant ref 9990000018", "called something else"),
        ("accession 9990000018", "called something else"),
        ("UCAS 999-000-0018", "called something else"),
        ("airway bill 9990000018", "called something else"),
        ("like 999 000 0018", "example"),
        ("/scans/9990000018", "within a code"),
        ("9990000018B", "within a code"),
    ],
)
def test_every_number_that_passes_is_valid_whatever_speaks_against_it(text: str, against: str) -> None:
    """In any groups; one that something speaks against is no possible patient's by itself."""
    [number] = nhs_numbers.valid(text)
    assert number.digits == "9990000018"
    assert nhs_numbers.spoken_against(text, number) == against
    assert len(list(nhs_numbers.possible(text, ()))) == (not against)


@pytest.mark.parametrize("text", ["999 000 0019", "500 000 0005", "12 999 000 001 8 and", "0306406152"])
def test_no_other_ten_digits_are_valid(text: str) -> None:
    """What fails the check, has a first digit that is not given out, or stands in groups of no number."""
    assert list(nhs_numbers.valid(text)) == []
