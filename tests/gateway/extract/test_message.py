from __future__ import annotations

import base64

import pytest

from gateway.extract.message import conceal_recipients, read_message
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import PNG, attachment, entity, multipart

LIMITS = Limits()
PLAIN = entity(b"Dear Ann", "Content-Type: text/plain; charset=utf-8")
HTML = entity(b"<p>Dear <b>An</b>n</p>", "Content-Type: text/html")


def nodes(content: bytes, limits: Limits = LIMITS) -> list[Node]:
    return read_message(content, limits)[1]


def read(content: bytes) -> list[str]:
    return [node.text for node in nodes(content)]


def texts(content: bytes) -> dict[str, str]:
    return {node.name: node.text for node in nodes(content) if node.state is State.CLEAN}


def reasons(content: bytes, limits: Limits = LIMITS) -> set[str]:
    return {node.reason for node in nodes(content, limits) if node.state is State.UNSCANNABLE}


def test_names_every_part_by_where_it_stands() -> None:
    """Subject, header text, bodies, attachments and what is inside a nested message have their names."""
    inner = multipart(PLAIN, attachment(b"a,b", "list.csv"), fields=["Subject: inner"], boundary="=_i")
    content = multipart(
        multipart(PLAIN, HTML, kind="alternative", boundary="=_a"),
        attachment(b"letter", "letter.txt"),
        entity(base64.b64encode(PNG), "Content-Type: image/png", "Content-Transfer-Encoding: base64"),
        entity(inner, 'Content-Type: message/rfc822; name="attached.eml"'),
        fields=["Subject: =?utf-8?Q?caf=C3=A9?=", "X-Note: hello"],
    )
    assert [(node.name, node.text or node.reason) for node in nodes(content)] == [
        ("subject", "café"),
        ("headers", "X-Note: hello"),
        ("body", "Dear Ann"),
        ("body (html)", "Dear Ann"),
        ("letter.txt", "letter"),
        ("attachment 2 (image/png)", "a damaged picture"),
        ("attached.eml › subject", "inner"),
        ("attached.eml › body", "Dear Ann"),
        ("attached.eml › list.csv", "a,b"),
        ("attached.eml › file names", "list.csv"),
        ("file names", "letter.txt\nattached.eml"),
    ]


def test_no_two_parts_share_a_name() -> None:
    """Bodies and files that would have the same name are numbered."""
    content = multipart(PLAIN, PLAIN, PLAIN, attachment(b"1", "a.txt"), attachment(b"2", "a.txt"))
    assert [node.name for node in nodes(content)] == [
        *("body", "body (plain)", "body (plain) (2)", "a.txt", "a.txt (2)", "file names"),
    ]


def test_a_message_without_mime_is_its_body() -> None:
    """A plain RFC 5322 message has a subject and a body."""
    assert texts(b"Subject: hello\r\n\r\nDear Ann\r\n") == {"subject": "hello", "body": "Dear Ann\r\n"}


def test_an_empty_message_is_empty_not_clean() -> None:
    """Without a body there is a node that says so."""
    assert [(node.name, node.state) for node in nodes(b"From: a@b.example\r\n\r\n")] == [
        ("body", State.EMPTY)
    ]


@pytest.mark.parametrize(
    ("encoding", "coded", "text"),
    [
        ("7bit", b"999 000 0018", "999 000 0018"),
        ("8bit", "café".encode(), "café"),
        ("base64", base64.b64encode(b"999 000 0018"), "999 000 0018"),
        ("BASE64", b"OTk5 IDAw\r\nMCAwMDE4", "999 000 0018"),
        ("base64", b"OTk5IDAwMCAwMDE", "999 000 001"),
        ("quoted-printable", b"999 =\r\n000=20=30018", "999 000 0018"),
        ("quoted-printable", b"a=b 999 000 0018", "a=b 999 000 0018"),
        ("quoted-printable", b"999 000 =\r0018", "999 000 0018"),
        ("quoted-printable", b"999 000 =\n\n0018", "999 000 0018"),
        ("quoted-printable", b"999 000 =30=X018", "999 000 0X018"),
        ("x-unknown", b"999 000 0018", "999 000 0018"),
        ("base64, quoted-printable", base64.b64encode(b"999 000 0018"), "999 000 0018"),
    ],
)
def test_undoes_transfer_encodings_as_some_client_would(encoding: str, coded: bytes, text: str) -> None:
    """The text behind a transfer encoding is seen, also where only a forgiving client decodes it."""
    content = entity(coded, "Content-Type: text/plain", f"Content-Transfer-Encoding: {encoding}")
    assert text in [node.text for node in nodes(content)]


