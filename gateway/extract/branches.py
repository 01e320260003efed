"""Branches of machine code, which some packers make absolute: undone, so that a checksum can be checked.

What liblzma undoes is left to it. The rest: ARM64 and RISC-V (The .xz File Format 1.2.1 section
5.3.2), and BCJ2 of 7-Zip (LZMA SDK, Bcj2.c), which spreads x86 code over four streams.
"""

from __future__ import annotations

import re
import struct

_32_BITS = 0xFFFF_FFFF
_BL, _ADRP = 0x25, 0x9000_0000
_JAL, _AUIPC, _SP = 0xEF, 0x17, 2
_BRANCH = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]", re.DOTALL)
_CALL, _JUMP = 0xE8, 0xE9
_TOP, _BITS, _MOVE = 1 << 24, 11, 5


def arm64(octets: bytes, first: int) -> bytes:
    """`first` is the place of the first octet."""
    code = bytearray(octets)
    for at in range(0, len(code) - 3, 4):
        kind = code[at + 3]
        if kind >> 2 == _BL:
            (word,) = struct.unpack_from("<I", code, at)
            struct.pack_into("<I", code, at, _BL << 26 | (word - (first + at >> 2)) & 0x03FF_FFFF)
        elif kind & 0x9F == _ADRP >> 24:
            (word,) = struct.unpack_from("<I", code, at)
            page = word >> 29 & 3 | word >> 3 & 0x001F_FFFC
            if page + 0x0002_0000 & 0x001C_0000:
                continue
            page -= first + at >> 12
            word &= 0x9000_001F
            word |= (page & 3) << 29 | (page & 0x0003_FFFC) << 3 | -(page & 0x0002_0000) & 0x00E0_0000
            struct.pack_into("<I", code, at, word)
    return bytes(code)


def risc_v(octets: bytes, first: int) -> bytes:
    """`first` is the place of the first octet."""
    code = bytearray(octets)
    at = 0
    while at <= len(code) - 8:
        low = code[at]
        if low == _JAL and not code[at + 1] & 0x0D:
            _undo_jal(code, at, first + at)
            at += 4
        elif low & 0x7F == _AUIPC:
            at += _undo_auipc(code, at, first + at)
        else:
            at += 2
    return bytes(code)


def _undo_jal(code: bytearray, at: int, place: int) -> None:
    one, two, three = code[at + 1 : at + 4]
    address = (one & 0xF0) << 13 | two << 9 | three << 1
    address = address - place & _32_BITS
    code[at + 1] = one & 0x0F | address >> 8 & 0xF0
    code[at + 2] = address >> 16 & 0x0F | address >> 7 & 0x10 | address << 4 & 0xE0
    code[at + 3] = address >> 4 & 0x7F | address >> 13 & 0x80


def _undo_auipc(code: bytearray, at: int, place: int) -> int:
    """How many octets are done with."""
    word, second = struct.unpack_from("<II", code, at)
    if word & 0xE80:
        if (word << 8 ^ second - 3) & 0xF8003:
            return 6
        word, second = _AUIPC | _SP << 7 | second << 12, (word & 0xFFFF_F000) + (second >> 20)
    else:
        register = word >> 27
        if (word - 0x3117 << 18) & _32_BITS >= register & 0x1D:
            return 4
        address = int.from_bytes(code[at + 4 : at + 8]) - place & _32_BITS
        second = word >> 12 | address << 20
        word = _AUIPC | register << 7 | address + 0x800 & 0xFFFF_F000
    struct.pack_into("<II", code, at, word & _32_BITS, second & _32_BITS)
    return 8


def x86_in_four_streams(main: bytes, calls: bytes, jumps: bytes, decisions: bytes, size: int) -> bytes:
    """What stands behind each branch is in `calls` or `jumps`, if the next of the decisions says so.

    Raises IndexError where a stream ends too early.
    """
    coder = _RangeDecoder(decisions)
    places = {_CALL: 0, _JUMP: 0}
    content = bytearray()
    at = 0
    while at < len(main) and len(content) < size:
        before = content[-1] if content else 0
        end = _after_branch(main, at, before)
        content += main[at:end]
        at = end
        kind = content[-1]
        before = content[-2] if len(content) > 1 else 0
        if not _is_branch(before, kind) or len(content) >= size:
            continue
        if coder.bit(before if kind == _CALL else 256 + (kind != _JUMP)):
            stream, key = (calls, _CALL) if kind == _CALL else (jumps, _JUMP)
            target = stream[places[key] : places[key] + 4]
            if len(target) < 4:
                raise IndexError
            places[key] += 4
            address = int.from_bytes(target) - (len(content) + 4) & _32_BITS
            content += address.to_bytes(4, "little")
    return bytes(content)


def _after_branch(main: bytes, at: int, before: int) -> int:
    """Behind the next octet that may begin a branch."""
    if _is_branch(before, main[at]):
        return at + 1
    found = _BRANCH.search(main, at)
    return found.end() if found else len(main)


def _is_branch(before: int, octet: int) -> bool:
    return octet & 0xFE == _CALL or (before == 0x0F and octet & 0xF0 == 0x80)


class _RangeDecoder:
    """The binary one of LZMA, with a model for each of 258 contexts."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 5
        self._range, self._code = _32_BITS, int.from_bytes(octets[:5]) & _32_BITS
        self._models = [1 << _BITS - 1] * 258

    def bit(self, context: int) -> bool:
        model = self._models[context]
        bound = (self._range >> _BITS) * model
        is_one = self._code >= bound
        if is_one:
            self._range -= bound
            self._code -= bound
            self._models[context] = model - (model >> _MOVE)
        else:
            self._range = bound
            self._models[context] = model + ((1 << _BITS) - model >> _MOVE)
        if self._range < _TOP:
            self._range = self._range << 8 & _32_BITS
            self._code = (self._code << 8 | self._octets[self._at]) & _32_BITS
            self._at += 1
        return is_one
