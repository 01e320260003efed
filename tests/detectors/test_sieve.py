"""The cheap pass: what it lets through, and that its windows cover what it saw."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import clinical
from detectors.lexicons import CLINICAL, phrases
from detectors.normalise import normalise
from detectors.sieve import LARGEST, MARGIN, windows
from tests.detectors.marked import unmark
from tests.detectors.test_cases import CASES, Case

FILLER = "The boiler will be looked at on the day after the long weekend, so bring a warm coat. " * 20


def test_office_prose_needs_no_reading() -> None:
    """Prose without names, numbers and clinical words yields no window."""
    assert windows(FILLER * 10) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whatever_is_marked_lies_in_a_core(case: Case) -> None:
    """No identifier of the hand-written cases goes by, wherever it stands in a long text."""
    text, expected = unmark(case.text)
    folded = normalise(f"{FILLER}\n{text}\n{FILLER}")
    cores = [folded.span(window.core_start, window.core_end) for window in windows(folded.text)]
    offset = len(FILLER) + 1
    for span in expected:
        assert any(start <= offset + span.start < end for start, end in cores), span


@pytest.mark.parametrize(
    "text",
    [
        "co-codamol",
        "hernia repair",
        "D.O.B. third of March nineteen fifty",
        "12 High Street",
        "NHS 999 000 0018",
        "4000 2015 1999 0002",
        "ab 12 34 56 c is my ni number",
        "AB123456C",
        "MORGA657054SM9IJ",
        "hosp no 123456",
        "passport A1234567",
        "hi sue, can you",
        "pt JB attended",
        "password is Winter24!",
        "number plate is OIG 1234",
        "b. 3/4/50",
        "E11.9, J45.0",
        "somebody@practice.example",
        "Zhanerke",
        "Dear zhanerke\n",
        "Miss tolkynova rang",
        "Crohn's disease",
        "closed with D&V",
        "because her chest is tight and then her tight chest",
        "the home is at:\nRose Cottage, Mill Lane, Leeds",
        "call April XQZ",
        "spoke to June van Zyz",
        "Rose Cottage, Mill Lane, Leeds",
        "DOB01/02/1950",
        "date of britht 03/04/1950",
        "D O B 3.4.50",
        "*03/04/1950",
        "jdoe *3/4/50",
        "unit-no 4521",
        "n.i. 12 34 56",
        "MRN45211",
    ],
)
def test_a_suspicion_by_itself_is_enough(text: str) -> None:
    """Each kind of thing that a detector finds is looked at even where nothing else stands near."""
    assert len(windows(f"{FILLER}\n{text}\n{FILLER}")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "on 12/03/2026 at 9.30 and 10.15",
        "12.03.2026, 13.03.2026 and 14.03.2026",
        "£1,240.50 for 12 boxes, £99.00 for 4",
        "order PO-1234 of 2026",
        "room 4521, extension 12",
        "we left at the end of the day, short of light",
        "patients are welcome",
        "the patient participation group",
        "the hospital has 12 wards",
        "Please sign in at reception",
        "All passwords were changed",
        "since 2019-2024",
        "open May to October",
        "Nobody was born yesterday",
        "Willow Facilities will send an engineer",
        "Northgate Printing\tPO-2062\t11\t30.37\t23/06/2023\tQuiz night, June",
        "in the afternoon, Meridian Telecoms had come and gone",
        "Harbour Office Supplies resurfaces the car park",
        "*12 boxes, **4521",
        "the date of both meetings is 12/03/2026",
        "Could I have 2 rooms, 4 tables? I need a 60-seat hall, and I. 4521",
        "the house, the mill and the hall, all of them sold",
        "clinics run late in room 12, health checks at 14.30 on 12/03/2026",
        "14 days and 6 boxes, carried over from June. By May, with April behind us",
        "a tight squeeze in the car park, so share lifts",
    ],
)
def test_what_office_mail_is_full_of_is_not_suspicious(text: str) -> None:
    """Dates, times, prices, years, order numbers and words that only might label are passed over."""
    assert windows(f"{FILLER}\n{text}\n{FILLER}") == ()


@pytest.mark.parametrize("write", [str, str.title, str.upper])
def test_every_clinical_phrase_is_let_through(write: Callable[[str], str]) -> None:
    """By itself, as it is listed, capitalised, or in capitals: one word tells, beside one of the others.

    Two vaccines have none that could: any "in" would be looked at.
    """
    listed = phrases(*CLINICAL).certain - {"4-in-1", "6-in-1"}
    assert len(listed) > 2_000
    found = [phrase for phrase in listed if any(clinical.find(normalise(write(phrase)).text))]
    assert len(found) > 0.9 * len(listed)
    assert [phrase for phrase in found if not windows(normalise(write(phrase)).text)] == []
    prefixed = [f"post-{phrase}" for phrase in found if phrase.replace(" ", "").isalpha()]
    assert len(prefixed) > 0.8 * len(found)
    assert [phrase for phrase in prefixed if any(clinical.find(phrase)) and not windows(phrase)] == []


def test_windows_in_a_table_keep_its_heading() -> None:
    """However far down a row stands, its window begins with the heading line, and no row is lost."""
    rows = [f"oddname{at},{at % 28 + 1:02}/03/1950,{at}" for at in range(2_000)]
    text = "\n".join(["Surname,DOB,Row", *rows])
    cut = windows(text)
    assert len(cut) > 3
    assert cut[0].heading == ""
    assert {window.heading for window in cut[1:]} == {"Surname,DOB,Row\n"}
    assert [window.core_end for window in cut[:-1]] == [window.core_start for window in cut[1:]]
    assert all(text[window.core_start - 1] == "\n" for window in cut[1:])


def test_a_table_of_other_things_is_no_suspicion() -> None:
    """A stock list of a thousand lines needs no reading."""
    rows = [f"stapler {at % 7},{at % 90},{at % 50}.50" for at in range(1_000)]
    assert windows("\n".join(["Item,Quantity,Price", *rows])) == ()


def tables() -> Iterator[str]:
    """The marked texts that the detectors' own tests are about."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        if file.name in {"test_entities.py", "test_identifiable.py", "test_roles.py", "test_bearers.py"}:
            continue  # They are given findings.
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and unmark(node.value)[1]:
                yield node.value


@pytest.mark.parametrize("marked", sorted(set(tables())))
def test_what_a_detector_finds_is_let_through(marked: str) -> None:
    """Whatever a detector's table says that it finds lies in a core, with nothing else around."""
    text, expected = unmark(marked)
    folded = normalise(f"{FILLER}\n{text}\n\n")
    cores = [folded.span(window.core_start, window.core_end) for window in windows(folded.text)]
    offset = len(FILLER) + 1
    for span in expected:
        assert any(start <= offset + span.start < end for start, end in cores), span


@given(st.text(st.sampled_from("9 \n-aJane@DOB"), max_size=400), st.integers(0, 40))
def test_cores_are_in_order_and_windows_lie_in_the_text(text: str, repeat: int) -> None:
    """Cores never overlap, each lies in its window, and each window in the text."""
    long = text * repeat
    done = 0
    for window in windows(long):
        assert done <= window.core_start < window.core_end
        assert 0 <= window.start <= window.core_start
        assert window.core_end <= window.end <= len(long)
        assert window.end - window.start <= LARGEST + 4 * MARGIN
        done = window.core_end
