from __future__ import annotations

import asyncio

import pytest

from benchmarks import corpus, smtp_load, targets
from benchmarks.sink import Arrival, Arrivals, Sink, digest_of
from benchmarks.smtp_load import Account, Sent

MAILS = [smtp_load.outgoing(mail) for mail in corpus.small(12)]
MARKED = b"X-Benchmark-Id: 3.5\r\n"


@pytest.mark.parametrize(
    ("arrived", "account"),
    [
        pytest.param([Arrival(1, "a"), Arrival(2, "b")], Account(0, 0, 0), id="all well"),
        pytest.param([Arrival(2, "b"), Arrival(1, "a")], Account(0, 0, 0), id="in another order"),
        pytest.param([Arrival(1, "a")], Account(1, 0, 0), id="one lost"),
        pytest.param([], Account(2, 0, 0), id="all lost"),
        pytest.param([Arrival(1, "a"), Arrival(2, "b"), Arrival(2, "b")], Account(0, 1, 0), id="duplicated"),
        pytest.param([Arrival(1, "a"), Arrival(2, "c")], Account(0, 0, 1), id="altered"),
        pytest.param([Arrival(1, "b"), Arrival(2, "a")], Account(0, 0, 2), id="contents exchanged"),
        pytest.param([Arrival(1, "a"), Arrival(2, "b"), Arrival(9, "c")], Account(0, 0, 1), id="never sent"),
        pytest.param(
            [Arrival(1, "a"), Arrival(2, "b"), Arrival(3, "c")], Account(0, 0, 0), id="refused, came"
        ),
    ],
)
def test_what_was_answered_250_must_come_once_and_unchanged(arrived: list[Arrival], account: Account) -> None:
    """Lost, duplicated and altered messages are told apart; a message refused with 451 may come or not."""
    sent = [Sent(1, "a", 250, 0.1), Sent(2, "b", 250, 0.1), Sent(3, "c", 451, 0.1)]
    assert smtp_load.settle(sent, arrived) == account


@pytest.mark.parametrize(
    ("before", "untouched"),
    [
        pytest.param(b"", True, id="nothing"),
        pytest.param(b"Received: from a by b;\r\n\tMon, 2 Mar 2026\r\n", True, id="a folded Received"),
        pytest.param(b"Received: a\r\nReceived: b\r\n c\r\n", True, id="two Received"),
        pytest.param(b"X-Peer: 127.0.0.1\r\n", False, id="another field"),
        pytest.param(b"Received: a\r\nX-Peer: 127.0.0.1\r\n", False, id="another field after Received"),
        pytest.param(b"Received: a\r\n\r\n", False, id="the end of the header section"),
        pytest.param(b"Received-SPF: pass\r\n", False, id="a field that begins like Received"),
    ],
)
def test_only_received_may_be_added(before: bytes, untouched: bool) -> None:
    """A digest is kept only for content that nothing but Received fields was put before."""
    arrivals = Arrivals()
    arrivals.add(before + MARKED + b"Subject: rota\r\n\r\ntext\r\n")
    digest = digest_of(b"Subject: rota\r\n\r\ntext\r\n") if untouched else ""
    assert arrivals.of_run(3) == [Arrival(5, digest)]


def test_content_without_its_marker_counts_as_lost() -> None:
    """A gateway that drops the marker cannot pass for one that delivered."""
    arrivals = Arrivals()
    arrivals.add(b"Subject: rota\r\n\r\ntext\r\n")
    assert arrivals.of_run(3) == []


