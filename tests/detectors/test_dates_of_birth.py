"""Dates of birth: labelled in figures and words; other dates never."""

from __future__ import annotations

import pytest

from detectors import dates_of_birth
from detectors.findings import Finding
from tests.detectors.marked import mistakes, spans_of, unmark


@pytest.mark.parametrize(
    "marked",
    [
        "Dyddiad geni: {{DATE_OF_BIRTH|03/04/1950}}",
        "DOB: {{DATE_OF_BIRTH|l2/O3/196l}}",
        "she was born on {{DATE_OF_BIRTH|5 July 1948}}, as the NHS was",
        "DOB mismatch ({{DATE_OF_BIRTH|05/09/1975}})",
        "Date of birth {{DATE_OF_BIRTH|9th of the tenth 1937}}, she says",
        "PNA+PAT+9990000018:OPI+++SU:DOE+FO:Jane'\nDTM+329:{{DATE_OF_BIRTH|19501009}}:102'",
        "the patient gave the date as {{DATE_OF_BIRTH|the 25th of July 1994}} when asked",
        "H Farah {{DATE_OF_BIRTH|15 Jan 85}} coil check needed",
        "DNA list\nA. Smith  {{DATE_OF_BIRTH|27/01/1950}}",
        "Smith, Jane\n{{DATE_OF_BIRTH|25.07.37}}\n999 000 0018",
        "SMITH JANE   B: {{DATE_OF_BIRTH|14-07-1951}}   SEX: F",
        "Subject: SMITH JANE {{DATE_OF_BIRTH|15/02/1950}} - URGENT",
        "Mrs Smith, {{DATE_OF_BIRTH|1950/04/30}}, balance for the crown",
        "scans/Smith_Jane_{{DATE_OF_BIRTH|19501009}}.pdf and the other",
        "Attached: Smith_Jane_{{DATE_OF_BIRTH|1950-10-09}}_clinic_letter.pdf",
        "born on {{DATE_OF_BIRTH|twenty-fourth of October nineteen\nforty}}",
        "two duplicates on the system: Jane Smith {{DATE_OF_BIRTH|3 April 1950}} / Smith Jane",
        "DOB {{DATE_OF_BIRTH|03/04/1950}}",
        "D.O.B. on the form is {{DATE_OF_BIRTH|03/04/1950}}",
        "Re Jane Doe, {{DATE_OF_BIRTH|3 April 1950}}. You asked for her number",
        "notes of Jane Smith\n> {{DATE_OF_BIRTH|03/04/1950}}, for the ward",
        "Patient J. Smith ({{DATE_OF_BIRTH|10 November 1950}}) rang",
        "Smith Jane - {{DATE_OF_BIRTH|03/04/1950}} - says cough since the operation on the ward",
        "d.o.b. {{DATE_OF_BIRTH|3.4.50}}",
        "D O B: {{DATE_OF_BIRTH|03-04-1950}}",
        "Date of birth: {{DATE_OF_BIRTH|3 April 1950}}",
        "date of brith {{DATE_OF_BIRTH|3rd Apr 1950}}",
        "born {{DATE_OF_BIRTH|April 3rd, 1950}}",
        "born on the {{DATE_OF_BIRTH|third of April nineteen fifty}}",
        "Born in Leeds on {{DATE_OF_BIRTH|3/4/1950}}",
        "b. {{DATE_OF_BIRTH|3/4/50}}",
        "{{DATE_OF_BIRTH|03/04/1950}} (DOB)",
        "PID.5=OUMA^Jane PID.7={{DATE_OF_BIRTH|19440405}} - stuck",
        "RE: 9990000018/{{DATE_OF_BIRTH|1955-08-08}}/LATANOPROST",
        "DOB\n{{DATE_OF_BIRTH|03/04/1950}}",
        "his DOOB {{DATE_OF_BIRTH|21 March 1970}}, DDOB: {{DATE_OF_BIRTH|03/04/1950}}",
        "DOB (dd/mm/yyyy): {{DATE_OF_BIRTH|03/04/1950}}",
        '"birthDate": "{{DATE_OF_BIRTH|1950-04-03}}"',
        "dateOfBirth={{DATE_OF_BIRTH|19500403}}",
        "DOB {{DATE_OF_BIRTH|03041950}}",
        "date of birth {{DATE_OF_BIRTH|twenty-first of May two thousand and five}}",
        "Birthdate {{DATE_OF_BIRTH|1950.04.03}}",
        "DOB: {{DATE_OF_BIRTH|03 04 1950}}",
        "born {{DATE_OF_BIRTH|12-Jun-1938}}",
        "Name;DOB\nJane;{{DATE_OF_BIRTH|03/04/1950}}",
        "DBO {{DATE_OF_BIRTH|3/4/50}}",
        "born {{DATE_OF_BIRTH|three october nineteen thirty-two}}",
        "b. the {{DATE_OF_BIRTH|25th of October 2011}}",
        "Jane Doe, {{DATE_OF_BIRTH|16/03/1951}}, is on ramipril",
        "d.o.b. {{DATE_OF_BIRTH|26/3/'95}}",
        "date of birth {{DATE_OF_BIRTH|the twenty-eighth\nof June nineteen seventy-five}}, seen",
        "DOE, Jane / {{DATE_OF_BIRTH|1931-02-22}} / 9990000018",
        "Jane Doe | {{DATE_OF_BIRTH|2.11.66}} | 999 000 0026",
        "can you see jane doe {{DATE_OF_BIRTH|31/05/1997}}, rang re constipation",
        "Doe, Jane\n{{DATE_OF_BIRTH|11-Feb-1950}}    F    9990000018",
        "jane doe {{DATE_OF_BIRTH|15 August 1963}} 999 000 0026",
        "Jane Doe (DoB {{DATE_OF_BIRTH|20-06-2015}}) and sibling John Doe ({{DATE_OF_BIRTH|17/11/2012}})",
        "PID|1||9990000018||DOE^JANE||{{DATE_OF_BIRTH|19500403}}|F",
    ],
)
def test_a_labelled_birth_date_is_found(marked: str) -> None:
    """A date that something calls a birth is found in every form."""
    text, expected = unmark(marked)
    assert mistakes(text, expected, spans_of(dates_of_birth.find(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        "The NHS was born on 5 July 1948",
        "our website was born on 12/03/2021",
        "DOB: lol/oil/olo",
        "Sunday 20 September 18:15, talk on the patients of Jane Smith",
        "Jane Smith 20 22 18 on the ward",
        "Jane Smith, 3 April 1950 - 4 May 1960, on the ward",
        "Dear Mr Smith, 3 April 2005, as promised",
        "Subject: Annual Report 15/02/2010 - URGENT",
        "Toner_Order_20101009.pdf",
        "190394,9990000018,Nurse 2",
        "Approved by Jane Smith, 3 April 2005, ward manager",
        "Cake and Tea, 3 April 1950, at the clinic",
        "Seen on 03/04/2024",
        "founded 12/03/1948",
        "born in 1950",
        "born leader since 3 May 2001",
        "DOB:",
        "DOB __/__/____",
        "date of birth not known, seen 03/04/2024",
        "date of death 03/04/1950",
        "DOB dd/mm/yyyy",
        "the 1950s",
        "Next review 01.04.2026",
        "birth weight 3.4 kg on 03/04/2024",
        "born 1.5.2",
        "DOB 45/13/1950",
        "admitted 03/04/1950",
        "birthday party in March",
        "version 3.4.50",
        "01/02/03",
        "Name;Seen\nJane;03/04/1950",
        "PID|1||9990000018||DOE^JANE|19500403",
        "in the third of May they moved",
        "Jane Doe, 16/03/1951, sings",
        "Approved by Jane Doe 12/03/2001, patient group",
        "the clinic opened 12/03/1990",
        "Jane Doe 12/03/2001 at 9.30 in clinic",
        "Jane Doe, 16/03/2999, is on ramipril",
        "BOD meeting on Monday",
        "patient Jane Doe K-240484",
        "12/03/2026 order 9990000018",
        "12/03/2026 999 000 0019",
        "John Doe (17/11/2012) joined",
        "the birth of the service. It began 01/04/2021",
        "sort code 10-04-50",
    ],
)
def test_other_dates_are_not_births(text: str) -> None:
    """Dates of anything else, and labels without a date, are left alone."""
    assert list(dates_of_birth.find(text)) == []


def test_times_are_no_dates() -> None:
    """Neither two lines of a list nor a day before a time, whatever is taken for a name before it."""
    assert list(dates_of_birth.find("appointment for Mr John Doe, 18/1 12:00, outpatients")) == []
    assert list(dates_of_birth.possible("9.20 -\n9.30")) == []
    name = Finding("PERSON", 0, 7, 0.75, "a name")
    assert list(dates_of_birth.behind_names("Sun Jun 2 04:03:42 2002", [name])) == []
    assert len(list(dates_of_birth.behind_names("Sun Jun 2/04/03", [name]))) == 1


def test_the_day_on_which_somebody_wrote_is_no_birth() -> None:
    """A date of long ago behind a name is one, but for the name of an author."""
    for before, births in (("By ", 0), ("Posted by: ", 0), ("Seen by clinic: ", 1), ("", 1)):
        text = f"{before}Jane Doe 10/08/2002"
        name = Finding("PERSON", len(before), len(before) + 8, 0.75, "a name")
        assert len(list(dates_of_birth.behind_names(text, [name]))) == births
