"""Mail of our own says what happened, nothing of what was found, and cannot be made to say more."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.address import AddressError, parse_path
from gateway.dotreader import is_strict
from gateway.mail import Action, Envelope, Fired, Message, Reply, Severity, Verdict, new_id
from gateway.next_hop import _reply
from gateway.notices import Notices

NOTICES = Notices("Example Practice", "ig@practice.example", "gate.practice.example", "it@practice.example")
CONTENT = (
    b"From: clerk@practice.example\r\nTo: canary-to@mail.example\r\nSubject: canary-subject\r\n\r\n"
    b"canary-content 999 000 0018\r\n"
)
ENVELOPE = Envelope("clerk@practice.example", ("canary-a@mail.example", "canary-b@x.example"))
MESSAGE = Message(new_id(), ENVELOPE, CONTENT, 1_700_000_000.0)
HELD = Fired(
    "patient-data-to-insecure", "AUP-9c", Severity.MODERATE, Action.HOLD,
    "The message identifies a patient.", "Send it to an nhs.net address.", ("canary-evidence",),
)  # fmt: skip
WATCHED = Fired("a-trial", "AUP-9d", Severity.MINOR, Action.HOLD, "canary-trial", monitored=True)
VERDICT = Verdict(Action.HOLD, (HELD, WATCHED), "2026-11 (canary)")
REFUSALS = (("canary-a@mail.example", Reply(550, "5.1.1 Unknown")),)

FIELDS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]

NOTICE_OF: dict[str, Callable[[Message], Message]] = {
    "held": lambda message: NOTICES.held(message, VERDICT),
    "changed": lambda message: NOTICES.changed(message, VERDICT),
    "advised": lambda message: NOTICES.advised(message, VERDICT),
    "rejected": lambda message: NOTICES.rejected(message.id, message.envelope, message.received_at, "No."),
    "returned": lambda message: NOTICES.returned(message, REFUSALS),
}
every_notice = pytest.mark.parametrize("notice_of", NOTICE_OF.values(), ids=NOTICE_OF)


def read(notice: Message) -> EmailMessage:
    message = message_from_bytes(notice.content, policy=policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def words(notice: Message) -> str:
    """The text that a person reads, on one line."""
    body = read(notice).get_body()
    assert isinstance(body, EmailMessage)
    return " ".join(body.get_content().split())


def fields(octets: bytes) -> list[tuple[str, str]]:
    """Header fields by the plainest reading: up to the first empty line, unfolded, nothing decoded."""
    head = octets.partition(b"\r\n\r\n")[0].decode()
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return [(line.partition(":")[0], line.partition(":")[2].strip(" ")) for line in lines]


def names(octets: bytes) -> list[str]:
    return sorted(name for name, _ in fields(octets))


def is_accepted(text: str) -> bool:
    try:
        return "@" in parse_path(f"<{text}>")[0]
    except AddressError:
        return False


LOCAL_PARTS = st.lists(
    st.sampled_from(["=", "?", "=?", "?=", "utf-8", "q", "b", "0d=0a", "Bcc", ".", "-", "{", "'", "x" * 40])
    | st.characters(min_codepoint=0x80)
    | st.sampled_from("abz09!#$&*+/^_`|~"),
    min_size=1,
    max_size=8,
).map("".join)
ADDRESSES = st.builds(
    "{}@{}".format,
    LOCAL_PARTS,
    st.sampled_from(["practice.example", "müller.example", f"{'x' * 60}.{'y' * 60}.example"]),
).filter(is_accepted)
REPLIES = st.builds(
    lambda code, text: _reply(aiosmtplib.SMTPResponse(code, text)),
    st.integers(400, 599),
    st.text()
    | st.sampled_from(["5.1.1 x\r\nBcc: a@b.example", "5.x;\r\n", "4.", "5.1.1", "=?utf-8?q?=0d=0a?="]),
)


@every_notice
def test_a_notice_goes_to_the_sender_and_expects_no_answer(notice_of: Callable[[Message], Message]) -> None:
    """Null reverse-path, one recipient, and marked as automatic (RFC 3834)."""
    notice = notice_of(MESSAGE)
    assert notice.envelope.mail_from == ""
    assert notice.envelope.recipients == ("clerk@practice.example",)
    message = read(notice)
    assert message["To"] == "clerk@practice.example"
    assert message["From"] == "Example Practice mail gate <ig@practice.example>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert re.fullmatch(r"<[^<>@\s]+@gate\.practice\.example>", message["Message-ID"])
    assert message["Date"].datetime is not None
    assert notice.id != MESSAGE.id


@pytest.mark.parametrize("kind", ["held", "changed", "advised", "rejected"])
def test_a_notice_tells_nothing_of_the_message(kind: str) -> None:
    """Neither subject nor content, neither recipients nor evidence, nor what a trial would have done."""
    notice = NOTICE_OF[kind](MESSAGE)
    assert b"canary" not in notice.content.replace(b"=\r\n", b"")
    assert "to 2 recipients" in words(notice)
    assert MESSAGE.id in words(notice)
    assert "ig@practice.example" in words(notice)


def test_a_delivery_status_tells_of_its_recipients_alone() -> None:
    """RFC 3464 must name those that were not reached; the others, subject and content stay out."""
    content = NOTICES.returned(MESSAGE, REFUSALS).content
    assert b"canary-a@mail.example" in content
    assert b"canary" not in content.replace(b"canary-a@mail.example", b"")


def test_what_was_done_is_not_asked_for() -> None:
    """A message that was sent with its recipients hidden need not be sent again; other advice stays."""
    hidden = Fired("visible-recipients", "AUP-9d", Severity.MINOR, Action.CONVERT, "All see all.", "Use Bcc.")
    macros = Fired("macro-attachment", "AUP-9g", Severity.NONE, Action.NOTIFY, "A macro.", "Send a copy.")
    verdict = Verdict(Action.CONVERT, (hidden, macros), "2026-11")
    assert "Why: All see all. (rule visible-recipients" in words(NOTICES.changed(MESSAGE, verdict))
    assert "Use Bcc." not in words(NOTICES.changed(MESSAGE, verdict))
    assert "What to do now: Send a copy." in words(NOTICES.changed(MESSAGE, verdict))
    assert "What to do now: Use Bcc." in words(NOTICES.held(MESSAGE, verdict))


@pytest.mark.parametrize("kind", ["held", "changed", "advised", "returned"])
@pytest.mark.parametrize(
    ("field", "answered"),
    [
        (b"Message-ID: <CA+1=a.b@mail.practice.example>\r\n", "<CA+1=a.b@mail.practice.example>"),
        (b"MESSAGE-ID:<1@x>\r\n", "<1@x>"),
        (b"Message-ID: <=?utf-8?q?=0d=0aBcc:a@b.example?=@x>\r\n", None),
        (b"Message-ID: <1@x> <2@x>\r\n", None),
        (b"Message-ID: <" + b"1" * 300 + b"@x>\r\n", None),
        (b"Message-ID: <\xe91@x>\r\n", None),
        (b"X: y\r\n\r\nMessage-ID: <1@x>\r\n", None),
    ],
)
def test_a_notice_stands_beside_the_message_it_is_about(
    kind: str, field: bytes, answered: str | None
) -> None:
    """It answers the message's own id (RFC 5322 section 3.6.4), if that is one that can do no harm."""
    notice = NOTICE_OF[kind](Message("m1", ENVELOPE, field + CONTENT, 0))
    found = dict(fields(notice.content))
    assert (found.get("In-Reply-To"), found.get("References")) == (answered, answered)
    assert is_strict(notice.content)


