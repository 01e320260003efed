from __future__ import annotations

import base64
import binascii

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.files import PNG, docx, paragraph

LIMITS = Limits()


def nodes(data: bytes, name: str = "a.txt") -> list[Node]:
    return read_file(data, name, "", LIMITS)


def uuencoded(data: bytes, name: str) -> bytes:
    lines = b"".join(binascii.b2a_uu(data[start : start + 45]) for start in range(0, len(data), 45))
    return b"begin 644 %b\n%b`\nend\n" % (name.encode(), lines)


def test_reads_tables_as_they_stand() -> None:
    """A CSV file is its text, line by line."""
    (node,) = nodes(b"NHS No,DOB\r\n999 000 0018,01/02/1980\r\n", "list.csv")
    assert (node.type, node.text) == ("text/csv", "NHS No,DOB\r\n999 000 0018,01/02/1980\r\n")


@pytest.mark.parametrize(("data", "reason"), [(b"", "no octets"), (b" \r\n\t", "only white space")])
def test_emptiness_is_proved(data: bytes, reason: str) -> None:
    """A file without text is empty, and says why."""
    assert [(node.state, node.reason) for node in nodes(data)] == [(State.EMPTY, reason)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"see " + base64.b64encode(b"NHS 999 000 0018"), "a.txt › base64"),
        (base64.encodebytes(b"NHS 999 000 0018 " * 20), "a.txt › base64"),
        (
            base64.encodebytes(b"NHS 999 000 0018 " * 20).replace(b"\n", b"\r\n") + b"=_boundary",
            "a.txt › base64",
        ),
        (base64.b64encode(docx(paragraph("NHS 999 000 0018"))), "a.txt › base64"),
        (uuencoded(b"NHS 999 000 0018", "a.txt"), "a.txt › uuencoded"),
        (b"hello\n" + uuencoded(docx(paragraph("NHS 999 000 0018")), "a.docx"), "a.txt › uuencoded"),
    ],
)
def test_opens_files_written_in_letters(text: bytes, name: str) -> None:
    """base64 and uuencode within a text are read as the files that they are."""
    assert [node.name for node in nodes(text) if "999 000 0018" in node.text] == [name]


@pytest.mark.parametrize(
    "text",
    [
        b"https://records.example/appointments/confirmation/QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        b"/usr/share/documentation/practice/handbook",
        b"Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        b"reference 8f14e45fceea167a5a36dedd4bea2543",
        b"begin 999 is a year",
        b"we begin 644 times",
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_long_words_are_no_files(text: bytes) -> None:
    """Letters that only happen to be in the alphabet give no node of their own."""
    assert [node.name for node in nodes(text)] == ["a.txt"]


def test_a_picture_in_letters_is_a_picture() -> None:
    """A binary file within a text is judged by its own type."""
    reasons = {node.reason for node in nodes(base64.b64encode(PNG))}
    assert reasons == {"", "image: not read"}


def test_an_armoured_message_is_not_clean() -> None:
    """What PGP armour holds cannot be read."""
    states = [
        node.state
        for node in nodes(b"hello\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n")
    ]
    assert states == [State.CLEAN, State.UNSCANNABLE]


def test_xml_is_read_with_and_without_its_tags() -> None:
    """Tags may cut through a number, or keep two apart."""
    data = b"<?xml version='1.0'?><list><n>999 000</n><n> 0018</n><!-- note --></list>"
    raw, content = nodes(data, "a.xml")
    assert "<!-- note -->" in raw.text
    assert content.text == "999 000 0018"


def test_xml_with_entities_of_its_own_is_unscannable() -> None:
    """Entities are expanded by some readers and not by others."""
    data = b"<?xml version='1.0'?><!DOCTYPE list [<!ENTITY a '999 000'>]><list>&a; 0018</list>"
    assert [node.state for node in nodes(data, "a.xml")] == [State.UNSCANNABLE]
