"""One dialogue: what each command answers, and who may relay."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest
import uvloop

from gateway.mail import Message, Reply
from tests.fakes import Certificate
from tests.gateway.smtp_in.listening import GREETING, TAKEN, TRANSACTION, Client, listening

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}

MAIL = "MAIL FROM:<clerk@practice.example>"
RCPT = "RCPT TO:<patient@mail.example>"
CONTROL = "501 5.5.4 Control characters are not accepted"
NO_MAILBOX = "501 5.1.3 The address is not a mailbox"
NO_DOMAIN = "501 5.1.2 The domain of the address is not a domain name"
QUOTED = "553 5.1.3 Quoted local parts are not accepted"
ROUTED = "553 5.1.3 Routed addresses are not accepted"
LITERAL = "553 5.1.3 Address literals are not accepted"
NO_BRACKETS = "501 5.5.4 An address in angle brackets is needed"
NO_SPACE = "501 5.5.4 A space is needed after the address"
NEEDS_SMTPUTF8 = "553 5.6.7 The address needs SMTPUTF8"
PARAMETER = "555 5.5.4 Parameter not recognised"
NOT_OURS = "550 5.7.1 The sender's domain is not one of this organisation's"
UNKNOWN = "502 5.5.1 Command not implemented"


async def said_after_ehlo(*lines: str | bytes) -> str:
    """The reply to the last of these lines, said after EHLO; none of them may have sent any mail."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc.practice.example")
        reply = await client.say(*lines)
    assert not listener.messages
    return reply


async def test_the_greeting_and_ehlo_name_the_host_and_no_software() -> None:
    """A banner that names a version helps nobody but attackers."""
    async with listening(size_limit=1234) as listener, Client(listener.port) as client:
        assert client.greeting == GREETING
        assert await client.say("EHLO pc") == (
            "250-gate.practice.example\n250-SIZE 1234\n250-8BITMIME\n250-SMTPUTF8\n"
            "250-PIPELINING\n250 ENHANCEDSTATUSCODES"
        )
        assert await client.say("HELO pc") == "250 gate.practice.example"


@pytest.mark.parametrize(
    "name",
    ["pc", "PC-7.practice.example", "pc.example.", "[127.0.0.1]", "[IPv6:::1]", "a_scanner", "x" * 255],
)
async def test_ehlo_takes_a_host_name_or_literal(name: str) -> None:
    """Scanners and Windows machines have names with capitals and underscores."""
    async with listening() as listener, Client(listener.port) as client:
        assert (await client.say(f"EHLO {name}")).startswith("250-")


@pytest.mark.parametrize(
    "line",
    [
        b"EHLO", b"EHLO  ", b"HELO", b"EHLO a b", b"EHLO -pc", b"EHLO pc-", b"EHLO .pc", b"EHLO <pc>",
        b"EHLO " + b"x" * 256, b"EHLO pc)", b"EHLO [127.0.0.1", b"EHLO []", b"EHLO m\xc3\xbcller.example",
        b"EHLO foo\rReceived: x", b"EHLO foo\tbar", b"EHLO \x1b]0;title\x07", b"EHLO pc\0",
        b"EHLO pc\xc2\x85", b"EHLO =?utf-8?q?pc=0d=0aReceived=3a?=",
    ],
    ids=repr,
)  # fmt: skip
async def test_ehlo_refuses_everything_else(line: bytes) -> None:
    """What stands in EHLO goes into our Received field: no controls, nothing but a name."""
    async with listening() as listener, Client(listener.port) as client:
        assert (await client.say(line)).startswith("501 5.5.4 ")
        assert await client.say(MAIL) == "503 5.5.1 Send EHLO first"


