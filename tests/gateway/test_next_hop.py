"""What the next hop is told, what becomes of its replies, and what its faults do not do."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import msgspec
import pytest
import structlog
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from gateway import next_hop
from gateway.mail import Envelope, Reply
from gateway.next_hop import (
    BROKEN_OFF,
    NEEDS_8BITMIME,
    NEEDS_SMTPUTF8,
    NOT_STRICT,
    UNREACHABLE,
    NextHop,
    Route,
)
from tests import fakes
from tests.fakes import Arrived, Certificate, Fault

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

ENVELOPE = Envelope("clerk@practice.example", ("a@x.example", "b@y.example", "c@z.example"))
CONTENT = b"Subject: rota\r\n\r\nMonday\r\n"
EIGHT_BIT = "Subject: menu\r\n\r\nCafé\r\n".encode()
TAKEN = Reply(250, "2.0.0 Taken")


@contextlib.asynccontextmanager
async def hopping(hop: fakes.NextHop, **route: Any) -> AsyncIterator[NextHop]:
    """Our side of the way to this relay."""
    settings: dict[str, Any] = {"connect_timeout": 5, "timeout": 5} | route
    client = NextHop(Route("127.0.0.1", hop.port, "gate.practice.example", **settings))
    yield client
    await client.close()


@pytest.fixture(scope="session")
def relay_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return fakes.certificate(tmp_path_factory.mktemp("relay"))


async def test_a_message_is_handed_on_to_every_recipient() -> None:
    """One transaction, one reply for each recipient."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.arrived == [Arrived(ENVELOPE.mail_from, ENVELOPE.recipients, CONTENT)]
    assert hop.commands == [
        "EHLO gate.practice.example",
        f"MAIL FROM:<clerk@practice.example> SIZE={len(CONTENT)}",
        *(f"RCPT TO:<{recipient}>" for recipient in ENVELOPE.recipients),
        "DATA",
        "QUIT",
    ]


async def test_it_is_told_when_a_transaction_begins() -> None:
    """Not while the message waits for a connection; from MAIL on, and also when it is given up then."""
    first, second = asyncio.Event(), asyncio.Event()
    async with fakes.next_hop() as hop, hopping(hop, connections=1) as client:
        hop.once["CONTENT"] = Fault.HANG
        busy = asyncio.create_task(client.deliver(ENVELOPE, CONTENT, begun=first))
        waiting = asyncio.create_task(client.deliver(ENVELOPE, CONTENT, begun=second))
        async with asyncio.timeout(5):
            while not hop.hanging:
                await asyncio.sleep(0.01)
        assert (first.is_set(), second.is_set()) == (True, False)
        with structlog.testing.capture_logs() as events:
            busy.cancel()
            await asyncio.wait([busy])
        assert await waiting == (TAKEN,) * 3
    assert second.is_set()
    assert [(event["event"], event["ambiguous"]) for event in events] == [("next_hop.broken_off", True)]


async def test_the_null_sender_is_sent_as_empty_brackets() -> None:
    """A notice of ours has nobody to return to."""
    async with fakes.next_hop(extensions=()) as hop, hopping(hop) as client:
        await client.deliver(Envelope("", ("a@x.example",)), CONTENT)
    assert "MAIL FROM:<>" in hop.commands


@pytest.mark.parametrize(
    ("envelope", "extensions", "parameters"),
    [
        (ENVELOPE, (), ""),
        (ENVELOPE, ("SIZE 1000",), f" SIZE={len(CONTENT)}"),
        (ENVELOPE, ("8BITMIME", "SMTPUTF8"), ""),
        (msgspec.structs.replace(ENVELOPE, eight_bit=True), ("8BITMIME",), " BODY=8BITMIME"),
        (msgspec.structs.replace(ENVELOPE, eight_bit=True), (), ""),
        (msgspec.structs.replace(ENVELOPE, smtputf8=True), ("SMTPUTF8",), " SMTPUTF8"),
    ],
)
async def test_parameters_of_mail(envelope: Envelope, extensions: tuple[str, ...], parameters: str) -> None:
    """A parameter is used where the message has it and the next hop offers it."""
    async with fakes.next_hop(extensions=extensions) as hop, hopping(hop) as client:
        assert await client.deliver(envelope, CONTENT) == (TAKEN,) * 3
    assert hop.commands[1] == f"MAIL FROM:<clerk@practice.example>{parameters}"


