from __future__ import annotations

import gzip
import lzma
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract.noise import is_noise
from tests.gateway.extract.archive_files import LETTER, seven_zip, zipped
from tests.gateway.extract.files import NOISE, PNG, docx, paragraph, pdf, show


@pytest.mark.parametrize("start", range(0, 2000, 100))
@pytest.mark.parametrize("length", [16, 40, 100, 500, 18_000])
def test_noise_is(start: int, length: int) -> None:
    """What a cipher makes looks like nothing at all, whatever its length."""
    assert is_noise(NOISE[start : start + length])


@pytest.mark.parametrize(
    "data",
    [
        LETTER,
        b"NHS 999 000 0018",
        LETTER.decode().encode("utf-16-le"),
        bytes(range(256)) * 4,
        zlib.compress(NOISE.hex().encode()),
        zlib.compress(NOISE.hex().encode())[2:],
        gzip.compress(NOISE),
        lzma.compress(NOISE),
        zipped({"a.bin": NOISE}),
        seven_zip({"a.bin": NOISE}),
        docx(paragraph(NOISE.hex())),
        PNG + NOISE,
        pdf(show("a")),
    ],
)
def test_what_anybody_can_read_is_not(data: bytes) -> None:
    """Text, compressed text, and files of every known type."""
    assert not is_noise(data)


@given(st.text(alphabet=st.characters(max_codepoint=0x7E, min_codepoint=0x20), min_size=16))
def test_no_text_is_noise(text: str) -> None:
    """However random its letters, what is printable is readable."""
    assert not is_noise(text.encode())
