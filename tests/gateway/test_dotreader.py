"""The content of DATA, however it is cut into chunks."""

from __future__ import annotations

import itertools
import re
import tracemalloc
from collections.abc import Iterable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dotreader import DotReader, is_strict, stuffed

NEVER = 10**9
PIECES = st.lists(
    st.sampled_from(
        [b"\r\n", b"\r\n.", b"\r\n.\r\n", b".", b"\r", b"\n", b"\0", b"a", b"..", b"\r\n.\r", b" "]
    )
    | st.binary(max_size=6),
    max_size=30,
).map(b"".join)


class Read(msgspec.Struct, frozen=True):
    """How a stream was read; without content and rest when it did not end."""

    content: bytes | None
    rest: bytes | None
    octets: int | None
    damaged: bool | None


def by_the_book(stream: bytes) -> Read:
    """RFC 5321 section 4.1.1.4 octet by octet, as slowly and plainly as can be."""
    for end in range(len(stream)):
        if (stream[:end] == b"" or stream[:end].endswith(b"\r\n")) and stream[end:].startswith(b".\r\n"):
            lines = re.split(rb"(?<=\r\n)", stream[:end])
            content = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
            lone = re.search(rb"\r(?!\n)|(?<!\r)\n|\0", stream[:end])
            return Read(content, stream[end + 3 :], end, lone is not None)
    return Read(None, None, None, None)


def chunked(stream: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return (stream[start:end] for start, end in itertools.pairwise(edges))


def read(chunks: Iterable[bytes], limit: int = NEVER) -> tuple[DotReader, Read]:
    """What a reader makes of these chunks; behind the end they go to the rest, as they would in a session."""
    reader = DotReader(limit)
    rest: bytes | None = None
    for chunk in chunks:
        rest = reader.feed(chunk) if rest is None else rest + chunk
    if rest is None:
        return reader, Read(None, None, None, None)
    octets, damaged = reader.octets, reader.damaged
    return reader, Read(reader.content(), rest, octets, damaged)


@given(PIECES, st.lists(st.integers(0, 10**6)))
def test_any_chunks_read_as_the_book_says(stream: bytes, cuts: list[int]) -> None:
    """Content, rest, octets and damage are those of a plain reading, wherever the chunks are cut."""
    assert read(chunked(stream, cuts))[1] == by_the_book(stream)


@given(PIECES, PIECES, st.lists(st.integers(0, 10**6)))
def test_content_survives_stuffing(content: bytes, rest: bytes, cuts: list[int]) -> None:
    """What is stuffed as RFC 5321 section 4.5.2 says comes out as it was; what follows is not touched."""
    content = re.sub(rb"\r(?!\n)|(?<!\r)\n|\0", b"?", content) + b"\r\n"
    sent = re.sub(rb"(?:^|(?<=\r\n))\.", b"..", content)
    assert stuffed(content) == sent
    assert read(chunked(sent + b".\r\n" + rest, cuts))[1] == Read(content, rest, len(sent), False)


@given(PIECES)
def test_strict_is_what_a_reader_does_not_find_damaged(content: bytes) -> None:
    """One meaning of a strict CRLF stream, on the way in and on the way out."""
    reader, outcome = read([stuffed(content) + b"\r\n.\r\n"])
    assert outcome.octets is not None
    assert is_strict(content + b"\r\n") is not reader.damaged


@pytest.mark.parametrize(
    ("stream", "content", "rest"),
    [
        (b".\r\n", b"", b""),
        (b".\r\nNOOP\r\n", b"", b"NOOP\r\n"),
        (b"\r\n.\r\n", b"\r\n", b""),
        (b"..\r\n.\r\n", b".\r\n", b""),
        (b".x\r\n.\r\n", b"x\r\n", b""),
        (b"a\r\n...\r\n.\r\n.\r\n", b"a\r\n..\r\n", b".\r\n"),
    ],
)
def test_where_a_content_ends(stream: bytes, content: bytes, rest: bytes) -> None:
    """At the first line that is a dot alone, even the very first line."""
    for cuts in (range(0), range(len(stream))):
        _, outcome = read(chunked(stream, cuts))
        assert (outcome.content, outcome.rest, outcome.damaged) == (content, rest, False)


@pytest.mark.parametrize(
    "stream", [b"", b".", b".\r", b".\n", b"a\r\n.", b"a\r\n.\r", b"a.\r\n", b". \r\n", b".\rx\n"]
)
def test_what_is_no_end(stream: bytes) -> None:
    """Without CRLF.CRLF there is no content yet."""
    reader, outcome = read([stream])
    assert outcome.content is None
    assert reader.feed(b"x\r\n.\r\n") == b""


@pytest.mark.parametrize(("limit", "oversize"), [(3, True), (4, False), (5, False), (0, True), (-1, True)])
@pytest.mark.parametrize("cuts", [[], [1], range(9)], ids=["one", "two", "bytewise"])
def test_past_the_limit_nothing_is_kept(limit: int, oversize: bool, cuts: Iterable[int]) -> None:
    """Exactly `limit` octets are kept; of more nothing is, but end, rest and their number are still found."""
    reader, outcome = read(chunked(b"ab\r\n.\r\nNOOP\r\n", cuts), limit)
    assert reader.oversize is oversize
    assert outcome == Read(b"" if oversize else b"ab\r\n", b"NOOP\r\n", 4, False)


@given(PIECES, st.integers(0, 60), st.lists(st.integers(0, 10**6)))
def test_the_limit_changes_nothing_but_what_is_kept(stream: bytes, limit: int, cuts: list[int]) -> None:
    """Damage, end and rest do not depend on whether the content is kept."""
    reader, outcome = read(chunked(stream, cuts), limit)
    expected = by_the_book(stream)
    if expected.octets is None:
        assert outcome.rest is None
        return
    assert reader.oversize == (expected.octets > limit)
    kept = b"" if reader.oversize else expected.content
    assert outcome == msgspec.structs.replace(expected, content=kept)


@pytest.mark.parametrize("before", [b"", b"a", b"abc\r\n", b"abc\r\n" * 10])
def test_discard_forgets_what_came_and_what_comes(before: bytes) -> None:
    """When memory runs out nothing is kept, while the end is still found."""
    reader = DotReader(NEVER)
    assert reader.feed(before) is None
    reader.discard()
    assert reader.feed(b"more\r\n.\r\nNOOP\r\n") == b"NOOP\r\n"
    assert reader.oversize
    assert reader.content() == b""
    assert reader.octets == len(before + b"more\r\n")


@pytest.mark.parametrize(
    "chunk",
    [b"x" * 65536, b"\r\n" * 32768, b"\r\n..x" * 13107, b"\r" * 65536],
    ids=["endless line", "blank lines", "dots", "bare CR"],
)
def test_memory_stays_bounded_past_the_limit(chunk: bytes) -> None:
    """64 MiB sent to a reader with a limit of 1 MiB never hold more than a few MiB."""
    tracemalloc.start()
    try:
        reader = DotReader(1024 * 1024)
        for _ in range(1024):
            reader.feed(chunk)
        assert reader.oversize
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_small_chunks_cost_no_more_memory_than_large_ones() -> None:
    """What is booked as octets is about what is used, even when a client sends them one by one."""
    octets = 100_000
    tracemalloc.start()
    try:
        reader = DotReader(NEVER)
        for _ in range(octets // 2):
            reader.feed(b"xy")
        assert tracemalloc.get_traced_memory()[0] < 2 * octets
    finally:
        tracemalloc.stop()
