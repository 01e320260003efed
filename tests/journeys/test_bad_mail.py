"""Mail that no client should send: judged or held, never an exception, never clean by default."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes import NextHop, next_hop
from tests.journeys.house import PATIENT, SENDER, House, house, letter

pytestmark = pytest.mark.asyncio(loop_scope="module")


def nested(depth: int, core: bytes) -> bytes:
    """`core` inside so many multiparts."""
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
        for level in range(depth)
    )
    tail = b"".join(b"--b%d--\r\n" % level for level in reversed(range(depth)))
    return head + b"Content-Type: text/plain\r\n\r\n" + core + tail


HEAD = b"From: a.clerk@practice.example\r\nTo: sam@mail.example\r\nSubject: x\r\n"
BAD = {
    "no header at all": PATIENT,
    "only a header": HEAD + b"X: " + PATIENT,
    "100 multiparts deep": HEAD + nested(100, PATIENT),
    "1000 multiparts deep": HEAD + nested(1000, PATIENT),
    "no end boundary": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + PATIENT,
    "a boundary that never comes": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + PATIENT,
    "an unknown charset": HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\n" + PATIENT,
    "a wrong charset": HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\n" + PATIENT,
    "undecodable octets": HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe\x80 " + PATIENT,
    "an unknown transfer encoding": HEAD + b"Content-Transfer-Encoding: rot13\r\n\r\n" + PATIENT,
    "base64 that is none": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + PATIENT,
    "two content types": HEAD + b"Content-Type: text/plain\r\nContent-Type: image/png\r\n\r\n" + PATIENT,
    "ten thousand header fields": HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n" + PATIENT,
    "a header field of 1 MB": HEAD + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\n" + PATIENT,
    "an address with defects": b"From: <<a@\r\nTo: alice@nhs.net)<x@evil.example>\r\n\r\n" + PATIENT,
    "control characters": HEAD + b"X-\x01: \x02\r\n\r\n\x0b\x0c\x1b[31m" + PATIENT,
    "a message in a message in a message": HEAD
    + b"Content-Type: message/rfc822\r\n\r\n"
    + HEAD
    + b"Content-Type: message/rfc822\r\n\r\n"
    + HEAD
    + b"\r\n"
    + PATIENT,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, NextHop]]:
    """One gateway for all of it: what one message does must not matter to the next."""
    async with next_hop() as hop, house(tmp_path_factory.mktemp("house"), hop.port) as running:
        yield running, hop


@pytest.mark.parametrize("name", BAD)
async def test_bad_mail_is_held(gate: tuple[House, NextHop], name: str) -> None:
    """Patient data in a broken wrapping is found, or the wrapping is what it is held for."""
    house, hop = gate
    before = {kept.id for kept in await house.kept("held")}
    reply = await house.send(BAD[name])
    assert reply.code == 250, reply
    (kept,) = [kept for kept in await house.kept("held") if kept.id not in before]

    assert kept.details.verdict is not None
    assert all(rule.reason and rule.clause for rule in kept.details.verdict.rules)
    assert not [message for message in hop.arrived if message.mail_from == SENDER]


async def test_an_empty_message_is_delivered(gate: tuple[House, NextHop]) -> None:
    """There is nothing in it to hold."""
    house, hop = gate
    assert (await house.send(letter(b""))).code == 250

    assert [message for message in hop.arrived if message.mail_from == SENDER]
    hop.arrived.clear()
