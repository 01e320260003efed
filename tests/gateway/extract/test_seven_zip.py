from __future__ import annotations

import struct
import sys
import zlib
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]  # ships no types
import py7zr
import pytest
from py7zr.properties import FILTER_DEFLATE64

from gateway.extract import seven_zip_header
from gateway.extract.node import Limits
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import LETTER, plain, seven_zip, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

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


@pytest.mark.parametrize("begins", [b"\0", b"\1\0", b"\1"])
def test_what_a_wrong_password_makes_is_no_header(begins: bytes) -> None:
    """Noise that begins like a header is none: once in 256 times it begins like that of an empty archive."""
    archive = seven_zip({"letter.txt": LETTER}, "correct horse", hide_names=True)
    with pytest.raises(seven_zip_header.Damaged):
        seven_zip_header.read(archive, lambda _: begins + NOISE[:60], Limits())


def test_an_empty_password_protects_nothing() -> None:
    """What opens for everybody is read (E42)."""
    assert texts(nodes(seven_zip({"letter.txt": LETTER}, "")))["a › letter.txt"] == TEXT


@pytest.mark.parametrize("hide_names", [True, False])
def test_a_password_beside_it_opens_it(hide_names: bool) -> None:
    """The password in a file beside it opens the archive and its names, and every part says so (E45)."""
    inner = seven_zip({"letter.txt": LETTER}, "Surgery2026", hide_names=hide_names)
    found = nodes(zip_of(plain("a.7z", inner), plain("b.txt", b"It opens with Surgery2026.")))
    opened = [node.text for node in found if Trait.OPENED in node.traits]
    assert opened == (["letter.txt", TEXT] if hide_names else [TEXT])
    assert not reasons(found, State.ENCRYPTED)


class Packed(NamedTuple):
    """A coder's method and properties, and the numbers of the inputs and outputs that it joins."""

    method: bytes
    properties: bytes = b""
    inputs: int = 1


def listed(
    coders: list[Packed],
    streams: list[bytes],
    content: bytes = LETTER,
    *,
    name: str = "a.txt",
    members: int = 1,
    beside: bytes = b"",
    before: bytes = b"",
) -> bytes:
    """An archive as 7zFormat.txt has it: one member, made by the first coder out of the others.

    `members` of 0 lists none, though there is content; `before` stands in front of the header.
    """
    described = bytes([len(coders)])
    for coder in coders:
        flags = len(coder.method) | 0x20 * bool(coder.properties) | 0x10 * (coder.inputs > 1)
        described += bytes([flags]) + coder.method
        described += bytes([coder.inputs, 1]) * (coder.inputs > 1)
        described += (bytes([len(coder.properties)]) + coder.properties) * bool(coder.properties)
    inputs = sum(coder.inputs for coder in coders)
    described += b"".join(bytes([number, number + 1]) for number in range(len(coders) - 1))
    if len(streams) > 1:
        described += bytes(range(inputs - len(streams), inputs))
    words = name.encode("utf-16-le") + b"\0\0" if members else b""
    header = (
        b"\x01\x04\x06\x00" + bytes([len(streams)]) + b"\x09" + b"".join(map(_number, map(len, streams)))
        + b"\x00\x07\x0b\x01\x00" + described + b"\x0c" + _number(len(content)) * len(coders)
        + b"\x0a\x01" + struct.pack("<I", zlib.crc32(content)) + b"\x00"
        + b"\x08\x0d" + bytes([members]) + b"\x00\x00"
        + b"\x05" + bytes([members]) + (b"\x11" + bytes([len(words) + 1]) + b"\x00" + words) * bool(name)
        + beside + b"\x00\x00"
    )  # fmt: skip
    in_front = b"".join(streams) + before
    start = struct.pack("<QQI", len(in_front), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + in_front + header


def _number(number: int) -> bytes:
    return b"\xff" + struct.pack("<Q", number)


COPY, AES, BCJ2 = Packed(b"\0"), Packed(b"\x06\xf1\x07\x01", b"\x13\x00"), Packed(b"\3\3\1\x1b", b"", 4)


def forged() -> bytes:
    """An archive of one stored member whose header says that it is encrypted, and which is not."""
    return listed([AES], [LETTER])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(forged(), id="forged"),
        pytest.param(seven_zip({"a.txt": LETTER})[:-10], id="cut off"),
        pytest.param(b"7z\xbc\xaf\x27\x1c" + NOISE, id="not one"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", id="signature alone"),
        pytest.param(seven_zip({"a.txt": LETTER}) + LETTER, id="octets behind it"),
        pytest.param(listed([COPY], [LETTER], before=b"Jane Doe"), id="octets in front of the header"),
        pytest.param(listed([Packed(b"\x7f")], [LETTER]), id="an unknown coder"),
        pytest.param(listed([COPY], [LETTER[:-1]], LETTER), id="less than is listed"),
        pytest.param(listed([COPY], [LETTER[:-1] + b"!"]), id="a wrong checksum"),
    ],
)
def test_what_is_not_proved_is_unscannable(data: bytes) -> None:
    """Forged headers, damage and octets behind the end are neither clean nor encrypted (E41, E46)."""
    found = nodes(data)
    assert reasons(found)
    assert not reasons(found, State.ENCRYPTED)


