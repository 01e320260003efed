"""The way out: pooled connections to the practice's mail relay.

aiosmtplib carries connecting, TLS, AUTH and single commands. The content is written as
it stands: it came in as a strict CRLF stream, so only dots need stuffing, while the
library would search every line end again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from pathlib import Path
from typing import Literal, cast

import aiosmtplib
import msgspec
import structlog

from gateway.dotreader import is_strict, stuffed
from gateway.mail import Envelope, Reply

log = structlog.get_logger("next_hop")

_IDLE_LIMIT = 30.0
"""Seconds after which an unused connection is not trusted to be open still."""

UNREACHABLE = Reply(451, "4.4.1 The next hop cannot be reached")
BROKEN_OFF = Reply(451, "4.4.2 The connection to the next hop broke off")
NOT_STRICT = Reply(554, "5.6.11 The message has a bare CR, a bare LF or a NUL")
NEEDS_SMTPUTF8 = Reply(553, "5.6.7 The next hop does not take internationalised addresses")
NEEDS_8BITMIME = Reply(554, "5.6.3 The next hop takes 7-bit mail only; send it as quoted-printable or Base64")


class Route(msgspec.Struct, frozen=True):
    """Where the next hop is and how to talk to it."""

    host: str
    port: int
    hostname: str
    """Our own name in EHLO."""
    tls: Literal["none", "starttls", "implicit"] = "none"
    verify: bool = True
    ca_file: Path | None = None
    username: str = ""
    password: str = ""
    connections: int = 20
    connect_timeout: float = 30
    timeout: float = 300


class NextHop:
    """Hands messages to one smarthost over at most `route.connections` connections."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._tls_context = _tls_context(route) if route.tls != "none" else None
        self._free = asyncio.Semaphore(route.connections)
        self._idle: deque[tuple[aiosmtplib.SMTP, float]] = deque()

    async def deliver(
        self,
        envelope: Envelope,
        content: bytes,
        *,
        message_id: str = "",
        strict: bool = False,
        begun: asyncio.Event | None = None,
    ) -> tuple[Reply, ...]:
        """Hand one message on: one reply for each recipient, in their order. Events name its id.

        Content that is not known to be a strict CRLF stream is looked through first. `begun` is
        set when a transaction begins; until then a caller may cancel, and nothing was handed on.

        Never raises for what the next hop does: when it cannot be reached, or the
        connection breaks, the reply is a temporary one of ours. A break after the
        final dot leaves unknown whether the next hop has the message; it is then
        tried again and may arrive twice (RFC 5321 section 4.5.4.1).
        """
        if not strict and not is_strict(content):  # Whoever wrote it: here it could smuggle commands.
            return (NOT_STRICT,) * len(envelope.recipients)
        async with self._free:
            while True:
                client, reused = self._take_idle(), True
                if client is None:
                    try:
                        client, reused = await self._connect(), False
                    except (aiosmtplib.SMTPException, OSError) as fault:
                        log.warning("next_hop.unreachable", id=message_id, fault=type(fault).__name__)
                        return (UNREACHABLE,) * len(envelope.recipients)
                transaction = _Transaction(client, envelope, self._route.timeout)
                if begun is not None:
                    begun.set()
                try:
                    replies = await transaction.run(content)
                except (aiosmtplib.SMTPException, OSError) as fault:
                    _drop(client)
                    if reused and not transaction.begun:
                        continue  # It was closed while idle: not a fault, take another.
                    _log_broken_off(message_id, fault, transaction)
                    return (BROKEN_OFF,) * len(envelope.recipients)
                except BaseException as fault:  # Given up by whoever waits for it.
                    _drop(client)
                    _log_broken_off(message_id, fault, transaction)
                    raise
                self._give_back(client)
                return replies

    async def close(self) -> None:
        """Take leave of the next hop on every idle connection."""
        while self._idle:
            client, _ = self._idle.pop()
            try:
                await client.quit(timeout=1)
            except (aiosmtplib.SMTPException, OSError):
                client.close()

    async def probe(self) -> None:
        """Connect, greet and leave; raises what went wrong."""
        client = await self._connect()
        await client.quit(timeout=self._route.connect_timeout)

    async def _connect(self) -> aiosmtplib.SMTP:
        route = self._route
        client = aiosmtplib.SMTP(
            hostname=route.host,
            port=route.port,
            local_hostname=route.hostname,
            timeout=None,  # Its own way of timing loses a cancellation now and then (cpython #86296).
            use_tls=route.tls == "implicit",
            start_tls=route.tls == "starttls",
            tls_context=self._tls_context,
            username=route.username or None,
            password=route.password or None,
        )
        try:
            async with asyncio.timeout(route.connect_timeout):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except BaseException:
            client.close()
            raise
        return client

    def _take_idle(self) -> aiosmtplib.SMTP | None:
        fresh_since = asyncio.get_running_loop().time() - _IDLE_LIMIT
        while self._idle:
            client, since = self._idle.pop()
            if since >= fresh_since and client.is_connected:
                return client
            client.close()
        return None

    def _give_back(self, client: aiosmtplib.SMTP) -> None:
        if client.is_connected:
            self._idle.append((client, asyncio.get_running_loop().time()))