LONG = base64.encodebytes(b"999 000 0018 " * 1000).replace(b"\n", b"\r\n")


def test_long_base64_is_decoded_in_whole() -> None:
    """Runs that are lifted past the parser come back complete, around a boundary too."""
    content = multipart(
        entity(LONG, "Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
        attachment(bytes(range(256)) * 100 + b"%PDF-", "a.bin"),
        entity(b"after", "Content-Type: text/plain"),
    )
    found = texts(content)
    assert found["body"] == "999 000 0018 " * 1000
    assert found["body (plain)"] == "after"
    assert [node.size for node in nodes(content) if node.name == "a.bin"] == [25_605]


NESTED = multipart(PLAIN, boundary="=_n")
for depth in range(60):
    NESTED = multipart(NESTED, boundary=f"{depth:03}=_n")
RFC822 = PLAIN
for _ in range(100):
    RFC822 = entity(RFC822, "Content-Type: message/rfc822")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (entity(PLAIN, "Content-Type: multipart/mixed"), "multipart without a boundary"),
        (
            entity(PLAIN, "Content-Type: multipart/mixed; boundary=x; boundary=y"),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, "Content-Type: multipart/mixed; boundary*=us-ascii''x"),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, "Content-Type: multipart/mixed; boundary*0=x"),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, "Content-Type: multipart/mixed; boundary((c))=x"),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, 'Content-Type: multipart/mixed; boundary="=?us-ascii?Q?x?="'),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, 'Content-Type: multipart/mixed; boundary="<x>"'),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(PLAIN, 'Content-Type: multipart/mixed; boundary=""'),
            "multipart whose boundary is ambiguous",
        ),
        (
            entity(b"--x\r\n" + PLAIN, "Content-Type: text/plain; boundary=x"),
            "multipart whose boundary is ambiguous",
        ),
        (
            multipart(multipart(PLAIN, boundary="x"), boundary="x"),
            "multipart with the boundary of another around it",
        ),
        (
            entity(PLAIN, "Content-Type: text/plain", "Content-Type: text/html"),
            "contradictory Content-Type fields",
        ),
        (
            entity(b"YQ==", "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: 7bit"),
            "contradictory Content-Transfer-Encoding fields",
        ),
        (
            multipart(PLAIN, fields=["Content-Transfer-Encoding: base64"]),
            "multipart with a transfer encoding",
        ),
        (entity(b"a", "Content-Transfer-Encoding: bas(c)e64"), "unknown transfer encoding"),
        (entity(b"!!!!", "Content-Transfer-Encoding: base64"), "base64 that cannot be decoded exactly"),
        (
            entity(base64.b64encode(PNG)[1:], "Content-Transfer-Encoding: base64"),
            "base64 that cannot be decoded exactly",
        ),
        (b"Content-Type : text/plain\r\n\r\nbody", "header section ended by a line that is no field"),
        (b"Subject: a\r\nno field\r\n\r\nbody", "header section ended by a line that is no field"),
        (b" folded: first\r\n\r\nbody", "header section begins with a folded line"),
        (b"Subject: a\r\n\r\nbo\rdy", "a CR that no LF follows"),
        (b"Subject: a\r\n\r\nbo\0dy", "a NUL octet"),
        (NESTED, "multiparts nested too deep"),
        (RFC822, "nested too deep"),
        (multipart(*[PLAIN] * 1001), "more MIME parts than any mail client writes"),
        (entity(b"", *(f"X-{n}: a" for n in range(1001))), "more header fields than any mail client writes"),
        (
            entity(b"", *(f"X-{n}: {'a' * 990}" for n in range(300))),
            "a header section longer than any mail client writes",
        ),
        (
            multipart(entity(b"", "Content-Type: text/plain;" + " a=b;" * 20_000)),
            "a header section longer than any mail client writes",
        ),
        (
            entity(b"a", "Content-Type: message/partial; id=1"),
            "a fragment of a message, the rest of which is in other messages",
        ),
        (entity(b"a", "Content-Type: message/external-body"), "a body that is kept elsewhere"),
    ],
)
def test_broken_structure_is_unscannable(content: bytes, reason: str) -> None:
    """What two clients could read differently, or none to the end, is said in a fixed sentence."""
    assert reason in reasons(content)