@pytest.mark.parametrize("declared", [True, False])
async def test_eight_bit_content_is_declared(declared: bool) -> None:
    """With BODY=8BITMIME, whether or not the client said so: else a relay may clear the eighth bit."""
    envelope = msgspec.structs.replace(ENVELOPE, eight_bit=declared)
    async with fakes.next_hop(extensions=("8BITMIME",)) as hop, hopping(hop) as client:
        assert await client.deliver(envelope, EIGHT_BIT) == (TAKEN,) * 3
    assert hop.commands[1] == "MAIL FROM:<clerk@practice.example> BODY=8BITMIME"
    assert hop.arrived[0].content == EIGHT_BIT


@pytest.mark.parametrize("declared", [True, False])
async def test_eight_bit_content_is_refused_where_the_next_hop_takes_seven(declared: bool) -> None:
    """554 5.6.3 for good, nothing is sent, and the connection serves the next message."""
    envelope = msgspec.structs.replace(ENVELOPE, eight_bit=declared)
    async with fakes.next_hop(extensions=("SIZE",)) as hop, hopping(hop) as client:
        assert await client.deliver(envelope, EIGHT_BIT) == (NEEDS_8BITMIME,) * 3
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == 1
    assert [arrived.content for arrived in hop.arrived] == [CONTENT]


async def test_an_internationalised_address_arrives_as_utf8() -> None:
    """Local parts are kept as they are."""
    envelope = Envelope("zoë@practice.example", ("jörg@x.example",), smtputf8=True)
    async with fakes.next_hop() as hop, hopping(hop) as client:
        assert await client.deliver(envelope, CONTENT) == (TAKEN,)
    assert hop.arrived[0].recipients == ("jörg@x.example",)


async def test_smtputf8_is_refused_where_the_next_hop_has_none() -> None:
    """553 5.6.7 for good, nothing is sent, and the connection serves the next message."""
    envelope = Envelope("zoë@practice.example", ("a@x.example",), smtputf8=True)
    async with fakes.next_hop(extensions=("SIZE",)) as hop, hopping(hop) as client:
        assert await client.deliver(envelope, CONTENT) == (NEEDS_SMTPUTF8,)
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == 1
    assert len(hop.arrived) == 1


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b".a\r\n..b\r\n...\r\n", b"..a\r\n...b\r\n....\r\n.\r\n"),
        (b"a.\r\n", b"a.\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a\r\n.", b"a\r\n..\r\n.\r\n"),
        (b"\r\n\r\n", b"\r\n\r\n.\r\n"),
        (b"\xff\xa3\x85\x0b\r\n", b"\xff\xa3\x85\x0b\r\n.\r\n"),
        (b"x" * 1_000_000 + b"\r\n", b"x" * 1_000_000 + b"\r\n.\r\n"),
    ],
    ids=lambda octets: repr(octets[:20]),
)
async def test_content_goes_out_octet_for_octet(content: bytes, sent: bytes) -> None:
    """Only dots are stuffed, and a last line without CRLF gets one (RFC 5321 section 4.1.1.4)."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        await client.deliver(ENVELOPE, content)
    assert hop.octets == [sent]
    assert hop.arrived[0].content == (content if content.endswith(b"\r\n") else content + b"\r\n")


@pytest.mark.parametrize(
    "sequence",
    [
        b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r",
        b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\r\n.\r\n", b"\n\n.\r\n",
        b"\n\r.\r\n", b"\r\n.\n\r\n", b"\r\n. \r\n", b"\r\n .\r\n", b"\r\n..\r\n", b"\x0b.\r\n", b"\x85.\r\n",
        b"\xe2\x80\xa8.\r\n",
    ],
    ids=repr,
)  # fmt: skip
async def test_the_most_lenient_relay_sees_no_second_message(sequence: bytes) -> None:
    """Octets in which any relay might see an end are never written; the rest goes out harmlessly stuffed."""
    content = b"first" + sequence + b"MAIL FROM:<evil@x.example>\r\n"
    async with fakes.next_hop() as hop, hopping(hop) as client:
        replies = await client.deliver(ENVELOPE, content)
    lenient_end = re.compile(rb"(?:\r\n|\r|\n)\0?\.\0?(?:\r|\n)")
    if replies == (NOT_STRICT,) * 3:
        assert lenient_end.search(content)
        assert not hop.commands
    else:
        assert lenient_end.search(hop.octets[0].removesuffix(b"\r\n.\r\n")) is None
        assert hop.arrived[0].content == content


async def test_every_recipient_gets_its_own_reply() -> None:
    """Refused and deferred recipients are told so, the others get the reply to the content, in order."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        hop.answers |= {
            "RCPT a@x.example": b"550 5.1.1 Unknown\r\n",
            "RCPT c@z.example": b"450 4.2.1 Full\r\n",
        }
        replies = await client.deliver(ENVELOPE, CONTENT)
    assert replies == (Reply(550, "5.1.1 Unknown"), TAKEN, Reply(450, "4.2.1 Full"))
    assert [arrived.recipients for arrived in hop.arrived] == [("b@y.example",)]


