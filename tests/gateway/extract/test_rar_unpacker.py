"""Packed RAR archives that libarchive does not unpack, or that a password opens."""

from __future__ import annotations

import zlib

import pytest

from gateway.extract.rar_unpacker import Unpacker
from gateway.extract.source import Unreadable
from gateway.mail import State, Trait
from tests.gateway.extract.archive_files import plain, rar, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.rar_files import (
    Bits,
    Member,
    begin_29,
    packed_20,
    packed_29,
    packed_50,
    put_filter,
    rar_3,
)
from tests.gateway.extract.reading import nodes, reasons, texts

LETTER = b"Dear Ann, NHS 999 000 0018 is Jane's"
TEXT = LETTER.decode()


def test_members_of_a_solid_archive_are_unpacked_one_after_another() -> None:
    """The second one repeats octets of the first, and goes on with its codes."""
    first = Member("a.txt", b"abcabcabc " + LETTER, packed_29([b"abc", (6, 3), b" ", LETTER]))
    repeated = LETTER[-4:] * 2
    second = Member("b.txt", repeated + b"!", packed_29([(8, 4), b"!"], codes=False), solid=True)
    found = nodes(rar_3(first, second, solid=True))
    assert texts(found) == {
        "a › file names": "a.txt\nb.txt",
        "a › a.txt": f"abcabcabc {TEXT}",
        "a › b.txt": f"{repeated.decode()}!",
    }
    assert not reasons(found)


def test_what_rar_2_packed_is_unpacked() -> None:
    """libarchive begins with RAR 2.9."""
    found = nodes(rar_3(Member("a.txt", LETTER, packed_20(LETTER), version=20)))
    assert texts(found)["a › a.txt"] == TEXT
    assert not reasons(found)


def test_a_packed_comment_is_read() -> None:
    """RAR 3 packs the comment of an archive like a member."""
    comment = Member("CMT", LETTER, packed_29([LETTER]), comment=True)
    found = nodes(rar_3(comment, Member("a.txt", b"words", b"words", method=0x30)))
    assert texts(found)["a › comments"] == TEXT
    assert texts(found)["a › a.txt"] == "words"
    assert not reasons(found)


def test_a_comment_that_cannot_be_unpacked_is_told() -> None:
    """The members are read all the same."""
    comment = Member("CMT", LETTER, NOISE[:64], comment=True, version=15)
    found = nodes(rar_3(comment, Member("a.txt", b"words", b"words", method=0x30)))
    assert texts(found)["a › a.txt"] == "words"
    assert reasons(found) == {"a › comments": "a comment that cannot be unpacked"}


@pytest.mark.parametrize(
    ("packed", "version", "reason"),
    [
        (packed_29([LETTER]), 15, "packed in a way that cannot be undone here"),
        (b"\x80" + packed_29([LETTER]), 29, "packed in a way that cannot be undone here"),
        (packed_29([(3, 4)]), 29, "a damaged member of a RAR archive"),
        (packed_29([LETTER])[:-40], 29, "a damaged member of a RAR archive"),
        (packed_29([LETTER.lower()]), 29, "a damaged member of a RAR archive"),
        (NOISE[:200], 20, "a damaged member of a RAR archive"),
        (b"", 20, "a damaged member of a RAR archive"),
    ],
)
def test_what_cannot_be_unpacked_is_not_clean(packed: bytes, version: int, reason: str) -> None:
    """Nor is what stands behind it in a solid archive."""
    second = Member("b.txt", b"bb", packed_29([b"bb"]), solid=True)
    found = nodes(rar_3(Member("a.txt", LETTER, packed, version), second, solid=True))
    assert reasons(found)["a › a.txt"] == reason
    assert reasons(found)["a › b.txt"] == "a member packed together with one that could not be unpacked"


