from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import ocr
from gateway.mail import State
from tests.gateway.extract.files import drawn
from tests.gateway.extract.reading import nodes, reasons, texts

HIDDEN = "NHS 999 000 0018"


def emf_record(kind: int, content: bytes = b"") -> bytes:
    content += bytes(-len(content) % 4)
    return struct.pack("<II", kind, 8 + len(content)) + content


def emf(*records: bytes, title: str = "") -> bytes:
    """A header with a title, the records, and the end ([MS-EMF] 2.3.4)."""
    header = emf_record(1, bytes(32) + b" EMF" + bytes(56) + title.encode("utf-16-le"))
    return header + b"".join(records) + emf_record(14, bytes(12))


def emf_text(text: str, y: int = 0, options: int = 0, *, wide: bool = True) -> bytes:
    octets = text.encode("utf-16-le" if wide else "cp1252")
    fields = bytes(28) + struct.pack("<iiIII", 0, y, len(text), 76, options) + bytes(20)
    return emf_record(84 if wide else 83, fields + octets)


def emf_texts(*pieces: str) -> bytes:
    """EMR_POLYTEXTOUTW."""
    at = 40 + 40 * len(pieces)
    table = octets = b""
    for piece in pieces:
        table += struct.pack("<iiIII", 0, 0, len(piece), at + len(octets), 0) + bytes(20)
        octets += piece.encode("utf-16-le")
    return emf_record(97, bytes(28) + struct.pack("<I", len(pieces)) + table + octets)


def emf_small(text: str) -> bytes:
    return emf_record(108, struct.pack("<iiIIIff", 0, 0, len(text), 0x300, 1, 0, 0) + text.encode("cp1252"))


def emf_plus(text: str) -> bytes:
    string = struct.pack("<III4f", 0, 0, len(text), 0, 0, 0, 0) + text.encode("utf-16-le")
    record = struct.pack("<HHII", 0x401C, 0, 12 + len(string), len(string)) + string
    return emf_record(70, struct.pack("<I", 4 + len(record)) + b"EMF+" + record)


def wmf_record(kind: int, content: bytes = b"") -> bytes:
    content += bytes(len(content) % 2)
    return struct.pack("<IH", 3 + len(content) // 2, kind) + content


def wmf(*records: bytes, placeable: bool = False) -> bytes:
    """Records between the header ([MS-WMF] 2.3.2.2) and the end."""
    header = struct.pack("<HHHIHIH", 1, 9, 0x300, 0, 0, 0, 0)
    return (b"\xd7\xcd\xc6\x9a" + bytes(18)) * placeable + header + b"".join(records) + wmf_record(0)


def wmf_text(text: str) -> bytes:
    padded = text.encode("cp1252") + bytes(len(text) % 2)
    return wmf_record(0x0521, struct.pack("<H", len(text)) + padded + struct.pack("<hh", 0, 0))


def wmf_extended(text: str, options: int) -> bytes:
    fields = struct.pack("<hhHH", 0, 0, len(text), options) + bytes(8 if options else 0)
    return wmf_record(0x0A32, fields + text.encode("cp1252"))


@pytest.mark.parametrize(
    "data",
    [
        emf(emf_text(HIDDEN)),
        emf(emf_text(HIDDEN, wide=False)),
        emf(*(emf_text(letter, 5) for letter in HIDDEN)),
        emf(emf_text("NHS 999", 5), emf_text("000 0018", 5)),
        emf(emf_texts("NHS 999", "000 0018")),
        emf(emf_small(HIDDEN)),
        emf(emf_plus(HIDDEN)),
        wmf(wmf_text(HIDDEN)),
        wmf(wmf_text(HIDDEN), placeable=True),
        wmf(wmf_extended(HIDDEN, 0)),
        wmf(wmf_extended(HIDDEN, 4)),
    ],
)
def test_what_a_drawing_writes_is_text(data: bytes) -> None:
    """Records that write, in any form and in as many pieces as there are."""
    assert texts(nodes(data)) == {"a": HIDDEN}


@pytest.mark.parametrize(
    "data",
    [
        emf(title=HIDDEN),
        emf(emf_record(70, struct.pack("<I", 16) + HIDDEN.encode())),
        wmf(wmf_record(0x0626, b"\0\x0f" + HIDDEN.encode())),
    ],
)
def test_titles_and_comments_of_drawings_are_text(data: bytes) -> None:
    """What no program shows is read, too."""
    assert HIDDEN in texts(nodes(data))["a › comments"]


@pytest.mark.skipif(ocr.data_folder() is None, reason="Tesseract's English data are not installed")
def test_pictures_in_a_drawing_are_read() -> None:
    """A scan in a metafile is a scan."""
    file = io.BytesIO()
    drawn(f"This is about Mrs Jane Doe\nwhose number is {HIDDEN}").convert("RGB").save(file, "DIB")
    found = nodes(emf(emf_record(81, bytes(72) + file.getvalue())))
    assert HIDDEN in texts(found)["a › picture 1"]


@pytest.mark.parametrize(
    ("data", "state", "reason"),
    [
        (emf(), State.EMPTY, "a drawing in which nothing is drawn"),
        (wmf(), State.EMPTY, "a drawing in which nothing is drawn"),
        (emf(emf_record(86, bytes(40))), State.UNSCANNABLE, "a drawing whose lines may be letters"),
        (wmf(wmf_record(0x0325, bytes(20))), State.UNSCANNABLE, "a drawing whose lines may be letters"),
        (emf()[:-20], State.UNSCANNABLE, "damaged: a record of a drawing is longer than the drawing"),
        (wmf()[:-6], State.UNSCANNABLE, "damaged: a record of a drawing is longer than the drawing"),
        (
            emf(emf_text("abc", options=0x10)),
            State.UNSCANNABLE,
            "a drawing that names glyphs in the place of letters",
        ),
    ],
)
def test_a_drawing_without_text_is_not_clean(data: bytes, state: State, reason: str) -> None:
    """Curves may be letters, glyphs may be any, and only what draws nothing is empty."""
    assert reason in reasons(nodes(data), state).values()


@given(st.binary(max_size=200), st.booleans())
def test_a_hostile_drawing_is_never_clean_without_text(noise: bytes, wide: bool) -> None:
    """Whatever stands in the records, the file ends with a state that has a reason or a text."""
    data = emf(emf_record(84, noise), emf_record(97, noise)) if wide else wmf(wmf_record(0x0A32, noise))
    assert all(node.text or node.reason for node in nodes(data))
