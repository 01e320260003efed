from __future__ import annotations

import struct

import pytest

from gateway.extract import branches


def test_calls_of_arm64_are_relative_again() -> None:
    """BL at 16 to 64: its absolute word, 16, becomes the 12 words in between."""
    code = b"\x1f\x20\x03\xd5" * 4 + struct.pack("<I", 0x94000000 | 16)
    assert branches.arm64(code, 0)[16:] == struct.pack("<I", 0x94000000 | 12)
    assert branches.arm64(code, 64)[16:] == struct.pack("<I", 0x94000000 | 16 - 20 & 0x97FFFFFF)


def test_pages_of_arm64_are_relative_again() -> None:
    """ADRP of page 5 in page 2: 3 pages."""
    page_5, page_3 = (0x90000000 | (page & 3) << 29 | page >> 2 << 5 for page in (5, 3))
    assert branches.arm64(struct.pack("<I", page_5), 0x2000) == struct.pack("<I", page_3)


def test_what_is_no_branch_stays() -> None:
    """Text is left as it is."""
    text = b"Mrs Jane Doe, 9 The Mews, Leeds. "
    assert branches.arm64(text, 0) == branches.risc_v(text, 0) == text


def test_calls_of_risc_v_are_relative_again() -> None:
    """JAL ra: absolute and big-endian behind the register's number; here from 256 to 256, which is 0."""
    absolute = bytes([0xEF, 0x00, 256 >> 9, 256 >> 1 & 0xFF]) + bytes(4)
    assert branches.risc_v(absolute, 256)[:4] == b"\xef\0\0\0"


@pytest.mark.parametrize(("octet", "stream"), [(0xE8, 1), (0xE9, 2)])
def test_branches_of_x86_are_fetched_from_their_stream(octet: int, stream: int) -> None:
    """Where the decision is 1: an absolute address, big-endian, becomes relative and little-endian."""
    target = (5 + 0x1234).to_bytes(4)
    calls, jumps = (target, b"") if stream == 1 else (b"", target)
    decisions = b"\0\xff\xff\xff\xff" + bytes(4)
    content = branches.x86_in_four_streams(bytes([octet]) + b"ab", calls, jumps, decisions, 7)
    assert content == bytes([octet]) + (0x1234).to_bytes(4, "little") + b"ab"


def test_a_stream_that_ends_too_early_is_no_content() -> None:
    """There is a decision for an address, and no address."""
    with pytest.raises(IndexError):
        branches.x86_in_four_streams(b"\xe8", b"", b"", b"\0\xff\xff\xff\xff" + bytes(4), 5)
