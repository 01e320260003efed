"""Pictures of grey noise, which compress as badly as photographs and scans do."""

from __future__ import annotations

import struct
import zlib
from random import Random

WIDTH = 1024
"""Pixels; each is one octet."""


def height_for(octets: int) -> int:
    """Rows of a picture that is to weigh so much."""
    return max(1, octets // WIDTH)


def noise(random: Random, height: int) -> bytes:
    """Eight-bit grey pixels, row by row."""
    return random.randbytes(WIDTH * height)


def png(random: Random, octets: int) -> bytes:
    """The picture as PNG (RFC 2083)."""
    height = height_for(octets)
    rows = b"".join(b"\0" + noise(random, 1) for _ in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", WIDTH, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
