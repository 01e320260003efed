"""Names of people, and what only looks like one."""

from __future__ import annotations

import pytest

from detectors import people
from detectors.engine import Detector
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "Dr {{PERSON|Okafor}}",
        "Mrs {{PERSON|Jane Doe}}",
        "mr {{PERSON|patel}} called",
        "Miss {{PERSON|O'Brien}}",
        "Miss {{PERSON|Gudrun Quandt}}'s Clinic, Level 2",
        "Prof. {{PERSON|J. R. Ashworth}}",
        "Patient: {{PERSON|Xhulian Zogaj}}",
        "{{PERSON|SHARMA, PRIYA}}",
        "{{PERSON|O'Connell, Siobhan}}",
        "Dear {{PERSON|Raj}},",
        "hi {{PERSON|jane}}",
        "{{PERSON|Maria da Silva}} came",
        "{{PERSON|Ngozi Eze}} and {{PERSON|Li Wei}}",
        "{{PERSON|mohammed hussain}} rang",
        "Regards,\n{{PERSON|Wai Man Leung}}\nReceptionist",
        "{{PERSON|Azad Barzani}}  Practice Manager  ext 214",
        "{{PERSON|J Smith}}",
        "Kind regards\n\n{{PERSON|Sue}}",
        "Pt {{PERSON|JS}} attended",
        "patient {{PERSON|J.S.}} attended",
        "{{PERSON|KL}}, DOB to follow",
        "{{PERSON|DOE^JANE}}^^",
        "Name,Town\n{{PERSON|Will Young}},Leeds",
        "{{PERSON|Charlotte Ashby-Moore}}'s mother",
        "Sister {{PERSON|Moss}}",
        "Dear Miss {{PERSON|XHULIAJ}}\n",
        "Dear {{PERSON|zhanerke}}\n",
        "Miss {{PERSON|tolkynova}} rang",
        "Applicant: {{PERSON|jane tolkynova}}\n",
        "Pt {{PERSON|T Zogajova}} Unit number 229203",
        "It keeps timing out for me. {{PERSON|giuseppe}}\n",
        "Surname,Forename\n{{PERSON|O Zogaj}},{{PERSON|Declan}}",
        "{{PERSON|wendy unknownname}} dob 1/2/50",
        "{{PERSON|Daniel Hill}} has rung",
        "saw {{PERSON|Kathleen Ward}} today",
        "{{PERSON|Margaret Park}}, 12 High Street",
        "{{PERSON|Gareth Rowlands}} Medical Record Number: 123456",
        "{{PERSON|Tolkynova, Jane}}\n",
        "AM,{{PERSON|Tolkynova, Jane}},1",
        '"name": [{"family": "{{PERSON|Tolkynova}}", "given": ["{{PERSON|Zhanerke Aigul}}"]}]',
        '"lastName":"{{PERSON|Tolkynova}}", "firstName" : "{{PERSON|Zhanerke}}"',
        "Morning {{PERSON|Christian}},\n",
        "Kind regards\n\n{{PERSON|Hope}}\n",
        "Dr {{PERSON|Weekes}} sends apologies",
        "please ring {{PERSON|Hope}} on Monday",
        "{{PERSON|Hope Threlfallova}} called",
        "Fees for {{PERSON|Grace Bishop}}",
        "It works for others. {{PERSON|Christian}}\n",
        "All done.\n\n{{PERSON|Tolkynai}}\n\nSent from my phone",
        "Mon: {{PERSON|Lebovitz}} duty, {{PERSON|Tolkynov}} am\nTue: {{PERSON|Zadranov}} on call",
        "then {{PERSON|Mark}} said no",
        "{{PERSON|Best, S}}\t16/20\tF\n{{PERSON|Holroyd, C}}\t19/20\tF\n{{PERSON|Hill, M}}\t12/20\tP",
        "9 {{PERSON|Hill, F}} - CCF\n17 {{PERSON|Holroyd, G}} - CAP\n12 {{PERSON|Page, I}} - TTO",
        "Ta {{PERSON|Michael}}, see you on Monday",
        "My {{PERSON|Andrew}} rang",
        "Present: {{PERSON|J Stepien}}, {{PERSON|X Ngo}}, {{PERSON|V Matei}}",
        "Hi Mrs {{PERSON|Keaveney}}, {{PERSON|Bich Quach}} has a peanut allergy",
        "123456 {{PERSON|Q Nghiem}} NSAID and DOAC",
        "{{PERSON|zhiqiang Chan}} 1234567 ocd",
        "by Friday. {{PERSON|Hang Quach}} Junior Sister",
        "refer to the council. {{PERSON|Lan-Anh}} Band 6",
        "It is done. {{PERSON|Mai}}, ward clerk",
        "Two rooms are free. {{PERSON|Wing}} please bring the laptop",
    ],
)
def test_a_name_is_found_without_its_title(marked: str) -> None:
    """Titles, labels, greetings and the gazetteer give names away, in every case and order."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(people.find(text))) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("permit for reg AB12 CDE Chau Oanh, zone C", ["Chau Oanh"]),
        ("6.15 K. Kwong M-123456 cataract", ["K. Kwong"]),
        ("Monday will do. Hon-Wai said so", ["Hon-Wai"]),
        (
            "Bhogal, Avtar | asthma | seen in the clinic | lead Maryam\nEnache, Elena | 5",
            ["Bhogal, Avtar", "Maryam", "Enache, Elena"],
        ),
        ("Jane Doe-1234567 is on the ward", ["Jane Doe"]),
        ("JB Smith phoned", ["JB Smith"]),
    ],
)
def test_a_name_begins_and_ends_where_it_does(text: str, names: list[str]) -> None:
    """In a mail, with what else is found there."""
    found = Detector().find(text)
    assert [text[each.start : each.end] for each in found if each.type == "PERSON"] == names


@pytest.mark.parametrize(
    "text",
    [
        "pt keen to go ahead",
        "Pt read about it",
        "Will you mark the sheet in May?",
        "Grace period",
        "Plan:\nJun - nurse training\nSun (porter only)",
        "Actions:\nAmber - practice manager\nBill - practice manager to pay",
        "Tick. Mark please.",
        "Our motto: Patience, nurse!",
        "It is settled. Can you please come",
        "So be it. Will you mark it",
        "St Mary's Hospital",
        "Marks & Spencer",
        "Smith & Jones Solicitors",
        "Albert Drive is closed",
        "Parkinson's disease",
        "Crohn's disease",
        "The Royal Free",
        "Dear Sir or Madam",
        "Dear Colleague",
        "Dear All",
        "Hi team",
        "hi doc, all done",
        "Dear Beneficiary\n",
        "Account name: Quill Software",
        "name=VOLUME_NAME",
        "Consultant Neurologist",
        "Housebound, and now this",
        "Mr X",
        "Patient A",
        "Practice Manager",
        "Happy New Year",
        "Reading and Bath",
        "Patient Access",
        "Patient ID",
        "NHS England",
        "we miss you",
        "Kind regards",
        "Monday 3 March",
        "Re: Practice Meeting",
        "Name: ________",
        "Thanks again",
        "sister company",
        "a rose garden",
        "Mill Road Surgery",
        "Glasgow Coma Scale",
        "12 Daniel Hill, Leeds",
        "Kathleen Ward SR1 is empty",
        "State of Kathleen Ward: A1 pneumonia",
        "phlebotomy at Ysbyty Dyffryn Aled",
        "on Kathleen Ward",
        "Daniel Hill Surgery",
        "St Thomas' Hospital",
        "Diana, Princess of Wales Hospital",
        "Howard Kennedy Chartered Accountants",
        "Hayes Recruitment",
        "G. Hughes & Sons",
        "Wellfield Family Practice",
        "Monday, Tuesday",
        "Unfortunately, the bus is late",
        "Bristol, Jane Street",
        '"name": "boiler"',
        '"family": "NHS number"',
        "Morning all,",
        "Kind regards\n\nReception\n",
        "Will Docmano be down?",
        "Grace Period",
        "Mon: Flu clinic\nTue: Closed am, Training pm",
        "All done.\n\nParking\n",
        "All done.\n\nNinewellsby\n\nThe clinic there is open.",
        "in Grace period",
        "from May on",
        "call WILL",
        "the Hope Fund",
        "Mark the box",
        "Foley catheter",
        "Nil chest pain",
        "Sent from my iPhone",
        "Hepatitis, B\tneg\nHepatitis, C\tneg\nVitamin, D\tlow",
        "Best, S\t16/20\nHill, M\t12/20",
        "A French trial was stopped",
        "we read A Bishop for the Barrel",
    ],
)
def test_words_and_organisations_are_no_people(text: str) -> None:
    """Everyday words, places, practices, companies and diseases are left alone."""
    assert list(people.find(text)) == []


def test_whose_clinic_it_is_is_found_in_mail() -> None:
    """The first pass lets it through, too."""
    text = "It is Mr Patel's Clinic, Level 2"
    assert [text[each.start : each.end] for each in Detector().find(text) if each.type == "PERSON"] == [
        "Patel"
    ]
