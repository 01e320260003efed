from __future__ import annotations

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import NOISE, docx, encrypted_office, paragraph

SPINS = b'spinCount="1000" saltSize="16"'
ENDLESS = b'spinCount="9999999"'


def node(data: bytes) -> Node:
    (only,) = read_file(data, "a.docx", "", Limits())
    return only


def test_a_password_of_somebody_is_proved() -> None:
    """A package that is noise, and that no default password opens, is encrypted."""
    found = node(encrypted_office("correct horse"))
    assert (found.state, found.reason) == (State.ENCRYPTED, "opens with a password only")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encrypted_office("VelvetSweatshop"), "encrypted with the password that every Excel knows"),
        (
            encrypted_office("a", docx(paragraph("a" * 5000)).ljust(9000)),
            "says that it is encrypted, but is not",
        ),
        (encrypted_office("a", b"plain words " * 1000), "says that it is encrypted, but is not"),
        (encrypted_office("a", b""), "says that it is encrypted, but is not"),
        (compound({"EncryptedPackage": bytes(8) + NOISE}), "a damaged compound file"),
        (
            compound({"EncryptedPackage": bytes(8) + NOISE, "EncryptionInfo": b""}),
            "a damaged encryption header",
        ),
        (
            compound({"EncryptedPackage": bytes(8) + NOISE, "EncryptionInfo": b"\4\0\4\0"}),
            "XML that is not well-formed",
        ),
        (
            compound({"EncryptedPackage": bytes(8) + NOISE, "EncryptionInfo": b"\4\0\2\0"}),
            "a damaged encryption header",
        ),
        (
            encrypted_office("a").replace(b'spinCount="1000"', b'spinCount="1e99"'),
            "a damaged encryption header",
        ),
        (
            encrypted_office("a").replace(SPINS, ENDLESS.ljust(len(SPINS))),
            "encrypted in a way that cannot be checked",
        ),
        (encrypted_office("a")[:8000], "a damaged compound file"),
    ],
)
def test_everything_else_is_not(data: bytes, reason: str) -> None:
    """Default passwords, plain packages, and headers that cannot be checked prove nothing."""
    found = node(data)
    assert (found.state, found.reason) == (State.UNSCANNABLE, reason)
