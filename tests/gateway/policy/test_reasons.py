"""Reasons read as a person would write them, and nothing of a message gets into one."""

from __future__ import annotations

import pytest

from gateway.mail import State
from gateway.policy.decide import decide
from gateway.policy.reasons import BLANKS, explained, filled
from tests.gateway.policy.by_hand import POLICY, facts, part

OUTSIDE = ("a@mail.example", "b@mail.example", "c@mail.example")


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        (OUTSIDE[:1], "its recipient"),
        (OUTSIDE, "its 3 recipients"),
        (("gp@nhs.net", *OUTSIDE[:1]), "1 of its 2 recipients"),
        (("gp@nhs.net", *OUTSIDE[:2]), "2 of its 3 recipients"),
    ],
)
def test_recipients_are_counted_as_people_count(recipients: tuple[str, ...], words: str) -> None:
    """One is not called "1 of 1"."""
    (rule, *_) = decide(facts(*recipients, patients=1), POLICY).rules
    assert f"and {words} cannot receive patient data safely." in rule.reason


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (["reading it took too long"], "reading it took too long"),
        (["encrypted", "no text", "encrypted"], "encrypted; no text"),
        (["a", "b", "c", "d"], "a; b; c"),
        (["two\r\nlines", "caf\u00e9", "x" * 101, "known"], "known"),
        (["two\r\nlines"], "for no known reason"),
        ([""], "for no known reason"),
    ],
)
def test_a_sender_learns_why_nothing_was_read(reasons: list[str], words: str) -> None:
    """Each reason once, three at most; what is no fixed sentence of ours is left out."""
    parts = [part(State.UNSCANNABLE, "text/plain", 1000, reason) for reason in reasons]
    picture = part(State.UNSCANNABLE, "image/png", 1000, "no words")
    (rule, *_) = decide(facts("gp@nhs.net", parts=[*parts, picture]), POLICY).rules
    assert (
        rule.reason
        == f"A part of the message could not be inspected ({words}), so nobody knows what it holds."
    )


def test_every_blank_is_filled_and_explained() -> None:
    """With a message that has nothing to fill them with, too."""
    reason = " ".join(f"{{{name}}}" for name in BLANKS)
    assert "{" not in filled(reason, facts())
    assert explained("{patients} people") == "[number of patients] people"
