from __future__ import annotations

import pytest

from gateway.extract.headers import read_headers
from gateway.extract.node import Limits
from gateway.mail import Headers

LIMITS = Limits()


def headers(*lines: str) -> Headers:
    return read_headers("\r\n".join([*lines, "", "body"]).encode(), LIMITS)


def test_reads_addresses_by_their_part() -> None:
    """Authors, visible and blind recipients are told apart, folded fields included."""
    read = headers(
        "From: Ann <ann@practice.example>",
        "Sender: office@practice.example",
        "To: bob@trust.example,",
        " carol@trust.example",
        "Cc: Dan <dan@mail.example>",
        "Bcc: eve@mail.example",
    )
    assert read.authors == ("ann@practice.example", "office@practice.example")
    assert read.visible == ("bob@trust.example", "carol@trust.example", "dan@mail.example")
    assert read.blind == ("eve@mail.example",)
    assert read.defects == ()


@pytest.mark.parametrize(
    ("lines", "defect"),
    [
        (["To: alice@nhs.net)<x@evil.example>"], "To: address cannot be parsed"),
        (["Cc: a@b@c.example"], "Cc: address cannot be parsed"),
        (["From: a@b.example, c d"], "From: address cannot be parsed"),
        (["To: a@b.example", "To: c@d.example"], "To: field occurs more than once"),
        (["Subject: a", "Subject: b"], "Subject: field occurs more than once"),
        (["From: a@b.example", "from: c@d.example"], "From: field occurs more than once"),
    ],
)
def test_defects_are_fixed_sentences(lines: list[str], defect: str) -> None:
    """What is wrong with a field is said without quoting it."""
    assert headers(*lines).defects == (defect,)


def test_addresses_of_repeated_fields_are_all_read() -> None:
    """Of two To fields, both count: some client shows the first, some the second."""
    assert headers("To: a@nhs.net", "To: x@evil.example").visible == ("a@nhs.net", "x@evil.example")


@pytest.mark.parametrize(
    ("subject", "secure"),
    [
        ("[secure] results", True),
        ("Results [SECURE]", True),
        ("=?utf-8?B?W3NlY3VyZV0gcmVzdWx0cw==?=", True),
        ("secure results", False),
        ("(secure) results", False),
        ("[secured]", False),
        ("", False),
    ],
)
def test_finds_the_secure_keyword(subject: str, secure: bool) -> None:
    """The keyword counts with its brackets, in any case, encoded or not."""
    assert headers(f"Subject: {subject}").secure_keyword is secure


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("Precedence: first-class", False),
        ("List-Id: <news.practice.example>", True),
        ("X-List-Id: no", False),
    ],
)
def test_tells_what_no_person_wrote(line: str, automatic: bool) -> None:
    """Fields of RFC 3834 and of mailing lists say that mail is automatic."""
    assert headers(line).automatic is automatic


def test_an_endless_header_section_is_a_defect() -> None:
    """Past the limit nothing is read, and that is reported."""
    read = headers(*(f"X-{n}: {'a' * 1000}" for n in range(300)))
    assert len(read.defects) == 1
    assert not read.visible


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"no header", b"\x00\xff: \x80\r\n\r\n", b"To: \xff\xfe@\x80\r\n\r\n"]
)
def test_never_raises(content: bytes) -> None:
    """Octets that are no header section give headers all the same."""
    assert isinstance(read_headers(content, LIMITS), Headers)