def test_a_delivery_status_says_which_message_it_is_about() -> None:
    """By its reference, and by the fields that name it and tell nothing of a patient."""
    date = "Sat, 21 Nov 2026 10:00:00 +0000"
    named = f"Date: {date}\r\nMessage-ID: <1@practice.example>\r\n"
    notice = NOTICES.returned(Message("m1", ENVELOPE, named.encode() + CONTENT, 0), REFUSALS)
    assert "The reference is m1." in words(notice)
    *_, headers = read(notice).iter_parts()
    assert headers.get_content_type() == "text/rfc822-headers"
    assert isinstance(headers, EmailMessage)
    assert headers.get_content().splitlines() == [f"Date: {date}", "Message-ID: <1@practice.example>"]


@pytest.mark.parametrize("kind", ["held", "changed", "advised"])
def test_a_notice_explains_each_rule(kind: str) -> None:
    """Which rule, which clause, why, and what to do now."""
    text = words(NOTICE_OF[kind](MESSAGE))
    assert "Why: The message identifies a patient. (rule patient-data-to-insecure, clause AUP-9c)" in text
    assert "What to do now: Send it to an nhs.net address." in text


def test_a_held_message_may_be_urgent() -> None:
    """A held clinical message is a harm too: its sender is told to telephone."""
    assert "telephone: do not wait" in words(NOTICE_OF["held"](MESSAGE))


def test_a_rejection_gives_the_reviewer_s_reason() -> None:
    """In the reviewer's own words, over several lines if need be."""
    notice = NOTICES.rejected("m1", ENVELOPE, 0, "Wrong patient.\nPlease send it again – to nhs.net.")
    assert "reason: Wrong patient. Please send it again – to nhs.net." in words(notice)


def test_addresses_are_never_broken_over_lines() -> None:
    """A sender must be able to copy the address that was not reached."""
    address = f"a-rather-long-{'local-' * 8}part@a-rather-long-domain-name-for-a-practice.example"
    notice = NOTICES.returned(MESSAGE, ((address, Reply(550, "5.1.1 Unknown")),))
    body = read(notice).get_body()
    assert isinstance(body, EmailMessage)
    assert f"{address}:" in body.get_content().split()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 Unknown", "5.1.1"),
        ("5.1.1", "5.1.1"),
        ("5.7.123 No", "5.7.123"),
        ("Unknown", "5.0.0"),
        ("", "5.0.0"),
        ("4.2.2 Full", "5.0.0"),
        ("5. Unknown", "5.0.0"),
        ("5.1 Unknown", "5.0.0"),
        ("5.1.1; x-evil Unknown", "5.0.0"),
        ("5.1.1234 Unknown", "5.0.0"),
        ("5.1.1.1 Unknown", "5.0.0"),
        ("55.1.1 Unknown", "5.0.0"),
    ],
)
def test_the_status_of_a_recipient(text: str, status: str) -> None:
    """The next hop's enhanced code if it has one that fits (RFC 3463), a general one otherwise."""
    _, about = delivery_status(NOTICES.returned(MESSAGE, (("a@x.example", Reply(550, text)),)))
    assert about[2:] == [("Status", status), ("Diagnostic-Code", f"smtp; 550 {text}".rstrip())]


