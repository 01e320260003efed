from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from collections.abc import Callable
from functools import partial

import libarchive  # type: ignore[import-untyped]  # ships no types
import pytest

from gateway.extract.node import Limits
from tests.gateway.extract.archive_files import LETTER
from tests.gateway.extract.reading import nodes, reasons, texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = LETTER.decode()


def by_libarchive(name: str, data: bytes) -> bytes:
    pieces: list[bytes] = []

    def write(piece: bytes) -> int:
        pieces.append(bytes(piece))
        return len(piece)

    with libarchive.custom_writer(write, "raw", name) as file:
        file.add_file_from_memory("a", len(data), data)
    return b"".join(pieces)


COMPRESSORS = [
    pytest.param(gzip.compress, "gz", id="gzip"),
    pytest.param(bz2.compress, "bz2", id="bzip2"),
    pytest.param(lzma.compress, "xz", id="xz"),
    pytest.param(zstd.compress, "zst", id="zstandard"),
    pytest.param(partial(by_libarchive, "lzip"), "lz", id="lzip"),
]
OTHERS = [
    pytest.param(partial(lzma.compress, format=lzma.FORMAT_ALONE), "lzma", id="LZMA"),
    pytest.param(partial(by_libarchive, "lz4"), "lz4", id="lz4"),
    pytest.param(partial(by_libarchive, "compress"), "Z", id="compress"),
]
Compress = Callable[[bytes], bytes]


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS + OTHERS)
def test_the_file_inside_is_read_under_its_own_name(compress: Compress, ending: str) -> None:
    """A compressed file is the file that it becomes."""
    found = nodes(compress(LETTER), f"letter.txt.{ending}")
    assert texts(found) == {f"letter.txt.{ending} › letter.txt": TEXT}
    assert not reasons(found)


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS)
def test_streams_behind_each_other_are_one_file(compress: Compress, ending: str) -> None:
    """All of these formats may be concatenated, and are then one file (RFC 1952 section 2.2)."""
    assert texts(nodes(compress(LETTER) + compress(LETTER), f"a.{ending}")) == {f"a.{ending} › a": TEXT * 2}


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS)
def test_what_is_cut_off_is_unscannable(compress: Compress, ending: str) -> None:
    """A file without its end is damaged, whatever could be read of it."""
    assert "a compressed file that is damaged" in reasons(nodes(compress(LETTER)[:-3])).values()


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS)
def test_what_stands_behind_the_end_is_read(compress: Compress, ending: str) -> None:
    """Octets that no decompressor shows are a file of their own, and said to be there."""
    found = nodes(compress(b"words") + LETTER)
    assert TEXT in texts(found).values()
    assert reasons(found)


@pytest.mark.parametrize(("compress", "ending"), OTHERS)
def test_older_ones_are_never_clean_when_they_are_not_whole(compress: Compress, ending: str) -> None:
    """What is cut off, or goes on after its end, is read and held, or at the least not passed over."""
    packed = compress(LETTER)
    for data in (packed[: len(packed) // 2], packed + LETTER):
        found = nodes(data)
        assert reasons(found) or (TEXT in texts(found).values() and len(found) > 1) or ending == "Z"


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS + OTHERS)
def test_a_bomb_ends_within_the_limits(compress: Compress, ending: str) -> None:
    """No more is unpacked than a member may have (E38)."""
    found = nodes(compress(bytes(50_000_000)), limits=Limits(member_octets=1_000_000))
    assert "more content than may be unfolded" in reasons(found).values()
    assert max(node.size for node in found) <= 1_000_001


@pytest.mark.parametrize(
    ("name", "inner"), [("a.tgz", "a.tar"), ("a.TAR.GZ", "a.TAR"), ("a", "content"), ("a.gzip", "content")]
)
def test_names_lose_their_ending(name: str, inner: str) -> None:
    """What is inside is called as the program that unpacks it would call it."""
    assert [*texts(nodes(gzip.compress(LETTER), name))] == [f"{name} › {inner}"]


def test_name_and_comment_in_the_header_of_gzip_are_text() -> None:
    """RFC 1952 section 2.3: what people see when they unpack it."""
    name, comment = b"Jane Doe 999 000 0018.csv\0", b"of Jane\0"
    packed = gzip.compress(b"hello")[10:]
    for flags, fields, said in (
        (8, name, "Jane Doe 999 000 0018.csv"),
        (4 | 8 | 16, b"\2\0ab" + name + comment, "Jane Doe 999 000 0018.csv\nof Jane"),
        (16, comment, "of Jane"),
    ):
        data = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + packed
        assert texts(nodes(data, "a.gz"))["a.gz › properties"] == said
