from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from gateway.extract import files
from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.extract.source import Reader, Source
from gateway.mail import State
from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.files import NOISE, PNG, docx, entity, paragraph

LIMITS = Limits()
UNREAD_PICTURE = "a picture of a kind that is not read: it can be read when it is sent as JPEG"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NOISE, "unsupported type application/octet-stream"),
        (b"\0\0\0\x18ftypheic" + NOISE, UNREAD_PICTURE),
        (b"SQLite format 3\0" + NOISE, "unsupported type application/vnd.sqlite3"),
        (b"MZ\x90\0" + NOISE, "unsupported type application/vnd.microsoft.portable-executable"),
        (PNG, "a damaged picture"),
    ],
)
def test_what_nobody_reads_is_unscannable(data: bytes, reason: str) -> None:
    """A type without a reader is never clean, and its true type is named."""
    (node,) = read_file(data, "a.txt", "text/plain", LIMITS)
    assert (node.state, node.reason) == (State.UNSCANNABLE, reason)


def test_fonts_are_held() -> None:
    """A program may draw anything by the tables of one, and keep a whole archive where shapes stand."""
    shapes = zipped({"a.txt": b"words"})
    shapes += bytes(-len(shapes) % 4)
    checksum = sum(struct.unpack(f">{len(shapes) // 4}L", shapes)) & 0xFFFFFFFF
    listed = struct.pack(">4sHHHH4sLLL", b"\0\1\0\0", 1, 0, 0, 0, b"glyf", checksum, 28, len(shapes))
    states = {node.state for node in read_file(listed + shapes, "a.ttf", "font/ttf", LIMITS)}
    assert State.UNSCANNABLE in states


def test_records_name_declaration_true_type_and_size() -> None:
    """A node says what the file was called, what it was said to be, what it is, and how large."""
    (node,) = read_file(b"words", "a.pdf", "Application/PDF", LIMITS)
    assert (node.name, node.declared, node.type, node.size) == ("a.pdf", "application/pdf", "text/plain", 5)


def test_a_message_in_a_file_is_opened() -> None:
    """An attached .eml is a message, whatever its declared type."""
    nodes = read_file(entity(b"words", "From: a@b.example", "Subject: s"), "a.eml", "application/x", LIMITS)
    assert [node.name for node in nodes] == ["a.eml › subject", "a.eml › body"]


def test_files_in_files_are_opened_to_a_depth() -> None:
    """Past the limit of depth the rest is unscannable, not missing."""
    data = docx(paragraph("innermost"))
    for _ in range(10):
        data = docx(paragraph("outer"), {"word/embeddings/a.docx": data})
    nodes = read_file(data, "a.docx", "", Limits(depth=5))
    assert [node.text for node in nodes if node.state is State.CLEAN] == ["outer"] * 6
    assert nodes[-1].reason == "nested too deep"


def _raises(source: Source, limits: Limits) -> Iterator[Node | Source]:
    yield source.text("before")
    raise RuntimeError(source.data.decode())


def _finds_nothing(source: Source, limits: Limits) -> Iterator[Node | Source]:
    yield from ()


@pytest.mark.parametrize(
    ("reader", "reason"),
    [(_raises, "damaged: reading it failed"), (_finds_nothing, "nothing in it could be read")],
)
def test_a_reader_that_fails_leaves_a_state(
    monkeypatch: pytest.MonkeyPatch, reader: Reader, reason: str
) -> None:
    """Neither an exception nor silence of a reader ends as clean, and its words go nowhere."""
    monkeypatch.setitem(files.READERS, "text/plain", reader)
    node = read_file(b"NHS 999 000 0018", "a.txt", "", LIMITS)[-1]
    assert (node.state, node.reason, node.text) == (State.UNSCANNABLE, reason, "")
