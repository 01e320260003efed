from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from nhs_number.validate import is_valid
from stdnum import luhn

from benchmarks import detection
from benchmarks.detection import identifiers
from benchmarks.detection.__main__ import FULL, QUICK, figures, options_from
from benchmarks.detection.mail import TYPES, Message, Writer, handwritten, labelled
from benchmarks.detection.scores import Answer, Tally, trained_words
from benchmarks.detection.speed import SIZES, loads, pieces
from benchmarks.detection.stock import Stock
from detectors.nhs_numbers import ISSUED_NOW, is_issued
from detectors.pipeline.generator import Span
from tests.detectors.pipeline.test_learn import NUMBER

UNSEEN = Path(detection.__file__).with_name("unseen")


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return list(islice(Writer(3), 1200))


def test_a_seed_always_writes_the_same_mail() -> None:
    """Figures of two commits are about the same messages."""
    first, again, other = (list(islice(Writer(seed), 40)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_nearly_half_of_the_mail_should_raise_no_flag(messages: list[Message]) -> None:
    """45 % are hard negatives; the others identify a patient, or hold bank or card details, or both."""
    negatives = sum(not (message.patient_identifiable or message.bank_or_card) for message in messages)
    assert 0.40 < negatives / len(messages) < 0.50


def test_every_type_is_there_and_every_label_has_its_text(messages: list[Message]) -> None:
    """Labels are sorted, within the text, and apart."""
    assert {span.label for message in messages for span in message.spans} >= set(TYPES)
    for message in messages:
        ends = [0, *(span.end for span in message.spans)]
        assert all(span.start >= end for span, end in zip(message.spans, ends, strict=False))
        assert ends[-1] <= len(message.text)


def test_no_slot_is_left_unfilled(messages: list[Message]) -> None:
    """No message shows the brackets it was written with."""
    assert not any("{" in message.text or "}" in message.text for message in messages)


@pytest.mark.parametrize("seed", range(30))
def test_drawn_numbers_pass_their_checks_and_are_nobodys(seed: int) -> None:
    """Health numbers lie in the range that is never issued; the mistyped ones fail."""
    rng = random.Random(seed)
    health = "".join(str(int(sign)) for sign in identifiers.nhs(rng) if sign.isdigit())
    assert is_valid(health)
    assert health.startswith("999")
    assert not is_valid(identifiers.mistyped_nhs(rng).replace(" ", ""))
    assert luhn.is_valid("".join(str(int(sign)) for sign in identifiers.card(rng) if sign.isdigit()))


def test_handwritten_cases_are_read_with_what_was_decided_about_them() -> None:
    """The pipeline's cases label three types and no flag; the detectors' label everything."""
    cases = list(handwritten())
    assert {case.patient_identifiable for case in cases} == {True, False, None}
    assert all((case.bank_or_card is None) == (case.types != TYPES) for case in cases)


def test_mail_that_somebody_else_labelled_is_read_with_its_labels(tmp_path: Path) -> None:
    """A CHI number counts as an NHS number, and a name may say where it comes from."""
    file = tmp_path / "mail.jsonl"
    spans = [
        {"start": 0, "end": 7, "type": "PERSON", "origin": "welsh"},
        {"start": 8, "end": 18, "type": "CHI_NUMBER"},
    ]
    case = {"text": "Ann Lee 0101501234", "spans": spans, "patient_identifiable": True, "bank_or_card": False}
    file.write_bytes(msgspec.json.encode(case) + b"\n")
    [message] = labelled(file)
    assert message.text == case["text"]
    assert message.spans == (Span(0, 7, "PERSON", "welsh"), Span(8, 18, "NHS_NUMBER", ""))
    assert (message.patient_identifiable, message.bank_or_card) == (True, False)


@pytest.mark.parametrize("name", ["whole", "trusts", "examiner"])
def test_unseen_mail_is_labelled_and_nobodys(name: str) -> None:
    """Spans lie in their text, types are known, and what passes as a health number is of the test range."""
    mail = list(labelled(UNSEEN / f"{name}.jsonl"))
    assert len(mail) > 1000
    for message in mail:
        assert {span.label for span in message.spans} <= {*TYPES, "NEUTRAL"}
        assert all(0 <= span.start < span.end <= len(message.text) for span in message.spans)
        labels = [message.text[span.start : span.end] for span in message.spans if span.label == "NHS_NUMBER"]
        for digits in map(_digits, labels):
            assert not digits or (is_issued(digits) and int(digits[:3]) == 999)
        passing = [digits for digits in map(_digits, NUMBER.findall(message.text)) if is_issued(digits)]
        assert all(digits.startswith("999") for digits in passing if digits[0] in ISSUED_NOW)


def _digits(written: str) -> str:
    return "".join(filter(str.isdecimal, written))


TEXT = "Ann Lee, Hull, rang 020 7946 0123"
MESSAGE = Message(
    TEXT,
    (Span(0, 7, "PERSON", "british"), Span(9, 13, "NEUTRAL", ""), Span(20, 33, "PHONE", "")),
    patient_identifiable=True,
    bank_or_card=False,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([Span(0, 7, "PERSON", "")], (1, 0, 1, 0), id="as labelled"),
        pytest.param([Span(0, 4, "PERSON", "")], (1, 0, 1, 0), id="half of it"),
        pytest.param([Span(0, 3, "PERSON", "")], (0, 1, 1, 0), id="less than half of it"),
        pytest.param([Span(0, 3, "PERSON", ""), Span(4, 7, "PERSON", "")], (1, 0, 2, 0), id="in two pieces"),
        pytest.param([Span(0, 33, "PERSON", "")], (1, 0, 0, 1), id="far too broad"),
        pytest.param([Span(0, 7, "ADDRESS", "")], (0, 1, 0, 0), id="another type"),
        pytest.param([Span(15, 19, "PERSON", "")], (0, 1, 0, 1), id="something else"),
        pytest.param([Span(9, 13, "PERSON", "")], (0, 1, 0, 0), id="neither right nor wrong"),
    ],
)
def test_spans_count_at_half_coverage(found: list[Span], expected: tuple[int, ...]) -> None:
    """A label counts as found by half, a finding as right by half of itself."""
    tally = Tally()
    tally.add(MESSAGE, Answer(tuple(found), patient_identifiable=True, bank_or_card=False))
    score = tally.types["PERSON"]
    assert (score.found, score.missed, score.right, score.wrong) == expected
    assert (tally.types["PHONE"].found, tally.types["PHONE"].missed) == (0, 1)
    assert tally.origins["british"].found == expected[0]


def test_names_that_training_never_read_are_counted_apart() -> None:
    """One known word is enough for a name to count as seen."""
    seen, unseen = f"Xqzwa {min(trained_words()).title()}", "Xqzwa Vbrtk"
    for name, counted in ((seen, 0), (unseen, 1)):
        tally = Tally()
        span = Span(0, len(name), "PERSON", "british")
        tally.add(Message(name, (span,), False, False), Answer((span,), False, False))
        assert tally.unseen.found == counted


def test_flags_are_counted_where_they_are_due_and_where_not() -> None:
    """Recall is of messages that deserve a flag, false positives of those that do not."""
    tally = Tally()
    tally.add(MESSAGE, Answer((), patient_identifiable=False, bank_or_card=True))
    tally.add(MESSAGE, Answer((), patient_identifiable=True, bank_or_card=False))
    assert figures(tally).flags == {"patient_identifiable": (0.5, 0.0), "bank_or_card": (0.0, 0.5)}
    assert [(wrong.type, wrong.what) for wrong in tally.errors(1)] == [
        ("PERSON", "missed"),
        ("PHONE", "missed"),
        ("bank_or_card", "invented"),
        ("patient_identifiable", "missed"),
    ]


def test_stock_presidio_has_its_uk_recognizers() -> None:
    """It finds an NHS number and a postcode with nothing of ours."""
    found = Stock().find("NHS number 999 000 0018, LS6 2QP")
    assert {"NHS_NUMBER", "UK_POSTCODE"} <= {span.label for span in found}


def test_pieces_hold_all_but_the_rest() -> None:
    """Each piece is at least of the size and no longer than it has to be."""
    cut = list(pieces(["x" * 4_000] * 7, 10_000))
    assert [piece.count("x") for piece in cut] == [12_000, 12_000]


def test_every_load_has_texts_of_its_size(messages: list[Message]) -> None:
    """However little mail there is, something is timed at every size."""
    texts = [message.text for message in messages[:30]]
    timed = loads(texts, texts, seed=1)
    for name, size in SIZES.items():
        for load in (timed[name], timed[f"{name} of prose"]):
            assert load
            assert all(size <= len(text) < 3 * size + 4_000 for text in load)


@pytest.mark.parametrize(
    ("arguments", "messages", "seed"),
    [
        ([], FULL.messages, FULL.seed),
        (["--quick"], QUICK.messages, FULL.seed),
        (["--quick", "--messages=7", "--seed=9"], 7, 9),
    ],
)
def test_the_command_line_says_how_much(arguments: list[str], messages: int, seed: int) -> None:
    """A given figure goes before that of --quick."""
    options, errors, _ = options_from(arguments)
    assert (options.messages, options.seed, errors) == (messages, seed, 0)
