from __future__ import annotations

import struct
import zlib

import py7zr
import pytest
from py7zr.properties import FILTER_DEFLATE64

from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER, plain, seven_zip, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

TEXT = LETTER.decode()
PROOF = "7z AES: opens with a password only"


def test_members_and_their_names_are_read() -> None:
    """Every member is a file of its own, and the names of all are text."""
    found = nodes(seven_zip({"letter.txt": LETTER, "Jane Doe/list.csv": b"a,b"}), "a.7z")
    assert texts(found) == {
        "a.7z › file names": "letter.txt\nJane Doe/list.csv",
        "a.7z › letter.txt": TEXT,
        "a.7z › Jane Doe/list.csv": "a,b",
    }
    assert not reasons(found)


LZMA2 = {"id": py7zr.FILTER_LZMA2, "preset": 1}
FILTERS = {
    "copy": [{"id": py7zr.FILTER_COPY}],
    "LZMA": [{"id": py7zr.FILTER_LZMA}],
    "BCJ": [{"id": py7zr.FILTER_X86}, LZMA2],
    "BCJ for ARM": [{"id": py7zr.FILTER_ARM}, LZMA2],
    "Delta": [{"id": py7zr.FILTER_DELTA}, LZMA2],
    "PPMd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "Deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "Deflate64": [{"id": FILTER_DEFLATE64}],
    "Zstandard": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
    "Brotli": [{"id": py7zr.FILTER_BROTLI, "level": 5}],
}


@pytest.mark.parametrize("coder", FILTERS)
def test_every_coder_is_undone(coder: str) -> None:
    """However the members are packed (E39)."""
    found = nodes(seven_zip({"letter.txt": LETTER}, filters=FILTERS[coder]))
    assert texts(found)["a › letter.txt"] == TEXT
    assert not reasons(found)


@pytest.mark.parametrize("hide_names", [True, False])
def test_encryption_is_proved(hide_names: bool) -> None:
    """Members that are noise need a password; their names are read where they stand in the open."""
    found = nodes(seven_zip({"letter.txt": LETTER}, "correct horse", hide_names=hide_names))
    assert reasons(found, State.ENCRYPTED) == {"a": PROOF}
    assert texts(found) == ({} if hide_names else {"a › file names": "letter.txt"})


def test_an_empty_password_protects_nothing() -> None:
    """What opens for everybody is read (E42)."""
    assert texts(nodes(seven_zip({"letter.txt": LETTER}, "")))["a › letter.txt"] == TEXT


@pytest.mark.parametrize("hide_names", [True, False])
def test_a_password_beside_it_opens_it(hide_names: bool) -> None:
    """The password in a file beside it opens the archive, and every part of it says so (E45)."""
    inner = seven_zip({"letter.txt": LETTER}, "Surgery2026", hide_names=hide_names)
    found = nodes(zip_of(plain("a.7z", inner), plain("b.txt", b"It opens with Surgery2026.")))
    assert [node.text for node in found if Trait.OPENED in node.traits] == [TEXT]
    assert not reasons(found, State.ENCRYPTED)


def forged() -> bytes:
    """An archive of one stored member whose header says that it is encrypted, and which is not."""
    coder = b"\x24\x06\xf1\x07\x01\x02\x13\x00"
    size = bytes([0x80 | len(LETTER) >> 8, len(LETTER) & 0xFF])
    name = "a.txt".encode("utf-16-le") + b"\0\0"
    header = (
        b"\x01\x04\x06\x00\x01\x09" + size + b"\x00\x07\x0b\x01\x00\x01" + coder + b"\x0c" + size
        + b"\x0a\x01" + struct.pack("<I", zlib.crc32(LETTER)) + b"\x00\x08\x00\x00"
        + b"\x05\x01\x11" + bytes([len(name) + 1]) + b"\x00" + name + b"\x00\x00"
    )  # fmt: skip
    start = struct.pack("<QQI", len(LETTER), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + LETTER + header


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(forged(), id="forged"),
        pytest.param(seven_zip({"a.txt": LETTER})[:-10], id="cut off"),
        pytest.param(b"7z\xbc\xaf\x27\x1c" + NOISE, id="not one"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", id="signature alone"),
        pytest.param(seven_zip({"a.txt": LETTER}) + LETTER, id="octets behind it"),
    ],
)
def test_what_is_not_proved_is_unscannable(data: bytes) -> None:
    """Forged headers, damage and octets behind the end are neither clean nor encrypted (E41, E46)."""
    found = nodes(data)
    assert reasons(found)
    assert not reasons(found, State.ENCRYPTED)


def test_an_archive_that_shows_no_members_is_not_empty() -> None:
    """Octets may be there all the same."""
    assert reasons(nodes(seven_zip({}), "a.7z"))


def test_a_bomb_ends_within_the_limits() -> None:
    """A member larger than may be unfolded is refused before it is unpacked (E38)."""
    found = nodes(seven_zip({"a.txt": bytes(5_000_000)}), limits=Limits(member_octets=1_000_000))
    assert reasons(found) == {"a": "more content than may be unfolded"}


def test_an_archive_without_members_is_empty() -> None:
    """7-Zip writes nothing but its header, whose checksum is right."""
    start = struct.pack("<QQL", 0, 0, 0)
    (found,) = nodes(b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start)
    assert (found.state, found.reason) == (State.EMPTY, "an archive without members")
