from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import (
    NOISE,
    docx,
    encrypted_office,
    entity,
    paragraph,
    said_to_be_encrypted,
)
from tests.gateway.extract.office_files import obfuscated_xls

_OFFICE = "http://schemas.microsoft.com/office/2006"
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


def _agile(password: str, algorithm: str, plain: bytes) -> bytes:
    """A document encrypted by AES-128, with keys that this hash makes ([MS-OFFCRYPTO] 2.3.4.10 to 15)."""

    def hashed(*octets: bytes) -> bytes:
        return hashlib.new(algorithm, b"".join(octets)).digest()

    def encrypted(key: bytes, start: bytes, octets: bytes) -> bytes:
        cipher = Cipher(algorithms.AES(key[:16]), modes.CBC(start[:16])).encryptor()
        return cipher.update(octets.ljust(-len(octets) // 16 * -16, b"\0")) + cipher.finalize()

    def key_for(purpose: str) -> bytes:
        return hashed(stretched, bytes.fromhex(purpose))

    salt, secret = NOISE[:16], NOISE[16:32]
    stretched = hashed(salt, password.encode("utf-16-le"))
    for turn in range(1000):
        stretched = hashed(turn.to_bytes(4, "little"), stretched)
    values = {
        "VerifierHashInput": encrypted(key_for("fea7d2763b4b9e79"), salt, salt),
        "VerifierHashValue": encrypted(key_for("d7aa0f6d3061344e"), salt, hashed(salt)),
        "KeyValue": encrypted(key_for("146e0be7abacd0d6"), salt, secret),
    }
    written = " ".join(f'encrypted{key}="{b64encode(value).decode()}"' for key, value in values.items())
    common = (
        f'saltSize="16" blockSize="16" keyBits="128" hashSize="{len(stretched)}" cipherAlgorithm="AES" '
        f'cipherChaining="ChainingModeCBC" hashAlgorithm="{algorithm}" saltValue="{b64encode(salt).decode()}"'
    )
    info = (
        f'<encryption xmlns="{_OFFICE}/encryption" xmlns:p="{_OFFICE}/keyEncryptor/password">'
        f'<keyData {common}/><dataIntegrity encryptedHmacKey="" encryptedHmacValue=""/><keyEncryptors>'
        f'<keyEncryptor uri="{_OFFICE}/keyEncryptor/password">'
        f'<p:encryptedKey spinCount="1000" {common} {written}/>'
        "</keyEncryptor></keyEncryptors></encryption>"
    )
    segments = (
        encrypted(secret, hashed(salt, number.to_bytes(4, "little")), plain[at : at + 4096])
        for number, at in enumerate(range(0, len(plain), 4096))
    )
    package = len(plain).to_bytes(8, "little") + b"".join(segments)
    header = b"\4\0\4\0@\0\0\0"
    return compound({"EncryptionInfo": header + info.encode(), "EncryptedPackage": package})


@pytest.mark.parametrize("algorithm", ["MD5", "SHA1", "SHA256", "SHA384", "SHA512"])
def test_whatever_hash_stretches_the_password(algorithm: str) -> None:
    """As the group policies of Office let an administrator choose it."""
    plain = docx(paragraph(f"words {NOISE[:8000].hex()}"))
    found = node(_agile("correct horse", algorithm, plain))
    assert (found.state, found.reason) == (State.ENCRYPTED, "opens with a password only")
    found = node(_agile("VelvetSweatshop", algorithm, plain))
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