class _Transaction:
    """One MAIL, RCPT, DATA sequence on a connection."""

    def __init__(self, client: aiosmtplib.SMTP, envelope: Envelope, timeout: float) -> None:
        self._client, self._envelope, self._timeout = client, envelope, timeout
        self.begun = False
        """The next hop has answered MAIL: the connection was alive."""
        self.content_sent = False
        """The final dot was written and not answered yet."""

    async def run(self, content: bytes) -> tuple[Reply, ...]:
        refusal = await self._mail(content)
        if refusal is not None:
            await self._reset()
            return (refusal,) * len(self._envelope.recipients)
        replies = [await self._command(b"RCPT TO:<%b>" % _octets(to)) for to in self._envelope.recipients]
        if any(reply.positive for reply in replies):
            final = await self._data(content)
            return tuple(final if reply.positive else reply for reply in replies)
        await self._reset()
        return tuple(replies)

    async def _mail(self, content: bytes) -> Reply | None:
        parameters = b""
        if self._client.supports_extension("size"):
            parameters += b" SIZE=%d" % len(content)
        # Declared or not: a relay that was not told may clear the eighth bit (RFC 6152 section 3).
        eight_bit = not content.isascii()
        if not self._client.supports_extension("8bitmime"):
            if eight_bit:
                return NEEDS_8BITMIME
        elif eight_bit or self._envelope.eight_bit:
            parameters += b" BODY=8BITMIME"
        if self._envelope.smtputf8:
            if not self._client.supports_extension("smtputf8"):
                return NEEDS_SMTPUTF8
            parameters += b" SMTPUTF8"
        reply = await self._command(b"MAIL FROM:<%b>%b" % (_octets(self._envelope.mail_from), parameters))
        if reply.code == 421:
            raise aiosmtplib.SMTPServerDisconnected("closed while idle")
        self.begun = True
        return None if reply.positive else reply

    async def _data(self, content: bytes) -> Reply:
        response = await self._client.execute_command(b"DATA", timeout=self._timeout)
        if response.code != 354:
            await self._reset()
            reply = _reply(response)
            return reply if not reply.positive else BROKEN_OFF
        protocol = self._client.protocol
        assert protocol is not None
        protocol.write(stuffed(content))
        protocol.write(b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
        self.content_sent = True
        response = await protocol.read_response(timeout=self._timeout)
        self.content_sent = False
        return _reply(response)

    async def _command(self, command: bytes) -> Reply:
        return _reply(await self._client.execute_command(command, timeout=self._timeout))

    async def _reset(self) -> None:
        """Leave the connection fit for the next message, or not at all: the reply to this one is known."""
        try:
            if self._client.is_connected:
                await self._command(b"RSET")
        except (aiosmtplib.SMTPException, OSError):
            _drop(self._client)


def _drop(client: aiosmtplib.SMTP) -> None:
    """Close, and send no more of what is waiting to be sent: a message given up must not arrive yet."""
    if client.transport is not None:
        cast(asyncio.WriteTransport, client.transport).abort()
    client.close()


def _log_broken_off(message_id: str, fault: BaseException, transaction: _Transaction) -> None:
    name, ambiguous = type(fault).__name__, transaction.content_sent
    log.warning("next_hop.broken_off", id=message_id, fault=name, ambiguous=ambiguous)


def _octets(address: str) -> bytes:
    return address.encode("utf-8")


def _reply(response: aiosmtplib.SMTPResponse) -> Reply:
    """A reply that may be passed on: one line, printable ASCII, of bounded length."""
    text = " ".join(response.message.split())
    code = response.code if response.code // 100 in (2, 4, 5) else 451
    return Reply(code, "".join(c if " " <= c <= "~" else "?" for c in text)[:400])


def _tls_context(route: Route) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(route.ca_file) if route.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not route.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
