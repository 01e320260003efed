from __future__ import annotations

import io
import struct
import zipfile
from typing import cast

import pytest

from gateway.extract import package
from gateway.extract.node import Limits, Node
from gateway.extract.source import Source, Unreadable
from tests.gateway.extract.files import package as packed

PARTS = {"word/document.xml": b"a" * 1000, "word/comments.xml": b"b" * 10}
GOOD = packed(PARTS)


def read(data: bytes, limits: Limits | None = None) -> tuple[dict[str, bytes], list[Node | Source]]:
    return package.read(Source("a", data), limits or Limits())


def reasons(data: bytes) -> set[str]:
    return {item.reason for item in read(data)[1] if isinstance(item, Node) and item.reason}


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
    assert read(GOOD) == ({"[Content_Types].xml": b"<Types/>", **PARTS}, [])


@pytest.mark.parametrize(
    "data",
    [
        *(stored(), stored(zipfile.ZIP_DEFLATED), stored(streamed=True)),
        *(stored(zipfile.ZIP_BZIP2), stored(zipfile.ZIP_LZMA)),
    ],
)
def test_reads_what_other_programs_write(data: bytes) -> None:
    """Stored members, other methods, data descriptors, directories and backslashes are all honest."""
    assert read(data) == ({"a/b.xml": b"content"}, [])


def duplicate() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", b"a")
        archive.writestr("Word/Document.xml", b"b")
    return file.getvalue()


def hidden_member() -> bytes:
    """A package whose directory does not name the second member."""
    directory = GOOD.index(b"PK\1\2")
    local = GOOD[: GOOD.index(b"PK\3\4", 4)]
    return GOOD[:directory] + local + GOOD[directory:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"junk" + GOOD, "octets that belong to no member"),
        (GOOD + b"junk", "octets that belong to no member"),
        (duplicate(), "two members of the same name"),
        (changed(GOOD, 8, 1), "a member that says it is encrypted"),
        (changed(GOOD, 10, 10), "a member packed by an unusual method"),
        (changed(GOOD, 10, 6), "a damaged member of a ZIP archive"),
        (changed(GOOD, 16, 0), "a damaged member of a ZIP archive"),
        (changed(GOOD, 24, 9), "a damaged member of a ZIP archive"),
        (changed(GOOD, 24, 11), "a damaged member of a ZIP archive"),
    ],
)
def test_says_what_two_programs_read_differently(data: bytes, reason: str) -> None:
    """Whatever is unaccounted for or damaged, the package is not clean, and the rest of it is read."""
    assert reason in reasons(data)
    assert "word/document.xml" in read(data)[0]


@pytest.mark.parametrize("data", [GOOD[:-1], GOOD[:100], hidden_member(), b"PK\3\4"])
def test_refuses_what_has_no_directory(data: bytes) -> None:
    """Without its end, or with members that stand elsewhere than it says, a package is damaged."""
    with pytest.raises(Unreadable, match=r"^a damaged ZIP archive$"):
        read(data)


def test_both_members_of_one_name_are_read() -> None:
    """Which of them an office program takes, nobody knows."""
    parts, beside = read(duplicate())
    assert [*parts.values(), *(item.data for item in beside if isinstance(item, Source))] == [b"a", b"b"]


def test_comments_extra_fields_and_names_are_text() -> None:
    """Words that no office program shows, and any archiver does."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("word/999 000 0018.xml")
        info.extra = struct.pack("<HH", 0x4D4D, 12) + b"999 000 0026"
        info.comment = b"999 000 0034"
        archive.writestr(info, b"<a/>")
        archive.comment = b"Jane Doe"
    _, beside = read(file.getvalue())
    assert {(item.name, cast(Node, item).text) for item in beside} == {
        ("a › names of parts", "word/999 000 0018.xml"),
        ("a › ZIP extra fields", "999 000 0026"),
        ("a › ZIP comments", "Jane Doe\n999 000 0034"),
    }


@pytest.mark.parametrize("limits", [Limits(octets=1000), Limits(nodes=2)])
def test_keeps_the_limits_before_unpacking(limits: Limits) -> None:
    """Too many members, or too much to unpack, is refused by what the directory says."""
    with pytest.raises(Unreadable, match="more content than may be unfolded"):
        read(GOOD, limits)


def test_a_member_longer_than_it_says_is_refused() -> None:
    """What is unpacked is never more than the directory announced."""
    place = GOOD.rindex(b"PK\1\2") + 24
    assert "a damaged member of a ZIP archive" in reasons(
        GOOD[:place] + struct.pack("<I", 5) + GOOD[place + 4 :]
    )
