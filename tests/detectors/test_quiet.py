"""Ordinary office mail raises no flag: the corpus that every change of a detector must leave in peace."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from detectors.engine import Detector
from detectors.findings import Judgement, Reading
from detectors.identifiable import judge
from detectors.pipeline.grammar import GrammarError, Piece, expand, read_rules, read_templates

FOLDER = Path(__file__).with_name("quiet")
SEED = 1_948
TIMES = 8
"""How often each template is written out; one that always reads the same counts once."""
FIRES: dict[str, str] = {}
"""Texts that raise a flag as yet, and why. What no longer does must leave this list: the tests see to it."""


def corpus() -> dict[str, str]:
    """Texts by file, template and turn, the same ones whenever it is called."""
    rules, rng = read_rules(FOLDER / "words.txt"), random.Random(SEED)
    files = sorted((FOLDER / "texts").glob("*.txt"))
    texts: dict[str, str] = {}
    for file, templates in zip(files, read_templates(FOLDER / "texts"), strict=True):
        for at, template in enumerate(templates):
            for turn in range(TIMES):
                text = "".join(piece.text for piece in expand(template, rules, _unknown, rng))
                texts.setdefault(text, f"{file.stem}-{at}-{turn}")
    return {name: text for text, name in texts.items()}


def _unknown(slot: str) -> Iterator[Piece]:
    raise GrammarError(f"no rule named {slot!r}")


CORPUS = corpus()
CASES = [
    pytest.param(
        text, id=name, marks=[pytest.mark.xfail(reason=FIRES[name], strict=True)] if name in FIRES else []
    )
    for name, text in CORPUS.items()
]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


def judged(detector: Detector, text: str) -> Judgement:
    return judge([Reading("body", text, detector.find(text))])


@pytest.mark.parametrize("text", CASES)
def test_ordinary_mail_raises_no_flag(detector: Detector, text: str) -> None:
    """No patient and no account is seen in mail that has none, whatever its numbers add up to."""
    judgement = judged(detector, text)
    flags = judgement.patient_identifiable, judgement.bank_or_card
    assert flags == (False, False), f"{'; '.join(judgement.evidence)}, in:\n{text}"


def test_the_corpus_is_large_and_never_changes() -> None:
    """At least 400 texts, no two alike, every time the same."""
    assert len(CORPUS) >= 400
    assert corpus() == CORPUS


@pytest.mark.parametrize(
    ("added", "patient", "money"),
    [
        ("Patient: Morag Rees, NHS number 999 000 0018", True, False),
        ("Morag Rees, DOB 03/02/1961, attended with asthma", True, False),
        ("Sort code 10-79-99, account number 88837491", False, True),
    ],
)
def test_one_more_line_changes_that(detector: Detector, added: str, patient: bool, money: bool) -> None:
    """The quiet is that of the mail, not of the detector: a line that deserves a flag raises it."""
    for name in ("office-0-0", "documents-0-0", "tricky-0-0"):
        judgement = judged(detector, f"{CORPUS[name]}\n\n{added}\n")
        assert (judgement.patient_identifiable, judgement.bank_or_card) == (patient, money)