async def test_received_names_client_and_protocol() -> None:
    """Our trace field is the only thing put before the content, in three lines (RFC 5321 section 4.4)."""
    async with listening() as listener, Client(listener.port) as client:
        await client.begin()
        await client.send(b"text\r\n.\r\n")
        await client.reply()
        await client.say("HELO scanner-3")
        await client.mail(b"text\r\n")
    lines = [message.content.split(b"\r\n") for message in listener.messages]
    assert [line[0] for line in lines] == [
        b"Received: from pc.practice.example ([127.0.0.1])",
        b"Received: from scanner-3 ([127.0.0.1])",
    ]
    assert [line[1] for line in lines] == [
        f"\tby gate.practice.example with {protocol} id {message.id};".encode()
        for protocol, message in zip(("ESMTP", "SMTP"), listener.messages, strict=True)
    ]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("<clerk@practice.example>", "clerk@practice.example"),
        ("<Clerk@PRACTICE.example>", "Clerk@practice.example"),
        ("<clerk@branch.example> SIZE=100 BODY=7BIT", "clerk@branch.example"),
        ("<@relay.example,@other.example:clerk@practice.example>", "clerk@practice.example"),
        (" <clerk@practice.example>", "clerk@practice.example"),
        ("<>", ""),
    ],
)
async def test_mail_takes_senders_of_our_domains_and_the_null_path(path: str, address: str) -> None:
    """What arrives in the envelope is the address alone; source routes are stripped (RFC 5321 4.1.1.3)."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        assert await client.say(f"MAIL FROM:{path}") == "250 2.1.0 OK"
        await client.say(RCPT, "DATA")
        await client.send(b"text\r\n.\r\n")
        assert await client.reply() == str(TAKEN)
    assert [message.envelope.mail_from for message in listener.messages] == [address]


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        (b"<=?utf-8?q?a=3e=0d=0aRCPT?=@practice.example>", "501 5.1.3 Encoded words are not accepted"),
        (b"<=?utf-8?q?a=40evil.test?=@practice.example>", "501 5.1.3 Encoded words are not accepted"),
        (b"<a\r@practice.example>", CONTROL),
        (b'<"a\rb"@practice.example>', CONTROL),
        (b"<a\0@practice.example>", CONTROL),
        (b"<a@practice.example\x0b>", CONTROL),
        (b"<a\xc2\x85@practice.example>", CONTROL),
        (b"<a\xe2\x80\xa8@practice.example> SMTPUTF8", CONTROL),
        (b"<a\xff@practice.example>", UNKNOWN),
        (b"a@practice.example", NO_BRACKETS),
        (b"<a@practice.example", NO_BRACKETS),
        (b"<", NO_BRACKETS),
        (b"", NO_BRACKETS),
        (b"x <a@practice.example>", NO_BRACKETS),
        (b"<a@practice.example>SIZE=1", NO_SPACE),
        (b"<a(c)@practice.example>", NO_MAILBOX),
        (b"< a@practice.example >", NO_MAILBOX),
        (b"<a b@practice.example>", NO_MAILBOX),
        (b"<a>b@practice.example>", NO_SPACE),
        (b"<<a@practice.example>>", NO_SPACE),
        (b'<"a> SIZE=1 <b"@practice.example>', QUOTED),
        (b'<"a@evil"@practice.example>', QUOTED),
        (b"<a@evil@practice.example>", NO_MAILBOX),
        (b"<a%evil.example@practice.example>", ROUTED),
        (b"<evil.example!a@practice.example>", ROUTED),
        (b"<a@[127.0.0.1]>", LITERAL),
        (b"<a@-practice.example>", NO_DOMAIN),
        (b"<a@practice..example>", NO_DOMAIN),
        (b"<a@practice.example,b@practice.example>", NO_MAILBOX),
        (b"<@relay.example:>", NO_MAILBOX),
        (b"<m\xc3\xbcller@practice.example>", NEEDS_SMTPUTF8),
        (b"<a@evil.example>", NOT_OURS),
        (b"<a@practice.example.evil.example>", NOT_OURS),
        (b"<a@sub.practice.example>", NOT_OURS),
        (b"<a@evilpractice.example>", NOT_OURS),
        (b"<postmaster>", NOT_OURS),
        (b"<a@practice.example> SIZE=x", PARAMETER),
        (b"<a@practice.example> SIZE", PARAMETER),
        (b"<a@practice.example> BODY=BINARYMIME", PARAMETER),
        (b"<a@practice.example> SMTPUTF8=1", PARAMETER),
        (b"<a@practice.example> RET=FULL ENVID=x", PARAMETER),
        (b"<a@practice.example> SIZE=4000001", "552 5.3.4 The message is larger than this server takes"),
    ],
    ids=repr,
)  # fmt: skip
async def test_mail_refuses_other_paths(path: bytes, reply: str) -> None:
    """Nothing is guessed, decoded or repaired; a refused MAIL opens no transaction."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        assert await client.say(b"MAIL FROM:" + path) == reply
        assert await client.say(RCPT) == "503 5.5.1 Send MAIL first"


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        (b"<>", "501 5.1.3 The null path is not a recipient"),
        (b"", NO_BRACKETS),
        (b"a@mail.example", NO_BRACKETS),
        (b"<a@mail.example> NOTIFY=NEVER", PARAMETER),
        (b"<a@mail.example> ORCPT=rfc822;a@mail.example", PARAMETER),
        (b"<a%b@mail.example>", ROUTED),
        (b'<"a b"@mail.example>', QUOTED),
        (b"<a@m\xc3\xbcller.example>", NEEDS_SMTPUTF8),
        (b"<a\n@mail.example>", "500 5.5.2 Command lines end with CRLF and are not longer than 2048 octets"),
    ],
    ids=repr,
)
async def test_rcpt_refuses_other_paths(path: bytes, reply: str) -> None:
    """As for MAIL; and the null path is nobody."""
    assert await said_after_ehlo(MAIL, b"RCPT TO:" + path) == reply


