"""What is learned from labelled messages, and how it is measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from detectors.figures import BIRTHS, INITIALS
from detectors.likelihood import PASSAGES, WEIGHTS, Signs, likelihood, weights
from detectors.nhs_numbers import is_issued
from detectors.pipeline.learn import (
    Lesson,
    card,
    learn,
    learn_passages,
    lessons,
    lessons_of_figures,
    lessons_of_initials,
    unseen,
    write,
)
from detectors.pipeline.mail import Message, read

NUMBER = re.compile(r"(?<![0-9-])[0-9]{3}[ .-]?[0-9]{3}[ .-]?[0-9]{4}(?![0-9-])")


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    """Every twentieth of the messages that the shipped weights were learned from."""
    return read()[::20]


def share_known(taught: Sequence[Lesson], by: Mapping[str, float]) -> float:
    """Of messages, those whose likeliest passage is as likely as it should be."""
    likely: dict[int, float] = {}
    for lesson in taught:
        if lesson.whole:
            likely[lesson.message] = max(likelihood(lesson.signs, by), likely.get(lesson.message, 0.0))
    due = {lesson.message: lesson.right for lesson in taught}
    return sum((likely[message] >= 0.5) == right for message, right in due.items()) / len(due)


def test_weights_tell_the_messages_apart_that_they_were_learned_from(
    messages: list[Message], tmp_path: Path
) -> None:
    """Nearly all; what is written is what is read; and others are told apart, too."""
    taught = list(lessons(messages, seed=1))
    learned = learn_passages(taught)
    assert share_known(taught, learned) > 0.95
    write(learned, tmp_path / "weights.tsv")
    lines = (tmp_path / "weights.tsv").read_text("utf-8").splitlines()
    assert {line.partition("\t")[2] for line in lines} <= {*learned}
    likely = unseen(taught, len(messages))
    assert {*likely} == {*range(len(messages))}
    right = [(likely[at] >= 0.5) == message.patient_identifiable for at, message in enumerate(messages)]
    assert 0.7 < sum(right) / len(right) < 1
    others = sum(not message.patient_identifiable for message in messages)
    assert f"{others:,} that do not" in card(likely, messages, {})


def test_a_part_of_a_message_is_not_taught_as_all_of_it() -> None:
    """Of one that identifies a patient, what others show who are none is nobody's fault."""
    whole = [
        Lesson(number, Signs((word, "all"), ("rule",)), right, is_all=True)
        for number, (word, right) in enumerate([("ill", True), ("chair", False)] * 20)
    ]
    parts = [
        Lesson(number, Signs((word,), ("rule",)), right=True, is_all=False)
        for number in range(40, 60)
        for word in ("ill", "chair")
    ]
    learned = learn_passages([*whole, *parts])
    assert likelihood(Signs(("ill",), ("rule",)), learned) > 0.9
    assert likelihood(Signs(("chair",), ("rule",)), learned) < 0.1
    assert likelihood(Signs(("chair",), ("rule",)), learn([*whole, *parts])) > 0.1


def test_figures_are_told_apart_that_were_learned_from(messages: list[Message]) -> None:
    """Dates of birth, and nearly all other dates, of the same mail and of mail years old."""
    births = lessons_of_figures(messages, seed=1)[BIRTHS]
    assert {each.whole for each in births} == {True, False}
    learned = learn(births)
    right = [(likelihood(each.signs, learned) >= 0.5) == each.right for each in births]
    assert sum(right) / len(right) > 0.95
    row = card({0: 1.0, 1: 0.0}, [Message("", True), Message("", False)], {BIRTHS: [(births[0], 0.5)]})
    assert "| DATE_OF_BIRTH | " in row


def test_shipped_weights_know_their_messages(messages: list[Message]) -> None:
    """The files that are shipped were learned from the messages that are."""
    assert share_known(list(lessons(messages, seed=1)), weights(PASSAGES)) > 0.97
    initials = {INITIALS: lessons_of_initials(messages)}
    for kind, figures in (initials | lessons_of_figures(messages, seed=1)).items():
        right = [(likelihood(each.signs, weights(kind.name)) >= 0.5) == each.right for each in figures]
        assert sum(right) / len(right) > 0.95
    assert (WEIGHTS / "README.md").exists()


def test_messages_hold_no_number_that_could_be_somebodys() -> None:
    """All that pass as NHS numbers of today come from the range that is kept for tests."""
    found = [match[0] for message in read() for match in NUMBER.finditer(message.text)]
    digits = ["".join(filter(str.isdigit, number)) for number in found]
    assert len(digits) > 1000
    assert [each for each in digits if each[0] in "4679" and is_issued(each) and each[:3] != "999"] == []


def test_a_message_without_a_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text('{"text": "hello"}\n', "utf-8")
    with pytest.raises(msgspec.ValidationError, match="patient_identifiable"):
        read(tmp_path)