async def _through_a_sink(run: int, *sendings: list[tuple[int, smtp_load.Outgoing]]) -> Account:
    """What comes of mail when the client believes that the last sending was the only one."""
    arrivals = Arrivals()
    server = await asyncio.get_running_loop().create_server(lambda: Sink(arrivals), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with smtp_load.connections(port, 3) as opened:
            for mails in sendings:
                sent = await smtp_load.submit(opened, port, run, mails)
        return smtp_load.settle(sent, await smtp_load.arrivals(port, run))


async def test_what_is_sent_straight_to_the_sink_is_all_there() -> None:
    """Over several connections, every message comes once, octet for octet."""
    assert await _through_a_sink(1, list(enumerate(MAILS))) == Account(0, 0, 0)


async def test_the_sink_notices_a_message_that_comes_twice() -> None:
    """A number that was taken before is a duplicate."""
    assert await _through_a_sink(1, [(0, MAILS[0])], list(enumerate(MAILS))) == Account(0, 1, 0)


async def test_the_sink_notices_altered_content() -> None:
    """One octet less in the body is enough."""
    mails = [(0, MAILS[0]), (1, _altered(MAILS[1])), (2, MAILS[2])]
    assert await _through_a_sink(1, mails) == Account(0, 0, 1)


def _altered(mail: smtp_load.Outgoing) -> smtp_load.Outgoing:
    return smtp_load.Outgoing(mail.envelope, mail.data.replace(b"e", b"", 1), mail.digest)


async def test_a_sink_that_never_saw_a_message_shows_it_as_lost() -> None:
    """What another server took with 250 is missed where it should have come."""
    arrivals, elsewhere = Arrivals(), Arrivals()
    loop = asyncio.get_running_loop()
    sink = await loop.create_server(lambda: Sink(arrivals), "127.0.0.1", 0)
    other = await loop.create_server(lambda: Sink(elsewhere), "127.0.0.1", 0)
    async with sink, other:
        ports = [server.sockets[0].getsockname()[1] for server in (sink, other)]
        async with smtp_load.connections(ports[0], 1) as near, smtp_load.connections(ports[1], 1) as far:
            sent = await smtp_load.submit(near, ports[0], 1, list(enumerate(MAILS[:8])))
            sent += await smtp_load.submit(far, ports[1], 1, [(8, MAILS[8]), (9, MAILS[9])])
        assert smtp_load.settle(sent, await smtp_load.arrivals(ports[0], 1)) == Account(2, 0, 0)


class Grumpy(asyncio.Protocol):
    """A server that refuses one command, or hangs up on it."""

    def __init__(self, command: bytes, reply: bytes) -> None:
        self._command, self._reply = command, reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220-good\r\n220 morning\r\n")

    def data_received(self, data: bytes) -> None:
        if data == b"QUIT\r\n":
            self._transport.close()
        elif not data.startswith(self._command):
            self._transport.write(b"354 go\r\n" if data == b"DATA\r\n" else b"250 yes\r\n")
        elif self._reply:
            self._transport.write(self._reply)
        else:
            self._transport.close()


@pytest.mark.parametrize(
    ("command", "reply", "code"),
    [
        (b"MAIL", b"451 later\r\n", 451),
        (b"RCPT", b"550-not\r\n550 here\r\n", 550),
        (b"DATA", b"452 full\r\n", 452),
        (b"X-Benchmark-Id", b"554 no\r\n", 554),
        (b"X-Benchmark-Id", b"", 0),
        (b"RCPT", b"", 0),
    ],
)
async def test_every_way_of_not_taking_mail_is_counted_by_its_code(
    command: bytes, reply: bytes, code: int
) -> None:
    """A refusal keeps its code, a lost connection is 0, and either way the next message is tried."""
    server = await asyncio.get_running_loop().create_server(lambda: Grumpy(command, reply), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with smtp_load.connections(port, 1) as opened:
            sent = await smtp_load.submit(opened, port, 1, list(enumerate(MAILS[:2])))
    assert [one.code for one in sent] == [code, code]


async def test_a_server_that_greets_with_a_refusal_is_no_target() -> None:
    """A 4xx greeting stops the benchmark rather than being measured."""
    async with await asyncio.get_running_loop().create_server(
        lambda: Grumpy(b"EHLO", b"421 closing\r\n"), "127.0.0.1", 0
    ) as server:
        with pytest.raises(ConnectionError):
            await smtp_load.Connection.open(server.sockets[0].getsockname()[1])


async def test_mail_reaches_the_sink_through_the_stock_forwarder() -> None:
    """Client, forwarder and sink, each a process of its own, lose and change nothing."""
    mails = [smtp_load.outgoing(mail) for mail in corpus.mixed(30)]
    async with targets.sink() as sink, targets.forwarder(sink.port) as forwarder:
        async with smtp_load.connections(forwarder.port, 4) as opened:
            sent = await smtp_load.submit(opened, forwarder.port, 1, list(enumerate(mails)))
        account = smtp_load.settle(sent, await smtp_load.arrivals(sink.port, 1))
        used = targets.cpu_seconds(forwarder.pid)
    assert [one.code for one in sent] == [250] * 30
    assert account == Account(0, 0, 0)
    assert used > 0
