from __future__ import annotations

import base64
import bz2
import hashlib
import zlib

import pytest
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER, literal, pgp, plain, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

TEXT = LETTER.decode()
PROOF = "PGP: opens with a key or password only"
FOR_A_KEY = (1, b"\3" + NOISE[:270])
FOR_A_PASSWORD = (3, b"\4\x09\3\x08" + NOISE[:9])
SIGNED_BY = (4, b"\3\0\x08\1" + NOISE[:9])
SIGNATURE = (2, b"\4" + NOISE[:300])
PROTECTED = (18, b"\1" + NOISE[300:5000])


def armoured(data: bytes, *headers: str) -> bytes:
    lines = ["-----BEGIN PGP MESSAGE-----", *headers, "", base64.encodebytes(data).decode().strip()]
    return "\n".join([*lines, "=AAAA", "-----END PGP MESSAGE-----", ""]).encode()


@pytest.mark.parametrize(
    "packets",
    [
        [FOR_A_KEY, PROTECTED],
        [FOR_A_KEY, FOR_A_KEY, FOR_A_PASSWORD, PROTECTED],
        [FOR_A_PASSWORD, (9, NOISE)],
        [FOR_A_KEY, (20, b"\1\7\1\x10" + NOISE)],
    ],
)
def test_what_needs_a_key_or_password_is_encrypted(packets: list[tuple[int, bytes]]) -> None:
    """Session keys and then noise to the end: nobody else can open it."""
    assert reasons(nodes(pgp(*packets), "a.pgp"), State.ENCRYPTED) == {"a.pgp": PROOF}


@pytest.mark.parametrize("headers", [[], ["Version: 1", "Comment: written by hand"]])
def test_armour_is_seen_through(headers: list[str]) -> None:
    """What counts is what the letters stand for."""
    found = nodes(armoured(pgp(FOR_A_KEY, PROTECTED), *headers), "a.asc")
    assert reasons(found, State.ENCRYPTED)["a.asc › PGP message"] == PROOF
    assert not reasons(found)


@pytest.mark.parametrize(
    "data",
    [
        pgp(literal(LETTER)),
        pgp(SIGNED_BY, literal(LETTER), SIGNATURE),
        pgp((8, b"\0" + pgp(literal(LETTER)))),
        pgp((8, b"\1" + zlib.compress(pgp(literal(LETTER)))[2:-4])),
        pgp((8, b"\2" + zlib.compress(pgp(SIGNED_BY, literal(LETTER), SIGNATURE)))),
        pgp((8, b"\3" + bz2.compress(pgp(literal(LETTER))))),
    ],
)
def test_what_is_merely_signed_or_compressed_is_read(data: bytes) -> None:
    """Signatures and compression hide nothing, in armour or out of it (E43)."""
    for file in (data, armoured(data)):
        found = nodes(file, "a.pgp")
        assert TEXT in texts(found).values()
        assert not reasons(found, State.ENCRYPTED)


@pytest.mark.parametrize(
    "data",
    [
        pgp(FOR_A_KEY, (18, LETTER * 20)),
        pgp(FOR_A_KEY, literal(LETTER), PROTECTED),
        pgp(FOR_A_KEY, PROTECTED, literal(LETTER)),
        pgp(FOR_A_KEY),
        pgp(FOR_A_KEY, PROTECTED)[:-9],
        pgp(FOR_A_KEY, PROTECTED) + LETTER,
        pgp((8, b"\1" + NOISE)),
        pgp((8, b"\7" + NOISE)),
        armoured(NOISE),
        b"-----BEGIN PGP MESSAGE-----\nnothing but words\n",
        NOISE,
    ],
)
def test_what_is_not_proved_is_not_encrypted(data: bytes) -> None:
    """Readable or missing content, content beside it, damage, and any file of that name (E43, E46)."""
    found = nodes(data, "a.pgp")
    assert reasons(found)
    assert not reasons(found, State.ENCRYPTED)


def test_a_bomb_ends_within_the_limits() -> None:
    """A compressed packet unpacks to no more than a member may have."""
    data = pgp((8, b"\2" + zlib.compress(bytes(5_000_000))))
    found = nodes(data, limits=Limits(member_octets=1_000_000))
    assert reasons(found) == {"a": "more content than may be unfolded"}


def encrypted(key: bytes, octets: bytes) -> bytes:
    return Cipher(algorithms.AES(key), CFB(bytes(16))).encryptor().update(octets)


def protected(key: bytes) -> tuple[int, bytes]:
    """A letter behind a block of which the end is repeated, and in front of a checksum."""
    data = NOISE[:16] + NOISE[14:16] + pgp(literal(LETTER)) + b"\xd3\x14"
    return 18, b"\1" + encrypted(key, data + sha1(data))


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


SEED = NOISE[:8] + b"Surgery2026"
SIMPLE = hashlib.sha256(SEED[8:]).digest()
SALTED = sha1(SEED) + sha1(b"\0" + SEED)[:12]
ITERATED = hashlib.sha256((SEED * 60)[:1088]).digest()
SESSION = NOISE[100:116]


@pytest.mark.parametrize(
    ("for_a_password", "key"),
    [
        (b"\4\x09\0\x08", SIMPLE),
        (b"\4\x09\1\2" + SEED[:8], SALTED),
        (b"\4\x09\3\x08" + SEED[:8] + b"\1", ITERATED),
        (b"\4\x09\3\x08" + SEED[:8] + b"\1" + encrypted(ITERATED, b"\7" + SESSION), SESSION),
    ],
)
def test_a_password_beside_it_opens_a_message(for_a_password: bytes, key: bytes) -> None:
    """However the password becomes a key, and whether that is the key of the message or of another."""
    message = pgp(FOR_A_KEY, (3, for_a_password), protected(key))
    found = nodes(zip_of(plain("a.pgp", message), plain("b.txt", b"password: Surgery2026")))
    assert [node.text for node in found if Trait.OPENED in node.traits] == [TEXT]
    assert reasons(nodes(message), State.ENCRYPTED) == {"a": PROOF}


@pytest.mark.parametrize(
    "packets",
    [
        [(3, b"\4\x09\0\x08"), (18, b"\1" + NOISE[:5000])],
        [(3, b"\4\2\0\x08"), PROTECTED],
        [(3, b"\4\x09\4\x08"), PROTECTED],
        [(3, b"\5\x09\0\x08"), PROTECTED],
        [(3, b"\4"), PROTECTED],
        [(3, b"\4\x09\3\x08" + SEED[:8] + b"\1" + NOISE[:9]), PROTECTED],
    ],
)
def test_what_no_password_opens_stays_encrypted(packets: list[tuple[int, bytes]]) -> None:
    """Wrong passwords, and ways that are not tried."""
    found = nodes(zip_of(plain("a.pgp", pgp(*packets)), plain("b.txt", b"password: Surgery2026")))
    assert reasons(found, State.ENCRYPTED) == {"a › a.pgp": PROOF}


def test_a_length_that_is_cut_off_is_no_packet() -> None:
    """Octets that begin like a message by chance are what they are."""
    assert "damaged: reading it failed" not in reasons(nodes(b"\xc1\x03\3\0\0\xc1\xc0")).values()
