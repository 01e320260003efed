from __future__ import annotations

import io
import struct
import zipfile

import pytest

from gateway.extract.node import Limits
from gateway.extract.package import members
from gateway.extract.source import Unreadable
from tests.gateway.extract.files import package

PARTS = {"word/document.xml": b"a" * 1000, "word/comments.xml": b"b" * 10}
GOOD = package(PARTS)


def read(data: bytes, limits: Limits | None = None) -> dict[str, bytes]:
    return dict(members(data, limits or Limits()))


def stored(method: int = zipfile.ZIP_STORED, *, streamed: bool = False) -> bytes:
    """A package written another way: not packed, by another method, or with data descriptors."""
    file = io.BytesIO()
    if streamed:
        file.seekable = lambda: False  # type: ignore[method-assign]  # so that sizes follow the data
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a/", b"")
        archive.writestr("a\\b.xml", b"content")
    return file.getvalue()


def changed(data: bytes, offset: int, value: int, signature: bytes = b"PK\1\2") -> bytes:
    """One octet changed, counted from the last occurrence of a signature."""
    place = data.rindex(signature) + offset
    return data[:place] + bytes([value]) + data[place + 1 :]


def test_gives_every_member() -> None:
    """Contents come out as they went in."""
    assert read(GOOD) == {"[Content_Types].xml": b"<Types/>", **PARTS}


@pytest.mark.parametrize("data", [stored(), stored(zipfile.ZIP_DEFLATED), stored(streamed=True)])
def test_reads_what_other_programs_write(data: bytes) -> None:
    """Stored members, data descriptors, directories and backslashes are all honest."""
    assert read(data) == {"a/b.xml": b"content"}


def duplicate() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", b"a")
        archive.writestr("Word/Document.xml", b"b")
    return file.getvalue()


def commented() -> bytes:
    file = io.BytesIO(GOOD)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"999 000 0018"
    return file.getvalue()


def hidden_member() -> bytes:
    """A package whose directory does not name the second member."""
    directory = GOOD.index(b"PK\1\2")
    local = GOOD[: GOOD.index(b"PK\3\4", 4)]
    return GOOD[:directory] + local + GOOD[directory:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"junk" + GOOD, "octets before the members of a package"),
        (GOOD + b"junk", "octets after the members of a package"),
        (commented(), "octets after the members of a package"),
        (duplicate(), "two members of the same name"),
        (changed(GOOD, 8, 1), "a member that says it is encrypted"),
        (changed(GOOD, 10, 99), "a member packed by an unusual method"),
        (changed(GOOD, 16, 0), "a damaged member of a package"),
        (changed(GOOD, 24, 9), "a damaged member of a package"),
        (changed(GOOD, 24, 11), "a damaged member of a package"),
        (stored(zipfile.ZIP_LZMA), "a member packed by an unusual method"),
        (stored(zipfile.ZIP_BZIP2), "a member packed by an unusual method"),
        (GOOD[:-1], "a damaged zip package"),
        (GOOD[:100], "a damaged zip package"),
        (b"PK\3\4", "a damaged zip package"),
    ],
)
def test_refuses_what_two_programs_read_differently(data: bytes, reason: str) -> None:
    """A package with anything unaccounted for is refused as a whole, with a fixed reason."""
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        read(data)


def test_refuses_members_that_the_directory_hides() -> None:
    """Octets between the last member and the directory are not passed over."""
    with pytest.raises(Unreadable):
        read(hidden_member())


@pytest.mark.parametrize("limits", [Limits(octets=1000), Limits(nodes=2)])
def test_keeps_the_limits_before_unpacking(limits: Limits) -> None:
    """Too many members, or too much to unpack, is refused by what the directory says."""
    with pytest.raises(Unreadable, match="more content than may be unfolded"):
        read(GOOD, limits)


def test_a_member_longer_than_it_says_is_refused() -> None:
    """What is unpacked is never more than the directory announced."""
    place = GOOD.rindex(b"PK\1\2") + 24
    with pytest.raises(Unreadable):
        read(GOOD[:place] + struct.pack("<I", 5) + GOOD[place + 4 :])
