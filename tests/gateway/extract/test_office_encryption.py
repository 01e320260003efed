from __future__ import annotations

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.files import (
    NOISE,
    docx,
    encrypted_office,
    entity,
    paragraph,
    said_to_be_encrypted,
)
from tests.gateway.extract.office_files import obfuscated_xls

FORGED = "says that it is encrypted, but is not"
UNCHECKED = "encrypted in a way that cannot be checked"


def node(data: bytes) -> Node:
    (only,) = read_file(data, "a.docx", "", Limits())
    return only


def test_a_password_of_somebody_is_proved() -> None:
    """A package that is noise, and that no default password opens, is encrypted."""
    found = node(encrypted_office("correct horse"))
    assert (found.state, found.reason) == (State.ENCRYPTED, "opens with a password only")


@pytest.mark.parametrize("known", ["VelvetSweatshop", "/01Hannes Ruescher/01"])
def test_a_password_that_every_office_program_knows_protects_nothing(known: str) -> None:
    """A document that opens by itself for its recipient is read like any other."""
    found = node(encrypted_office(known))
    assert (found.state, found.text[:6]) == (State.CLEAN, "words ")


def test_a_document_that_opens_is_open_whatever_it_says() -> None:
    """The hash of the password may be wrong or padded; that the password opens the content counts."""
    data = encrypted_office("VelvetSweatshop")
    place = data.index(b'encryptedVerifierHashValue="') + 40
    other = b"B" if data[place : place + 1] == b"A" else b"A"  # still base64
    found = node(data[:place] + other + data[place + 1 :])
    assert (found.state, found.text[:6]) == (State.CLEAN, "words ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (said_to_be_encrypted(docx(paragraph("a" * 5000)).ljust(9000)), FORGED),
        (said_to_be_encrypted(docx(paragraph("a" * 5000))), FORGED),
        (said_to_be_encrypted(b"plain words " * 1000), FORGED),
        (said_to_be_encrypted(entity(b"words " * 1000, "Subject: a")), FORGED),
        (said_to_be_encrypted(b""), FORGED),
        (said_to_be_encrypted(NOISE, b""), UNCHECKED),
        (said_to_be_encrypted(NOISE, b"\4\0\4\0"), UNCHECKED),
        (said_to_be_encrypted(NOISE, b"\4\0\2\0"), UNCHECKED),
        (said_to_be_encrypted(NOISE, b"\4\0\4\0@\0\0\0<encryption/>"), UNCHECKED),
        (said_to_be_encrypted(NOISE, b'\4\0\4\0@\0\0\0<a spinCount="1000001"/>'), UNCHECKED),
        (encrypted_office("a").replace(b'spinCount="1', b'spinCount="x'), UNCHECKED),
    ],
)
def test_everything_else_is_not(data: bytes, reason: str) -> None:
    """Plain packages, and headers that cannot be checked, prove nothing."""
    found = node(data)
    assert (found.state, found.reason) == (State.UNSCANNABLE, reason)


def test_obfuscation_is_no_encryption() -> None:
    """What Excel 95 combined with a password by XOR is not read, and is not called protected."""
    (found,) = read_file(obfuscated_xls("Surgery26", "words"), "a.xls", "", Limits())
    assert (found.state, found.reason) == (
        State.UNSCANNABLE,
        "obfuscated as Excel 95 did, which protects nothing",
    )


@pytest.mark.parametrize("beside", ["password: Surgery26", ""])
def test_an_obfuscated_workbook_is_opened(beside: str) -> None:
    """By the default password, and by one in the same message, as any encrypted one is."""
    workbook = obfuscated_xls("Surgery26" if beside else "VelvetSweatshop", "words of a cell")
    found = read_file(zipped({"a.xls": workbook, "b.txt": beside.encode() or b"-"}), "a.zip", "", Limits())
    (sheet,) = [node for node in found if node.name == "a.zip › a.xls › List"]
    assert sheet.text == "words of a cell"
    assert (Trait.OPENED in sheet.traits) == bool(beside)
