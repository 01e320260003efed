"""The record at the end of a ZIP archive (APPNOTE 6.3.10, sections 4.3.14 and 4.3.16)."""

from __future__ import annotations

import contextlib
import struct

END = struct.Struct("<4sHHHHIIH")
"""Signature, this disk, that of the directory, members here, in all, directory, comment."""
SIGNATURE = b"PK\5\6"
_SHORT = 0xFFFF
"""What stands where the other form has the number."""
_LONG_END = struct.Struct("<4s28xQ")
"""The form for large archives: signature, members in all."""
_LONG_SIGNATURE = b"PK\6\6"


def stated_members(data: bytes) -> int:
    """How many the archive says it has, which is known at once; 0 where it does not say.

    To list them takes seconds for a hundred thousand.
    """
    total = _number(END, data, data.rfind(SIGNATURE), 4)
    return _number(_LONG_END, data, data.rfind(_LONG_SIGNATURE), 1) or total if total == _SHORT else total


def _number(record: struct.Struct, data: bytes, at: int, field: int) -> int:
    with contextlib.suppress(struct.error):
        return int(record.unpack_from(data, at)[field]) if at >= 0 else 0
    return 0
