"""Test doubles that remember: a next hop on a real socket, and certificates that nobody else trusts."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Mapping
from enum import Enum
from pathlib import Path
from typing import cast

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Fault(Enum):
    """What a next hop can do instead of answering."""

    HANG = "says nothing any more"
    CLOSE = "closes the connection"


Answer = bytes | Fault

_ANSWERS: Mapping[str, bytes] = {
    "GREETING": b"220 relay.example ESMTP\r\n",
    "HELO": b"250 relay.example\r\n",
    "STARTTLS": b"220 Go ahead\r\n",
    "AUTH": b"235 2.7.0 Welcome\r\n",
    "MAIL": b"250 2.1.0 OK\r\n",
    "RCPT": b"250 2.1.5 OK\r\n",
    "DATA": b"354 Go ahead\r\n",
    "CONTENT": b"250 2.0.0 Taken\r\n",
    "RSET": b"250 2.0.0 OK\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
}


class Arrived(msgspec.Struct, frozen=True):
    """One message as the next hop was sent it, dot-stuffing undone."""

    mail_from: str
    recipients: tuple[str, ...]
    content: bytes


class NextHop:
    """A mail relay that takes everything, unless it is told otherwise.

    `answers` overrides what it says at a stage: GREETING, EHLO, HELO, STARTTLS, AUTH,
    MAIL, RCPT, DATA, CONTENT (after the final dot), RSET, QUIT; "RCPT a@b.example" for
    one recipient. It holds to RFC 5321: MAIL within a transaction is 503.
    """

    def __init__(self, tls: ssl.SSLContext | None, extensions: tuple[str, ...]) -> None:
        self.answers: dict[str, Answer] = {}
        self.once: dict[str, Answer] = {}
        """Like `answers`, each for one time only."""
        self.arrived: list[Arrived] = []
        self.commands: list[str] = []
        """Every command line, of all connections; "TLS" stands where encryption began."""
        self.octets: list[bytes] = []
        """The octets that followed each 354, as they were sent."""
        self.connections = 0
        self.broken_off = 0
        """Connections that ended within a content."""
        self.hanging = 0
        """Connections on which it says nothing any more."""
        self.reading = asyncio.Event()
        """Cleared: contents are left unread until it is set."""
        self.reading.set()
        self.open: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.delay = 0.0
        """Seconds before the answer to a content."""
        self.tls, self._extensions = tls, extensions

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await _Session(self, reader, writer).run()
        self.open.discard(writer)
        writer.close()

    def drop_all(self) -> None:
        """Close every connection, as a relay does with idle ones."""
        for writer in tuple(self.open):
            writer.close()

    def ehlo(self) -> bytes:
        lines = ("relay.example", *self._extensions)
        return b"".join(f"250{'-' if line != lines[-1] else ' '}{line}\r\n".encode() for line in lines)


class _Session:
    def __init__(self, hop: NextHop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hop, self._reader, self._writer = hop, reader, writer
        self._transport = cast(asyncio.Transport, writer.transport)
        self._mail_from: str | None = None
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._answer("GREETING")
        while line := await self._reader.readline():
            command = line.decode().rstrip("\r\n")
            self._hop.commands.append(command)
            await self._obey(command)
            if command == "QUIT":
                return

    async def _obey(self, command: str) -> None:
        verb = command.partition(" ")[0].upper()
        path = command.partition("<")[2].partition(">")[0]
        if verb == "MAIL" and self._mail_from is not None:
            self._writer.write(b"503 5.5.1 Nested MAIL command\r\n")
            return
        positive = await self._answer(f"RCPT {path}" if verb == "RCPT" else verb)
        if verb in ("RSET", "EHLO"):
            self._mail_from, self._recipients = None, []
        elif positive and verb == "MAIL":
            self._mail_from = path
        elif positive and verb == "RCPT":
            self._recipients.append(path)
        elif positive and verb == "DATA":
            await self._content()
        elif positive and verb == "STARTTLS" and self._hop.tls is not None:
            await self._writer.start_tls(self._hop.tls)
            self._hop.commands.append("TLS")

    async def _answer(self, stage: str) -> bool:
        hop, verb = self._hop, stage.partition(" ")[0]
        default = hop.ehlo() if verb == "EHLO" else _ANSWERS.get(verb, b"502 5.5.1 Not implemented\r\n")
        answer = hop.once.pop(stage, None) or hop.answers.get(stage, hop.answers.get(verb, default))
        if answer is Fault.HANG:
            hop.hanging += 1
            await asyncio.get_running_loop().create_future()
        if answer is Fault.CLOSE:
            raise ConnectionAbortedError
        assert isinstance(answer, bytes)
        self._writer.write(answer)
        await self._writer.drain()
        return answer.startswith((b"2", b"3"))

    async def _content(self) -> None:
        if not self._hop.reading.is_set():
            self._transport.pause_reading()
            await self._hop.reading.wait()
            self._transport.resume_reading()
        try:
            octets = await self._reader.readuntil(b"\r\n.\r\n")
        except asyncio.IncompleteReadError:
            self._hop.broken_off += 1
            raise
        self._hop.octets.append(octets)
        content = b"\r\n" + octets[:-3]
        arrived = Arrived(
            self._mail_from or "", tuple(self._recipients), content.replace(b"\r\n.", b"\r\n")[2:]
        )
        self._mail_from, self._recipients = None, []
        await asyncio.sleep(self._hop.delay)
        if await self._answer("CONTENT"):
            self._hop.arrived.append(arrived)


@contextlib.asynccontextmanager
async def next_hop(
    tls: ssl.SSLContext | None = None,
    *,
    implicit_tls: bool = False,
    port: int = 0,
    extensions: tuple[str, ...] = ("SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING"),
) -> AsyncIterator[NextHop]:
    """A next hop on 127.0.0.1; with `tls` it offers STARTTLS, or begins with it."""
    if tls is not None and not implicit_tls:
        extensions += ("STARTTLS",)
    hop = NextHop(tls, extensions)
    server = await asyncio.start_server(
        hop.serve, "127.0.0.1", port, ssl=tls if implicit_tls else None, limit=64 * 1024 * 1024
    )
    hop.port = server.sockets[0].getsockname()[1]
    try:
        yield hop
    finally:
        server.close()
        hop.drop_all()


class Certificate(msgspec.Struct, frozen=True):
    """A certificate for 127.0.0.1 that signs itself, with its key, as PEM files."""

    chain: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        """The context of a client that trusts this certificate."""
        return ssl.create_default_context(cafile=str(self.chain))


def certificate(folder: Path, address: str = "127.0.0.1") -> Certificate:
    """Make a certificate for one IP address, valid from yesterday until tomorrow."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Postern's tests")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    made.chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made
