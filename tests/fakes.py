"""Test doubles that remember: real sockets, no expectations."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from config.settings import Endpoint


@dataclass(frozen=True)
class Received:
    """A message as the next hop got it."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes


class NextHop:
    """An SMTP server that remembers every message it takes.

    `replies` overrides what is said to a command, the most specific key first:
    "RCPT a@b.example", "RCPT", "DATA", "." (the content), "CONNECT" …; the reply
    "close" closes the connection, "hang" says nothing more. `delay` is waited before
    the reply to the content.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.commands: list[str] = []
        self.connections = 0
        self.replies: dict[str, str] = {}
        self.extensions = ["SIZE 100000000", "8BITMIME", "SMTPUTF8"]
        self.delay = 0.0
        self.endpoint = Endpoint("127.0.0.1", 0)
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._dialogues: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(
            self._connected, self.endpoint.host, self.endpoint.port, limit=2**26
        )
        self.endpoint = Endpoint(*self._server.sockets[0].getsockname()[:2])

    async def stop(self) -> None:
        """Stop listening and break every connection off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in tuple(self._dialogues):
            task.cancel()
        await asyncio.gather(*self._dialogues, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._dialogues.add(task)
        self.connections += 1
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._dialogues.discard(task)
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail_from, recipients = "", list[str]()
        await self._say(writer, "220 next-hop.example", "CONNECT")
        while line := (await reader.readuntil(b"\r\n"))[:-2].decode():
            self.commands.append(line)
            verb, _, argument = line.partition(" ")
            address = argument.partition("<")[2].partition(">")[0]
            match verb.upper():
                case "EHLO":
                    offered = [*self.extensions, *(["STARTTLS"] if self._tls else [])]
                    lines = "\r\n".join(f"250-{extension}" for extension in offered)
                    await self._say(writer, f"250-next-hop.example\r\n{lines}\r\n250 HELP", "EHLO")
                case "STARTTLS":
                    await self._say(writer, "220 2.0.0 Go ahead", "STARTTLS")
                    assert self._tls is not None
                    await writer.start_tls(self._tls)
                case "MAIL":
                    mail_from, recipients = address, []
                    await self._say(writer, "250 2.1.0 OK", f"MAIL {address}", "MAIL")
                case "RCPT":
                    if await self._say(writer, "250 2.1.5 OK", f"RCPT {address}", "RCPT"):
                        recipients.append(address)
                case "DATA":
                    if await self._say(writer, "354 Go ahead", "DATA"):
                        stuffed = (b"\r\n" + await reader.readuntil(b"\r\n.\r\n"))[:-3]
                        content = stuffed.replace(b"\r\n.", b"\r\n")[2:]
                        await asyncio.sleep(self.delay)
                        if self.replies.get(".", "2").startswith("2"):
                            self.received.append(Received(mail_from, tuple(recipients), content))
                        await self._say(writer, "250 2.0.0 OK", ".")
                case "QUIT":
                    await self._say(writer, "221 2.0.0 Bye", "QUIT")
                    return
                case _:
                    await self._say(writer, "250 2.0.0 OK", verb.upper())

    async def _say(self, writer: asyncio.StreamWriter, usual: str, *keys: str) -> bool:
        """Say the usual, or what `replies` has for the first key that it knows; whether that was positive."""
        reply = next((self.replies[key] for key in keys if key in self.replies), usual)
        if reply == "close":
            raise ConnectionResetError
        if reply == "hang":
            await asyncio.sleep(3600)
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return reply[0] in "23"
