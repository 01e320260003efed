"""Members of ZIP archives that are shrunk, reduced or imploded."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extract.pkzip import expand, explode, unshrink
from gateway.extract.source import Unreadable
from tests.gateway.extract.archive_files import LETTER, Entry, zip_of
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.pkzip_files import (
    CLEAR,
    LARGE_WINDOW,
    LITERALS_CODED,
    LONGEST_SHRUNK,
    Bits,
    Piece,
    codes,
    imploded,
    imploded_pieces,
    put_lengths,
    reduced,
    reduced_pieces,
    shrunk,
)
from tests.gateway.extract.reading import nodes, reasons, texts

DAMAGED = "a damaged member of a ZIP archive"


class Packing(NamedTuple):
    """What the headers say of a member, and both directions."""

    method: int
    flags: int
    pack: Callable[[bytes], bytes]
    unpack: Callable[[bytes, int], bytes]


def reducing(factor: int) -> Packing:
    return Packing(
        1 + factor, 0, lambda data: reduced(data, factor), lambda octets, size: expand(octets, size, factor)
    )


def imploding(flags: int) -> Packing:
    return Packing(
        6, flags, lambda data: imploded(data, flags), lambda octets, size: explode(octets, size, flags)
    )


FACTORS = (1, 2, 3, 4)
FLAGS = (0, LARGE_WINDOW, LITERALS_CODED, LARGE_WINDOW | LITERALS_CODED)
PACKINGS = {
    "shrunk": Packing(1, 0, shrunk, unshrink),
    **{f"reduced by {factor}": reducing(factor) for factor in FACTORS},
    **{f"imploded with {flags}": imploding(flags) for flags in FLAGS},
}
every_packing = pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)

STRETCHES = st.lists(
    st.sampled_from(
        [b"a", b"b", b"ab", b"Jane", b"\x90", b"\x90\0", bytes(3), b"\xff" * 70, bytes(range(256))]
    ),
    max_size=40,
)
CONTENTS = st.one_of(st.binary(max_size=300), STRETCHES.map(b"".join))


def large() -> bytes:
    """Words of which some are frequent, enough to use up the codes of a shrunk member many times."""
    random = Random(1)
    words = [bytes(random.choices(range(97, 123), k=random.randint(1, 9))) for _ in range(3_000)]
    return b" ".join(random.choices(words, k=34_000))


LARGE = large()


def archive(packing: Packing, data: bytes, behind: bytes = b"") -> bytes:
    octets = packing.pack(data) + behind
    return zip_of(Entry("a.txt", octets, len(data), zlib.crc32(data), packing.method, packing.flags))


@every_packing
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LETTER, id="text"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"a", id="one"),
        pytest.param(b"a" * 2_000, id="run"),
        pytest.param(b"\x90" * 50 + b"a\x90\0b\x90\x90" * 9, id="escapes"),
        pytest.param(bytes(300) + b"a" + bytes(9), id="zeros"),
        pytest.param(bytes(range(256)) * 40, id="all octets"),
        pytest.param(NOISE, id="noise"),
        pytest.param(LARGE, id="large"),
    ],
)
def test_what_was_packed_comes_out_as_it_was(packing: Packing, data: bytes) -> None:
    """Literals, repeats near and far, and codes that are given up and used anew."""
    assert packing.unpack(packing.pack(data), len(data)) == data


@pytest.mark.parametrize(
    ("packing", "data"),
    [
        *(pytest.param(packing, LETTER, id=name) for name, packing in PACKINGS.items()),
        *(pytest.param(PACKINGS[name], LARGE, id=f"{name}, large") for name in (*PACKINGS,)[::4]),
    ],
)
def test_members_are_read(packing: Packing, data: bytes) -> None:
    """The method of a header tells the factor of a reduced member, its flags the codes of an imploded one."""
    found = nodes(archive(packing, data))
    assert texts(found)["a › a.txt"] == data.decode()
    assert not reasons(found)


@pytest.mark.parametrize("packing", [*map(reducing, FACTORS), *map(imploding, FLAGS)], ids=[*PACKINGS][1:])
@given(data=CONTENTS)
def test_any_content_that_is_reduced_or_imploded_comes_out_as_it_was(packing: Packing, data: bytes) -> None:
    """Whatever follows upon whatever, wherever it stands once more."""
    assert packing.unpack(packing.pack(data), len(data)) == data


@settings(max_examples=300)
@given(data=CONTENTS, highest=st.one_of(st.integers(258, 300), st.just(8_191)))
def test_any_content_that_is_shrunk_comes_out_as_it_was(data: bytes, highest: int) -> None:
    """Codes may be given up at any time (5.1), so the few of a small table are used again and again."""
    assert unshrink(shrunk(data, highest), len(data)) == data


@every_packing
def test_octets_behind_the_end_are_not_clean(packing: Packing) -> None:
    """A member holds its content and nothing else, as one that is deflated does (E37)."""
    found = nodes(archive(packing, LETTER, behind=b"Jane Doe"))
    assert reasons(found).get("a › a.txt") == DAMAGED


# Shrinking (5.1)


@pytest.mark.parametrize(
    ("numbers", "content"),
    [
        pytest.param([97, 98, 257], b"abab", id="known"),
        pytest.param([97, 257, 258], b"aaaaaa", id="just being made"),
        pytest.param([97, 256, 1, 98, 256, 1, 257], b"abab", id="wider before it must be"),
        pytest.param(
            [97, 98, 257, 97, *CLEAR, 98, 258, 259], b"abab" + b"a" + b"b" + b"ab" + b"ba", id="lowest first"
        ),
        pytest.param([97, 98, 257, *CLEAR, 97, 97, 258], b"ababaaaa", id="continues itself, not used"),
        pytest.param([97, 98, 99, 258, *CLEAR, 97, 100, 257], b"abcbcadada", id="continues what comes later"),
        pytest.param(
            [97, 98, 99, 258, *CLEAR, 97, 257], b"abcbcaaaa", id="continues what is just being made"
        ),
        pytest.param([*CLEAR, 97, *CLEAR, *CLEAR, 98, 257], b"abab", id="cleared while empty"),
    ],
)
def test_a_code_stands_for_what_its_packer_meant(numbers: list[int], content: bytes) -> None:
    """Those that nothing continues are given up, even one that the next new code will continue (5.1)."""
    assert unshrink(codes(numbers), len(content)) == content


def test_a_full_table_takes_no_more_codes() -> None:
    """A packer may go on without clearing, and clear later: by then only "bb" is at number 300."""
    numbers = [97] * 7_935 + [300, 97, *CLEAR] + [98] * 60 + [300]
    assert unshrink(codes(numbers), 7_935 + 2 + 1 + 60 + 2) == b"a" * 7_938 + b"b" * 62


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([257], id="unknown at the beginning"),
        pytest.param([97, 256, 3], id="unknown control"),
        pytest.param([97, *(256, 1) * 5, 98], id="wider than thirteen bits"),
        pytest.param([97, 98, 257, *CLEAR, 97, 257], id="continues itself"),
        pytest.param([97, 98, 257, *CLEAR, 258, 258], id="continues what was given up"),
    ],
)
def test_codes_that_lead_nowhere_are_damage(numbers: list[int]) -> None:
    """A code may come to continue itself, or one that is gone; neither stands for any octets."""
    with pytest.raises(Unreadable, match=DAMAGED):
        unshrink(codes(numbers), 1_000)


def test_clearing_what_is_never_cleared_ends() -> None:
    """A table full of codes that continue themselves is never cleared, however often that is asked."""
    numbers = [97, 97]
    for code in range(257, 3_257):
        numbers += [code, *CLEAR, 97, 97]
    with pytest.raises(Unreadable, match=DAMAGED):
        unshrink(codes([*numbers, *CLEAR * 60_000]), 1 << 28)


# Repeats (5.2 and 5.3)


REPEATS: list[tuple[list[Piece], bytes]] = [
    ([b"ab", (7, 2)], b"ab" + b"abababa"),
    ([b"ab", (5, 4)], b"ab" + b"\0\0ab\0"),
    ([b"ab", (4, 500), b"c"], b"ab" + bytes(4) + b"c"),
    ([(4, 1), b"a"], bytes(4) + b"a"),
    ([b"ab", (66, 2), (65, 1)], b"ab" * 34 + b"b" * 65),
]


@pytest.mark.parametrize(("pieces", "content"), REPEATS)
@pytest.mark.parametrize("flags", FLAGS)
def test_imploded_repeats_are_copied(pieces: list[Piece], content: bytes, flags: int) -> None:
    """A repeat goes on with what it has just written; before the beginning are zeros (5.3)."""
    assert explode(imploded_pieces(pieces, flags), len(content), flags) == content


@pytest.mark.parametrize(("pieces", "content"), REPEATS)
@pytest.mark.parametrize("factor", FACTORS)
def test_reduced_repeats_are_copied(pieces: list[Piece], content: bytes, factor: int) -> None:
    """In the same way (5.2)."""
    octets = reduced_pieces(pieces, factor)
    assert expand(octets, len(content), factor) == content


@pytest.mark.parametrize("flags", FLAGS)
def test_the_longest_imploded_repeat_from_farthest_back(flags: int) -> None:
    """The last length tells of one more octet; 12 or 13 bits tell the distance (5.3)."""
    length, distance = (
        (3 if flags & LITERALS_CODED else 2) + 63 + 255,
        8_192 if flags & LARGE_WINDOW else 4_096,
    )
    before = NOISE[:distance]
    octets = imploded_pieces([before, (length, distance)], flags)
    assert explode(octets, distance + length, flags) == before + before[:length]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("extra", [-1, 0, 255])
def test_the_longest_reduced_repeats_from_farthest_back(factor: int, extra: int) -> None:
    """The longest length tells of one more octet, and the factor how far back a repeat may reach (5.2)."""
    length, distance = 3 + (1 << 8 - factor) - 1 + extra, 256 << factor
    before = NOISE[:distance]
    octets = reduced_pieces([before, (length, distance)], factor)
    assert expand(octets, distance + length, factor) == before + before[:length]


@pytest.mark.parametrize("factor", FACTORS)
def test_the_shortest_reduced_repeat(factor: int) -> None:
    """Three octets from far enough back; from nearer, they would read as the octet 144."""
    before = NOISE[:300]
    assert expand(reduced_pieces([before, (3, 300)], factor), 303, factor) == before + before[:3]


@pytest.mark.parametrize(
    "content",
    [
        expand(reduced_pieces([b"a", (99, 1)], 1), 10, 1),
        explode(imploded_pieces([b"a", (99, 1)], 0), 10, 0),
    ],
)
def test_a_repeat_ends_with_the_content(content: bytes) -> None:
    """One that would go on past the size that the header tells is cut off there."""
    assert content == b"a" * 10


# Codes of imploded members (5.3)


def with_lengths(*tables: list[int], behind: int = 0) -> bytes:
    out = Bits()
    for lengths in tables:
        put_lengths(lengths, out)
    out.put(behind, 64)
    return out.octets()


EVEN = [6] * 64


def test_codes_are_told_by_their_lengths() -> None:
    """Of the words of one length the last symbol has the lowest, and the longest words come first."""
    out = Bits()
    put_lengths(EVEN, out)
    put_lengths([1] + [7] * 62 + [6], out)
    for octet in b"ab":
        out.put(1, 1)
        out.put(octet, 8)
    out.put(0, 1)
    out.put(1, 6)
    out.put_word("1")
    out.put_word("111011")
    assert explode(out.octets(), 8, 0) == b"abababab"


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(with_lengths([6] * 63), id="one word missing"),
        pytest.param(with_lengths([6] * 65, EVEN), id="one word too many"),
        pytest.param(with_lengths([1] * 64, EVEN), id="words too short for so many"),
        pytest.param(
            with_lengths([16] * 64, EVEN, behind=(1 << 64) - 2), id="a word that stands for nothing"
        ),
        pytest.param(with_lengths([2] + [16] * 63, EVEN), id="words that begin within another"),
        pytest.param(with_lengths(EVEN), id="no second table"),
        pytest.param(with_lengths(EVEN, EVEN)[:9], id="ends in the second table"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_wrong_table_of_codes_is_damage(octets: bytes) -> None:
    """As many words as symbols, each of which begins no other."""
    with pytest.raises(Unreadable, match=DAMAGED):
        explode(octets, 1_000, 0)


# Hostile members


def unpacked(packing: Packing, octets: bytes, size: int) -> bytes:
    with suppress(Unreadable):
        return packing.unpack(octets, size)
    return b""


@every_packing
def test_a_member_that_ends_early_is_damaged(packing: Packing) -> None:
    """Every one of its octets is needed."""
    octets = packing.pack(LETTER)
    for end in range(len(octets)):
        with pytest.raises(Unreadable, match=DAMAGED):
            packing.unpack(octets[:end], len(LETTER))


@every_packing
def test_a_member_that_is_larger_than_its_header_says_is_not_unpacked_further(packing: Packing) -> None:
    """It may be refused; beyond the size comes at most what one code of a shrunk member stands for."""
    content = unpacked(packing, packing.pack(bytes(500_000)), 1_000)
    assert len(content) <= 1_000 + (LONGEST_SHRUNK if packing.method == 1 else 0)


@every_packing
@given(data=st.data())
def test_flipped_bits_end_in_content_or_damage(packing: Packing, data: st.DataObject) -> None:
    """Nothing else is raised, and no more comes out than was asked for."""
    content = LETTER[:100] + bytes(range(140, 150)) + LETTER[:60]
    octets = bytearray(packing.pack(content))
    for place in data.draw(st.lists(st.integers(0, 8 * len(octets) - 1), min_size=1, max_size=5)):
        octets[place // 8] ^= 1 << place % 8
    assert len(unpacked(packing, bytes(octets), len(content))) <= len(content) + LONGEST_SHRUNK


@every_packing
@given(octets=st.binary(max_size=600), size=st.integers(0, 5_000))
def test_any_octets_end_in_content_or_damage(packing: Packing, octets: bytes, size: int) -> None:
    """The same for octets that nobody packed."""
    assert len(unpacked(packing, octets, size)) <= size + LONGEST_SHRUNK


@given(numbers=st.lists(st.one_of(st.integers(0, 300), st.just(CLEAR)), max_size=60))
def test_any_codes_end_in_content_or_damage(numbers: list[int | tuple[int, int]]) -> None:
    """The same for codes that are mostly known, with clearings among them."""
    flat = [each for number in numbers for each in (number if isinstance(number, tuple) else (number,))]
    assert len(unpacked(PACKINGS["shrunk"], codes(flat), 2_000)) <= 2_000 + LONGEST_SHRUNK


@settings(max_examples=300)
@given(
    lengths=st.lists(st.integers(1, 16), min_size=64, max_size=64),
    behind=st.integers(0, (1 << 64) - 1),
)
def test_any_table_of_codes_ends_in_content_or_damage(lengths: list[int], behind: int) -> None:
    """The same for as many lengths as there must be, whatever they are."""
    octets = with_lengths(lengths, EVEN, behind=behind)
    assert len(unpacked(PACKINGS["imploded with 0"], octets, 2)) <= 2
