"""Hospital numbers: the label decides."""

from __future__ import annotations

import pytest

from detectors import hospital_numbers
from detectors.engine import Detector
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "Hospital number: {{HOSPITAL_NUMBER|K0456123}}",
        "Hospital number ......... {{HOSPITAL_NUMBER|K783428}}",
        "Hosp. {{HOSPITAL_NUMBER|CWT876567}}. Consent for tracheostomy",
        "Pt: JANE DOE   ID: {{HOSPITAL_NUMBER|NGH-2579306}}   DOB: 01MAR2020",
        "id;surname;DOB\n{{HOSPITAL_NUMBER|333935A}};Doe;31/03/1950",
        "Theatre 3\n0830 {{HOSPITAL_NUMBER|123456}} MURUGAN, Jane hernia repair",
        "08:30\tDoe, Jane\t{{HOSPITAL_NUMBER|RXH015022}}\tradiotherapy",
        "Notes for A Murugan {{HOSPITAL_NUMBER|RCW958222}} cannot be found",
        "Jane Murugan ({{HOSPITAL_NUMBER|M-648-850}}), whose furosemide was missed",
        "SAU: SMITH Poppy {{HOSPITAL_NUMBER|16320683435}} under Dr Doe - epilepsy",
        "SMITH, Poppy {{HOSPITAL_NUMBER|00/8927}} delirium",
        "Jane Murugan {{HOSPITAL_NUMBER|3738777/1}} MRI spine",
        "Jane Murugan {{HOSPITAL_NUMBER|M47-37-68}} asthma",
        "dialysis: Jane Murugan {{HOSPITAL_NUMBER|H63/17201}}",
        "hosp no {{HOSPITAL_NUMBER|123456}}",
        "Hosp no: {{HOSPITAL_NUMBER|HT828.265}}\nWard: Oak",
        "DOE, Jane Hospital No. {{HOSPITAL_NUMBER|RX2 208249}} AFO left",
        "Name: Jane Doe   RiO: {{HOSPITAL_NUMBER|A12-15180}}",
        "Our ref: AB/cd/{{HOSPITAL_NUMBER|W1234567}}\nDictated 3/4/24",
        "MRN {{HOSPITAL_NUMBER|12345678}}",
        "M.R.N.: {{HOSPITAL_NUMBER|A234567}}",
        "hosptial no. {{HOSPITAL_NUMBER|RX 123456}}",
        "Unit No: {{HOSPITAL_NUMBER|00456712}}",
        "Patient ID {{HOSPITAL_NUMBER|W123987}}",
        "case note number {{HOSPITAL_NUMBER|123/4567}}",
        "PID|1||{{HOSPITAL_NUMBER|K123456}}^^^RXX^MR",
        "PID|1||9990000018^^^NHS~{{HOSPITAL_NUMBER|22/50571}}^^^HOSP||Doe^Jane",
        "Attached: Doe_Jane_{{HOSPITAL_NUMBER|K123456}}_scan.pdf",
        "Name,Hospital No\nJane,{{HOSPITAL_NUMBER|H445566}}",
        "Attached: Doe_Jane_{{HOSPITAL_NUMBER|K123456}}.pdf",
        "CT scan {{HOSPITAL_NUMBER|K123456}}.pdf of MRN {{HOSPITAL_NUMBER|K123456}}",
        "Hospital No (RXX): {{HOSPITAL_NUMBER|123456A}}",
        "DOB 26 09 1959   H/N {{HOSPITAL_NUMBER|392 211}}",
        "(H/N {{HOSPITAL_NUMBER|711299/12}}) given the wrong dose",
        "h/n {{HOSPITAL_NUMBER|A 685 945}}",
        "dob 1 May 1950 hosp {{HOSPITAL_NUMBER|461501/13}} - copd",
        "Waiting list\n1  {{HOSPITAL_NUMBER|B 644 791}}  PATEL, Bindu  chemotherapy  61 wks",
        "ESCALATE SMITH, Poppy {{HOSPITAL_NUMBER|187018/19}} GCS 13 ?eczema",
        "MISS JANE SMITH, 19/02/2013\n{{HOSPITAL_NUMBER|RX277283}}\n\nThis person did not attend",
        "Smith, Jane  3 Mar '53  {{HOSPITAL_NUMBER|888911/12}}  asthma",
        "St Botolph's Hospital. Ref {{HOSPITAL_NUMBER|W384811}}. Reply CANCEL",
        "HOSP # {{HOSPITAL_NUMBER|59264.8}} WANTS TO MOVE 8/3/24",
        "Unit No: {{HOSPITAL_NUMBER|16 92 49}}. Hypo at 0920",
        "Doe J emis {{HOSPITAL_NUMBER|854583}} - 3 invites sent",
        "referral for Jane Doe, EMIS no. {{HOSPITAL_NUMBER|4334}}. Urgent",
        "RiO {{HOSPITAL_NUMBER|601-51-650}}. Rang in tears",
        "Jane Doe H/N {{HOSPITAL_NUMBER|50.97.70}} for PCI",
        "your late mother (hospital number {{HOSPITAL_NUMBER|57.19.67}})",
        "Unit no {{HOSPITAL_NUMBER|R0A0033896}}\nJane Doe",
        "hearing aid of Doe J (auditbase {{HOSPITAL_NUMBER|810251}})",
        "PCMIS {{HOSPITAL_NUMBER|315336}}. Jane Doe. PHQ 22",
        "smells of pseudomonas. s1 id {{HOSPITAL_NUMBER|32436066}}",
        "Nebula id {{HOSPITAL_NUMBER|70985}}. Jane Doe",
        "asks for A&E records, casenotes {{HOSPITAL_NUMBER|A194541}}",
        "Jane Doe, ED no. {{HOSPITAL_NUMBER|1982-88739}}",
        "a&e no {{HOSPITAL_NUMBER|12345}} seen at 9",
        "Anti-K antibodies. Trust ID {{HOSPITAL_NUMBER|000271775}}",
        "Hospital record {{HOSPITAL_NUMBER|33206069}} was read",
        "Jane Doe, notes no {{HOSPITAL_NUMBER|66.77.95}}",
        "Claf: Jane Doe, rhif ysbyty {{HOSPITAL_NUMBER|600379}}",
        "mouth care. U/N {{HOSPITAL_NUMBER|KH39938}}. for HRCT",
        "straight to colonoscopy. TrakCare {{HOSPITAL_NUMBER|0006769678}}",
        "Jane LOGAN {{HOSPITAL_NUMBER|1234567}} admitted with pneumonia",
        "Ward 4: Jane TRAYNOR {{HOSPITAL_NUMBER|K123456}} pneumonia",
        "MRN {{HOSPITAL_NUMBER|4444}}, asthma",
        "MRN {{HOSPITAL_NUMBER|4821}}, password to follow",
        "Susan SEAL {{HOSPITAL_NUMBER|1234567}} has pneumonia",
        "Re: SO {{HOSPITAL_NUMBER|1234567}} - pneumonia, on ward 5",
        "date,incident\n01/02/2024,Jane Doe {{HOSPITAL_NUMBER|K123456}} admitted with pneumonia",
        "name,service user id,diagnosis\nJane Doe,{{HOSPITAL_NUMBER|1234567}},asthma",
        "Falls risk: {{HOSPITAL_NUMBER|K123456}} Jane Doe, ward 4",
        "Doe is registered twice: {{HOSPITAL_NUMBER|3892617}} (keep) and {{HOSPITAL_NUMBER|9660787}} is old",
        "PAS merge request keep {{HOSPITAL_NUMBER|08813318}} lose {{HOSPITAL_NUMBER|130794}} please",
        "Merge {{HOSPITAL_NUMBER|RTH123456}} into the older one",
        "dressing gown, wristband {{HOSPITAL_NUMBER|H1234567}}. not in chapel",
        "hosp {{HOSPITAL_NUMBER|7.684794}}, self discharged",
        "DOB: 12 August 1940\nNHS: 999 000 0018\nOur ref: {{HOSPITAL_NUMBER|1234567}}\nRe: asthma",
        "Dear Jane,\nOur ref {{HOSPITAL_NUMBER|1234567}}\n\nIt was good to see you in clinic today.",
        "You will find her as {{HOSPITAL_NUMBER|RX2345678}}; it is about her hip operation",
        "treated for melanoma, and filed here as {{HOSPITAL_NUMBER|123/\n45678}}",
        "She is {{HOSPITAL_NUMBER|123456}} on our system, has asthma",
        "In bed 2 is {{HOSPITAL_NUMBER|77/12345}} on our system and {{HOSPITAL_NUMBER|234567}} with you",
        "who is looking after {{HOSPITAL_NUMBER|234567}}? haematuria again",
        "only a sticker saying {{HOSPITAL_NUMBER|RXX01234567}} on the malaria sample",
        "his yellow book is lost, on it he's {{HOSPITAL_NUMBER|DN12345}} I think, and takes warfarin",
        "Doe exists twice, {{HOSPITAL_NUMBER|0412345}} is the record of 2011",
        "Duplicate on PAS\nkeep: {{HOSPITAL_NUMBER|6671234}}\nlose: {{HOSPITAL_NUMBER|3581234}}",
        "PMI overnight\nmerged {{HOSPITAL_NUMBER|7590123}} -> {{HOSPITAL_NUMBER|6440123}}",
        "Ms Doe - that's {{HOSPITAL_NUMBER|582123}} - came to clinic with no scan",
        "Mr Doe {{HOSPITAL_NUMBER|78.1234}}: gentamicin charted twice",
        "JANE MURUGAN. {{HOSPITAL_NUMBER|78/12/345}}. myasthenia gravis, day 9",
        "Jane Doe (Meddbase {{HOSPITAL_NUMBER|358123}}) has vertigo",
        "seen by us, Badger no {{HOSPITAL_NUMBER|5091234}}",
        "PID|1||{{HOSPITAL_NUMBER|K123456}}^^^PAS^MR~V99123^^^PAS^VN",
    ],
)
def test_a_labelled_local_number_is_found(marked: str) -> None:
    """MRN, hospital and unit numbers are found with letters or without, labels misspelt too."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(hospital_numbers.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Jane Murugan 4776287 for the order of pens",
        "id;item;price\n333935A;pens;31",
        "ID: 2579306, webinar of Tuesday",
        "Attached: Smith_Jane_19501009.pdf",
        "Attached: Smith_Jane_1950-10-09_letter.pdf",
        "1  8188247  Toner, black  2 boxes",
        "Order list\n1  8188247  BATTERIES, Large  10",
        "Rota for summer, 19/02/2013\nRX277283\n",
        "Our Ref W384811",
        "Dear Jane,\nOur ref 1234567\n\nIt was good of you to order from us.",
        f"NHS Supplies\n\n{'The price list for the year is enclosed. ' * 4}\nOur ref: 1234567",
        "Merge branch 1234567 into main",
        "merge requests 1234567 and 2345678",
        "Completion 4 May. Ref WC/5950/AF",
        "Jane Doe, 13 Apr 2025, HPV vaccine",
        "Hospital number:",
        "the hospital has 1200 beds",
        "Order no 123456",
        "Patient 4 of 12",
        "clinic 2024",
        "hospital since 1948",
        "customer ID 456789",
        "Unit 14",
        "patient no longer registered",
        "MRN: n/a",
        "Riders: Jane Murugan +44 7700 900465, John Smith 07700 900523. Bloods and a haemorrhage",
        "> Name | ESR no | Ward\n> Roe, Jane | 23149150 | Elm\n> Murugan, Jane | 24589542 | stroke unit",
        "J Doe D.O.B. 10/08/2004 34/40 hyperemesis",
        "hospital 01632 960123",
        "room number 1234",
        "Name,Order No\nJane,H445566",
        "Invoice_Harbour_123456.pdf",
        "Meeting_Minutes_202603.pdf",
        "Doe_Jane_K123456 and more",
        '"PatientID", "0010,0010"',
        "EMIS 2024 is here",
        "husband in hosp. Tel 07700 900158",
        "RiO 12.3 is here",
        "release notes no 12345",
        "Mr Doe, hosp no 12.10.1967 he thinks",
        "MSH|^~\\&|PAS|89721|ICE|LAB|20260814||ADT^A31",
        "MSH|^~\\&|ICE|PATH|EMIS|N81234|20260814||ORU^R01",
        "Epic 12345 lines of log",
        "the trust reference 123456",
        "Lorenzo: 07700 900123",
        "Leeds Teaching Hospitals NHS Trust\nRef: 45678",
        "Charitable trust number 1122334",
        "A&E number is 0161 496 0000.",
        "RiO 21.02.14 is here",
        "Casenotes: 1500 were scanned",
        "Epic ref: INC0012345",
        "We stay in Paris near 75008",
        "Recommendation: substantiated. Police CRN 3748519516",
        "leaflets on asthma have come\n\nThanks\nHN\n07700900123\n",
        "ring us on our no. 07700900123",
        "Portal login: u/n 447123 p/w Summer2024",
        "e-learning u/n 447123\np/w Summer24",
        "Supplier,Our nominal code\nAcme,123456\nBeta,234567",
        "The trust is looking after 450000 patients with asthma",
        "keep: 10000 gloves\nlose: 20000 pens",
        "We merged 45123 into 45124 in the ledger, both diabetes cost centres.",
        "The PO is 4500123 on our system, theatre lamps for the ward",
        "The sticker says 445512, ward fridge PAT tested",
        "Transport for 12500 over Christmas, by bed and by taxi",
        "Jane Doe's payroll number: she is 445566 on our system, on the ward",
        "Thanks to Mr Jones, 150000 patients were vaccinated in the clinic.",
        "Yours, Mr White\n\n125000 leaflets are on the ward.",
        "Said Mrs May: 200000 patients wait for a scan.",
        "Mr Smith 45612 is the extension for the clinic rooms",
        "The exact number of patients with asthma is 1234.",
        "Dialysis number 45123 is the direct line.",
        "Patient record 12345 visitors to the website this month.",
        "routine van, hosp code 3745",
        "Our ref: ab/cd/5635\nRe: Jane Doe, asthma",
        "PID|1||V99123^^^PAS^VN",
    ],
)
def test_numbers_under_other_labels_are_left_alone(text: str) -> None:
    """Orders, telephones, years and empty fields are no hospital numbers."""
    assert list(hospital_numbers.find(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Meet Jane Doe at PO 12345 asthma",
        "Name,Trust number\nJane Doe,12345",
        "Site\tCasenotes pulled\nBarts\t12345",
    ],
)
def test_counts_and_orders_are_nobodys(text: str) -> None:
    """In mail that names a patient, too."""
    found = Detector().find(text)
    assert [each for each in found if each.type == "HOSPITAL_NUMBER"] == []


@pytest.mark.parametrize(
    "text",
    [
        "Mrs Doe in bay 2 would like the TV looking at. Ticket TKT8126431.",
        "Theatre 4: tray 72/88354 came back with a wet pack, Jane Doe cancelled",
        "Jane Doe - lab no S25-81130 - K 6.9 - read back ok",
        "Loan form 583352Z: frame for Jane Doe",
        "Jane Doe is on the ward, caller ESR0456449",
        "CHG0660546 ePMA upgrade, bed 4 Jane Doe",
        "Doe, Jane acc 1234567 chest xray: no images",
        "Jane Doe JOB 1234567 to scan, chair",
        "ECG cart of Jane Doe, s/n D 013326: scan",
        "DEMO, JANE 99999999 is on the ward",
        "Jane Doe, TKT 8126431, on the ward",
        "Jane Doe (LOT1234567) came to clinic",
        "name          GMC       badge\nJane Doe      6348457   QE050473\nJohn Doe      9755380   QE511290",
    ],
)
def test_what_is_numbered_as_a_thing_is_not_even_asked_about(text: str) -> None:
    """Tickets, trays, specimens and forms stand in mail about patients as their numbers do."""
    assert list(hospital_numbers.find(text)) == []
    assert list(hospital_numbers.possible(text)) == []


@pytest.mark.parametrize(
    "marked",
    [
        (
            "MDT outcomes\nDOE, Jane (Mrs) {{HOSPITAL_NUMBER|00539062}} - asthma - for clinic\n"
            "MURUGAN, Tara (Ms) {{HOSPITAL_NUMBER|00726201}} - COPD - to surgery"
        ),
        (
            "Virtual ward\nJane Doe · {{HOSPITAL_NUMBER|42-525-165}} · COPD exac\n"
            "Tara Murugan · {{HOSPITAL_NUMBER|67-154-225}} · cellulitis"
        ),
        (
            "No shows\nDOE Jane  09.02.1990  no. {{HOSPITAL_NUMBER|49949}}  asthma\n"
            "MURUGAN Tara  03-03-1988  no. {{HOSPITAL_NUMBER|36383}}  diabetes"
        ),
        "Meeting about Jane Doe (our ref {{HOSPITAL_NUMBER|12345}}), who has epilepsy",
        "Release form for Jane Doe (ref {{HOSPITAL_NUMBER|1234567}}), deceased",
        "Jane Doe ({{HOSPITAL_NUMBER|PX12345}}), cataract",
    ],
)
def test_what_stands_behind_names_of_patients(marked: str) -> None:
    """With a title, a birth or "ours" between the two."""
    text, expected = unmark(marked)
    found = [each for each in Detector().find(text) if each.type == "HOSPITAL_NUMBER"]
    assert mistakes(text, expected, spans_of(found)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Trainees for the certificate:\nJane Doe 02/06/2004 809328\nTara Murugan 16/05/1994 859119",
        "Students for ward 4: name / uni no\nJane Doe / w9768397\nTara Murugan / u5188392",
        "Printer: spoke to Jane Doe (ref 12345), who sends an engineer",
        "08:30 Jane Doe S37/41 relapse, tribunal\n08:40 Tara Murugan s47/49 psychosis, tribunal",
        "Theatre 4: asthma of Jane Doe. Steriliser down, engineer John Roe ref HD-123456",
        "Jane Doe in chair 9 with asthma, BAG 123456 sealed",
        "Jane Doe, asthma. Workflow id was 123456",
    ],
)
def test_what_stands_behind_other_names_is_none(text: str) -> None:
    """Trainees, engineers, and things beside a patient."""
    assert [each for each in Detector().find(text) if each.type == "HOSPITAL_NUMBER"] == []


def test_codes_of_census_areas_are_not_even_asked_about() -> None:
    """England's have as many letters and digits as some hospital's numbers."""
    text = "60-69,F,E01014877,pulmonary embolism\n70-79,M,E41214877,asthma"
    assert [text[start:end] for start, end in hospital_numbers.possible(text)] == ["E41214877"]
    assert list(hospital_numbers.find("Jane Doe (E01014877) pulmonary embolism")) == []


@pytest.mark.parametrize(
    "marked",
    [
        "label H/N {{HOSPITAL_NUMBER|50.97.70}}",
        "h/no {{HOSPITAL_NUMBER|4567}}",
        "u/n {{HOSPITAL_NUMBER|T/48321}} wet",
        "iaptus {{HOSPITAL_NUMBER|315336}}",
        "wristband {{HOSPITAL_NUMBER|H1234567}}",
        "merge {{HOSPITAL_NUMBER|RTH123456}} into the older",
    ],
)
def test_a_label_alone_is_looked_at(marked: str) -> None:
    """However short its number: the first pass over a text lets it through."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(Detector().find(text))) == []