@pytest.mark.parametrize(
    "answers",
    [
        {"MAIL": b"550 5.7.1 No\r\n"},
        {"MAIL": b"451 4.3.0 Later\r\n"},
        {"RCPT": b"550 5.7.1 No\r\n"},
        {"RCPT": b"451 4.3.0 Later\r\n"},
        {"DATA": b"554 5.7.1 No\r\n"},
        {"DATA": b"451 4.3.0 Later\r\n"},
        {"CONTENT": b"554 5.7.1 No\r\n"},
        {"CONTENT": b"452 4.3.1 Later\r\n"},
    ],
    ids=repr,
)
async def test_a_refusal_concerns_its_message_only(answers: dict[str, fakes.Answer]) -> None:
    """Wherever it comes, every recipient gets it, and the next message goes over the same connection."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        hop.answers |= answers
        (answer,) = answers.values()
        assert isinstance(answer, bytes)
        code, text = answer.decode().strip().split(" ", 1)
        assert await client.deliver(ENVELOPE, CONTENT) == (Reply(int(code), text),) * 3
        hop.answers.clear()
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == 1
    assert len(hop.arrived) == 1


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (b"550-5.7.1 one\r\n550-5.7.1\r\n550 two\r\n", Reply(550, "5.7.1 one 5.7.1 two")),
        (b"550 5.7.1 a\rb\r\n", Reply(550, "5.7.1 a b")),
        (b"550 5.7.1 \x1b[31m\x00\x07\t x\r\n", Reply(550, "5.7.1 ?[31m?? x")),
        (b"550 5.7.1 Gr\xc3\xbc\xc3\x9fe \xff\r\n", Reply(550, "5.7.1 Gr??e ?")),
        (b"550 5.7.1 a\xe2\x80\xa8b\xc2\x85c\r\n", Reply(550, "5.7.1 a b c")),
        (b"550 " + b"x" * 5000 + b"\r\n", Reply(550, "x" * 400)),
        (b"550\r\n", Reply(550, "")),
        (b"354 Go on\r\n", Reply(451, "Go on")),
        (b"199 What\r\n", Reply(451, "What")),
        (b"600 What\r\n", Reply(451, "What")),
        (b"000 What\r\n", Reply(451, "What")),
        (b"4 \r\n", Reply(451, "")),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("stage", ["RCPT", "CONTENT"])
async def test_replies_are_flattened(stage: str, answer: bytes, reply: Reply) -> None:
    """One line of printable ASCII, bounded; a code that is no final answer is a temporary failure."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        hop.answers[stage] = answer
        assert await client.deliver(ENVELOPE, CONTENT) == (reply,) * 3


