from __future__ import annotations

import base64
import bz2
import zlib

import pytest

from gateway.extract.node import Limits
from gateway.mail import State
from tests.gateway.extract.archive_files import LETTER, literal, pgp
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