async def test_recipients_arrive_once_each_in_their_order() -> None:
    """Doubled recipients are merged, and a bare postmaster is ours (RFC 5321 section 4.5.1)."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc", MAIL)
        for path in ("<b@x.example>", "<a@x.example>", "<b@x.example>", "<Postmaster>"):
            assert await client.say(f"RCPT TO:{path}") == "250 2.1.5 OK"
        await client.say("DATA")
        await client.send(b"text\r\n.\r\n")
        await client.reply()
    recipients = ("b@x.example", "a@x.example", "postmaster@practice.example")
    assert listener.messages[0].envelope.recipients == recipients


async def test_smtputf8_keeps_local_parts_and_relays_a_labels() -> None:
    """The same A-label is judged and relayed; local parts are nobody's to change."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc", "MAIL FROM:<zoë@practice.example> SMTPUTF8 BODY=8BITMIME")
        await client.say("RCPT TO:<jörg@Müller.example>", "DATA")
        await client.send(b"text\r\n.\r\n")
        await client.reply()
        await client.mail(b"plain\r\n")
    first, second = (message.envelope for message in listener.messages)
    assert (first.mail_from, first.recipients) == ("zoë@practice.example", ("jörg@xn--mller-kva.example",))
    assert (first.smtputf8, first.eight_bit) == (True, True)
    assert (second.smtputf8, second.eight_bit) == (False, False)
    assert b" with UTF8SMTP id " in listener.messages[0].content


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([MAIL, MAIL], "503 5.5.1 A transaction is already open"),
        ([RCPT], "503 5.5.1 Send MAIL first"),
        (["DATA"], "503 5.5.1 Send RCPT first"),
        ([MAIL, "DATA"], "503 5.5.1 Send RCPT first"),
        ([MAIL, RCPT, "RSET", "DATA"], "503 5.5.1 Send RCPT first"),
        ([MAIL, RCPT, "EHLO pc", "DATA"], "503 5.5.1 Send RCPT first"),
        ([MAIL, RCPT, "HELO pc", "DATA"], "503 5.5.1 Send RCPT first"),
        ([MAIL, RCPT, "DATA x"], "501 5.5.4 DATA takes no argument"),
        (["MAIL TO:<a@practice.example>"], "501 5.5.4 FROM: is needed"),
        (["MAIL"], "501 5.5.4 FROM: is needed"),
        ([MAIL, "RCPT FROM:<a@mail.example>"], "501 5.5.4 TO: is needed"),
        ([MAIL, "RCPT"], "501 5.5.4 TO: is needed"),
        (["VRFY clerk"], "252 2.1.5 Not verified; send some mail"),
        (["EXPN staff"], UNKNOWN),
        (["HELP"], UNKNOWN),
        (["HELP MAIL"], UNKNOWN),
        (["XCLIENT ADDR=127.0.0.1"], UNKNOWN),
        (["XFORWARD NAME=x"], UNKNOWN),
        (["PROXY TCP4 10.0.0.1 10.0.0.2 1 25"], UNKNOWN),
        (["TURN"], UNKNOWN),
        (["ETRN x"], UNKNOWN),
        (["GET / HTTP/1.1"], UNKNOWN),
        ([""], UNKNOWN),
        ([" NOOP"], UNKNOWN),
        (["NOOP\r"], UNKNOWN),
        (["NOOP\0"], UNKNOWN),
        (["ſTARTTLS"], UNKNOWN),
        ([b"\xff\xfe"], UNKNOWN),
        (["STARTTLS"], "502 5.5.1 TLS is not available"),
        (["AUTH PLAIN AHUAcA=="], "502 5.5.1 AUTH is not available"),
        (["noop"], "250 2.0.0 OK"),
        (["NOOP what ever"], "250 2.0.0 OK"),
        (["rset"], "250 2.0.0 OK"),
        (["mail from:<clerk@practice.example>"], "250 2.1.0 OK"),
        (["QUIT now"], "501 5.5.4 QUIT takes no argument"),
    ],
    ids=repr,
)
async def test_commands_out_of_place(lines: list[str], reply: str) -> None:
    """Each command answers for its place; what is not offered is 502, and nothing tells who exists."""
    assert await said_after_ehlo(*lines) == reply


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"EHLO c\nMAIL FROM:<clerk@practice.example>\n", id="bare LF"),
        pytest.param(b"NOOP\nQUIT\r\n", id="bare LF before CRLF"),
        pytest.param(b"NOOP " + b"x" * 2048 + b"\r\n", id="2055 octets"),
        pytest.param(b"x" * 200_000 + b"\r\nNOOP\r\n", id="200 kB"),
        pytest.param(b"x" * 200_000, id="endless"),
        pytest.param(b"AUTH LOGIN " + b"x" * 5000 + b"\r\n", id="AUTH with 5 kB"),
    ],
)
async def test_a_line_that_is_no_command_line_ends_the_session(octets: bytes) -> None:
    """A bare LF or an over-long line is 500, and nothing after it is read as a command."""
    async with listening() as listener, Client(listener.port) as client:
        await client.send(octets)
        replies = await client.replies()
    # A client that is still writing may find the connection reset before it has read why.
    assert replies in (["500 5.5.2 Command lines end with CRLF and are not longer than 2048 octets"], [])
    assert replies or len(octets) > 100_000


