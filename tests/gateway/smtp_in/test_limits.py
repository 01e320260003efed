"""What one client may take of the listener: size, recipients, connections, memory, time."""

from __future__ import annotations

import asyncio
import socket

import pytest
import uvloop

from gateway.load import Load
from gateway.mail import Message, Reply
from tests.gateway.smtp_in.listening import GREETING, PATIENCE, TAKEN, TRANSACTION, Client, listening

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

TOO_LARGE = "552 5.3.4 The message is larger than this server takes"
NO_MEMORY = "452 4.3.1 Not enough memory now; please try again later"
TOO_MANY = "421 4.3.2 Too many connections; please try again later"
TIMEOUT = "421 4.4.2 Timeout"


@pytest.mark.parametrize(
    ("octets", "reply"), [(98, str(TAKEN)), (100, str(TAKEN)), (101, TOO_LARGE), (50_000, TOO_LARGE)]
)
async def test_size_limit_after_data(octets: int, reply: str) -> None:
    """Exactly size_limit octets are taken, CRLF included; one more is 552, at the end of the content."""
    async with listening(size_limit=100) as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        assert await client.mail(b"x" * (octets - 2) + b"\r\n") == reply
        assert await client.mail(b"small\r\n") == str(TAKEN)
    assert len(listener.messages) == 1 + (reply == str(TAKEN))


@pytest.mark.parametrize(
    ("declared", "reply"),
    [("100", "250 2.1.0 OK"), ("0", "250 2.1.0 OK"), ("101", TOO_LARGE), ("9" * 20, TOO_LARGE)],
)
async def test_size_limit_at_mail(declared: str, reply: str) -> None:
    """A client that says its size is told before it sends (RFC 1870)."""
    async with listening(size_limit=100) as listener, Client(listener.port) as client:
        assert await client.say("EHLO pc", f"MAIL FROM:<clerk@practice.example> SIZE={declared}") == reply


@pytest.mark.parametrize("size", ["9" * 21, "-1", "1_000", "٣", "1.5", ""])
async def test_size_must_be_a_number(size: str) -> None:
    """At most 20 ASCII digits (RFC 1870 section 4)."""
    async with listening() as listener, Client(listener.port) as client:
        line = f"MAIL FROM:<clerk@practice.example> SIZE={size} SMTPUTF8"
        assert await client.say("EHLO pc", line) == "555 5.5.4 Parameter not recognised"


async def test_recipients_past_the_limit_are_put_off_and_the_others_served() -> None:
    """452 for each one too many, however many, and the message goes to those that were taken."""
    async with listening(recipient_limit=3) as listener, Client(listener.port) as client:
        await client.say("EHLO pc", "MAIL FROM:<clerk@practice.example>")
        replies = [await client.say(f"RCPT TO:<{n}@mail.example>") for n in range(40)]
        await client.say("DATA")
        await client.send(b"text\r\n.\r\n")
        assert await client.reply() == str(TAKEN)
    assert replies == ["250 2.1.5 OK"] * 3 + ["452 4.5.3 Too many recipients"] * 37
    assert listener.messages[0].envelope.recipients == ("0@mail.example", "1@mail.example", "2@mail.example")


async def test_connections_in_all_and_per_client_are_limited() -> None:
    """One too many is told 421 and closed; a place that becomes free is given again."""
    async with (
        listening(load=Load(3, 2, 1000)) as listener,
        Client(listener.port) as one,
        Client(listener.port) as two,
        Client(listener.port) as three,
    ):
        assert [one.greeting, two.greeting, three.greeting] == [GREETING, GREETING, TOO_MANY]
        assert await three.replies() == []
        await one.say("QUIT")
        await one.replies()
        async with Client(listener.port) as four:
            assert four.greeting == GREETING


def test_load_counts_clients_and_totals() -> None:
    """The limit per client holds beside the limit for all; who leaves makes room for its own limit too."""
    load = Load(3, 2, 1000)
    assert [load.admit(client) for client in ("a", "a", "a", "b", "b")] == [True, True, False, True, False]
    load.leave("a")
    assert [load.admit("b"), load.admit("b"), load.connections] == [True, False, 3]


