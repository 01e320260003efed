"""The listener: who may relay, and one SMTP dialogue from greeting to QUIT.

aiosmtpd carries the connection, STARTTLS and SASL. Commands, paths and DATA are read
here, because a relay must be stricter than a test server: CRLF only, budgets for
errors and memory, fixed replies, and no word of the dialogue in any log.
"""

from __future__ import annotations

import asyncio
import binascii
import contextlib
import logging
import math
import re
import ssl
import time
from asyncio.sslproto import SSLProtocol
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from ipaddress import IPv4Network, IPv6Network
from typing import cast

import msgspec
import structlog
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, LoginPassword, TLSSetupException, _Missing

from gateway.address import (
    AddressError,
    MailParameters,
    domain_of,
    in_networks,
    mail_parameters,
    parse_path,
)
from gateway.dotreader import DotReader
from gateway.load import Load
from gateway.mail import Envelope, Message, Reply, new_id
from gateway.users import Users

# aiosmtpd logs the dialogue, at DEBUG the mail itself.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

log = structlog.get_logger("smtp_in")

_CHUNK = 1024 * 1024
_COMMAND_LIMIT = 2048
"""Octets of a command line: RFC 5321 allows 512, SMTPUTF8 and AUTH need more (RFC 4954 section 4)."""
_HTTP = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
_HANDSHAKE_SECONDS = 20.0
_ERROR_LIMIT = 20
_JUNK_LIMIT = 100
_AUTH_FAILURE_LIMIT = 3
_AUTH_PAUSE = 1.0
"""Seconds to wait after a session's first wrong password; twice as long after the second."""
_HELO = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?\.?|\[[0-9A-Za-z:.]{2,64}\]")

_AUTH_BARRED = "454 4.7.0 Too many wrong passwords of late; please try again in a quarter of an hour"

FAULT = "451 4.3.0 Something went wrong here; please try again later"
SHUTTING_DOWN = "421 4.3.2 Service is shutting down; please try again later"

Receive = Callable[[Message], Awaitable[Reply]]


class ListenerPolicy(msgspec.Struct, frozen=True):
    """Who may send what through the listener."""

    hostname: str
    domains: tuple[str, ...]
    """Domains that senders must have; the first one takes mail to a bare postmaster."""
    relay_networks: tuple[IPv4Network | IPv6Network, ...]
    users: Users | None
    require_tls: bool
    size_limit: int
    recipient_limit: int
    idle_timeout: float
    data_timeout: float


