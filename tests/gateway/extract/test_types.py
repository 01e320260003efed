from __future__ import annotations

import pytest

from gateway.extract.types import true_type
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import (
    NOISE,
    PNG,
    docx,
    encrypted_office,
    package,
    paragraph,
    pdf,
    xlsx,
)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (pdf(""), "application/pdf"),
        (b"junk in front\n" + pdf(""), "application/pdf"),
        (docx(""), WORD),
        (xlsx({"A": ""}), EXCEL),
        (package({"WORD\\document.xml": "<a/>"}), WORD),
        (
            package({"ppt/presentation.xml": "<a/>"}),
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
        (
            package({"xl/workbook.bin": "a", "xl/a.xml": "a"}),
            "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        ),
        (package({"readme.txt": "a"}), "application/zip"),
        (docx(paragraph("a"))[:-30], "application/zip"),
        (compound({"WordDocument": b"a"}), "application/msword"),
        (compound({"Workbook": b"a"}), "application/vnd.ms-excel"),
        (compound({"a": b"a"}), "application/x-ole-storage"),
        (compound({"WordDocument": b"a"})[:600], "application/x-ole-storage"),
        (encrypted_office("a"), "application/x-encrypted-office"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\0\0\0\0WEBP" + bytes(20), "image/webp"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "image/heic"),
        (b"\1\0\0\0\x58\0\0\0" + bytes(32) + b" EMF" + b"A\0\0\0" * 99, "image/emf"),
        (b"{\\rtf1 a}", "application/rtf"),
        (b"\n {\\rtf1 a}", "application/rtf"),
        (b"MZ\x90\0" + bytes(60), "application/vnd.microsoft.portable-executable"),
        (b"MZ is a fund at the bank", "text/plain"),
        (b"BM wrote to us", "text/plain"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "application/x-7z-compressed"),
        (b"From ann@practice.example Mon\nSubject: a\n\nb", "application/mbox"),
        (b"From Ann to Bob", "text/plain"),
        (b"Received: a\r\n b\r\nX-A: c\r\nSubject: d\r\n\r\ne", "message/rfc822"),
        (b"MIME-Version: 1.0\r\n\r\n", "message/rfc822"),
        (b"Note: a\r\n\r\n", "text/plain"),
        (b"Note: a\r\n" + bytes(5), "text/plain"),
        (b"<html><p>a" + bytes(5), "text/html"),
        (b"Note:\0 a" + bytes(5), "application/octet-stream"),
        (b"CHUNK " + "Note: a".encode("utf-16-le") + bytes(9), "application/octet-stream"),
        (bytes(5), "application/octet-stream"),
        (b"<html><p>a", "text/html"),
        ("<html><p>a".encode("utf-16"), "text/html"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"words", "text/plain"),
        (NOISE, "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_looks_at_the_octets(data: bytes, type_: str) -> None:
    """Structure decides, whatever declaration and name say."""
    assert true_type(data, "image/png", "a.docx") == type_


@pytest.mark.parametrize(
    ("declared", "name", "type_"),
    [
        ("", "a.csv", "text/csv"),
        ("text/csv", "", "text/csv"),
        ("text/html", "", "text/html"),
        ("", "a.HTM", "text/html"),
        ("text/plain", "a.html", "text/html"),
        ("text/rfc822-headers", "", "text/plain"),
        ("", "a.txt", "text/plain"),
        ("", "a.eml", "message/rfc822"),
        ("", "a.doc", "message/rfc822"),
        ("application/pdf", "a.pdf", "message/rfc822"),
    ],
)
def test_name_and_declaration_tell_texts_apart(declared: str, name: str, type_: str) -> None:
    """Only kinds of text, which look alike, are told apart by what they are called."""
    assert true_type(b"Subject: a\r\nFrom: b\r\n\r\nc", declared, name) == type_