@pytest.mark.parametrize(("taken", "left"), [(999, True), (1000, True), (1001, False)])
def test_load_books_octets_up_to_its_limit(taken: int, left: bool) -> None:
    """What does not fit is not booked at all; what is given back can be taken again."""
    load = Load(1, 1, 1000)
    assert load.take(taken) is left
    assert load.octets == (taken if left else 0)
    load.give_back(load.octets)
    assert load.take(1000)


async def test_memory_that_has_run_out_is_a_temporary_refusal() -> None:
    """A message that does not fit beside the others is 452 after its content; later the same one is taken."""
    proceed = asyncio.Event()

    async def slow(_: Message) -> Reply:
        await proceed.wait()
        return TAKEN

    body = b"x" * 600_000 + b"\r\n"
    async with (
        listening(slow, load=Load(10, 10, 1_000_000)) as listener,
        Client(listener.port) as one,
        Client(listener.port) as two,
    ):
        await one.begin()
        await one.send(body + b".\r\n")
        await two.say("EHLO pc")
        while listener.load.octets < len(body):
            await asyncio.sleep(0.001)
        assert await two.mail(body) == NO_MEMORY
        proceed.set()
        assert await one.reply() == str(TAKEN)
        assert await two.mail(body) == str(TAKEN)


async def test_memory_is_held_as_long_as_the_message_is_in_hand() -> None:
    """A client that goes away while we work does not make room: the message is still there."""
    proceed = asyncio.Event()

    async def slow(_: Message) -> Reply:
        await proceed.wait()
        return TAKEN

    async with listening(slow, load=Load(10, 10, 1_000_000)) as listener:
        async with Client(listener.port) as client:
            await client.begin()
            await client.send(b"x" * 600_000 + b"\r\n.\r\n")
            while not listener.messages:
                await asyncio.sleep(0.001)
            client.abort()
        while listener.load.connections:
            await asyncio.sleep(0.001)
        assert listener.load.octets >= 600_000
        proceed.set()
        while listener.load.octets:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("lines", [[], ["EHLO pc"], ["EHLO pc", "MAIL FROM:<clerk@practice.example>"]])
async def test_an_idle_client_is_sent_away(lines: list[str]) -> None:
    """421 after idle_timeout, wherever it stands."""
    async with listening(idle_timeout=0.1) as listener, Client(listener.port) as client:
        await client.say(*lines)
        assert await client.replies() == [TIMEOUT]


async def test_a_client_silent_within_its_content_is_sent_away() -> None:
    """The idle timeout holds in DATA too, and nothing of the half message is taken."""
    async with listening(idle_timeout=0.1) as listener, Client(listener.port) as client:
        await client.begin()
        await client.send(b"Subject: half\r\n")
        assert await client.replies() == [TIMEOUT]
    assert not listener.messages


async def test_a_content_that_trickles_is_ended_by_the_data_timeout() -> None:
    """A client that is never silent still has only data_timeout for one content."""
    async with listening(data_timeout=0.2) as listener, Client(listener.port) as client:
        await client.begin()
        replies = asyncio.ensure_future(client.replies())
        while not replies.done():
            await client.send(b"x")
            await asyncio.sleep(0.01)
        assert await replies in ([TIMEOUT], [])
    assert not listener.messages


async def test_our_own_work_is_not_limited_by_the_client_s_timeouts() -> None:
    """While a message is inspected no timer of the client runs."""

    async def slow(_: Message) -> Reply:
        await asyncio.sleep(0.25)
        return TAKEN

    async with (
        listening(slow, idle_timeout=0.1, data_timeout=0.1) as listener,
        Client(listener.port) as client,
    ):
        await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == str(TAKEN)


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    """Replies that nobody reads fill no memory and keep no connection open past the idle timeout."""
    async with listening(idle_timeout=0.2, recipient_limit=10) as listener:
        with socket.create_connection(("127.0.0.1", listener.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            client.setblocking(False)

            async def pour() -> None:
                octets = b"EHLO pc\r\n" + TRANSACTION.removesuffix(b"DATA\r\n")
                while True:
                    await asyncio.get_running_loop().sock_sendall(client, octets)
                    octets = b"RCPT TO:<a@b.example>\r\n" * 5000

            with pytest.raises(ConnectionError):
                await asyncio.wait_for(pour(), PATIENCE)