class Connection(SMTP):
    """One client's connection."""

    line_length_limit = 64 * 1024  # The reader's buffer; command lines are measured in _read_command.

    def __init__(
        self,
        receive: Receive,
        policy: ListenerPolicy,
        load: Load,
        *,
        tls: ssl.SSLContext | None,
        implicit_tls: bool,
    ) -> None:
        super().__init__(
            handler=None,
            hostname=policy.hostname,
            enable_SMTPUTF8=True,
            tls_context=None if implicit_tls else tls,
            require_starttls=policy.require_tls,
            timeout=policy.idle_timeout,
            auth_require_tls=not implicit_tls,
            authenticator=_claimed,
            loop=asyncio.get_running_loop(),
        )
        self._receive, self._policy, self._load = receive, policy, load
        self._offers_auth = policy.users is not None and tls is not None
        self._implicit_tls = tls if implicit_tls else None
        self._handshake: asyncio.Future[None] = self.loop.create_future()
        self._client = ""
        self._errors = self._junk = self._auth_failures = 0
        self._parameters = MailParameters()
        self._booked = 0
        self._user = ""

    # ------------------------------------------------------------------ the connection

    async def _handle_client(self) -> None:
        assert self.session is not None
        self._client = str(self.session.peer[0]) if self.session.peer else ""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if not self._load.admit(self._client):
                await self._turn_away()
                return
            self._load.open.add(self)
            try:
                if await self._is_ready():
                    await self._converse()
            finally:
                self._load.open.discard(self)
                self._load.leave(self._client)
                # However it ended: when the client just goes away, nobody else closes our side.
                self._no_timeout()
                self._writer.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._implicit_tls is not None and self._tls_protocol is None:
            self._start_handshake(cast(asyncio.Transport, transport), self._implicit_tls)

    def _start_handshake(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        """Implicit TLS (RFC 8314), as aiosmtpd does STARTTLS, so that who never ends it is counted, too."""
        self._no_timeout()
        patience = math.ceil(min(_HANDSHAKE_SECONDS, self._policy.idle_timeout))
        self._tls_protocol = SSLProtocol(
            self.loop, self, context, self._handshake, server_side=True, ssl_handshake_timeout=patience
        )
        self._original_transport = transport
        transport.set_protocol(self._tls_protocol)
        self.transport = self._tls_protocol._app_transport
        self._tls_protocol.connection_made(transport)

    async def _is_ready(self) -> bool:
        """Whether there can be a dialogue: at once, or after the handshake."""
        if self._implicit_tls is not None:
            try:
                await self._handshake
            except OSError:
                return False
        return True

    async def _turn_away(self) -> None:
        if self._implicit_tls is None:
            await self._goodbye("421 4.3.2 Too many connections; please try again later")
        self._no_timeout()
        self._writer.close()

    def eof_received(self) -> bool | None:
        """A client that has said all it wants to say may still wait for its reply."""
        self._reader.feed_eof()
        return not self._encrypted

    async def _converse(self) -> None:
        await self.push(f"220 {self._policy.hostname} ESMTP")
        while self.transport is not None and (line := await self._read_command()) is not None:
            await self._obey(line)
            if self._errors > _ERROR_LIMIT or self._junk > _JUNK_LIMIT:
                await self._goodbye("421 4.7.0 Too many errors or idle commands")

    def _timeout_cb(self) -> None:
        if self.transport is not None:
            self._writer.write(b"421 4.4.2 Timeout\r\n")
            self._writer.close()
            if self._writer.transport.get_write_buffer_size():  # It does not read either.
                self._writer.transport.abort()

    def take_leave(self) -> None:
        """We are shutting down: an idle client is told so, one in a transaction may finish it."""
        if self.transport is not None and (self.envelope is None or self.envelope.mail_from is None):
            self._writer.write(SHUTTING_DOWN.encode() + b"\r\n")
            self.transport.close()

    async def _goodbye(self, reply: str) -> None:
        await self.push(reply)
        if self.transport is not None:
            self.transport.close()
        self.transport = None

    async def _read_command(self) -> bytes | None:
        """The next command line without CRLF; None when there is none, or none that may be obeyed."""
        self._reset_timeout()
        try:
            line = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError:
            line = b""
        if len(line) > _COMMAND_LIMIT or not line.endswith(b"\r\n"):
            await self._goodbye("500 5.5.2 Command lines end with CRLF and are not longer than 2048 octets")
            return None
        return line[:-2]

    async def _obey(self, line: bytes) -> None:
        try:
            verb, _, argument = line.decode("utf-8").partition(" ")
        except UnicodeDecodeError:
            verb = argument = ""
        if not argument.isprintable():
            await self._refuse("501 5.5.4 Control characters are not accepted")
            return
        verb = verb.upper() if verb.isascii() else ""
        method = self._smtp_methods.get(verb)
        if method is None:
            await self._refuse("502 5.5.1 Command not implemented")
            if verb == "BDAT":  # What follows is content, not commands.
                await self._goodbye("421 4.7.0 CHUNKING is not offered")
            elif verb in _HTTP:  # A page in somebody's browser may have written what follows.
                await self._goodbye("421 4.7.0 This is no web server")
        elif (
            self._policy.require_tls
            and not self._encrypted
            and verb not in ("EHLO", "STARTTLS", "NOOP", "QUIT")
        ):
            await self._refuse("530 5.7.0 Must issue a STARTTLS command first")
        else:
            try:
                await method(argument.strip(" ") or None)
            except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
                raise
            except Exception as fault:
                # The exception's own text may quote the mail.
                log.error("smtp.fault", command=verb, fault=type(fault).__name__)
                self._reset_transaction()
                await self._refuse(FAULT)

    async def _refuse(self, reply: str) -> None:
        self._errors += 1
        await self.push(reply)

    @property
    def _encrypted(self) -> bool:
        return self._implicit_tls is not None or self._tls_protocol is not None

    # ------------------------------------------------------------------ commands

    async def smtp_EHLO(self, hostname: str | None) -> None:
        if not await self._greeted(hostname):
            return
        assert self.session is not None
        self.session.extended_smtp = True
        lines = [self._policy.hostname, f"SIZE {self._policy.size_limit}", "8BITMIME", "SMTPUTF8"]
        if self.tls_context is not None and not self._encrypted:
            lines.append("STARTTLS")
        if self._offers_auth and self._encrypted:
            lines.append("AUTH LOGIN PLAIN")
        lines += ["PIPELINING", "ENHANCEDSTATUSCODES"]
        await self.push("\r\n".join(f"250-{line}" for line in lines[:-1]) + f"\r\n250 {lines[-1]}")

    async def smtp_HELO(self, hostname: str | None) -> None:
        if await self._greeted(hostname):
            await self.push(f"250 {self._policy.hostname}")

    async def _greeted(self, hostname: str | None) -> bool:
        assert self.session is not None
        self._junk += 1
        if hostname is None or not _HELO.fullmatch(hostname):
            await self._refuse("501 5.5.4 A host name or address literal is needed")
            return False
        self._reset_transaction()
        self.session.extended_smtp = False
        self.session.host_name = hostname
        return True

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        if self._encrypted:
            await self._refuse("503 5.5.1 TLS is already on")
        elif arg is not None:
            await self._refuse("501 5.5.4 STARTTLS takes no argument")
        elif self.tls_context is None:
            await self._refuse("502 5.5.1 TLS is not available")
        else:
            await self._start_tls()

    async def _start_tls(self) -> None:
        # A client that had said too much in the clear is read on: what comes now is its handshake, or none.
        cast(asyncio.Transport, self.transport).resume_reading()
        try:
            await super().smtp_STARTTLS("")
        except TLSSetupException:
            raise ConnectionResetError from None
        assert self.session is not None
        if self.session.ssl is None:  # The connection was lost before there was TLS.
            raise ConnectionResetError

    async def smtp_AUTH(self, arg: str | None) -> None:
        self._junk += 1
        assert self.session is not None
        mechanism, _, response = (arg or "").partition(" ")
        if not self._offers_auth:
            await self._refuse("502 5.5.1 AUTH is not available")
        elif self.envelope is not None and self.envelope.mail_from is not None:
            await self._refuse("503 5.5.1 AUTH is not possible within a transaction")
        elif not self.session.extended_smtp:
            await self._refuse("503 5.5.1 Send EHLO first")
        elif self._user:
            await self._refuse("503 5.5.1 You have authenticated already")
        elif not mechanism or " " in response:
            await self._refuse("501 5.5.4 AUTH takes a mechanism, and at most one response")
        else:
            await super().smtp_AUTH(f"{mechanism.upper()} {response}".strip())
            if self._auth_failures >= _AUTH_FAILURE_LIMIT:
                await self._goodbye("421 4.7.0 Too many failures to authenticate")

    async def challenge_auth(
        self, challenge: str | bytes, encode_to_b64: bool = True, log_client_response: bool = False
    ) -> bytes | _Missing:
        """Ask, and read the answer as what it is: a line from the client that may be anything."""
        assert isinstance(challenge, str)
        await self.push(f"334 {b64encode(challenge.encode()).decode()}")
        line = await self._read_command()
        if line is None:
            raise ConnectionResetError
        if line == b"*":
            await self.push("501 5.7.0 Authentication was given up")
            return MISSING
        try:
            return b64decode(line, validate=True)
        except binascii.Error:
            await self.push("501 5.5.2 The answer is not in Base64")
            return MISSING

    async def auth_PLAIN(self, _: SMTP, args: list[str]) -> AuthResult:
        return await self._verified(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: SMTP, args: list[str]) -> AuthResult:
        return await self._verified(await super().auth_LOGIN(_, args))

    async def _verified(self, claimed: AuthResult) -> AuthResult:
        """aiosmtpd has parsed the SASL exchange; the password is checked here, off the event loop."""
        if not claimed.success:
            self._auth_failures += 1
            return claimed
        users = self._policy.users
        assert users is not None
        assert isinstance(claimed.auth_data, LoginPassword)
        user = claimed.auth_data.login.decode("utf-8", "replace")
        if not users.guesses.take(user, self._client):
            self._auth_failures += 1
            log.warning("smtp.auth_barred")
            return AuthResult(success=False, handled=False, message=_AUTH_BARRED)
        self._no_timeout()
        known = await asyncio.to_thread(users.verify, user, claimed.auth_data.password)
        if known:
            users.guesses.give_back(user, self._client)
        else:
            self._auth_failures += 1
            await asyncio.sleep(_AUTH_PAUSE * self._auth_failures)
        log.info("smtp.auth", success=known)
        self._user = user if known else ""
        return AuthResult(success=known, handled=False)

    async def smtp_NOOP(self, arg: str | None) -> None:
        self._junk += 1
        await self.push("250 2.0.0 OK")

    async def smtp_RSET(self, arg: str | None) -> None:
        self._junk += 1
        self._reset_transaction()
        await self.push("250 2.0.0 OK")

    async def smtp_VRFY(self, arg: str | None) -> None:
        self._junk += 1
        await self.push("252 2.1.5 Not verified; send some mail")

    async def smtp_HELP(self, arg: str | None) -> None:
        await self._refuse("502 5.5.1 Command not implemented")

    smtp_EXPN = smtp_HELP

    async def smtp_QUIT(self, arg: str | None) -> None:
        if arg is not None:
            await self._refuse("501 5.5.4 QUIT takes no argument")
        else:
            await self._goodbye("221 2.0.0 Bye")

    async def smtp_MAIL(self, arg: str | None) -> None:
        assert self.session is not None
        assert self.envelope is not None
        if not self.session.host_name:
            await self._refuse("503 5.5.1 Send EHLO first")
        elif self._load.closing:
            await self._goodbye(SHUTTING_DOWN)
        elif self.envelope.mail_from is not None:
            await self._refuse("503 5.5.1 A transaction is already open")
        elif not self._may_relay():
            denied = "530 5.7.0 Authentication required" if self._offers_auth else "550 5.7.1 Relaying denied"
            await self._refuse(denied)
        else:
            await self._open_transaction(arg or "")

    def _may_relay(self) -> bool:
        if self._user:
            return True
        return in_networks(self._client, self._policy.relay_networks)

    async def _open_transaction(self, arg: str) -> None:
        assert self.envelope is not None
        try:
            address, options = self._path(arg, "FROM:")
            self._parameters = mail_parameters(options, self._policy.size_limit)
            self._check_smtputf8(arg)
        except AddressError as refusal:
            await self._refuse(str(refusal))
            return
        if address and domain_of(address) not in self._policy.domains:
            await self._refuse("550 5.7.1 The sender's domain is not one of this organisation's")
            return
        self.envelope.mail_from = address
        await self.push("250 2.1.0 OK")

    @staticmethod
    def _path(arg: str, keyword: str) -> tuple[str, list[str]]:
        if arg[: len(keyword)].upper() != keyword:
            raise AddressError(f"501 5.5.4 {keyword} is needed")
        address, parameters = parse_path(arg[len(keyword) :].lstrip(" "))
        return address, parameters.split()

    def _check_smtputf8(self, arg: str) -> None:
        if not arg.isascii() and not self._parameters.smtputf8:
            raise AddressError("553 5.6.7 The address needs SMTPUTF8")

    async def smtp_RCPT(self, arg: str | None) -> None:
        assert self.envelope is not None
        if self.envelope.mail_from is None:
            await self._refuse("503 5.5.1 Send MAIL first")
            return
        try:
            address, parameters = self._path(arg or "", "TO:")
            self._check_smtputf8(arg or "")
            if not address:
                raise AddressError("501 5.1.3 The null path is not a recipient")
            if parameters:
                raise AddressError("555 5.5.4 Parameter not recognised")
        except AddressError as refusal:
            await self._refuse(str(refusal))
            return
        if len(self.envelope.rcpt_tos) >= self._policy.recipient_limit:
            # Not counted as an error: the client sends to the others later (RFC 5321 section 4.5.3.1.10).
            await self.push("452 4.5.3 Too many recipients")
            return
        self.envelope.rcpt_tos.append(address if "@" in address else f"{address}@{self._policy.domains[0]}")
        await self.push("250 2.1.5 OK")

    async def smtp_DATA(self, arg: str | None) -> None:
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self._refuse("503 5.5.1 Send RCPT first")
            return
        if arg is not None:
            await self._refuse("501 5.5.4 DATA takes no argument")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        reader = DotReader(self._policy.size_limit)
        try:
            await self._read_data(reader)
            reply = await self._take_in(reader)
        finally:
            self._load.give_back(self._booked)
            self._booked = 0
        self._reset_transaction()
        self._junk = 0
        await self.push(str(reply))
        if self._load.closing:
            self.take_leave()
        if reader.damaged:
            # What stands behind it in the stream may be smuggled commands.
            await self._goodbye("421 4.7.0 Closing after a malformed message")

    async def _read_data(self, reader: DotReader) -> None:
        """Feed the reader to the end of the content, booking memory for what it keeps."""
        deadline = time.monotonic() + self._policy.data_timeout
        rest = None
        while rest is None:
            self._reset_timeout(max(0.001, min(self._policy.idle_timeout, deadline - time.monotonic())))
            chunk = await self._reader.read(_CHUNK)
            if not chunk:
                raise ConnectionResetError
            rest = reader.feed(chunk)
            if not reader.oversize:
                if self._load.take(len(chunk)):
                    self._booked += len(chunk)
                else:
                    reader.discard()
        if rest:
            # The buffer is empty: read() took all of it, and nothing has been awaited since.
            self._reader.feed_data(rest)

    async def _take_in(self, reader: DotReader) -> Reply | str:
        if reader.damaged:
            return "550 5.6.11 The message has a bare CR, a bare LF or a NUL"
        if reader.octets > self._policy.size_limit:
            return "552 5.3.4 The message is larger than this server takes"
        if reader.oversize:
            return "452 4.3.1 Not enough memory now; please try again later"
        message = self._message(reader.content())
        self._no_timeout()
        # A client that goes away must not stop the work half-way; it will see no reply and try again.
        work = asyncio.ensure_future(self._receive(message))
        booked, self._booked = self._booked, 0

        def done(work: asyncio.Future[Reply]) -> None:
            self._load.give_back(booked)
            if not work.cancelled():
                work.exception()  # When nobody waits any more, asyncio would write it to the log.

        work.add_done_callback(done)
        return await asyncio.shield(work)

    def _reset_transaction(self) -> None:
        self.envelope = self._create_envelope()

    def _no_timeout(self) -> None:
        """From here on the time is ours, not the client's."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()

    def _message(self, content: bytes) -> Message:
        assert self.session is not None
        assert self.envelope is not None
        assert self.envelope.mail_from is not None
        message_id = new_id()
        envelope = Envelope(
            mail_from=self.envelope.mail_from,
            recipients=tuple(dict.fromkeys(self.envelope.rcpt_tos)),
            client=self._client,
            user=self._user,
            smtputf8=self._parameters.smtputf8,
            eight_bit=self._parameters.eight_bit,
        )
        received = self._received_field(message_id)
        return Message(message_id, envelope, received + content, time.time(), strict=True)

    def _received_field(self, message_id: str) -> bytes:
        """The trace field of RFC 5321 section 4.4, with the protocol word of RFC 3848."""
        assert self.session is not None
        protocol = "SMTP"
        if self.session.extended_smtp:
            protocol = "UTF8SMTP" if self._parameters.smtputf8 else "ESMTP"
            protocol += ("S" if self._encrypted else "") + ("A" if self._user else "")
        literal = f"IPv6:{self._client}" if ":" in self._client else self._client
        return (
            f"Received: from {self.session.host_name} ([{literal}])\r\n"
            f"\tby {self._policy.hostname} with {protocol} id {message_id};\r\n"
            f"\t{formatdate()}\r\n"
        ).encode("ascii")


def _claimed(*exchange: object) -> AuthResult:
    """What aiosmtpd asks when it has read name and password; they are verified in `_verified`."""
    return AuthResult(success=True, auth_data=exchange[-1])
