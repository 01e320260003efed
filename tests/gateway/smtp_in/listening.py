"""A listener on a real socket that remembers what it took in, and a client that speaks raw octets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any, Self

import msgspec

from gateway.load import Load
from gateway.mail import Message, Reply
from gateway.smtp_in import Connection, ListenerPolicy, Receive

PATIENCE = 10.0
"""Seconds after which a test gives up on an answer."""

POLICY = ListenerPolicy(
    hostname="gate.practice.example",
    domains=("practice.example", "branch.example"),
    relay_networks=(ip_network("127.0.0.0/8"),),
    users=None,
    require_tls=False,
    size_limit=4_000_000,
    recipient_limit=100,
    idle_timeout=PATIENCE,
    data_timeout=PATIENCE,
)
TAKEN = Reply(250, "2.0.0 Taken")
GREETING = f"220 {POLICY.hostname} ESMTP"
TRANSACTION = b"MAIL FROM:<clerk@practice.example>\r\nRCPT TO:<patient@mail.example>\r\nDATA\r\n"


class Listener:
    """Takes every message in, unless it is given another `receive`."""

    def __init__(self, load: Load, receive: Receive | None) -> None:
        self.load = load
        self.messages: list[Message] = []
        self.port = 0
        self._receive = receive

    @property
    def contents(self) -> list[bytes]:
        """What was taken in, without the three lines of our Received field."""
        return [message.content.split(b"\r\n", 3)[3] for message in self.messages]

    async def receive(self, message: Message) -> Reply:
        self.messages.append(message)
        return TAKEN if self._receive is None else await self._receive(message)


@contextlib.asynccontextmanager
async def listening(
    receive: Receive | None = None,
    *,
    load: Load | None = None,
    tls: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    host: str = "127.0.0.1",
    **policy: Any,
) -> AsyncIterator[Listener]:
    """A listener whose policy differs from POLICY in what is named; what it holds must not outlive it."""
    listener = Listener(load or Load(100, 100, 100_000_000), receive)
    rules = msgspec.structs.replace(POLICY, **policy)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(listener.receive, rules, listener.load, tls=tls, implicit_tls=implicit_tls),
        host,
        0,
    )
    listener.port = server.sockets[0].getsockname()[1]
    async with server, asyncio.timeout(3 * PATIENCE):
        yield listener
        while listener.load.connections or listener.load.octets:
            await asyncio.sleep(0.001)


class Client:
    """One connection to a listener; closed at the end of the block."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._port, self._tls, self._host = port, tls, host
        self._aborted = False

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        self.greeting = await self.reply()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self._writer.close()
        if not self._aborted:
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def abort(self) -> None:
        """Go away without a word: a reset, not an end."""
        self._aborted = True
        if line := self._writer.get_extra_info("socket"):
            with contextlib.suppress(OSError):  # It is closed already.
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def half_close(self) -> None:
        self._writer.write_eof()

    async def send(self, octets: bytes, *, bytewise: bool = False) -> None:
        """Write octets, in one piece or one by one."""
        with contextlib.suppress(ConnectionError):
            for piece in (octets[i : i + 1] for i in range(len(octets))) if bytewise else (octets,):
                self._writer.write(piece)
                await self._writer.drain()
                if bytewise:
                    await asyncio.sleep(0)

    async def reply(self) -> str:
        """The next reply, its lines joined by a line feed; "" when the connection has been closed."""
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not lines or lines[-1][3:4] == "-":
                try:
                    line = await self._reader.readline()
                except ConnectionError:
                    line = b""
                if not line:
                    break
                assert line.endswith(b"\r\n")
                lines.append(line[:-2].decode("ascii"))
        return "\n".join(lines)

    async def say(self, *lines: str | bytes) -> str:
        """Send lines one after the other; the last one's reply."""
        reply = ""
        for line in lines:
            await self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
            reply = await self.reply()
        return reply

    async def replies(self) -> list[str]:
        """All replies until the connection is closed."""
        replies: list[str] = []
        while reply := await self.reply():
            replies.append(reply)
        return replies

    async def start_tls(self, context: ssl.SSLContext) -> None:
        await self._writer.start_tls(context, server_hostname="127.0.0.1")

    async def begin(self) -> str:
        """Go as far as DATA; its reply."""
        return await self.say("EHLO pc.practice.example", *TRANSACTION.decode().split("\r\n")[:-1])

    async def mail(self, content: bytes) -> str:
        """A whole transaction on a session that has said EHLO; the final reply."""
        await self.say(*TRANSACTION.decode().split("\r\n")[:-1])
        await self.send(content + b".\r\n")
        return await self.reply()
