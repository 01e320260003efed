"""Messages that two mail clients see differently; numbers E1 to E25 are those of the sources.

Chen et al., "Inbox Invasion" (ACM CCS 2024); CVE-2002-1774, CVE-2004-0053, CVE-2024-28054,
CVE-2026-116264 to 116273; cpython issues 137687 and 135854.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from gateway.extract.message import read_message
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import attachment, docx, entity, multipart, paragraph

LIMITS = Limits()
NUMBER = "999 000 0018"
HEAD = b"From: ann@practice.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
QUOTED = b"NHS=20=39=39=39=20000 =\r\n0018"
HIDDEN = {
    "plain": entity(b"NHS 999 000 0018", "Content-Type: text/plain"),
    "quoted": entity(QUOTED, "Content-Type: text/plain", "Content-Transfer-Encoding: quoted-printable"),
    "base64": entity(
        base64.b64encode(b"NHS 999 000 0018"),
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: base64",
    ),
    "junk": entity(
        b"TkhT!IDk5OS*AwMDAg\r\nMDA(xOA==",
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: base64",
    ),
    "html": entity(b"<p>NHS 9<b>9</b>9&#32;000 <!-- x -->0018", "Content-Type: text/html"),
    "file": attachment(docx(paragraph("NHS 999 000 0018")), "a.docx"),
}
PLAIN = entity(b"Dear Ann", "Content-Type: text/plain")


def nodes(content: bytes) -> list[Node]:
    return read_message(content, LIMITS)[1]


def seen(found: list[Node]) -> bool:
    return any(NUMBER in node.text for node in found)


def held(found: list[Node]) -> bool:
    return any(node.state is State.UNSCANNABLE for node in found)


def mixed(fields: str, hidden: bytes, boundary: str = "b") -> bytes:
    """A message with these Content-Type fields around a harmless part and the hidden one."""
    parts = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in (PLAIN, hidden))
    return HEAD + fields.encode() + b"\r\n\r\n" + parts + b"--%b--\r\n" % boundary.encode()


def swapped(message: bytes, old: bytes, new: bytes) -> bytes:
    assert old in message
    return message.replace(old, new, 1)


MIXED = "Content-Type: multipart/mixed; boundary=b"
TRICKS: dict[str, Callable[[bytes], bytes]] = {
    "E1 plain, then multipart": lambda hidden: mixed("Content-Type: text/plain\r\n" + MIXED, hidden),
    "E1 multipart, then plain": lambda hidden: mixed(MIXED + "\r\nContent-Type: text/plain", hidden),
    "E1 two boundaries": lambda hidden: mixed(MIXED + "\r\n" + MIXED.replace("=b", "=c"), hidden),
    "E4 space before the colon": lambda hidden: mixed("Content-Type : multipart/mixed; boundary=b", hidden),
    "E4 tab before the colon": lambda hidden: mixed("Content-Type\t: multipart/mixed; boundary=b", hidden),
    "E4 NUL before the colon": lambda hidden: mixed("Content-Type\0: multipart/mixed; boundary=b", hidden),
    "E4 NUL in the name": lambda hidden: mixed("Content-\0Type: multipart/mixed; boundary=b", hidden),
    "E4 folded name": lambda hidden: mixed("Content-Type\r\n : multipart/mixed; boundary=b", hidden),
    "E4 leading space": lambda hidden: mixed(" Content-Type: multipart/mixed; boundary=b", hidden),
    "E4 in a part": lambda hidden: mixed(
        MIXED, hidden.replace(b"Type:", b"Type :").replace(b"ing:", b"ing :")
    ),
    "E5 two parameters": lambda hidden: mixed(MIXED + "; boundary=c", hidden),
    "E5 two parameters, the second": lambda hidden: mixed(MIXED.replace("=b", "=c; boundary=b"), hidden),
    "E5 in a comment": lambda hidden: mixed("Content-Type: multipart/mixed; (boundary=c) boundary=b", hidden),
    "E5 comment after the name": lambda hidden: mixed(
        "Content-Type: multipart/mixed; boundary((c))=b", hidden
    ),
    "E5 comment in the type": lambda hidden: mixed("Content-Type: multi(c)part/mixed; boundary=b", hidden),
    "E6 continuations": lambda hidden: mixed(
        "Content-Type: multipart/mixed; boundary*0=b; boundary*1=c", hidden, "bc"
    ),
    "E6 beside a plain one": lambda hidden: mixed(MIXED + "; boundary*0=c; boundary*1=d", hidden, "cd"),
    "E6 with a charset": lambda hidden: mixed(
        "Content-Type: multipart/mixed; boundary*=us-ascii''b%62", hidden, "bb"
    ),
    "E7 encoded word": lambda hidden: mixed(
        'Content-Type: multipart/mixed; boundary="=?us-ascii?Q?b?="', hidden
    ),
    "E7 encoded word, both": lambda hidden: mixed(
        'Content-Type: multipart/mixed; boundary="=?us-ascii?Q?b?="',
        entity(b"--=?us-ascii?Q?b?=\r\n\r\nDear Ann\r\n--b\r\n" + hidden, "Content-Type: text/plain"),
    ),
    "E8 invalid parameter": lambda hidden: mixed("Content-Type: multipart/mixed; x[]; boundary=b", hidden),
    "E8 no semicolon": lambda hidden: mixed("Content-Type: multipart/mixed boundary=b", hidden),
    "E9 empty": lambda hidden: mixed('Content-Type: multipart/mixed; boundary=""', hidden, ""),
    "E9 blank at the end": lambda hidden: mixed('Content-Type: multipart/mixed; boundary="b "', hidden, "b "),
    "E9 semicolon inside": lambda hidden: mixed(
        'Content-Type: multipart/mixed; boundary="b;c"', hidden, "b;c"
    ),
    "E9 quotes inside": lambda hidden: mixed(
        'Content-Type: multipart/mixed; boundary="b\\"c"', hidden, 'b"c'
    ),
    "E9 angle brackets": lambda hidden: mixed(
        'Content-Type: multipart/mixed; boundary="<--- --->"', hidden, "<--- --->"
    ),
    "E9 no parameter": lambda hidden: mixed("Content-Type: multipart/mixed", hidden),
    "E9 no subtype": lambda hidden: mixed("Content-Type: multipart; boundary=b", hidden),
    "E10 no end": lambda hidden: mixed(MIXED, hidden).removesuffix(b"--b--\r\n"),
    "E10 after the end": lambda hidden: mixed(MIXED, PLAIN) + b"--b\r\n" + hidden + b"\r\n--b--\r\n",
    "E10 after the end, another boundary": lambda hidden: mixed(MIXED, PLAIN) + b"--c\r\n" + hidden + b"\r\n",
    "E10 before the first": lambda hidden: swapped(mixed(MIXED, PLAIN), b"--b\r\n", hidden + b"\r\n--b\r\n"),
    "E10 one that never comes": lambda hidden: mixed(MIXED, hidden, "c"),
    "E10 cut short": lambda hidden: mixed(MIXED, hidden).removesuffix(b"\r\n--b--\r\n"),
    "E10 words after a boundary": lambda hidden: swapped(
        mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n--b words\r\n"
    ),
    "E10 blank before a boundary": lambda hidden: swapped(
        mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n --b\r\n"
    ),
    "E10 a longer boundary": lambda hidden: swapped(mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n--bb\r\n"),
    "E10 in other letters": lambda hidden: swapped(mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n--B\r\n"),
    "E11 the same boundary": lambda hidden: mixed(MIXED, multipart(PLAIN, hidden, boundary="b")),
    "E11 the beginning of it": lambda hidden: mixed(MIXED, multipart(PLAIN, hidden, boundary="bb")),
    "E12 CR between fields": lambda hidden: swapped(
        mixed("X: a\r\n" + MIXED, hidden), b"X: a\r\n", b"X: a\r"
    ),
    "E12 LF between fields": lambda hidden: swapped(
        mixed("X: a\r\n" + MIXED, hidden), b"X: a\r\n", b"X: a\n"
    ),
    "E12 CR before a boundary": lambda hidden: swapped(mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r--b\r\n"),
    "E12 LF after a boundary": lambda hidden: swapped(mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n--b\n"),
    "E12 NUL after a boundary": lambda hidden: swapped(
        mixed(MIXED, hidden), b"\r\n--b\r\n", b"\r\n--b\0\r\n"
    ),
    "E13 no empty line": lambda hidden: mixed(MIXED, hidden.replace(b"\r\n\r\n", b"\r\n", 1)),
    "E13 no empty line in front": lambda hidden: swapped(mixed(MIXED, hidden), b"\r\n\r\n--b", b"\r\n--b"),
    "E13 an empty line in front": lambda hidden: b"\r\n" + mixed(MIXED, hidden),
    "E13 an empty line before the fields": lambda hidden: mixed(MIXED, b"\r\n" + hidden),
    "E14 a fragment": lambda hidden: HEAD + entity(hidden, "Content-Type: message/partial; id=a; number=1"),
    "E15 kept elsewhere": lambda hidden: (
        HEAD + entity(hidden, "Content-Type: message/external-body; access-type=local-file; name=a")
    ),
    "E3 multipart in base64": lambda hidden: (
        HEAD
        + entity(
            base64.encodebytes(mixed(MIXED, hidden).partition(b"\r\n\r\n")[2]),
            MIXED,
            "Content-Transfer-Encoding: base64",
        )
    ),
    "a message in a message": lambda hidden: HEAD + entity(hidden, "Content-Type: message/rfc822"),
    "a message in a text": lambda hidden: HEAD + entity(HEAD + hidden, "Content-Type: text/plain"),
    "E19 related, never shown": lambda hidden: HEAD + multipart(PLAIN, hidden, kind="related"),
    "E19 a further alternative": lambda hidden: HEAD + multipart(PLAIN, hidden, kind="alternative"),
}


@pytest.mark.parametrize("form", HIDDEN)
@pytest.mark.parametrize("trick", TRICKS)
def test_what_some_client_would_show_is_seen_or_held(trick: str, form: str) -> None:
    """Whatever the structure hides from the parser, it is read all the same, or the message is not clean."""
    found = nodes(TRICKS[trick](HIDDEN[form]))
    assert seen(found) or held(found)


ENCODED = base64.b64encode(b"NHS 999 000 0018")
LABELS = [
    *(
        "base64",
        "BASE64",
        " base64",
        "base64 ",
        "base64;",
        "base64 (comment)",
        "(comment) base64",
        "bas(c)e64",
    ),
    *("base645", "base64, quoted-printable", "quoted-printable, base64", '"base64"', "x-base64", "b64", "64"),
    *("7bit\r\nContent-Transfer-Encoding: base64", "base64\r\nContent-Transfer-Encoding: 7bit"),
    *("x\r\nContent-Transfer-Encoding: base64", "base64\r\nContent-Transfer-Encoding: x"),
    *("base\r\n 64", "\r\n base64", "base64\0"),
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("media_type", ["text/plain", "application/pdf", "text/plain; charset=us-ascii"])
def test_the_transfer_encoding_of_any_client_is_undone(label: str, media_type: str) -> None:
    """E2, E3: labels that are contradictory, doubled, commented or unknown."""
    content = HEAD + entity(ENCODED, f"Content-Type: {media_type}", f"Content-Transfer-Encoding: {label}")
    assert seen(nodes(content))


@pytest.mark.parametrize(
    "field",
    [
        "X-Patient: NHS 999 000 0018",
        "Message-ID: <999 000 0018@practice.example>",
        "Subject: =?utf-8?B?TkhTIDk5OSAwMDAgMDAxOA==?=",
        "Subject: =?utf-8?B?TkhTIDk5OSAwMD==AgMDAxOA==?=",
        "Subject: =?utf-8?B?TkhTIDk5!OSAwMDAgMDAxOA==?=",
        "Subject: =?utf-8?Q?NHS_=39=399_000_00?= =?utf-8?Q?18?=",
        "Subject: =?utf-8*en?Q?NHS_=39=399_000_0018?=",
        "Subject: =?utf-7?Q?NHS_+ADkAOQA5_000_0018?=",
        "Subject: \udcff\udcfeNHS 999 000 0018",
        "Thread-Topic: NHS 999 000 0018",
        "Date: NHS 999 000 0018",
        'Reply-To: "NHS 999 000 0018" <ann@practice.example>',
        "Cc: ann@practice.example (NHS 999 000 0018)",
        "Comments: NHS 999\r\n 000 0018",
        'Content-Type: text/plain; x="NHS 999 000 0018"',
        'Content-Type: multipart/mixed; boundary="NHS 999 000 0018"',
        "Content-Description: NHS 999 000 0018",
        "Content-Disposition: NHS 999 000 0018",
        'Content-Disposition: attachment; filename*0=NHS\r\n ; filename*1=" 999 000 0018"',
        "Content-Disposition: attachment; filename*=utf-8'en-GB'NHS%20999%20000%200018",
        'Content-Disposition: attachment; filename="a.txt"; filename="NHS 999 000 0018"',
        'Content-Disposition: inline\r\nContent-Disposition: attachment; filename="NHS 999 000 0018"',
        'Content-Type: text/plain; name="NHS 999 000 0018"; name="a.txt"',
        "Content-Type: text/plain; name*1=000 0018; name*0=NHS 999",
    ],
)
def test_every_field_is_read(field: str) -> None:
    """E17, E18: words in fields that nobody looks at, and in each form of a file name."""
    content = HEAD + field.encode("utf-8", "surrogateescape") + b"\r\n\r\nDear Ann"
    assert any(NUMBER in node.text.replace("999000", "999 000") for node in nodes(content))


@pytest.mark.parametrize(
    "coded",
    [
        *(b"TkhTIDk5OSAwMDAgMDAxOA==", b"TkhTIDk5OSAwMDAgMDAxOA", b"TkhTIDk5OSAwMDAgMDAxOA=\r\n="),
        *(b"TkhTIDk5!!OSAwMDAgMDAxOA==", b"TkhTIDk5 OSAw\tMDAgMDAxOA==", b"TkhT*IDk5*OSAw*MDAg*MDAx*OA=="),
        *(b"TkhTIA==OTk5IDAwMCAwMDE4", b"TkhTIDk5OQ==IDAwMA==IDAwMTg=", b"TkhTIDk5OSAw=MDAgMDAxOA=="),
        *(b"TkhTIDk5OSAwMDAgMDAxOA==\r\n\r\n--\r\nfooter", b"TkhTIDk5OSAwMDAgMDAxOA==garbage"),
        *(b"\r\n\r\nTkhTIDk5OSAwMDAgMDAxOA==", b"TkhT\r\nIDk5\r\nOSAw\r\nMDAg\r\nMDAx\r\nOA=="),
        *(b"=TkhTIDk5OSAwMDAgMDAxOA==", b"====\r\nTkhTIDk5OSAwMDAgMDAxOA==", b"NHS 999 000 0018"),
    ],
)
def test_base64_of_any_client_is_decoded(coded: bytes) -> None:
    """E20: junk between the letters, padding in the middle or none, words that are not coded at all."""
    content = HEAD + entity(coded, "Content-Type: text/plain", "Content-Transfer-Encoding: base64")
    assert seen(nodes(content))


@pytest.mark.parametrize(
    "coded",
    [
        *(b"999=20000=200018", b"=39=39=39 000 0018", b"999=20000=20=\r\n0018", b"999 000 =\n0018"),
        *(b"999 000 =\r0018", b"999 000 =\n\n0018", b"999 000 =\r\r0018", b"999 000 =\r\n\r\n0018"),
        *(b"999 000 =\r\r\n0018", b"999 000 = \r\n0018", b"999 000 =\t\r\n0018", b"999 000 = \t \n0018"),
        *(b"999 000 =\t0018", b"999 000 = 0018", b"999 000 =0018=", b"999 000 0018=2", b"999 000 0018="),
        *(b"999 000 0=X018", b"999 000 0=X0018", b"999 000 0=XY018", b"999 000 0=018", b"999 000 ==0018"),
        *(b"999 000 ===0018", b"999 000 0==3018", b"=39=3999 000 0018", b"9=\r\n9=\r\n9 000 0018"),
        *(b"999=A0000=A00018", b"999 000 0018=\r\n\r\n", b"999 000=20=20\r\n0018", b"99=3g9 000 0018"),
        *(b"9=2=399 000 0018", b"999 000 =\0\r\n0018"),
    ],
)
def test_quoted_printable_of_any_client_is_decoded(coded: bytes) -> None:
    """E21: escapes that are none, and soft line breaks of every kind; a client drops or keeps them."""
    content = entity(
        coded,
        "Content-Type: text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding: quoted-printable",
    )
    digits = ["".join(filter(str.isdigit, node.text)) for node in nodes(HEAD + content)]
    assert any("9990000018" in read for read in digits) or held(nodes(HEAD + content))


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"begin 644 a.txt\n%b`\nend\n" % binascii.b2a_uu(b"NHS 999 000 0018"), []),
        (
            b"begin 644 a.txt\n%b`\nend\n" % binascii.b2a_uu(b"NHS 999 000 0018"),
            ["Content-Transfer-Encoding: x-uuencode", "Content-Type: application/octet-stream"],
        ),
        (base64.b64encode(b"begin 644 a.txt\n%b`\nend\n" % binascii.b2a_uu(b"NHS 999 000 0018")), []),
        ("NHS 999 000 0018".encode("utf-16"), ["Content-Type: text/plain; charset=utf-16"]),
        ("NHS 999 000 0018".encode("utf-16-le"), ["Content-Type: text/plain; charset=utf-8"]),
        ("NHS 999 000 0018".encode("utf-32-be"), ["Content-Type: text/plain"]),
        (b"NHS +ADkAOQA5 000 0018", ["Content-Type: text/plain; charset=utf-7"]),
        (b"NHS +ADkAOQA5 000 0018", ["Content-Type: text/plain; charset=us-ascii"]),
        ("NHS 999 000 0018".encode("cp037"), ["Content-Type: text/plain; charset=cp037"]),
        ("NHS 999 000 0018".encode("cp500"), ["Content-Type: text/plain; charset=ebcdic-cp-be"]),
        (b"\xff\xfe\x80 NHS 999 000 0018", ["Content-Type: text/plain; charset=utf-8"]),
        (b"NHS 999 000 0018", ["Content-Type: text/plain; charset=utf-16"]),
        (b"NHS 999 000 0018", ["Content-Type: text/plain; charset=klingon"]),
        (b"NHS 999 000 0018", ["Content-Type: text/plain; charset=iso-2022-jp"]),
        (b"NHS 999 000 0018", ["Content-Type: text/plain; charset=hz-gb-2312"]),
        (b"VGhlIG51bWJlciBpcyA5OTkgMDAwIDAwMTg=", ["Content-Type: text/plain"]),
        (b"NHS 999 000 0018".hex().encode(), ["Content-Type: text/plain"]),
        (b"%4e%48%53%20999%20000%200018", ["Content-Type: text/plain"]),
        (b"Cngvrag Wnar Qbr, AUF 999 000 0018", ["Content-Type: text/plain"]),
    ],
)
def test_words_in_other_letters_are_read(body: bytes, fields: list[str]) -> None:
    """E22 to E24: other encodings, charsets and labels, and what a person wrote in a code."""
    assert seen(nodes(HEAD + entity(body, *fields)))


BOUNDARIES = [
    *("----=_NextPart_000_0012_01DA5C2B.8E5F1C30", "_000_LO2P265MB1234ABCDLO2P265MB1234GBRP265_"),
    *("Apple-Mail=_5F3C2A10-9B2E-4C1D-8F7A-0123456789AB", "0000000000003f2a1b05f0c1d2e3", "b1_a9f8e7d6"),
    *("------------0a1B2c3D4e5F6a7B8c9D0e1F", "===============1234567890123456789==", "=_part_0_small-1"),
    *(
        "=-abcDEF123+/ghi",
        "----_=_NextPart_001_01C7.A0B1",
        "_----------=_1234567890123",
        "--boundary_0_x",
    ),
]


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("quote", ['"', ""])
def test_structure_as_clients_write_it_is_honest(boundary: str, quote: str) -> None:
    """Boundaries of common mail programs, quoted or not where both may be, hold no mail back."""
    inner = multipart(PLAIN, HIDDEN["html"], HIDDEN["quoted"], kind="alternative", boundary=f"{boundary}_alt")
    content = multipart(inner, HIDDEN["file"], boundary=boundary, fields=[HEAD.decode().strip()])
    if not quote and not set(boundary) & set("=+/"):
        content = content.replace(f'"{boundary}"'.encode(), boundary.encode())
    found = nodes(content)
    assert seen(found)
    assert not held(found)


def test_what_the_standard_library_writes_is_honest() -> None:
    """Whatever bodies, files, names and charsets a program puts together with it, nothing is held."""
    for charset in ("utf-8", "us-ascii", "iso-8859-1", "windows-1252"):
        for encoding in ("7bit", "8bit", "quoted-printable", "base64"):
            mail = EmailMessage()
            mail["Subject"] = "Café, 50% off =?="
            text = "Dear Ann,\n-- dashes\n--b\n=3D\nFrom here\n.\n" * 20
            mail.set_content(text, charset=charset, cte=encoding)
            mail.add_alternative(f"<p>{text}</p>", subtype="html", charset=charset, cte=encoding)
            mail.add_attachment(b"a,b\r\n" * 50, maintype="text", subtype="csv", filename="Zoë Lee;=1.csv")
            forwarded = EmailMessage()
            forwarded.set_content("forwarded")
            mail.add_attachment(forwarded)
            assert not held(nodes(mail.as_bytes()))
