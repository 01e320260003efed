"""STARTTLS, implicit TLS and AUTH: nothing said before encryption counts after it, and no password."""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64encode
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
import uvloop
from argon2 import PasswordHasher

from gateway import smtp_in
from gateway.load import Load
from gateway.mail import Message
from gateway.users import Users
from tests.fakes import Certificate
from tests.gateway.smtp_in.listening import TAKEN, TRANSACTION, Client, Listener, listening

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

MAIL = "MAIL FROM:<clerk@practice.example>"
ELSEWHERE = (ip_network("10.0.0.0/8"),)
SCANNER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("p4ss:wörd")
UNAUTHENTICATED = "535 5.7.8 Authentication credentials invalid"
AUTHENTICATED = "235 2.7.0 Authentication successful"


def plain(name: str, password: str, authorise: str = "") -> str:
    return b64encode(f"{authorise}\0{name}\0{password}".encode()).decode()


@contextlib.asynccontextmanager
async def dialogue(
    certificate: Certificate, *, encrypt: bool = True, **policy: Any
) -> AsyncIterator[tuple[Listener, Client]]:
    """A listener that has a certificate, and a client that has used STARTTLS and said EHLO."""
    async with listening(tls=certificate.server(), **policy) as listener, Client(listener.port) as client:
        if encrypt:
            assert await client.say("EHLO pc", "STARTTLS") == "220 Ready to start TLS"
            await client.start_tls(certificate.client())
        await client.say("EHLO pc")
        yield listener, client


async def test_starttls_is_offered_until_it_is_on(listener_certificate: Certificate) -> None:
    """EHLO names STARTTLS in the clear, and no more afterwards; Received says ESMTPS."""
    async with dialogue(listener_certificate, encrypt=False) as (listener, client):
        assert "250-STARTTLS" in await client.say("EHLO pc")
        await client.say("STARTTLS")
        await client.start_tls(listener_certificate.client())
        assert "STARTTLS" not in await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == str(TAKEN)
    assert b" with ESMTPS id " in listener.messages[0].content


async def test_starttls_forgets_what_was_said_before(listener_certificate: Certificate) -> None:
    """EHLO and an open transaction do not survive the handshake (RFC 3207 section 4.2)."""
    async with dialogue(listener_certificate, encrypt=False) as (_, client):
        await client.say(MAIL, "RCPT TO:<patient@mail.example>", "STARTTLS")
        await client.start_tls(listener_certificate.client())
        assert await client.say("DATA") == "503 5.5.1 Send RCPT first"
        assert await client.say(MAIL) == "503 5.5.1 Send EHLO first"


@pytest.mark.parametrize("injected", [b"EHLO inj\r\n" + TRANSACTION, b"NOOP\r\n", b"M", b"NOOP\r\n" * 50_000])
async def test_commands_injected_behind_starttls_are_dropped(
    injected: bytes, listener_certificate: Certificate
) -> None:
    """What came in the clear with STARTTLS is never obeyed under TLS (CVE-2011-0411): dropped, or the end."""
    async with dialogue(listener_certificate, encrypt=False) as (_, client):
        await client.send(b"STARTTLS\r\n" + injected)
        assert await client.reply() == "220 Ready to start TLS"
        try:
            async with asyncio.timeout(0.3):
                await client.start_tls(listener_certificate.client())
        except (OSError, TimeoutError):
            client.abort()
            return
        assert await client.say(MAIL) == "503 5.5.1 Send EHLO first"


@pytest.mark.parametrize("octets", [b"EHLO pc\r\n", b"\x16\x03\x01\x00\x05hello", b""], ids=repr)
async def test_a_failed_handshake_ends_the_connection(
    octets: bytes, listener_certificate: Certificate
) -> None:
    """A client that does not speak TLS after STARTTLS, or leaves, holds no place in the listener."""
    async with dialogue(listener_certificate, encrypt=False) as (listener, client):
        await client.say("STARTTLS")
        await client.send(octets)
        if not octets:
            client.abort()
        assert await client.replies() == []
        async with asyncio.timeout(5):
            while listener.load.connections:
                await asyncio.sleep(0.001)


