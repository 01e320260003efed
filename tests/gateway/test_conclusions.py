"""What follows from an attempt, case by case."""

from __future__ import annotations

import msgspec
import pytest

from detectors.findings import Judgement
from gateway.conclusions import Conclusion, Conclusions
from gateway.mail import Action, Envelope, Fired, Headers, Inspection, Message, Reply, Severity, Verdict
from gateway.notices import Notices
from gateway.spool import Timetable
from gateway.store.store import Details

NOW = 1_700_000_000.0
A, B = "a@mail.example", "b@mail.example"
ENVELOPE = Envelope("clerk@practice.example", (A, B))
CONCLUSIONS = Conclusions(
    Notices("Example Practice", "ig@practice.example", "gate.practice.example", "it@practice.example"),
    Timetable((60, 300), 3600),
)
NO, LATER = Reply(550, "5.1.1 Unknown"), Reply(450, "4.2.1 Busy")


def verdict(action: Action) -> Verdict:
    return Verdict(action, (Fired("a-rule", "AUP-9c", Severity.MINOR, action, "It is so.", "Ring."),), "1")


FRESH = Details(ENVELOPE, pending=ENVELOPE.recipients)
FREE = msgspec.structs.replace(FRESH, verdict=verdict(Action.DELIVER))


def draw(details: Details, *, attempt: int = 1, inline: bool = True, age: float = 0) -> Conclusion:
    message = Message("m1", details.envelope, b"Subject: x\r\n\r\n", NOW - age)
    return CONCLUSIONS.draw(message, details, attempt, inline=inline, now=NOW)


def told(conclusion: Conclusion) -> list[tuple[str, ...]]:
    return [notice.envelope.recipients for notice in conclusion.notices]


def test_what_everybody_has_leaves_nothing() -> None:
    """Delivered, 250, nothing to keep and nobody to tell."""
    conclusion = draw(FREE.answered([Reply(250, "2.0.0 OK")] * 2))
    assert (conclusion.state, conclusion.reply.code) == ("delivered", 250)
    assert conclusion.details.taken == (A, B)
    assert not conclusion.must_be_kept


@pytest.mark.parametrize("action", [Action.NOTIFY, Action.CONVERT])
def test_advice_is_kept(action: Action) -> None:
    """What a sender should know of a delivered message goes into the store."""
    details = msgspec.structs.replace(FREE, verdict=verdict(action), pending=())
    conclusion = draw(details)
    assert told(conclusion) == [("clerk@practice.example",)]
    assert conclusion.must_be_kept


@pytest.mark.parametrize(
    ("automatic", "mail_from"), [(False, "c@practice.example"), (True, "c@x.example"), (False, "")]
)
def test_held_mail_says_that_its_sender_is_told_only_if_so(automatic: bool, mail_from: str) -> None:
    """A machine or the null reverse-path is not told, and the reply does not say that it is."""
    inspection = Inspection(Headers(automatic=automatic), (), Judgement(False, False, 0, ()))
    envelope = Envelope(mail_from, (A,))
    details = Details(envelope, verdict(Action.HOLD), inspection, pending=(A,))
    conclusion = draw(details)
    assert (conclusion.state, conclusion.reply.code) == ("held", 250)
    is_told = bool(mail_from) and not automatic
    assert ("its sender is told why" in conclusion.reply.text) is is_told
    assert told(conclusion) == ([(mail_from,)] if is_told else [])
    assert conclusion.deed is not None


@pytest.mark.parametrize(
    ("details", "attempt", "pause"), [(FRESH, 1, 60), (FREE, 1, 60), (FREE, 2, 300), (FREE, 9, 300)]
)
def test_what_is_unfinished_is_tried_again(details: Details, attempt: int, pause: float) -> None:
    """Judged or not, by the timetable."""
    conclusion = draw(details, attempt=attempt)
    assert (conclusion.state, conclusion.due_at, conclusion.reply.code) == ("queued", NOW + pause, 250)
    assert told(conclusion) == []


@pytest.mark.parametrize(
    ("answers", "inline", "state", "code", "reports"),
    [
        ([NO, NO], True, "returned", 550, 0),
        ([NO, NO], False, "returned", 250, 1),
        ([NO, Reply(250, "2.0.0 OK")], True, "delivered", 250, 1),
        ([NO, LATER], True, "queued", 250, 1),
        ([LATER, LATER], True, "queued", 250, 0),
    ],
)
def test_the_next_hop_refuses(
    answers: list[Reply], inline: bool, state: str, code: int, reports: int
) -> None:
    """The client is told when it is there and it is for everybody; or else the sender by mail, at once."""
    conclusion = draw(FREE.answered(answers), inline=inline)
    assert (conclusion.state, conclusion.reply.code, len(conclusion.notices)) == (state, code, reports)


def test_nobody_is_reported_twice() -> None:
    """Who was refused at the first attempt is not in the report of the last."""
    first = draw(FREE.answered([NO, LATER]))
    assert first.details.reported == (A,)
    assert first.details.pending == (B,)
    last = draw(first.details.answered([NO]), inline=False)
    assert last.state == "returned"
    (report,) = last.notices
    assert b"b@mail.example" in report.content
    assert b"a@mail.example" not in report.content


def test_time_runs_out() -> None:
    """Past its lifetime a message is returned; a bounce is not."""
    (report,) = draw(FREE, inline=False, age=3600).notices
    assert b"Status: 4.4.7" in report.content
    bounce = msgspec.structs.replace(FREE, envelope=Envelope("", (A, B)))
    conclusion = draw(bounce, inline=False, age=3600)
    assert (conclusion.state, conclusion.notices) == ("returned", ())


@pytest.mark.parametrize(("inline", "code", "reports"), [(True, 550, 0), (False, 250, 1)])
def test_policy_rejects(inline: bool, code: int, reports: int) -> None:
    """With the rule's reason: to the client, or to the sender by mail."""
    conclusion = draw(msgspec.structs.replace(FRESH, verdict=verdict(Action.REJECT)), inline=inline)
    assert (conclusion.state, conclusion.reply.code, len(conclusion.notices)) == ("returned", code, reports)
    assert conclusion.reply.text.endswith("It is so.") is inline