@pytest.mark.parametrize(
    "marked",
    [
        (
            "1. DOE Jane ({{HOSPITAL_NUMBER|336 1345}}) carpal tunnel release\n"
            "2. ROE Richard ({{HOSPITAL_NUMBER|227 4521}}) excision of lipoma"
        ),
        (
            "{{HOSPITAL_NUMBER|180290}} Doe, Jane asthma\n{{HOSPITAL_NUMBER|940480}} Roe, Richard epilepsy\n"
            "{{HOSPITAL_NUMBER|940481}} Smith, John"
        ),
        (
            "> {{HOSPITAL_NUMBER|0.003537}}  DOE Jane  b. 09/04/1931  box B0343\n"
            "> {{HOSPITAL_NUMBER|7.087107}}  ROE Richard  b. 16/05/11  box L9556"
        ),
        (
            "1. DOE Jane ({{HOSPITAL_NUMBER|336 1345}}) fell out of bed\n"
            "2. ROE Richard ({{HOSPITAL_NUMBER|227 4521}}) DNACPR form"
        ),
    ],
)
def test_numbers_beside_the_names_of_patients_in_a_list_are_theirs(marked: str) -> None:
    text, expected = unmark(marked)
    assert set(expected) <= set(spans_of(Detector().find(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Doe, Jane 54321 asthma nurse\nRoe, Richard 54322 epilepsy team",
        "Ticket 54321 Jane Doe asthma\nTicket 54322 Richard Roe epilepsy",
        "Jane Doe 54321 bleep, section 136 suite\nRichard Roe 54322 bleep, section 136 suite",
        "Jane Doe 54321 laptop battery died overnight\nRichard Roe 54322 server died overnight",
        "Name,Badge,Talk\nJane Doe,54321,asthma\nRichard Roe,54322,epilepsy",
        "Jane Doe 010280 asthma\nRichard Roe 020379 epilepsy",
        "Jane Doe 54321 asthma\nRichard Roe X54322 epilepsy",
        "Jane Doe 54321\nRichard Roe 54322\nasthma, epilepsy",
    ],
)
def test_other_numbers_in_lists_are_not(text: str) -> None:
    """Of staff and of things, dates, of several forms, or of nobody who is ill."""
    detector = Detector()
    people = [each for each in detector.find(text) if each.type == "PERSON"]
    assert len(people) > 1
    assert list(hospital_numbers.in_rows(text, people, detector.find(text))) == []


@pytest.mark.parametrize(
    "marked",
    ["Jane Doe, practice no: {{HOSPITAL_NUMBER|16272}}", "wristband no {{HOSPITAL_NUMBER|V57/1621}}"],
)
def test_practices_and_wristbands_have_numbers(marked: str) -> None:
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(hospital_numbers.find(text))) == []


@pytest.mark.parametrize(
    "text", ["Practice N87030", "Practice number on the training till is 4111 1111 1111 1111"]
)
def test_practices_have_codes_and_telephones_too(text: str) -> None:
    assert list(hospital_numbers.find(text)) == []


def test_no_text_is_kept_longer_than_it_takes_to_read() -> None:
    """What stands around numbers is remembered for the others beside them alone."""
    Detector().find("She is 123456 on our system, has asthma, and he is 234567 on our system.")
    assert hospital_numbers._tells_of_care.cache_info().currsize == 0
