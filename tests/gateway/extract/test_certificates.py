"""Certificates are read, and what holds private keys is proved to be encrypted."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from gateway.extract.files import read_file
from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import plain, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

KEY = ec.derive_private_key(7, ec.SECP256R1())


@cache
def certificate(comment: str | bytes = "", identifier: str = "1.2.3.4") -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jane Doe 999 000 0018")])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 7)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    addresses = x509.SubjectAlternativeName([x509.RFC822Name("jane@practice.example")])
    octets = comment.encode() if isinstance(comment, str) else comment
    note = x509.UnrecognizedExtension(x509.ObjectIdentifier(identifier), octets)
    builder = builder.add_extension(addresses, critical=False).add_extension(note, critical=False)
    return builder.sign(KEY, hashes.SHA256(), ecdsa_deterministic=True)


def store(encryption: KeySerializationEncryption) -> bytes:
    return serialize_key_and_certificates(b"Jane's card", KEY, certificate(), None, encryption)


def protected(password: bytes) -> bytes:
    return store(BestAvailableEncryption(password))


def test_certificates_say_whom_they_name() -> None:
    """Names, addresses, and whatever else somebody wrote into one, in whatever encoding it comes."""
    for encoding, name in ((Encoding.DER, "a"), (Encoding.PEM, "a › base64")):
        said = texts(nodes(certificate("seen in the asthma clinic").public_bytes(encoding)))[name]
        for words in ("999 000 0018", "jane@practice.example", "asthma clinic"):
            assert words in said


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"\x1e\x10" + "Jane Doe".encode("utf-16-be"), "Jane Doe"),
        (b"\x30\x07\x81\x05Smith", "Smith"),
        (b"\x04\x04\x0c\x02Li", "Li"),
        (b"Smith", "Smith"),
    ],
    ids=["wide", "of a name", "within octets", "bare"],
)
def test_every_string_of_a_certificate_is_read(octets: bytes, words: str) -> None:
    """However short, and however it is written."""
    found = nodes(certificate(octets).public_bytes(Encoding.DER))
    assert words in texts(found)["a"].split("\n")
    assert not reasons(found)


def timestamps(*signatures: bytes) -> bytes:
    """What a public log answers (RFC 6962 section 3.3)."""
    listed = b""
    for signature in signatures:
        body = bytes(1) + NOISE[:40] + b"\0\0\4\3" + struct.pack(">H", len(signature)) + signature
        listed += struct.pack(">H", len(body)) + body
    listed = struct.pack(">H", len(listed)) + listed
    return b"\x04\x81" + bytes([len(listed)]) + listed


SIGNATURE = b"\x30\x44" + NOISE[:68]


@pytest.mark.parametrize(
    ("octets", "identifier", "held"),
    [
        (NOISE[:64], "1.2.3.4", False),
        (NOISE[:300], "1.2.3.4", True),
        (b"\x0c\x81\xc8" + NOISE[:200], "1.2.3.4", True),
        (b"\x04\x40" + NOISE[:64], "1.2.3.4", False),
        ((b"\x04\x40" + NOISE[:64]) * 40, "1.2.3.4", True),
        (timestamps(SIGNATURE), "1.3.6.1.4.1.11129.2.4.2", False),
        (timestamps(SIGNATURE), "1.2.3.4", True),
        (timestamps(NOISE[:70]), "1.3.6.1.4.1.11129.2.4.2", True),
    ],
)
def test_octets_of_a_certificate_that_may_say_something_hold_it(
    octets: bytes, identifier: str, held: bool
) -> None:
    """More than a hash takes, unless it is known what they are."""
    found = nodes(certificate(octets, identifier).public_bytes(Encoding.DER))
    assert bool(reasons(found)) == held


@pytest.mark.parametrize("length", range(3, 51))
def test_the_last_line_of_a_certificate_may_be_short(length: int) -> None:
    """As any line of letters without padding may be that comes in front of a mark of an end."""
    assert not reasons(nodes(certificate("x" * length).public_bytes(Encoding.PEM)))


@pytest.mark.parametrize("change", [lambda data: data[:-9], lambda data: data + b"more"])
def test_what_only_begins_like_a_certificate_is_none(change: Callable[[bytes], bytes]) -> None:
    """One that is cut short, or goes on after its end, is held."""
    assert "a" in reasons(nodes(change(certificate().public_bytes(Encoding.DER))))


def test_a_certificate_holds_no_files() -> None:
    """A whole file fits into a field that nobody knows."""
    assert "a" in reasons(nodes(certificate("x" * 20_000).public_bytes(Encoding.DER)))


def test_keys_need_their_password() -> None:
    """What stands beside them in the open is read; a store without a password is not encrypted."""
    found = nodes(protected(b"Surgery2026"))
    assert reasons(found, State.ENCRYPTED) == {"a": "PKCS #12: opens with a password only"}
    assert [*texts(found)] == ["a › names"]
    assert texts(found)["a › names"].splitlines()[0] == "Jane's card"  # salts may look like words
    assert State.ENCRYPTED not in {node.state for node in nodes(store(NoEncryption()))}


def test_weak_encryption_of_keys_is_none() -> None:
    """RC2 with forty bits, as Windows and OpenSSL 1 used it, is no proof."""
    encryption = PrivateFormat.PKCS12.encryption_builder().key_cert_algorithm(
        PBES.PBESv1SHA1And3KeyTripleDESCBC
    )
    strong = store(encryption.build(b"Surgery2026"))
    weak = strong.replace(bytes.fromhex("2a864886f70d010c0103"), bytes.fromhex("2a864886f70d010c0106"))
    assert [State.ENCRYPTED in {node.state for node in nodes(data)} for data in (strong, weak)] == [
        True,
        False,
    ]


def test_keys_beside_their_password_are_held() -> None:
    """As is whatever else a password in the message opens."""
    both = zip_of(plain("a.p12", protected(b"Surgery2026")), plain("note.txt", b"It opens with Surgery2026."))
    found = read_file(both, "a.zip", "", Limits())
    assert [node.state for node in found if Trait.OPENED in node.traits] == [State.UNSCANNABLE]