@given(st.integers(-999, 9999), st.text())
def test_any_reply_can_be_passed_on(code: int, text: str) -> None:
    """No reply of a next hop puts a second line, a control or a foreign character into a reply of ours."""
    reply = next_hop._reply(aiosmtplib.SMTPResponse(code, text))
    assert str(reply).isascii()
    assert str(reply).isprintable()
    assert len(reply.text) <= 400
    assert reply.code // 100 in (2, 4, 5)


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": b"421 4.3.2 Not now\r\n"},
        {"GREETING": b"554 5.3.2 Never\r\n"},
        {"GREETING": b"SSH-2.0-OpenSSH_9.2\r\n"},
        {"GREETING": Fault.CLOSE},
        {"GREETING": Fault.HANG},
        {"EHLO": b"421 4.3.2 Not now\r\n"},
        {"EHLO": Fault.CLOSE},
        {"EHLO": Fault.HANG},
        {"EHLO": b"502 5.5.1 What\r\n", "HELO": b"502 5.5.1 What\r\n"},
        {"EHLO": b"250-" + b"x" * 40_000 + b"\r\n"},
    ],
    ids=repr,
)
async def test_a_next_hop_that_does_not_begin_is_unreachable(answers: dict[str, fakes.Answer]) -> None:
    """Whatever it does before MAIL, the message is tried again later."""
    async with fakes.next_hop() as hop, hopping(hop, connect_timeout=0.1) as client:
        hop.answers |= answers
        assert await client.deliver(ENVELOPE, CONTENT) == (UNREACHABLE,) * 3
        hop.answers.clear()
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "RCPT b@y.example", "DATA", "CONTENT"])
@pytest.mark.parametrize(
    "answer",
    [Fault.CLOSE, Fault.HANG, b"what\r\n", b"x" * 40_000, b"\r\n", b"421 4.3.2 Not now\r\n"],
    ids=lambda answer: repr(answer)[:20],
)
async def test_a_next_hop_that_breaks_off_is_tried_again(stage: str, answer: fakes.Answer) -> None:
    """Whatever it does in a transaction, every recipient is deferred, and the next message goes."""
    async with fakes.next_hop() as hop, hopping(hop, timeout=0.1) as client:
        hop.answers[stage] = answer
        replies = await client.deliver(ENVELOPE, CONTENT)
        assert not any(reply.positive or reply.permanent for reply in replies)
        assert not hop.arrived
        hop.answers.clear()
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    """Connection refused is a temporary failure."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = NextHop(Route("127.0.0.1", port, "gate.practice.example"))
    assert await client.deliver(ENVELOPE, CONTENT) == (UNREACHABLE,) * 3


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    """So is a host that is not in the DNS."""
    client = NextHop(Route("no-such-host.invalid", 25, "gate.practice.example"))
    assert await client.deliver(ENVELOPE, CONTENT) == (UNREACHABLE,) * 3


async def test_connections_are_used_again() -> None:
    """Messages that come one after the other share one connection."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        for _ in range(5):
            await client.deliver(ENVELOPE, CONTENT)
    assert hop.connections == 1
    assert hop.commands[-1] == "QUIT"


async def test_no_more_connections_than_allowed() -> None:
    """Messages that come at once wait for a free connection."""
    async with fakes.next_hop() as hop, hopping(hop, connections=3) as client:
        hop.delay = 0.01
        replies = await asyncio.gather(*(client.deliver(ENVELOPE, CONTENT) for _ in range(12)))
    assert set(replies) == {(TAKEN,) * 3}
    assert hop.connections == 3
    assert len(hop.arrived) == 12


