"""A load of mail: persistent SMTP connections that submit messages one after another.

The protocol is spoken by hand (RFC 5321, no pipelining), so that the client costs
little and every target is spoken to alike. asyncio sets TCP_NODELAY by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

import msgspec

from benchmarks.corpus import Mail
from benchmarks.sink import MARKER, Arrival, digest_of

_PATIENCE = 120.0
"""Seconds to wait for one reply before the whole benchmark is given up."""


class Outgoing(msgspec.Struct, frozen=True):
    """A message ready for the wire, so that nothing is computed while the clock runs."""

    envelope: tuple[bytes, ...]
    """MAIL and RCPT commands."""
    data: bytes
    """Dot-stuffed content with the final dot, to be sent after the marker."""
    digest: str
    """What the sink must find, as in `Arrival`."""


def outgoing(mail: Mail) -> Outgoing:
    return Outgoing(
        envelope=(
            f"MAIL FROM:<{mail.mail_from}>\r\n".encode(),
            *(f"RCPT TO:<{recipient}>\r\n".encode() for recipient in mail.recipients),
        ),
        data=mail.content.replace(b"\r\n.", b"\r\n..") + b".\r\n",
        digest=digest_of(mail.content),
    )


class Sent(msgspec.Struct, frozen=True):
    """What became of one transmission, as the client saw it."""

    number: int
    digest: str
    code: int
    """Reply code that ended it; 0 when the connection was lost."""
    seconds: float
    """From the last octet of DATA handed to the kernel to the reply."""


class Account(msgspec.Struct, frozen=True):
    """Numbers of messages that were answered 250 and did not come, came twice, came otherwise."""

    lost: int
    duplicated: int
    altered: int


def settle(sent: Sequence[Sent], arrived: Sequence[Arrival]) -> Account:
    """Every message that was answered 250 must have come exactly once, as it was sent."""
    digests = {one.number: one.digest for one in sent}
    came = Counter(arrival.number for arrival in arrived)
    return Account(
        lost=sum(one.code == 250 and not came[one.number] for one in sent),
        duplicated=sum(times > 1 for times in came.values()),
        altered=sum(arrival.digest != digests.get(arrival.number) for arrival in arrived),
    )


class Connection(asyncio.Protocol):
    """An SMTP session from the client's side, one command at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._reply = b""
        self._waiting: asyncio.Future[bytes] | None = None
        self._written = asyncio.Event()
        self._written.set()
        self._lost = asyncio.Event()

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a loopback port, up to the reply to EHLO."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        replies = (await connection._answer(), await connection.command(b"EHLO client.practice.example\r\n"))
        if not all(reply.startswith(b"2") for reply in replies):
            await connection.close()
            raise ConnectionError("the server greets with a refusal")
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self._expect()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost.set()
        self._written.set()
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionResetError("connection lost"))

    def pause_writing(self) -> None:
        self._written.clear()

    def resume_writing(self) -> None:
        self._written.set()

    def data_received(self, data: bytes) -> None:
        self._reply += data
        last = self._reply[self._reply.rfind(b"\n", 0, -1) + 1 :]
        if last.endswith(b"\r\n") and last[3:4] != b"-" and self._waiting and not self._waiting.done():
            self._waiting.set_result(self._reply)

    def _expect(self) -> None:
        self._reply = b""
        self._waiting = asyncio.get_running_loop().create_future()

    async def _answer(self) -> bytes:
        assert self._waiting is not None
        async with asyncio.timeout(_PATIENCE):
            return await self._waiting

    async def command(self, *octets: bytes) -> bytes:
        """Send a command, or what follows 354, and wait for the whole reply."""
        if self._lost.is_set():
            raise ConnectionResetError("connection lost")
        self._expect()
        self._transport.writelines(octets)
        return await self._answer()

    async def send(self, run: int, number: int, mail: Outgoing) -> Sent:
        """Submit one message; a refusal of any command ends it."""
        for command, good in (*((line, b"2") for line in mail.envelope), (b"DATA\r\n", b"3")):
            reply = await self.command(command)
            if not reply.startswith(good):
                await self.command(b"RSET\r\n")
                return Sent(number, mail.digest, int(reply[:3]), 0.0)
        self._expect()
        self._transport.writelines((MARKER + b"%d.%d\r\n" % (run, number), mail.data))
        await self._written.wait()
        started = time.perf_counter()
        reply = await self._answer()
        return Sent(number, mail.digest, int(reply[:3]), time.perf_counter() - started)

    async def close(self) -> None:
        """Take leave, if there is still somebody to take leave of."""
        with suppress(ConnectionError):
            await self.command(b"QUIT\r\n")
        self._transport.close()
        await self._lost.wait()


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    """Sessions with a server on loopback, greeted and ready."""
    opened: list[Connection] = []
    try:
        while len(opened) < count:
            opened.append(await Connection.open(port))
        yield opened
    finally:
        for connection in opened:
            await connection.close()


async def submit(
    opened: list[Connection], port: int, run: int, mails: Iterable[tuple[int, Outgoing]]
) -> list[Sent]:
    """Send numbered messages, each over whichever connection is free; a lost connection is opened anew."""
    waiting = iter(mails)
    sent: list[Sent] = []

    async def work(place: int) -> None:
        for number, mail in waiting:
            try:
                sent.append(await opened[place].send(run, number, mail))
            except ConnectionError:
                sent.append(Sent(number, mail.digest, 0, 0.0))
                await opened[place].close()
                opened[place] = await Connection.open(port)

    async with asyncio.TaskGroup() as group:
        for place in range(len(opened)):
            group.create_task(work(place))
    return sent


async def arrivals(port: int, run: int) -> list[Arrival]:
    """What the sink at this port says has come of a run."""
    async with connections(port, 1) as (connection,):
        listing = await connection.command(b"XARRIVED %d\r\n" % run)
    lines = (line[4:].split(" ") for line in listing.decode().splitlines()[:-1])
    return [Arrival(int(number), digest) for number, digest in lines]
