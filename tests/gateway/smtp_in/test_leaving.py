"""Faults, clients that go away, and our own shutting down: no message half taken, no word too many."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
import uvloop
from argon2 import PasswordHasher

from gateway.mail import Message, Reply
from gateway.users import Users
from tests.fakes import Certificate
from tests.gateway.smtp_in.listening import TAKEN, TRANSACTION, Client, Listener, listening

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

CANARY = "999 000 0018"
FAULT = "451 4.3.0 Something went wrong here; please try again later"
SHUTTING_DOWN = "421 4.3.2 Service is shutting down; please try again later"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that is logged at any level, by us and by libraries, as text with tracebacks."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    caplog.set_level(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(written),
        cache_logger_on_first_use=False,
    )
    yield written
    structlog.reset_defaults()
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError(f"boom {CANARY}"),
        ValueError("two\r\n250 lines"),
        KeyError("ünïcödé"),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, "bad"),
        TimeoutError(CANARY),
        MemoryError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_fault_is_one_fixed_451(fault: Exception, logged: io.StringIO) -> None:
    """Whatever `receive` raises: nothing of it is said or logged, and the session goes on afresh."""
    faults = [fault]

    async def receive(_: Message) -> Reply:
        if faults:
            raise faults.pop()
        return TAKEN

    async with listening(receive) as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == FAULT
        assert await client.say("DATA") == "503 5.5.1 Send RCPT first"
        assert await client.mail(b"text\r\n") == str(TAKEN)
    assert "smtp.fault" in logged.getvalue()
    assert type(fault).__name__ in logged.getvalue()
    assert not any(word in logged.getvalue() for word in (CANARY, "250 lines", "ünïcödé", "Traceback"))


async def test_nothing_of_the_mail_is_in_any_log(
    logged: io.StringIO, listener_certificate: Certificate
) -> None:
    """At DEBUG, through every kind of reply: no content, subject, address, name or password."""
    secrets = ["canary-", "Canary-Subject", CANARY, "Y2FuYXJ5", "bare"]
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("canary-pw")
    users = Users({"canary-login": hashed})

    async def receive(message: Message) -> Reply:
        if b"fault" in message.content:
            raise RuntimeError(message.content)
        return TAKEN

    async with (
        listening(receive, tls=listener_certificate.server(), users=users, size_limit=500) as listener,
        Client(listener.port) as client,
    ):
        await client.say("EHLO canary-host", "STARTTLS")
        await client.start_tls(listener_certificate.client())
        await client.say("EHLO canary-host", "AUTH LOGIN", "Y2FuYXJ5LWxvZ2lu", "Y2FuYXJ5LXB3")
        for body in ("text", "fault", "x" * 1000, "bare\nLF"):
            await client.say("MAIL FROM:<canary-from@practice.example>", "RCPT TO:<canary-to@a.example>")
            await client.say("RCPT TO:<canary-to%x@a.example>", "VRFY canary-to", "DATA")
            await client.send(f"Subject: Canary-Subject\r\n\r\n{CANARY} {body}\r\n.\r\n".encode())
            await client.reply()
        assert await client.replies() == ["421 4.7.0 Closing after a malformed message"]
    text = logged.getvalue()
    assert "smtp.auth" in text
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("leave", [Client.abort, Client.half_close], ids=["reset", "half-close"])
@pytest.mark.parametrize(
    "octets",
    [b"", b"EHL", b"EHLO pc\r\n", b"EHLO pc\r\n" + TRANSACTION, b"EHLO pc\r\n" + TRANSACTION + b"half\r\n."],
    ids=["greeting", "within a command", "between commands", "before content", "within content"],
)
async def test_a_client_that_goes_away_leaves_nothing(octets: bytes, leave: Callable[[Client], None]) -> None:
    """Neither a connection nor a booked octet stays, and half a message is none."""
    async with listening() as listener, Client(listener.port) as client:
        await client.send(octets)
        await asyncio.sleep(0.01)
        leave(client)
        await client.replies()
        async with asyncio.timeout(5):
            while listener.load.connections:
                await asyncio.sleep(0.001)
    assert not listener.messages


async def test_work_goes_on_when_the_client_goes_away() -> None:
    """A message that was whole is seen through; its client gets no reply and will try again."""
    proceed, finished = asyncio.Event(), asyncio.Event()

    async def receive(_: Message) -> Reply:
        await proceed.wait()
        finished.set()
        return TAKEN

    async with listening(receive) as listener:
        async with Client(listener.port) as client:
            await client.begin()
            await client.send(b"text\r\n.\r\n")
            while not listener.messages:
                await asyncio.sleep(0.001)
            client.abort()
            assert await client.replies() == []
        proceed.set()
        async with asyncio.timeout(5):
            await finished.wait()


async def test_a_client_that_has_said_all_gets_its_reply() -> None:
    """A half-closed connection is still read from; without its reply the client would send again."""

    async def receive(_: Message) -> Reply:
        await asyncio.sleep(0.05)
        return TAKEN

    async with listening(receive) as listener, Client(listener.port) as client:
        await client.send(b"EHLO pc\r\n" + TRANSACTION + b"text\r\n.\r\n")
        client.half_close()
        assert (await client.replies())[-1] == str(TAKEN)


async def test_a_fault_after_the_client_has_gone_is_not_told_to_the_log(logged: io.StringIO) -> None:
    """Nobody waits for the result any more, and asyncio must not write the exception out."""
    proceed = asyncio.Event()

    async def receive(_: Message) -> Reply:
        await proceed.wait()
        raise RuntimeError(CANARY)

    async with listening(receive) as listener:
        async with Client(listener.port) as client:
            await client.begin()
            await client.send(b"text\r\n.\r\n")
            while not listener.messages:
                await asyncio.sleep(0.001)
            client.abort()
        while listener.load.connections:
            await asyncio.sleep(0.001)
        proceed.set()
        while listener.load.octets:
            await asyncio.sleep(0.001)
    gc.collect()
    assert CANARY not in logged.getvalue()


async def drained(listener: Listener, patience: float = 5) -> asyncio.Task[None]:
    """A shutting down that has begun."""
    listener.load.closing = True
    task = asyncio.create_task(listener.load.empty(patience))
    await asyncio.sleep(0.01)
    return task


async def test_shutting_down_sends_idle_clients_away_and_takes_no_new_ones() -> None:
    """421 for who is idle and for who comes; then everybody has gone."""
    async with (
        listening() as listener,
        Client(listener.port) as fresh,
        Client(listener.port) as idle,
    ):
        await idle.say("EHLO pc")
        await idle.mail(b"text\r\n")
        draining = await drained(listener)
        assert await idle.replies() == [SHUTTING_DOWN]
        assert await fresh.replies() == [SHUTTING_DOWN]
        async with Client(listener.port) as late:
            assert late.greeting == "421 4.3.2 Too many connections; please try again later"
        await draining


async def test_shutting_down_lets_a_transaction_end() -> None:
    """Who is within a transaction may finish it, gets its reply, and then the 421; no further one begins."""
    async with listening() as listener, Client(listener.port) as client:
        await client.begin()
        await client.send(b"first half\r\n")
        draining = await drained(listener)
        assert not draining.done()
        await client.send(b"second half\r\n.\r\n" + TRANSACTION + b"another\r\n.\r\n")
        replies = await client.replies()
        await draining
    assert replies[:2] == [str(TAKEN), SHUTTING_DOWN]
    assert set(replies[2:]) <= {SHUTTING_DOWN}
    assert listener.contents == [b"first half\r\nsecond half\r\n"]


async def test_shutting_down_ends_an_open_transaction_that_is_given_up() -> None:
    """RSET within a shutting down, then MAIL: 421."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc", "MAIL FROM:<clerk@practice.example>")
        draining = await drained(listener)
        assert await client.say("RSET") == "250 2.0.0 OK"
        assert await client.say("MAIL FROM:<clerk@practice.example>") == SHUTTING_DOWN
        await draining


async def test_shutting_down_is_not_held_up_for_ever() -> None:
    """`empty` returns after its patience, whatever a client does."""
    async with listening() as listener, Client(listener.port) as client:
        await client.begin()
        draining = await drained(listener, 0.05)
        await draining
        assert listener.load.connections == 1