async def test_a_client_silent_in_the_handshake_is_timed_out(listener_certificate: Certificate) -> None:
    """The idle timeout holds for a handshake that does not come."""
    async with dialogue(listener_certificate, encrypt=False, idle_timeout=0.2) as (_, client):
        await client.say("STARTTLS")
        assert await client.replies() in ([], ["421 4.4.2 Timeout"])


async def test_idle_under_tls_gets_its_last_word(listener_certificate: Certificate) -> None:
    """The timeout's 421 comes encrypted, before the connection closes."""
    async with dialogue(listener_certificate, idle_timeout=0.2) as (_, client):
        assert await client.replies() == ["421 4.4.2 Timeout"]


@pytest.mark.parametrize(
    ("encrypt", "line", "reply"),
    [
        (True, "STARTTLS", "503 5.5.1 TLS is already on"),
        (True, "STARTTLS x", "503 5.5.1 TLS is already on"),
        (False, "STARTTLS x", "501 5.5.4 STARTTLS takes no argument"),
    ],
)
async def test_starttls_out_of_place(
    encrypt: bool, line: str, reply: str, listener_certificate: Certificate
) -> None:
    """Twice or with an argument it is refused, and the session goes on."""
    async with dialogue(listener_certificate, encrypt=encrypt) as (_, client):
        assert await client.say(line) == reply
        assert await client.say(MAIL) == "250 2.1.0 OK"


@pytest.mark.parametrize(
    "line",
    [MAIL, "RCPT TO:<a@b.example>", "DATA", "VRFY a", "RSET", "HELO pc", "AUTH PLAIN " + plain("a", "b")],
)
async def test_require_tls_allows_nothing_before_it(line: str, listener_certificate: Certificate) -> None:
    """530, whatever it is; after STARTTLS mail is taken."""
    async with dialogue(
        listener_certificate, encrypt=False, require_tls=True, users=Users({"scanner": SCANNER})
    ) as (_, client):
        assert await client.say(line) == "530 5.7.0 Must issue a STARTTLS command first"
        await client.say("NOOP", "STARTTLS")
        await client.start_tls(listener_certificate.client())
        await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == str(TAKEN)


