"""Fonts are what they say and nothing else, or are held."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import pytest

from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.files import NOISE
from tests.gateway.extract.reading import nodes, reasons, texts

LICENCE = "Drawn for Jane Doe, 999 000 0018"


def font(tables: Mapping[bytes, bytes]) -> bytes:
    """OpenType with these tables beside glyphs and a header."""
    listed, body = b"", b""
    all_tables = {b"glyf": NOISE[:901], b"head": NOISE[:54], b"name": names(LICENCE), **tables}
    start = 12 + 16 * len(all_tables)
    for tag, table in all_tables.items():
        counted = table[:8] + bytes(4) + table[12:] if tag == b"head" else table
        padded = counted + bytes(-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        listed += struct.pack(">4sLLL", tag, total, start + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return b"\0\1\0\0" + struct.pack(">HHHH", len(all_tables), 0, 0, 0) + listed + body


def names(text: str) -> bytes:
    wide, narrow = text.encode("utf-16-be"), b"Sans"
    records = struct.pack(">HHHHHH", 3, 1, 0x409, 13, len(wide), 0)
    records += struct.pack(">HHHHHH", 1, 0, 0, 1, len(narrow), len(wide))
    return struct.pack(">HHH", 0, 2, 30) + records + wide + narrow


def test_fonts_say_their_names() -> None:
    """As a file, and in what publishers zip."""
    assert texts(nodes(font({})))["a"].startswith(f"{LICENCE}\nSans")
    book = nodes(zipped({"mimetype": b"application/epub+zip", "fonts/a.ttf": font({})}))
    assert not reasons(book)
    assert texts(book)["a › fonts/a.ttf"].startswith(f"{LICENCE}\nSans")


def test_tables_that_draw_nothing_are_read() -> None:
    """Font editors leave notes in one of their own; words among shapes are read, too."""
    assert "seen in the asthma clinic" in texts(nodes(font({b"NOTE": b"seen in the asthma clinic"})))["a"]
    assert reasons(nodes(font({b"NOTE": NOISE[:900]})))
    for words in (b"seen in the asthma clinic", "seen in the asthma clinic".encode("utf-16-be")):
        assert "seen in the asthma clinic" in texts(nodes(font({b"glyf": NOISE[:400] + words})))["a"]


@pytest.mark.parametrize(
    "data",
    [
        font({}) + LICENCE.encode(),
        font({})[:-40],
        font({}).replace(NOISE[300:400], LICENCE.encode().ljust(100)),
        font({}).replace(b"head", b"heed"),
        font({})[:12] + NOISE[:2000],
        font({b"name": names(LICENCE)[:20]}),
    ],
    ids=["more", "cut", "changed", "renamed", "noise", "names"],
)
def test_what_only_begins_like_a_font_is_held(data: bytes) -> None:
    """A table has its checksum, and nothing stands between or behind them."""
    assert "a" in reasons(nodes(data))