@pytest.mark.parametrize(
    "content",
    [
        multipart(PLAIN, HTML, kind="alternative"),
        multipart(PLAIN, boundary="a" * 70),
        multipart(PLAIN, boundary="=_Part 1'()+_,-./:=?x"),
        multipart(multipart(PLAIN, boundary="a"), multipart(PLAIN, boundary="b"), boundary="c"),
        entity(
            b"--b\r\n\r\nDear Ann\r\n--b--", "Content-Type: multipart/mixed;\r\n charset=utf-8; boundary=b;"
        ),
        entity(b"Dear Ann", "Content-Type: text/plain", "Content-Type: text/plain"),
        entity(b"Dear Ann", "Content-Type: text/plain; name=a b.txt"),
        entity(b"Dear Ann", "Content-Type: rubbish"),
        multipart(PLAIN).replace(b"\r\n", b"\n"),
        b"From ann@practice.example Mon Nov  2 10:00:00 2026\r\n" + PLAIN,
        multipart(PLAIN)[:-7],
        multipart(PLAIN) + b"sent by a list\r\n",
        multipart(multipart(PLAIN, boundary="xy"), boundary="x"),
        entity(PLAIN, "Content-Type: multipart/mixed; boundary=x"),
        entity(b"Dear Ann", "Content-Type: text/plain; charset=utf-8; boundary=x"),
        entity(
            base64.b64encode(b"Dear Ann") + b"\r\n\r\na list's footer", "Content-Transfer-Encoding: base64"
        ),
        multipart(PLAIN).replace(b"\r\nDear", b"\nDear"),
        multipart(PLAIN, fields=["Content-Transfer-Encoding: quoted-printable"]),
    ],
)
def test_honest_structure_is_not_suspected(content: bytes) -> None:
    """Mail as clients write it, or cut off or added to since, has no unscannable node."""
    assert not reasons(content)
    assert "Dear Ann" in {text.strip().removesuffix("--").rstrip() for text in read(content)}


@pytest.mark.parametrize(
    "content",
    [
        multipart(PLAIN)[:-7],
        entity(PLAIN, "Content-Type: multipart/mixed"),
        entity(b"--x\r\n" + PLAIN, "Content-Type: multipart/mixed; boundary*=us-ascii''x"),
        multipart(multipart(PLAIN, boundary="x"), boundary="x"),
        b"Content-Type : text/plain\r\n\r\nDear Ann",
        b"no field\r\n\r\nDear Ann",
        multipart(PLAIN).replace(b"\r\n--=_b\r\n", b"\r\nDear Ann\r\n--=_b\r\n", 1),
        multipart(entity(b"a")) + b"Dear Ann",
        multipart(entity(b"a"), fields=["X-Note: a"]).replace(b"\r\n\r\n", b"\r\n\r\nDear Ann\r\n", 1),
        entity(
            base64.b64encode(b"Dear Ann"),
            "Content-Transfer-Encoding: base64",
            "Content-Transfer-Encoding: 7bit",
        ),
        entity(base64.b64encode(b"Dear Ann, so long"), "Content-Transfer-Encoding: 7bit"),
    ],
)
def test_broken_structure_is_read_all_the_same(content: bytes) -> None:
    """Text is found wherever some client would show it: preamble, epilogue, a part without an end."""
    assert any("Dear Ann" in text for text in read(content))


@pytest.mark.parametrize(
    "field",
    [
        'Content-Disposition: attachment; filename="Ann Lee.txt"',
        "Content-Disposition: attachment; filename*=utf-8''Ann%20Lee.txt",
        'Content-Disposition: attachment; filename*0=Ann; filename*1=" Lee.txt"',
        'Content-Disposition: attachment; filename="=?utf-8?Q?Ann_Lee.txt?="',
        'Content-Type: text/plain; name="Ann Lee.txt"',
    ],
)
def test_file_names_are_text(field: str) -> None:
    """A file name is scanned in whichever way it is written."""
    assert texts(multipart(entity(b"a", field)))["file names"] == "Ann Lee.txt"


def test_octets_of_a_file_name_are_letters() -> None:
    """Many programs write names as they are, against RFC 5322, and clients show them (RFC 6532)."""
    part = entity(b"a", 'Content-Disposition: attachment; filename="@.txt"')
    content = multipart(part.replace(b"@", "Siân\u00a0Lee".encode()))
    assert texts(content)["file names"] == "Siân\u00a0Lee.txt"