def test_a_delivery_status_is_one_by_rfc_3464() -> None:
    """A report of three parts: words for the sender, fields for machines, and what names the message."""
    refusals = (*REFUSALS, ("zoë+a📧@mail.example", Reply(451, "4.4.7 Too late")))
    notice = NOTICES.returned(MESSAGE, refusals)
    message = read(notice)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain", "message/delivery-status", "text/rfc822-headers",
    ]  # fmt: skip
    assert "canary-a@mail.example: 550 5.1.1 Unknown" in words(notice)
    about_message, *recipients = delivery_status(notice)
    assert [name for name, _ in about_message] == ["Reporting-MTA", "Arrival-Date"]
    assert about_message[0][1] == "dns; gate.practice.example"
    assert recipients == [
        [
            ("Final-Recipient", "rfc822; canary-a@mail.example"),
            ("Action", "failed"),
            ("Status", "5.1.1"),
            ("Diagnostic-Code", "smtp; 550 5.1.1 Unknown"),
        ],
        [
            ("Final-Recipient", r"utf-8; zo\x{EB}\x{2B}a\x{1F4E7}@mail.example"),
            ("Action", "failed"),
            ("Status", "4.4.7"),
            ("Diagnostic-Code", "smtp; 451 4.4.7 Too late"),
        ],
    ]


def delivery_status(notice: Message) -> list[list[tuple[str, str]]]:
    """The groups of fields of a DSN."""
    opening = b"Content-Type: message/delivery-status\r\n\r\n"
    boundary = read(notice).get_boundary()
    assert boundary
    status = notice.content.partition(opening)[2].partition(b"\r\n--" + boundary.encode())[0]
    return [fields(group) for group in status.removesuffix(b"\r\n").split(b"\r\n\r\n")]


@given(ADDRESSES, st.sampled_from(sorted(NOTICE_OF)))
def test_no_sender_can_put_anything_into_a_notice(sender: str, kind: str) -> None:
    """Whatever address was accepted: the same fields, a strict stream, lines within RFC 5322's bounds."""
    address = parse_path(f"<{sender}>")[0]
    notice = NOTICE_OF[kind](Message("m1", Envelope(address, ("a@x.example",)), CONTENT, 0))
    encoding = [] if kind == "returned" else ["Content-Transfer-Encoding"]
    assert names(notice.content) == sorted(FIELDS + encoding)
    assert is_strict(notice.content)
    assert max(map(len, notice.content.split(b"\r\n"))) <= 998
    assert ("To", address) in fields(notice.content)
    assert notice.envelope.recipients == (address,)
    assert notice.envelope.smtputf8 == (not address.isascii())


@given(st.lists(st.tuples(ADDRESSES, REPLIES), min_size=1, max_size=3))
def test_no_recipient_and_no_reply_can_put_anything_into_a_delivery_status(
    refusals: list[tuple[str, Reply]],
) -> None:
    """Whatever was accepted in RCPT, whatever the next hop said: these fields, one group each."""
    refusals = [(parse_path(f"<{to}>")[0], reply) for to, reply in refusals]
    notice = NOTICES.returned(MESSAGE, refusals)
    assert names(notice.content) == sorted(FIELDS)
    assert is_strict(notice.content)
    assert max(map(len, notice.content.split(b"\r\n"))) <= 998
    _, *about = delivery_status(notice)
    assert len(about) == len(refusals)
    for group, (to, reply) in zip(about, refusals, strict=True):
        (_, recipient), action, (_, status), diagnosis = group
        assert [name for name, _ in group] == ["Final-Recipient", "Action", "Status", "Diagnostic-Code"]
        assert re.sub(r"\\x\{(\w+)\}", lambda code: chr(int(code[1], 16)), recipient).endswith(f"; {to}")
        assert action == ("Action", "failed")
        assert re.fullmatch(rf"{reply.code // 100}\.\d{{1,3}}\.\d{{1,3}}", status)
        assert diagnosis == ("Diagnostic-Code", f"smtp; {reply}".rstrip())


@given(st.text())
def test_no_reason_can_put_a_field_into_a_notice(reason: str) -> None:
    """What a reviewer writes is text, whatever its characters."""
    notice = NOTICES.rejected("m1", ENVELOPE, 0, reason)
    assert names(notice.content) == sorted([*FIELDS, "Content-Transfer-Encoding"])
    assert is_strict(notice.content)