async def test_auth_is_neither_offered_nor_taken_in_the_clear(listener_certificate: Certificate) -> None:
    """538 without TLS, and the password is not even looked at."""
    async with dialogue(
        listener_certificate, encrypt=False, users=Users({"scanner": SCANNER}), relay_networks=ELSEWHERE
    ) as (
        _,
        client,
    ):
        assert "AUTH" not in await client.say("EHLO pc")
        line = f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}"
        assert (await client.say(line)).startswith("538 5.7.11 ")
        assert await client.say(MAIL) == "530 5.7.0 Authentication required"


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
@pytest.mark.parametrize(
    "lines",
    [
        [f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}"],
        [f"auth plain {plain('scanner', 'p4ss:wörd')}"],
        [f"AUTH PLAIN {plain('scanner', 'p4ss:wörd', 'scanner')}"],
        ["AUTH PLAIN", plain("scanner", "p4ss:wörd")],
        ["AUTH LOGIN", b64encode(b"scanner").decode(), b64encode("p4ss:wörd".encode()).decode()],
        [f"AUTH LOGIN {b64encode(b'scanner').decode()}", b64encode("p4ss:wörd".encode()).decode()],
    ],
    ids=[
        "PLAIN",
        "lower case",
        "PLAIN with authorisation id",
        "PLAIN in two lines",
        "LOGIN",
        "LOGIN with name",
    ],
)
async def test_auth_lets_a_known_user_send(
    lines: list[str], implicit: bool, listener_certificate: Certificate
) -> None:
    """Over either kind of TLS, from any network; envelope and Received say so."""
    async with (
        listening(
            tls=listener_certificate.server(),
            implicit_tls=implicit,
            users=Users({"scanner": SCANNER}),
            relay_networks=ELSEWHERE,
        ) as listener,
        Client(listener.port, listener_certificate.client() if implicit else None) as client,
    ):
        if not implicit:
            await client.say("EHLO pc", "STARTTLS")
            await client.start_tls(listener_certificate.client())
        assert "250-AUTH LOGIN PLAIN" in await client.say("EHLO pc")
        assert await client.say(MAIL) == "530 5.7.0 Authentication required"
        assert await client.say(*lines) == AUTHENTICATED
        assert await client.say(*lines[:1]) == "503 5.5.1 You have authenticated already"
        assert await client.mail(b"text\r\n") == str(TAKEN)
    assert listener.messages[0].envelope.user == "scanner"
    assert b" with ESMTPSA id " in listener.messages[0].content


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([f"AUTH PLAIN {plain('scanner', 'wrong')}"], UNAUTHENTICATED),
        ([f"AUTH PLAIN {plain('nobody', 'p4ss:wörd')}"], UNAUTHENTICATED),
        ([f"AUTH PLAIN {plain('nobody', '')}"], UNAUTHENTICATED),
        ([f"AUTH PLAIN {plain('scanner', '')}"], UNAUTHENTICATED),
        ([f"AUTH PLAIN {plain('', '')}"], UNAUTHENTICATED),
        ([f"AUTH PLAIN {b64encode(bytes(3)).decode()}"], "501 5.5.2 Can't split auth value"),
        (["AUTH PLAIN ====="], "501 5.5.2 Can't decode base64"),
        (["AUTH PLAIN ü"], "501 5.5.2 Can't decode base64"),
        (["AUTH PLAIN", "*"], "501 5.7.0 Authentication was given up"),
        (["AUTH LOGIN", "*"], "501 5.7.0 Authentication was given up"),
        (["AUTH LOGIN", "====="], "501 5.5.2 The answer is not in Base64"),
        (["AUTH LOGIN", b"\0\xff"], "501 5.5.2 The answer is not in Base64"),
        (["AUTH LOGIN", ""], "334 UGFzc3dvcmQA"),
        (["AUTH LOGIN", "bm9ib2R5", "cGFzcw=="], UNAUTHENTICATED),
        (["AUTH CRAM-MD5"], "504 5.5.4 Unrecognized authentication type"),
        (["AUTH"], "501 5.5.4 AUTH takes a mechanism, and at most one response"),
        (["AUTH PLAIN a b"], "501 5.5.4 AUTH takes a mechanism, and at most one response"),
        ([MAIL, f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}"],
         "503 5.5.1 AUTH is not possible within a transaction"),
        (["HELO pc", f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}"],
         "503 5.5.1 Send EHLO first"),
    ],
)  # fmt: skip
async def test_auth_refuses(
    lines: list[str | bytes], reply: str, listener_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong, broken or misplaced credentials: the session goes on, and nobody is authenticated."""
    monkeypatch.setattr(smtp_in, "_AUTH_PAUSE", 0.001)
    async with dialogue(listener_certificate, users=Users({"scanner": SCANNER})) as (listener, client):
        assert await client.say(*lines) == reply
        await client.say("*" if reply.startswith("334") else "RSET", "RSET")
        assert await client.mail(b"text\r\n") == str(TAKEN)
    assert listener.messages[0].envelope.user == ""


async def test_a_third_failure_to_authenticate_closes_the_session(
    listener_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three tries a session, malformed ones included."""
    monkeypatch.setattr(smtp_in, "_AUTH_PAUSE", 0.001)
    async with dialogue(listener_certificate, users=Users({"scanner": SCANNER})) as (_, client):
        assert await client.say(f"AUTH PLAIN {plain('scanner', '1')}") == UNAUTHENTICATED
        assert await client.say("AUTH PLAIN =====") == "501 5.5.2 Can't decode base64"
        await client.send(f"AUTH PLAIN {plain('scanner', '3')}\r\n".encode() * 100)
        assert await client.replies() == [UNAUTHENTICATED, "421 4.7.0 Too many failures to authenticate"]


async def test_guessing_does_not_go_on_over_many_sessions(
    listener_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten wrong passwords that client's are looked at no more for that name, not even the right one."""
    monkeypatch.setattr(smtp_in, "_AUTH_PAUSE", 0.001)
    users = Users({"scanner": SCANNER})
    right = f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}"
    for guess in range(5):
        async with dialogue(listener_certificate, users=users) as (_, client):
            assert await client.say(right) == AUTHENTICATED
        async with dialogue(listener_certificate, users=users) as (_, client):
            for word in ("one", "two"):
                assert await client.say(f"AUTH PLAIN {plain('scanner', f'{word}{guess}')}") == UNAUTHENTICATED
    async with dialogue(listener_certificate, users=users) as (_, client):
        assert (await client.say(right)).startswith("454 4.7.0 Too many wrong passwords")
    monkeypatch.setattr(users.guesses, "SECONDS", 0.0)
    async with dialogue(listener_certificate, users=users) as (_, client):
        assert await client.say(right) == AUTHENTICATED


async def test_guesses_in_parallel_are_counted_before_they_are_answered(
    listener_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty at once: ten passwords are looked at, and no idle timeout strikes while they are."""
    monkeypatch.setattr(smtp_in, "_AUTH_PAUSE", 0.3)
    users = Users({"scanner": SCANNER})

    async def guess() -> str:
        async with dialogue(listener_certificate, users=users, idle_timeout=0.2) as (_, client):
            return (await client.say(f"AUTH PLAIN {plain('scanner', 'wrong')}"))[:3]

    assert sorted(await asyncio.gather(*(guess() for _ in range(20)))) == ["454"] * 10 + ["535"] * 10


async def test_a_handshake_that_does_not_end_is_counted_and_timed_out(
    listener_certificate: Certificate,
) -> None:
    """On the port of implicit TLS, silent clients count against the limits, and do not stay."""
    tls, load = listener_certificate.server(), Load(2, 2, 1000)
    async with listening(tls=tls, implicit_tls=True, idle_timeout=1.0, load=load) as listener:
        silent = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(3)]
        while not load.connections:
            await asyncio.sleep(0.001)
        assert load.connections <= 2
        assert [await reader.read() for reader, _ in silent] == [b""] * 3
        for _, writer in silent:
            writer.close()
        async with asyncio.timeout(5):
            while load.connections:
                await asyncio.sleep(0.001)


@pytest.mark.parametrize("line", [b"x" * 5000 + b"\r\n", b"x" * 200_000 + b"\r\n", b"eA==\n"], ids=len)
async def test_an_answer_to_a_challenge_is_a_command_line_too(
    line: bytes, listener_certificate: Certificate
) -> None:
    """An over-long answer, or one that ends with a bare LF, ends the session."""
    async with dialogue(listener_certificate, users=Users({"scanner": SCANNER})) as (_, client):
        assert await client.say("AUTH LOGIN") == "334 VXNlciBOYW1lAA=="
        await client.send(line)
        replies = await client.replies()
    # A client that is still writing may find the connection reset before it has read why.
    assert replies in (["500 5.5.2 Command lines end with CRLF and are not longer than 2048 octets"], [])


async def test_auth_is_not_forgotten_by_ehlo(listener_certificate: Certificate) -> None:
    """A second EHLO ends the transaction, not the login."""
    taken: list[Message] = []
    async with dialogue(
        listener_certificate, users=Users({"scanner": SCANNER}), relay_networks=ELSEWHERE
    ) as (listener, client):
        await client.say(f"AUTH PLAIN {plain('scanner', 'p4ss:wörd')}", "EHLO again")
        assert await client.mail(b"text\r\n") == str(TAKEN)
        taken += listener.messages
    assert taken[0].envelope.user == "scanner"


async def test_implicit_tls_needs_no_starttls(listener_certificate: Certificate) -> None:
    """RFC 8314: encrypted from the first byte, so STARTTLS is not offered and require_tls is content."""
    async with (
        listening(tls=listener_certificate.server(), implicit_tls=True, require_tls=True) as listener,
        Client(listener.port, listener_certificate.client()) as client,
    ):
        assert "STARTTLS" not in await client.say("EHLO pc")
        assert await client.say("STARTTLS") == "503 5.5.1 TLS is already on"
        assert await client.mail(b"text\r\n") == str(TAKEN)


async def test_plain_smtp_on_an_implicit_tls_port_gets_nothing(listener_certificate: Certificate) -> None:
    """A client without TLS is not answered in the clear, and holds no place."""
    async with listening(tls=listener_certificate.server(), implicit_tls=True) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"EHLO pc\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"220" not in await reader.read()
        writer.close()
