"""What stands around initials, dates, codes and numbers says what they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import figures
from detectors.engine import Detector
from detectors.figures import SCORE, SURE, Figure, possible, shown, weigh
from detectors.findings import Finding
from detectors.nhs_numbers import LABELLED
from tests.detectors.marked import unmark


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="module")
def ruled() -> Detector:
    """Finds what a rule knows, and nothing else."""
    return Detector(guesses=False)


LEARNED = [
    "mrs doe {{DATE_OF_BIRTH|12/4/51}} ward 4 asthma",
    "For JD ({{DATE_OF_BIRTH|12111990}}) I'd repeat the bloods; this looks like gout",
    "Bed 4 J Doe 45F {{HOSPITAL_NUMBER|WV9663103}} fall, ?NOF, ortho aware",
    "Audit found Doe,Jane, {{HOSPITAL_NUMBER|H7802459}}: no dalteparin charted, later DVT",
    "[DOE, Jane] <{{NHS_NUMBER|999 000 0018}}> for a call about bisoprolol",
]


@pytest.mark.parametrize("marked", LEARNED)
def test_what_no_rule_knows_is_told_by_what_stands_around(
    detector: Detector, ruled: Detector, marked: str
) -> None:
    """Nothing calls these what they are."""
    text, spans = unmark(marked)
    wanted = {(span.type, span.start, span.end, SCORE) for span in spans}
    assert wanted <= {(each.type, each.start, each.end, each.score) for each in detector.find(text)}
    assert {kind for kind, *_ in wanted}.isdisjoint(each.type for each in ruled.find(text))


INITIALLED = [
    "Bed 3 | {{PERSON|QV}} | {{CLINICAL|sepsis}} | IV abx\nBed 4 | {{PERSON|TW}} | {{CLINICAL|COPD}} | nebs",
    "Initials;DOB\n{{PERSON|QV}};{{DATE_OF_BIRTH|13/03/1966}}\n{{PERSON|TW}};{{DATE_OF_BIRTH|22/08/1990}}",
    "Could someone ring {{PERSON|Q.V}}'s daughter? He had the {{CLINICAL|haemodialysis}} and asks for her.",
]


@pytest.mark.parametrize("marked", INITIALLED)
def test_initials_are_told_by_what_stands_around(detector: Detector, marked: str) -> None:
    """Nobody says that these letters are anybody's, and others beside them are nobody's."""
    text, spans = unmark(marked)
    wanted = {(span.start, span.end) for span in spans if span.type == "PERSON"}
    assert {(each.start, each.end) for each in detector.find(text) if each.type == "PERSON"} == wanted


@pytest.mark.parametrize(
    "text",
    [
        "CT on Tuesday showed gallstones; MR to follow. IV fluids, PR exam NAD, BP 120/80.",
        "PO 448213 for IT: two PCs, USB leads and an HDMI cable. RE: our DX of 12/3/2024",
        "UK and EU rules on asthma inhalers differ, says the MHRA. Q&A at 3 PM, AOB at 4.",
    ],
)
def test_other_letters_are_nobodys(detector: Detector, text: str) -> None:
    """Scans, routes, states, hours and systems."""
    assert "PERSON" not in {each.type for each in detector.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Room booked for Jane Doe, 22/3/2021, all day",
        "Toner for Jane Doe, PO448213, is on back order",
        "Jane Doe reviewed the policy on 12 May 2014 and signed it",
        "Jane Doe sold 202613 shares, then 44120093 more of them",
        "On 3/4/2001 08:54 Jane Doe wrote:",
        "http://example.org/2002/10/05/doe-jane",
    ],
)
def test_the_same_forms_stand_for_other_things(detector: Detector, text: str) -> None:
    """Nobody is born, numbered or paid here."""
    telling = {"DATE_OF_BIRTH", "HOSPITAL_NUMBER", "NHS_NUMBER", "UK_BANK_ACCOUNT"}
    assert telling.isdisjoint(each.type for each in detector.find(text))


def test_what_a_rule_was_not_sure_of_is_dropped_where_it_is_unlikely() -> None:
    """And what it was sure of is not."""
    text = "Next meeting of the allotment society: Jane Doe has the minutes of 3/4/2019 and the key"
    start = text.index("3/4/2019")
    name = Finding("PERSON", text.index("Jane"), text.index(" has"), 0.9, "a name")
    for score, kept in ((SURE - 0.1, False), (SURE, True)):
        date = Finding("DATE_OF_BIRTH", start, start + 8, score, "a rule")
        assert (date in weigh(text, [name, date])) is kept


def test_a_health_number_is_confirmed_by_what_stands_around() -> None:
    """The rules alone are not sure of it beside a name, and its surroundings leave no doubt."""
    text = "Can I swap my urology clinic? Jane Doe 999-000-0018 can only do Wednesdays"
    unsure = Finding("NHS_NUMBER", 39, 51, 0.8, "beside a name")
    [number] = weigh(text, [Finding("PERSON", 30, 38, 0.75, "a name"), unsure])[1:]
    assert (number.start, number.end, number.score) == (39, 51, LABELLED)
    [number] = weigh("Fridge log 999-000-0018, see Jane Doe", [Finding("NHS_NUMBER", 11, 23, 0.8, "unsure")])
    assert number.score == 0.8


def test_a_figure_alone_is_not_asked_about() -> None:
    """Where nothing else was found, there is nobody whose it could be."""
    text = "12/03/1950 4482213A"
    found = list(possible(text))
    assert {figure.kind.type for figure in found} == {"DATE_OF_BIRTH", "HOSPITAL_NUMBER"}
    assert list(shown(text, [], found)) == []


def test_initials_and_a_figure_keep_each_other_company_in_a_note_alone() -> None:
    """Where nothing else was found, a long text is not searched for figures."""
    text = "K.F. (A100/3319), consent form missing, please bring to the ward."
    assert {each.type for each in weigh(text, [])} == {"PERSON", "HOSPITAL_NUMBER"}
    assert weigh(text + " Thanks." * figures.NOTE, []) == []


def test_a_list_without_end_is_asked_about_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many figures there are, so many are asked about."""
    asked: list[Figure] = []

    def counted(_text: str, _findings: object, some: list[Figure], _beside: object) -> list[object]:
        asked.extend(some)
        return []

    monkeypatch.setattr(figures, "shown", counted)
    weigh("12/03/1950 " * (figures.MOST + 5), [Finding("PERSON", 0, 1, 0.9, "anything")])
    assert len(asked) == figures.MOST


@given(st.text(alphabet="Jane Doe0123456789/-.,|\n", max_size=200))
def test_any_text_is_weighed(text: str) -> None:
    """And whatever is added lies in it."""
    found = [Finding("PERSON", 0, min(4, len(text)), 0.9, "anything")] if text else []
    assert all(0 <= each.start <= each.end <= len(text) for each in weigh(text, found))
