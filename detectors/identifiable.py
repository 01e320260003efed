"""From findings to "this message identifies a patient": the evidence, spelled out.

A message is patient-identifiable when it holds a health number, or when a patient is named (or given
by initials) together with a date of birth, an address, a hospital number or clinical content (NHS
Act 2006 section 251(10)). A hospital number stands for a name where what happened to its bearer is
told: whoever has the hospital's index can tell who that is. Staff, applicants and authors are not
patients, and a case from which the names were taken identifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import msgspec

from detectors.findings import TELLS_AS, Finding, Judgement, Piece, Reading
from detectors.likelihood import likelihood
from detectors.nhs_numbers import LABELLED, possible
from detectors.normalise import normalise
from detectors.passages import SUREST, UNLIKELY, passages
from detectors.records import HEALTH_NUMBERS, Patient, forget, of_types, written

MONEY = {
    "CREDIT_CARD": "payment card number",
    "UK_BANK_ACCOUNT": "sort code with account number",
    "IBAN": "international bank account number",
}
MOST_EVIDENCE = 20
"""Sentences of evidence of each kind; a spreadsheet of patients needs no more."""


class _Identified(NamedTuple):
    """One patient of a message, as often as a text speaks of them."""

    who: str
    by_number: bool
    said: str


def judge(readings: Sequence[Reading]) -> Judgement:
    """What all texts of one message come to, taken together."""
    patients = list(chain.from_iterable(map(_identified, readings)))
    numbers = {patient.who for patient in patients if patient.by_number}
    names = {patient.who for patient in patients if not patient.by_number}
    money = [
        f"{MONEY[finding.type]} ({_place(reading, finding)})"
        for reading in readings
        for finding in of_types(reading, MONEY)
    ]
    said = dict.fromkeys(patient.said for patient in patients)
    evidence = (*islice(said, MOST_EVIDENCE), *islice(money, MOST_EVIDENCE))
    forget()  # No message stays in memory longer than it takes to judge.
    normalise.cache_clear()
    return Judgement(bool(patients), bool(money), max(len(numbers), _people(names)), evidence)


def _people(names: Iterable[str]) -> int:
    """How many people at least bear these names: "Mrs Doe", "Doe, Jane" and "Jane" may be Jane Doe."""
    bearers: dict[str, set[int]] = {}
    people = 0
    for words in sorted(({*re.findall(r"\w+", name)} for name in names), key=len, reverse=True):
        if not words or not set.intersection(*(bearers.get(word, set()) for word in words)):
            for word in words:
                bearers.setdefault(word, set()).add(people)
            people += 1
    return people


def _identified(reading: Reading) -> Iterator[_Identified]:
    folded, given = fold(reading)
    for patient in _patients(folded):
        who, by_number = written(folded, patient.finding), patient.finding.type in HEALTH_NUMBERS
        if by_number:
            who = "".join(filter(str.isdigit, who))
        yield _Identified(who, by_number, f"{patient.said} ({_place(reading, given[patient.finding])})")


def _patients(reading: Reading) -> Iterator[Patient]:
    """Those whom a text identifies: by a labelled number, by the rules, or as its words tell."""
    seen: set[Finding] = set()
    for number in of_types(reading, HEALTH_NUMBERS):
        if number.score >= LABELLED:
            seen.add(number)
            yield Patient(number, "health number in patient context")
    all_of_it = 1.0
    for passage in passages(reading):
        if not (passage.is_all or passage.may_add(seen)):
            continue
        chance = likelihood(passage.show())
        if passage.is_all:
            all_of_it = chance
        elif all_of_it < UNLIKELY and chance < SUREST:
            continue
        found: Sequence[Patient] = ()
        if passage.by_rule and chance >= passage.doubt:
            found = passage.by_rule
        elif passage.likeliest and chance >= passage.likeliest.least:
            found = [passage.likeliest.patient]
        yield from (each for each in found if each.finding not in seen)
        seen.update(each.finding for each in found)


def fold(reading: Reading) -> tuple[Reading, dict[Finding, Finding]]:
    """The same with its text folded, as patterns have words, and for each finding in it the one as given.

    Numbers that may be a patient's are added: what stands around them may tell.
    """
    folded = normalise(reading.text)
    places = folded.places((each.start, each.end) for each in reading.findings)
    given = {
        Finding(TELLS_AS.get(each.type, each.type), start, end, each.score, each.why, each.cell): each
        for each, (start, end) in zip(reading.findings, places, strict=True)
    }
    for number in possible(folded.text, sorted(given, key=lambda each: each.start)):
        start, end = folded.span(number.start, number.end)
        given[number] = Finding(number.type, start, end, number.score, number.why)
    return Reading(reading.name, folded.text, tuple(given), reading.pieces), given


def _place(reading: Reading, finding: Finding) -> str:
    if finding.cell:
        return f"{reading.name} › {finding.cell}"
    pieces = (piece for piece in reversed(reading.pieces) if piece.start <= finding.start)
    start, name, origin = msgspec.structs.astuple(next(pieces, Piece(0, reading.name, 0)))
    return f"{name}, characters {finding.start - start + origin} to {finding.end - start + origin}"
