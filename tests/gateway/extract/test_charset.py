from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import charset

WORDS = "Zoë Muñoz, NHS 999 000 0018, £20"


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (WORDS.encode(), ""),
        (WORDS.encode(), "iso-8859-1"),
        (codecs.BOM_UTF8 + WORDS.encode(), "us-ascii"),
        (WORDS.encode("utf-16"), ""),
        (WORDS.encode("utf-16-le"), ""),
        (WORDS.encode("utf-16-be"), ""),
        (WORDS.encode("utf-32-le"), ""),
        (WORDS.encode("utf-32-be"), "utf-8"),
        (WORDS.encode("latin-1"), "iso-8859-1"),
        (WORDS.encode("utf-7"), "utf-7"),
        (WORDS.encode("cp037"), "cp037"),
        (WORDS.encode("mac-roman"), "macintosh"),
        (WORDS.replace(" ", "\u00a0").encode("mac-roman"), "X-MAC-ROMAN"),
    ],
)
def test_reads_what_the_octets_say(data: bytes, declared: str) -> None:
    """Marks, zero octets and valid UTF-8 go before what was declared; a charset is found without any."""
    assert charset.decode(data, declared).replace("\u00a0", " ") == WORDS


@pytest.mark.parametrize(
    ("data", "declared", "seen"),
    [
        (b"NHS +ADk-99 000 0018", "utf-7", "999 000 0018"),
        (b"NHS +ADk-99 000 0018", "utf-7", "+ADk-99"),
        (b"\x1b$B#9#9#9\x1b(B", "iso-2022-jp", "９９９"),
        ("999 000 0018".encode("utf-16-le"), "utf-8", "999 000 0018"),
        ("９９９".encode("utf-16-be"), "utf-16-be", "９９９"),
        (b"999 000 0018", "utf-16", "999 000 0018"),
        (codecs.BOM_UTF16_LE + b"\x80 999 000 0018", "utf-8", "999 000 0018"),
        (codecs.BOM_UTF16_BE + b"NHS 999 000 0018", "", "NHS 999 000 0018"),
        (codecs.BOM_UTF32_LE + b"NHS 999 000 0018", "", "NHS 999 000 0018"),
        (b"a\0" * 200 + b"NHS 999 000 0018", "", "NHS 999 000 0018"),
        (b"NHS +ADkAOQA5 000 0018", "", "NHS 999 000 0018"),
        ("９９９".encode("iso2022_jp"), "us-ascii", "９９９"),
        ("９９９".encode("hz"), "", "９９９"),
        ("Zoë 999 000 0018".encode("cp1252"), "", "999 000 0018"),
        ("Zoë 999 000 0018".encode("cp1252"), "no-such-charset", "999 000 0018"),
        (b"999 000 0018", "zlib", "999 000 0018"),
        (b"999 000 0018", "idna", "999 000 0018"),
        (b"999 000 0018", "x\0y", "999 000 0018"),
    ],
)
def test_every_reading_is_seen(data: bytes, declared: str, seen: str) -> None:
    """Where the declared charset would show something else, both readings are there."""
    assert any(seen in reading for reading in charset.readings(data, declared))


@pytest.mark.parametrize(
    "declared", ["", "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "shift_jis", "gb18030"]
)
def test_supersets_of_ascii_have_one_reading(declared: str) -> None:
    """Text is not scanned twice for a label that changes nothing."""
    assert charset.readings("café, 999 000 0018".encode(), declared) == ["café, 999 000 0018"]


@pytest.mark.parametrize("text", ["café “quoted”, €20", "日本語の文", "call +442079460123", "1 ~ 2, a\\b"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig", "utf-8"])
def test_unicode_has_one_reading(text: str, codec: str) -> None:
    """A byte order mark that is right leaves no other reading of substance."""
    assert charset.readings(text.encode(codec)) == [text]


def test_header_octets_have_no_byte_order_mark() -> None:
    """What begins like one in the value of a field hides nothing."""
    assert "999 000 0018" in charset.decode_octets(b"\xff\xfe999 000 0018")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", True),
        (b"plain\r\n\ttext\x0c", True),
        ("日本語".encode("shift_jis"), True),
        ("text".encode("utf-16-le"), True),
        (b"\x1b$B#9\x1b(B", True),
        (bytes(range(256)), False),
        (b"a" * 10_000 + bytes(range(32)) * 10, False),
        (b"text\0", False),
        (b"\0\0\0\0", False),
        (b"\5\0\7", False),
        (b"\1\0\2\0\3\0", False),
    ],
)
def test_tells_text_from_other_octets(data: bytes, text: bool) -> None:
    """A few control characters in any place, not only in front, make octets binary."""
    assert charset.is_text(data) is text


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "utf-7", "utf-16", "hz", "cp037", "base64", "undefined", "\0"]),
)
def test_never_raises(data: bytes, declared: str) -> None:
    """Any octets under any label become text of some kind."""
    assert all(isinstance(reading, str) for reading in charset.readings(data, declared))


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1))
def test_ascii_is_never_lost(text: str) -> None:
    """ASCII stays readable under every label."""
    for declared in ("", "utf-7", "utf-16", "utf-32", "iso-2022-jp", "hz", "cp037"):
        assert text in charset.readings(text.encode(), declared)
