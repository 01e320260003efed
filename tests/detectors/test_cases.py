"""Hard cases written by hand: what is found in each, and what the message comes to."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from detectors.engine import Detector
from detectors.findings import Reading
from detectors.identifiable import judge
from tests.detectors.marked import mistakes, spans_of, unmark


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    text: str
    """Marked as tests.detectors.marked says."""
    patient_identifiable: bool
    bank_or_card: bool


CASES = [
    msgspec.json.decode(line, type=Case)
    for file in sorted(Path(__file__).with_name("cases").glob("*.jsonl"))
    for line in file.read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_read_as_a_careful_person_would(detector: Detector, case: Case) -> None:
    """Every identifier is found, nothing else is, and both flags are right."""
    text, expected = unmark(case.text)
    findings = detector.find(text)
    judgement = judge([Reading("body", text, findings)])
    assert mistakes(text, expected, spans_of(findings)) == []
    assert judgement.patient_identifiable is case.patient_identifiable
    assert judgement.bank_or_card is case.bank_or_card


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_explanation_quotes_what_it_explains(detector: Detector, case: Case) -> None:
    """Neither a finding's reason nor the judgement's evidence holds a word of what was found."""
    text, _ = unmark(case.text)
    findings = detector.find(text)
    said = [finding.why for finding in findings] + list(judge([Reading("body", text, findings)]).evidence)
    for finding in findings:
        quoted = text[finding.start : finding.end].strip()
        assert len(quoted) < 4 or not any(quoted.lower() in sentence.lower() for sentence in said)