def program(size: int, checksum: int) -> bytes:
    """Octets with a checksum: zeros, and four that are found backwards, octet by octet."""
    table = [_turned(octet) for octet in range(256)]
    register = checksum ^ 0xFFFFFFFF
    for _ in range(4):
        index = next(octet for octet in range(256) if table[octet] >> 24 == register >> 24)
        register = (register ^ table[index]) << 8 & 0xFFFFFFFF | index
    before = bytes(size - 4)
    return before + (register ^ zlib.crc32(before) ^ 0xFFFFFFFF).to_bytes(4, "little")


def _turned(register: int) -> int:
    for _ in range(8):
        register = register >> 1 ^ (0xEDB88320 if register & 1 else 0)
    return register


def filtered(octets: bytes, size: int, checksum: int, channels: int = 0) -> bytes:
    """A member of RAR 3 that went through a filter as a whole."""
    code = Bits()
    code.put(0, 2 + 4)  # a program of its own
    code.put(0, 2 + 4)  # from here on
    code.put(2 << 16 | len(octets), 2 + 16)
    code.put(1, 7)  # the first register
    code.put(channels, 2 + 4)
    code.put(1 << 8 | size, 2 + 8)
    for octet in program(size, checksum):
        code.put(octet, 8)
    announced = code.octets()
    out = Bits()
    begin_29(out)
    put_filter(out, 0x80 | 0x20 | 0x10, announced)
    return packed_29([octets], before=out)


def differences(content: bytes, channels: int) -> bytes:
    columns = (content[channel::channels] for channel in range(channels))
    pairs = (pair for column in columns for pair in zip(b"\0" + column, column, strict=False))
    return bytes(before - own & 0xFF for before, own in pairs)


@pytest.mark.parametrize(
    ("before", "after", "size", "checksum", "channels"),
    [
        (LETTER, differences(LETTER, 3), 29, 0x0E06077D, 3),
        (b"\xe8\x10\0\0\0 words", b"\xe8\x11\0\0\0 words", 53, 0xAD576887, 0),
        (b"-\xe9\xfe\xff\xff\xff words", b"-\xe9\0\0\0\0 words", 57, 0x3CD7E57E, 0),
    ],
)
def test_what_went_through_a_filter_is_put_back(
    before: bytes, after: bytes, size: int, checksum: int, channels: int
) -> None:
    """Columns of tables, calls and jumps of programs: a filter is known by the checksum of its program."""
    packed = filtered(after, size, checksum, channels)
    assert Unpacker().unpack(packed, len(before), 29) == before


def test_no_other_program_is_run() -> None:
    """Of the same checksum but another length, it could do anything."""
    with pytest.raises(Unreadable, match="cannot be undone"):
        Unpacker().unpack(filtered(LETTER, 30, 0x0E06077D, 3), len(LETTER), 29)


def opened(archive: bytes) -> dict[str, str]:
    """What is readable with the password in a file beside it."""
    found = nodes(zip_of(plain("a.rar", archive), plain("b.txt", b"It opens with Surgery2026.")))
    return texts([node for node in found if Trait.OPENED in node.traits])


@pytest.mark.parametrize(("packed", "method"), [(packed_29([LETTER]), 0x33), (LETTER, 0x30)])
def test_a_password_beside_it_opens_a_member_of_rar_3(packed: bytes, method: int) -> None:
    """Nothing but the checksum of what comes out tells the right one."""
    archive = rar_3(Member("a.txt", LETTER, packed, method=method, password="Surgery2026"))
    assert opened(archive) == {"a › a.rar › a.txt": TEXT}
    assert reasons(nodes(archive), State.ENCRYPTED) == {"a › a.txt": "RAR AES: opens with a password only"}


def test_a_password_beside_it_opens_a_packed_member() -> None:
    """Decrypted, it is an archive that libarchive unpacks."""
    archive = rar([("a.txt", LETTER)], "Surgery2026", packed=packed_50)
    assert opened(archive) == {"a › a.rar › a.txt": TEXT}


def test_a_packed_member_of_rar_5_is_unpacked() -> None:
    """By libarchive, which shows that the archives of these tests are such."""
    assert texts(nodes(rar([("a.txt", LETTER)], packed=packed_50)))["a › a.txt"] == TEXT