def test_a_file_name_is_read_as_it_is_written_and_without_quoted_pairs() -> None:
    """A sign behind a backslash is that sign (RFC 2822, 3.2.2); old programs give the path of a file."""
    part = entity(b"a", 'Content-Disposition: attachment; filename="C:\\Ann \\L\\e\\e.txt"')
    assert texts(multipart(part))["file names"].split("\n") == ["C:\\Ann \\L\\e\\e.txt", "C:Ann Lee.txt"]


def test_half_a_character_in_a_file_name_hides_nothing() -> None:
    """UTF-7 can spell half a surrogate pair (RFC 2152), with which no text can be written."""
    field = "Content-Disposition: attachment; filename*=utf-7''Ann%20%2B2AA-%20Lee.txt"
    assert texts(multipart(entity(b"a", field)))["file names"] == "Ann \ufffd Lee.txt"


def test_a_message_in_base64_is_opened() -> None:
    """Some clients encode an attached message, against RFC 2046; it is read as one."""
    content = multipart(
        entity(
            base64.encodebytes(entity(b"Dear Ann", "Subject: inner")),
            "Content-Type: message/rfc822",
            "Content-Transfer-Encoding: base64",
        )
    )
    assert texts(content)["attachment 1 (message/rfc822) › body"] == "Dear Ann"


def test_delivery_status_is_text() -> None:
    """The machine's half of a bounce is scanned as it stands."""
    status = entity(b"Final-Recipient: rfc822; ann@mail.example\r\n", "Content-Type: message/delivery-status")
    found = texts(multipart(PLAIN, status, kind="report"))
    assert "ann@mail.example" in found["attachment 1 (message/delivery-status)"]


def test_the_true_type_counts_not_the_declared_one() -> None:
    """A body that is a picture is not text, whatever its Content-Type."""
    assert reasons(entity(PNG, "Content-Type: text/plain")) >= {"a damaged picture"}


def test_limits_hold_for_the_whole_tree() -> None:
    """Past the number of nodes, of octets or of characters, the last node says that there was more."""
    content = multipart(*[PLAIN] * 50)
    for limits in (Limits(nodes=10), Limits(octets=100), Limits(chars=100)):
        assert nodes(content, limits)[-1].reason == "more content than may be unfolded"
        assert len(nodes(content, limits)) <= 15


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            b"From: a@b.example\r\nTo: c@d.example,\r\n e@f.example\r\nCC : g@h.example\r\n\r\nTo: body\r\n",
            b"From: a@b.example\r\nTo: undisclosed-recipients:;\r\n\r\nTo: body\r\n",
        ),
        (
            b"Bcc: a@b.example\r\nResent-To: c@d.example\r\nResent-Bcc:\r\n\te@f.example\r\nX-To: k\r\n\r\n",
            b"To: undisclosed-recipients:;\r\nX-To: k\r\n\r\n",
        ),
        (b"Subject: x\r\n\r\nbody", b"Subject: x\r\nTo: undisclosed-recipients:;\r\n\r\nbody"),
        (b"Subject: x", b"Subject: x\r\nTo: undisclosed-recipients:;\r\n"),
        (b"To: a@b.example\n\nbody\n", b"To: undisclosed-recipients:;\n\nbody\n"),
        (b"To: a@b.example", b"To: undisclosed-recipients:;\r\n"),
        (b"\r\nTo: body", b"To: undisclosed-recipients:;\r\n\r\nTo: body"),
        (
            b"Delivered-To: c\r\nReceived: a\r\n\tb\r\nX-Original-To: c\r\nCc: c\r\nX: k\r\nTo: d\r\n\r\nTo",
            b"Received: a\r\n\tb\r\nTo: undisclosed-recipients:;\r\nX: k\r\n\r\nTo",
        ),
        (
            b"Reply-To: k\r\nEnvelope-to: c,\r\n d\r\nX-Rcpt-To: c\r\n\r\nDelivered-To: c\r\n",
            b"Reply-To: k\r\nTo: undisclosed-recipients:;\r\n\r\nDelivered-To: c\r\n",
        ),
    ],
)
def test_recipients_are_concealed_and_nothing_else_changes(before: bytes, after: bytes) -> None:
    """Recipient fields go with all their folded lines; other octets stay."""
    assert conceal_recipients(before) == after
