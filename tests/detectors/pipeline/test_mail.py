"""The messages that are learned from, and the same ones about other people."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.pipeline import mail
from detectors.pipeline.generator import LABELS, NEUTRAL
from detectors.pipeline.mail import Message, Recast, read
from detectors.pipeline.train import annotated, blank

NOTE = Message(
    "re: Jane van Roe (J.D.), 1 High St, asthma. Mrs ROE rang. clinic",
    True,
    None,
    {
        "PERSON": ((4, 16), (18, 22), (48, 51)),
        "ADDRESS": ((25, 34),),
        "CLINICAL": ((36, 42),),
        "NEUTRAL": ((58, 64),),
    },
)


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return read()


def test_entities_stand_where_they_are_said_to(messages: list[Message]) -> None:
    """None is empty, lies outside its message or begins or ends with white space."""
    known = [message for message in messages if message.entities is not None]
    assert len(known) > 5_000
    for message in known:
        for label, spans in (message.entities or {}).items():
            for start, end in spans:
                text = message.text[start:end]
                assert 0 <= start < end <= len(message.text)
                assert label == NEUTRAL or text == text.strip()


@settings(deadline=None, max_examples=60)
@given(st.integers(min_value=0, max_value=2**32))
def test_a_recast_message_has_its_labels_in_their_order(seed: int) -> None:
    """Whatever happens to the text, what stands in it stays what it was."""
    for document in islice(Recast([NOTE], seed), 5):
        labels = [span.label for span in document.spans]
        assert labels == ["PERSON", "PERSON", "ADDRESS", "CLINICAL", "PERSON", NEUTRAL]
        ends = [0, *(span.end for span in document.spans)]
        starts = [*(span.start for span in document.spans), len(document.text)]
        assert all(end <= start for end, start in zip(ends, starts, strict=True))


def test_names_are_others_of_the_same_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small words stay, initials are initials, and who is named twice has one name again."""
    monkeypatch.setattr(mail, "disturb", lambda pieces, _rng: pieces)
    monkeypatch.setattr(mail, "RENAMED", 1.0)
    whole, initials, capitals = [], [], []
    for document in islice(Recast([NOTE], 7), 200):
        names = [document.text[span.start : span.end] for span in document.spans if span.label == "PERSON"]
        whole.append(names[0])
        initials.append(names[1])
        capitals.append(names[2])
    assert all(" van " in name for name in whole)
    assert all(len(name) == 4 and name[1] == name[3] == "." and name.isupper() for name in initials)
    assert all(
        name.split(" van ")[1].upper() == capital for name, capital in zip(whole, capitals, strict=True)
    )
    assert len({*whole}) > 100
    assert len({*initials}) > 50


def test_a_seed_always_casts_the_same(messages: list[Message]) -> None:
    first, second = (list(islice(Recast(messages, 3), 20)) for _ in range(2))
    assert first == second


def test_nothing_is_learned_from_what_is_neither_right_nor_wrong() -> None:
    """The pipeline is told of entities, and of what is none, but not of the rest."""
    nlp = blank([NOTE])
    [document] = islice(Recast([NOTE], 1), 1)
    doc = annotated(nlp, document)
    assert {entity.label_ for entity in doc.ents} == {*LABELS}
    missing = [token.idx for token in doc if not token.ent_iob_]
    [neutral] = [span for span in document.spans if span.label == NEUTRAL]
    assert missing
    assert all(neutral.start <= at < neutral.end for at in missing)


def test_a_message_with_an_unknown_label_is_refused(tmp_path: Path) -> None:
    line = '{"text": "hello", "patient_identifiable": false, "entities": {"PATIENT": [[0, 1]]}}\n'
    (tmp_path / "some.jsonl").write_text(line, "utf-8")
    with pytest.raises(msgspec.ValidationError, match="entities"):
        read(tmp_path)