def test_a_bomb_ends_within_the_limits() -> None:
    """A member larger than may be unfolded is refused before it is unpacked (E38)."""
    found = nodes(seven_zip({"a.txt": bytes(5_000_000)}), limits=Limits(member_octets=1_000_000))
    assert reasons(found) == {"a": "more content than may be unfolded"}


def test_an_archive_without_members_is_empty() -> None:
    """7-Zip writes nothing but its header, whose checksum is right."""
    start = struct.pack("<QQL", 0, 0, 0)
    (found,) = nodes(b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start)
    assert (found.state, found.reason) == (State.EMPTY, "an archive without members")


def test_content_that_no_member_lists_is_read() -> None:
    """A program that lists members does not show it, and it leaves the practice all the same."""
    found = nodes(listed([COPY], [LETTER], members=0), "a.7z")
    assert texts(found) == {"a.7z › between the members": TEXT}


def test_members_without_names_are_read() -> None:
    """As of archives that hold one file, and call it nothing."""
    found = nodes(listed([COPY], [LETTER], name=""), "a.7z")
    assert texts(found) == {"a.7z › member without a name": TEXT}
    assert not reasons(found)


def test_what_a_coder_may_be_called() -> None:
    """The number of the one that packs nothing may be left out."""
    assert texts(nodes(listed([Packed(b"")], [LETTER])))["a › a.txt"] == TEXT


def test_comments_and_unknown_properties_are_read() -> None:
    """Words that stand in the header, and that no member has."""
    found = nodes(listed([COPY], [LETTER], beside=b"\x16\x08Jane Doe\x18\x03\0\0\0"), "a.7z")
    assert texts(found)["a.7z › comments"] == "Jane Doe"


def lz4(data: bytes) -> bytes:
    """A frame of one block that is not packed (lz4_Frame_format.md)."""
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", 1 << 31 | len(data)) + data + bytes(4)


def framed(data: bytes, more: bytes = b"") -> bytes:
    """In front of what can be unpacked on its own: its length, in a frame that is no content."""
    return b"\x50\x2a\x4d\x18" + struct.pack("<II", 4 + len(more), len(data)) + more + data


HALVES = LETTER[:20], LETTER[20:]


@pytest.mark.parametrize(
    ("method", "packed"),
    [
        pytest.param(b"\x04\xf7\x11\x04", lz4(LETTER), id="LZ4"),
        pytest.param(b"\x04\xf7\x11\x04", b"".join(framed(lz4(half)) for half in HALVES), id="LZ4 in frames"),
        pytest.param(
            b"\x04\xf7\x11\x02",
            b"".join(framed(brotli.compress(half), b"BR\x01\0") for half in HALVES),
            id="Brotli in frames",
        ),
        pytest.param(b"\x04\xf7\x11\x01", b"".join(map(zstd.compress, HALVES)), id="zstandard in frames"),
    ],
)
def test_what_several_threads_packed_is_read(method: bytes, packed: bytes) -> None:
    """They write frames, one after another."""
    found = nodes(listed([Packed(method)], [packed]))
    assert texts(found)["a › a.txt"] == TEXT
    assert not reasons(found)


def test_x86_code_in_four_streams_is_put_together() -> None:
    """BCJ2: what stands behind each branch is elsewhere, if a decision says so; here it never does."""
    data = b"\x0f\x84Jane Doe \xe8\0\0\0\0 9 The Mews " * 3
    found = nodes(listed([BCJ2], [data, b"", b"", bytes(16)], data, name="a.bin"))
    assert not reasons(found, State.ENCRYPTED)
    assert not any("damaged" in reason for reason in reasons(found).values())
