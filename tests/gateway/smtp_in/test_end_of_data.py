"""Only CRLF.CRLF ends a message, and a stream in which others might see an end elsewhere ends the session."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from gateway.mail import Message, Reply
from tests.fakes import Certificate
from tests.gateway.smtp_in.listening import TAKEN, TRANSACTION, Client, listening

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

SMUGGLED = (
    b"MAIL FROM:<clerk@practice.example>\r\nRCPT TO:<victim@mail.example>\r\nDATA\r\n"
    b"Subject: smuggled\r\n\r\nevil\r\n.\r\nQUIT\r\n"
)
DAMAGED = [
    b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r",
    b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\r\n.\r\n", b"\n\n.\r\n",
    b"\n\r.\r\n", b"\r\n.\n\r\n",
]  # fmt: skip
NO_END = [
    b"\r\n. \r\n", b"\r\n .\r\n", b"\r\n..\r\n", b"\x0b.\r\n", b"\x85.\r\n", b"\xe2\x80\xa8.\r\n",
]  # fmt: skip


@pytest.mark.parametrize("bytewise", [False, True], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "STARTTLS"])
@pytest.mark.parametrize("sequence", DAMAGED, ids=repr)
async def test_a_damaged_end_is_refused_and_the_session_closed(
    sequence: bytes, encrypted: bool, bytewise: bool, listener_certificate: Certificate
) -> None:
    """A bare CR, a bare LF or a NUL is 550 5.6.11, then 421; nothing that follows is taken or obeyed."""
    async with (
        listening(tls=listener_certificate.server()) as listener,
        Client(listener.port) as client,
    ):
        if encrypted:
            await client.say("EHLO pc.example", "STARTTLS")
            await client.start_tls(listener_certificate.client())
        await client.begin()
        await client.send(b"first" + sequence + SMUGGLED, bytewise=bytewise)
        replies = [reply[:10] for reply in await client.replies()]
    # A client that is still writing may find the connection reset before it has read why.
    expected = ["550 5.6.11", "421 4.7.0 "]
    assert replies == (expected[: len(replies)] if bytewise else expected)
    assert not listener.messages


@pytest.mark.parametrize("bytewise", [False, True], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "STARTTLS"])
@pytest.mark.parametrize("sequence", NO_END, ids=repr)
async def test_what_only_looks_like_an_end_is_content(
    sequence: bytes, encrypted: bool, bytewise: bool, listener_certificate: Certificate
) -> None:
    """Blanks, a doubled dot and other characters than CRLF do not end a message: it stays one, unchanged."""
    async with (
        listening(tls=listener_certificate.server()) as listener,
        Client(listener.port) as client,
    ):
        if encrypted:
            await client.say("EHLO pc.example", "STARTTLS")
            await client.start_tls(listener_certificate.client())
        await client.begin()
        await client.send(b"first" + sequence + SMUGGLED, bytewise=bytewise)
        assert [reply[:3] for reply in await client.replies()] == ["250", "221"]
    stuffed = b"first" + sequence + SMUGGLED.removesuffix(b".\r\nQUIT\r\n")
    assert listener.contents == [stuffed.replace(b"\r\n.", b"\r\n")]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\r\n", id="one empty line"),
        pytest.param(b"Subject: rota\r\n\r\nMonday\r\n", id="ordinary"),
        pytest.param(b".\r\n..\r\n...x\r\n.", id="dots at the beginning of lines"),
        pytest.param(b"a" * 1_000_000 + b"\r\n", id="a line of a million octets"),
        pytest.param(b"\r\n" * 100_000, id="only line ends"),
        pytest.param(bytes(sorted(set(range(1, 256)) - {10, 13})) + b"\r\n", id="every octet but CR LF NUL"),
        pytest.param("Grüße an Zoë: 你好\r\n".encode(), id="UTF-8 that was not announced"),
        pytest.param(b"\xff\xfe\xa3 5\r\n", id="8-bit that is no text"),
    ],
)
async def test_content_is_kept_octet_for_octet(content: bytes) -> None:
    """Whatever its lines, content arrives as it was sent, whole."""
    if not content.endswith(b"\r\n") and content:
        content += b"\r\n"
    async with listening() as listener, Client(listener.port) as client:
        await client.begin()
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        await client.send(stuffed + b".\r\n")
        assert await client.reply() == str(TAKEN)
    assert listener.contents == [content]


async def test_transactions_may_be_pipelined() -> None:
    """Two whole transactions in one write get every reply in its order, and are two messages."""
    one, two = b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\n..two\r\n"
    async with listening() as listener, Client(listener.port) as client:
        await client.send(
            b"EHLO pc\r\n" + TRANSACTION + one + b".\r\n" + TRANSACTION + two + b".\r\nQUIT\r\n"
        )
        replies = await client.replies()
    assert [reply[:3] for reply in replies] == ["250", *["250", "250", "354", "250"] * 2, "221"]
    assert listener.contents == [one, two.replace(b"..", b".")]


async def test_a_reply_comes_before_the_next_command_is_obeyed() -> None:
    """Pipelined commands wait until the message before them is really taken."""
    taken = asyncio.Event()

    async def slow(_: Message) -> Reply:
        await taken.wait()
        return TAKEN

    async with listening(slow) as listener, Client(listener.port) as client:
        await client.begin()
        await client.send(b"text\r\n.\r\nNOOP\r\n")
        pending = asyncio.ensure_future(client.reply())
        done, _ = await asyncio.wait({pending}, timeout=0.05)
        assert not done
        taken.set()
        assert await pending == str(TAKEN)
        assert await client.reply() == "250 2.0.0 OK"


async def test_what_followed_the_content_is_obeyed_in_order_even_when_the_message_is_refused() -> None:
    """A message that is too large is 552 where the client expects it, and the session goes on."""
    async with listening(size_limit=100) as listener, Client(listener.port) as client:
        await client.begin()
        await client.send(b"x" * 200 + b"\r\n.\r\nNOOP\r\n" + TRANSACTION + b"small\r\n.\r\n")
        replies = [await client.reply() for _ in range(6)]
    assert [reply[:9] for reply in replies] == [
        "552 5.3.4", "250 2.0.0", "250 2.1.0", "250 2.1.5", "354 End d", "250 2.0.0",
    ]  # fmt: skip
    assert listener.contents == [b"small\r\n"]