async def test_a_long_command_line_within_bounds_is_obeyed() -> None:
    """2048 octets with CRLF are enough for SMTPUTF8 paths and AUTH."""
    async with listening() as listener, Client(listener.port) as client:
        assert await client.say("NOOP " + "x" * 2041) == "250 2.0.0 OK"


@pytest.mark.parametrize("verb", ["GET", "POST", "put", "CONNECT", "OPTIONS"])
async def test_a_browser_is_no_client(verb: str) -> None:
    """What a page makes a browser send begins with a method of HTTP; its body is not obeyed."""
    async with listening() as listener, Client(listener.port) as client:
        await client.send(f"{verb} / HTTP/1.1\r\nHost: x\r\n\r\nEHLO pc\r\n".encode() + TRANSACTION)
        assert await client.replies() == [UNKNOWN, "421 4.7.0 This is no web server"]
    assert not listener.messages


async def test_bdat_closes_the_session() -> None:
    """CHUNKING is not offered; what would follow BDAT is content and must not be read as commands."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc", MAIL, RCPT)
        await client.send(b"BDAT 5 LAST\r\nhelloNOOP\r\nNOOP\r\n")
        assert await client.replies() == [UNKNOWN, "421 4.7.0 CHUNKING is not offered"]
    assert not listener.messages


@pytest.mark.parametrize(
    ("line", "most"),
    [
        ("NOOP", 101), ("RSET", 101), ("VRFY x", 101), ("EHLO pc", 101), ("HELO pc", 101), ("EHLO", 21),
        ("AUTH X", 21), ("", 21), ("HELP", 21), ("FOO", 21), ("DATA", 21), ("RCPT", 21), ("STARTTLS x", 21),
        ("QUIT x", 21), ("MAIL FROM:<a@evil.example>", 21),
    ],
)  # fmt: skip
async def test_flooding_is_ended(line: str, most: int, listener_certificate: Certificate) -> None:
    """100 commands that send no mail, or 20 errors, and the session is closed with 421."""
    async with (
        listening(tls=listener_certificate.server()) as listener,
        Client(listener.port) as client,
    ):
        await client.send(f"{line}\r\n".encode() * most)
        *replies, last = await client.replies()
    assert last == "421 4.7.0 Too many errors or idle commands"
    assert len(replies) == most


async def test_mail_that_is_taken_makes_up_for_idle_commands() -> None:
    """A client that sends RSET before every message may stay."""
    async with listening() as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        for _ in range(3):
            await client.send(b"RSET\r\n" * 60)
            assert {await client.reply() for _ in range(60)} == {"250 2.0.0 OK"}
            assert await client.mail(b"text\r\n") == str(TAKEN)


async def test_sessions_do_not_share_state() -> None:
    """What one client says, or gets wrong, changes nothing for another."""
    async with listening() as listener, Client(listener.port) as one, Client(listener.port) as two:
        await one.say("EHLO one", MAIL, RCPT)
        assert await two.say(MAIL) == "503 5.5.1 Send EHLO first"
        await two.send(b"FOO\r\n" * 30)
        await two.replies()
        assert await one.say("MAIL FROM:<a@practice.example>") == "503 5.5.1 A transaction is already open"
        await one.say("DATA")
        await one.send(b"text\r\n.\r\n")
        assert await one.reply() == str(TAKEN)


RELAY_FORMS = [
    ("<clerk@practice.example>", f"<{recipient}>")
    for recipient in (
        "victim@evil.example", "victim%evil.example@practice.example", "victim%evil.example@[127.0.0.1]",
        '"victim@evil.example"', '"victim%evil.example"', "victim@evil.example@practice.example",
        '"victim@evil.example"@practice.example', "victim@evil.example@[127.0.0.1]",
        "@practice.example:victim@evil.example", "@[127.0.0.1]:victim@evil.example",
        "evil.example!victim", "evil.example!victim@practice.example", "evil.example!victim@[127.0.0.1]",
        "colleague@practice.example",
    )
] + [("<>", "<victim@evil.example>"), ("<clerk@gate.practice.example>", "<victim@evil.example>")]  # fmt: skip


@pytest.mark.parametrize(("sender", "recipient"), RELAY_FORMS, ids=repr)
async def test_nobody_relays_from_an_unlisted_network(sender: str, recipient: str) -> None:
    """None of the classic open-relay forms gets past MAIL from outside relay_networks."""
    async with (
        listening(relay_networks=(ip_network("10.0.0.0/8"),)) as listener,
        Client(listener.port) as client,
    ):
        await client.say("EHLO pc")
        assert await client.say(f"MAIL FROM:{sender}") == "550 5.7.1 Relaying denied"
        assert await client.say(f"RCPT TO:{recipient}") == "503 5.5.1 Send MAIL first"
        assert await client.say("DATA") == "503 5.5.1 Send RCPT first"


@pytest.mark.parametrize("network", ["::1/128", "::/0"])
async def test_ipv6_networks_relay_too(network: str) -> None:
    """A client's IPv6 address is matched against IPv6 networks, and stands as such in Received."""
    async with (
        listening(relay_networks=(ip_network(network),), host="::1") as listener,
        Client(listener.port, host="::1") as client,
    ):
        await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == str(TAKEN)
    assert listener.messages[0].content.startswith(b"Received: from pc ([IPv6:::1])\r\n")


async def test_the_reply_is_the_one_that_receive_gave() -> None:
    """A next hop's refusal reaches the client as it is."""

    async def refuse(_: Message) -> Reply:
        return Reply(554, "5.7.1 No")

    async with listening(refuse) as listener, Client(listener.port) as client:
        await client.say("EHLO pc")
        assert await client.mail(b"text\r\n") == "554 5.7.1 No"
        assert await client.mail(b"text\r\n") == "554 5.7.1 No"
