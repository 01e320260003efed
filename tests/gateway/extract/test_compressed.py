from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from collections.abc import Callable

import pytest

from gateway.extract.node import Limits
from tests.gateway.extract.archive_files import LETTER
from tests.gateway.extract.reading import nodes, reasons, texts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = LETTER.decode()
COMPRESSORS = [
    pytest.param(gzip.compress, "gz", id="gzip"),
    pytest.param(bz2.compress, "bz2", id="bzip2"),
    pytest.param(lzma.compress, "xz", id="xz"),
    pytest.param(zstd.compress, "zst", id="zstandard"),
]
Compress = Callable[[bytes], bytes]


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS)
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


@pytest.mark.parametrize(("compress", "ending"), COMPRESSORS)
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