@pytest.mark.parametrize("idle", [1, 3])
async def test_connections_closed_while_idle_are_replaced_silently(idle: int) -> None:
    """A relay may close idle connections; the next message does not notice."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        hop.delay = 0.01
        await asyncio.gather(*(client.deliver(ENVELOPE, CONTENT) for _ in range(idle)))
        hop.drop_all()
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == idle + 1


@pytest.mark.parametrize("answer", [Fault.CLOSE, b"421 4.4.2 Idle too long\r\n"], ids=repr)
async def test_a_connection_that_ends_at_mail_was_idle_too_long(answer: fakes.Answer) -> None:
    """Closed just when it was to be used again: another connection is taken, and nobody is told."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        await client.deliver(ENVELOPE, CONTENT)
        hop.once["MAIL"] = answer
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == 2


async def test_a_connection_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Firewalls forget connections without a word."""
    monkeypatch.setattr(next_hop, "_IDLE_LIMIT", 0.0)
    async with fakes.next_hop() as hop, hopping(hop) as client:
        await client.deliver(ENVELOPE, CONTENT)
        await asyncio.sleep(0.01)
        await client.deliver(ENVELOPE, CONTENT)
    assert hop.connections == 2


@pytest.mark.parametrize("stage", ["GREETING", "MAIL", "RCPT", "DATA", "CONTENT"])
async def test_cancelling_closes_the_connection(stage: str) -> None:
    """A delivery that is given up leaves no connection behind in the middle of a transaction."""
    async with fakes.next_hop() as hop, hopping(hop) as client:
        hop.answers[stage] = Fault.HANG
        delivery = asyncio.create_task(client.deliver(ENVELOPE, CONTENT))
        while not hop.hanging:
            await asyncio.sleep(0.001)
        delivery.cancel()
        with pytest.raises(asyncio.CancelledError):
            await delivery
        hop.answers.clear()
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert hop.connections == 2


async def test_a_message_given_up_does_not_arrive_later() -> None:
    """What the next hop has not read when we give up is not sent after all, for it will be sent again."""
    async with fakes.next_hop() as hop, hopping(hop, timeout=0.1) as client:
        hop.reading.clear()
        assert await client.deliver(ENVELOPE, b"x" * 30_000_000 + b"\r\n") == (BROKEN_OFF,) * 3
        hop.reading.set()
        async with asyncio.timeout(5):
            while not hop.broken_off:
                await asyncio.sleep(0.001)
    assert not hop.octets


async def test_starttls_protects_everything_after_ehlo(relay_certificate: Certificate) -> None:
    """Envelope and content go over TLS, after a second EHLO."""
    async with (
        fakes.next_hop(relay_certificate.server()) as hop,
        hopping(hop, tls="starttls", ca_file=relay_certificate.chain) as client,
    ):
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert [command.split(" ")[0] for command in hop.commands[:5]] == [
        "EHLO", "STARTTLS", "TLS", "EHLO", "MAIL",
    ]  # fmt: skip


async def test_implicit_tls(relay_certificate: Certificate) -> None:
    """TLS from the first byte, on a port that offers nothing else."""
    async with (
        fakes.next_hop(relay_certificate.server(), implicit_tls=True) as hop,
        hopping(hop, tls="implicit", ca_file=relay_certificate.chain) as client,
    ):
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3
    assert "STARTTLS" not in hop.commands


async def test_verification_can_be_switched_off(relay_certificate: Certificate) -> None:
    """`verify = false` takes any certificate, for a relay that has none better."""
    async with (
        fakes.next_hop(relay_certificate.server()) as hop,
        hopping(hop, tls="starttls", verify=False) as client,
    ):
        assert await client.deliver(ENVELOPE, CONTENT) == (TAKEN,) * 3


@pytest.mark.parametrize(
    ("offer", "answers"),
    [
        pytest.param(False, {}, id="not offered"),
        pytest.param(True, {"STARTTLS": b"454 4.7.0 Not now\r\n"}, id="refused"),
        pytest.param(True, {"STARTTLS": Fault.CLOSE}, id="closed"),
        pytest.param(True, {"STARTTLS": Fault.HANG}, id="hanging"),
    ],
)
async def test_without_starttls_nothing_is_sent_in_the_clear(
    offer: bool, answers: dict[str, fakes.Answer], relay_certificate: Certificate
) -> None:
    """Where TLS is wanted and does not come, no envelope and no password leaves us."""
    async with (
        fakes.next_hop(relay_certificate.server() if offer else None) as hop,
        hopping(
            hop,
            tls="starttls",
            ca_file=relay_certificate.chain,
            username="gate",
            password="secret",
            connect_timeout=0.2,
        ) as client,
    ):
        hop.answers |= answers
        assert await client.deliver(ENVELOPE, CONTENT) == (UNREACHABLE,) * 3
    assert {command.split(" ")[0] for command in hop.commands} <= {"EHLO", "STARTTLS", "QUIT"}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize("wrong", ["nobody trusts it", "another address"])
async def test_an_invalid_certificate_is_no_next_hop(
    wrong: str, tls: str, relay_certificate: Certificate, tmp_path: Path
) -> None:
    """Neither a certificate of unknown origin nor one for another host will do."""
    other = fakes.certificate(tmp_path, "127.0.0.99")
    shown, trusted = (relay_certificate, other) if wrong == "nobody trusts it" else (other, other)
    async with (
        fakes.next_hop(shown.server(), implicit_tls=tls == "implicit") as hop,
        hopping(hop, tls=tls, ca_file=trusted.chain) as client,
    ):
        assert await client.deliver(ENVELOPE, CONTENT) == (UNREACHABLE,) * 3
    assert not hop.arrived
    assert "MAIL" not in {command.split(" ")[0] for command in hop.commands}


async def test_replies_injected_in_the_clear_are_not_believed(relay_certificate: Certificate) -> None:
    """What came behind the 220 of STARTTLS, before the handshake, never answers a later command."""
    async with (
        fakes.next_hop(relay_certificate.server()) as hop,
        hopping(hop, tls="starttls", ca_file=relay_certificate.chain, connect_timeout=1) as client,
    ):
        hop.answers["STARTTLS"] = b"220 Go on\r\n250-relay.example\r\n250 AUTH PLAIN\r\n250 OK\r\n"
        hop.answers["RCPT"] = b"550 5.1.1 Unknown\r\n"
        replies = await client.deliver(ENVELOPE, CONTENT)
    assert replies in ((Reply(550, "5.1.1 Unknown"),) * 3, (UNREACHABLE,) * 3)


def test_old_tls_is_not_spoken(relay_certificate: Certificate) -> None:
    """TLS 1.2 is the least."""
    context = next_hop._tls_context(
        Route("127.0.0.1", 1, "gate", tls="starttls", ca_file=relay_certificate.chain)
    )
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("answer", "reply"), [(b"235 2.7.0 Yes\r\n", TAKEN), (b"535 5.7.8 No\r\n", UNREACHABLE)]
)
async def test_auth(answer: bytes, reply: Reply, relay_certificate: Certificate) -> None:
    """User and password are sent before MAIL; without success there is no MAIL, and it is tried again."""
    async with (
        fakes.next_hop(relay_certificate.server(), extensions=("AUTH PLAIN",)) as hop,
        hopping(
            hop, tls="starttls", ca_file=relay_certificate.chain, username="gate", password="s3cret"
        ) as client,
    ):
        hop.answers["AUTH"] = answer
        assert await client.deliver(ENVELOPE, CONTENT) == (reply,) * 3
    assert "AUTH PLAIN AGdhdGUAczNjcmV0" in hop.commands
    assert bool(hop.arrived) == reply.positive


async def test_probe_says_whether_the_next_hop_is_there() -> None:
    """It greets and leaves; a next hop that does not answer raises."""
    async with fakes.next_hop() as hop, hopping(hop, connect_timeout=0.2) as client:
        await client.probe()
        assert hop.commands == ["EHLO gate.practice.example", "QUIT"]
        hop.answers["GREETING"] = b"554 5.3.2 Never\r\n"
        with pytest.raises(aiosmtplib.SMTPException):
            await client.probe()
