from __future__ import annotations

import struct

import pytest

from gateway.extract.files import read_file
from gateway.extract.node import Limits
from gateway.mail import Trait
from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import (
    PNG,
    docx,
    encrypted_office,
    entity,
    paragraph,
    pdf,
    show,
    xlsx,
)
from tests.gateway.extract.office_files import label, odf, xls, xlsb

WORDS = b"nothing but words"
SHEET, MACRO_SHEET = (struct.pack("<HHHH", 0x809, 16, 0x600, kind) for kind in (0x10, 0x40))
MZ = b"MZ\x90\0" + bytes(60) + b"\xff" * 60
EXECUTABLE, MACROS, DISGUISED = Trait.EXECUTABLE, Trait.MACROS, Trait.DISGUISED


def traits(data: bytes, name: str, declared: str = "") -> set[Trait]:
    return {trait for node in read_file(data, name, declared, Limits()) for trait in node.traits}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (MZ, "setup.exe"),
        (MZ, "setup"),
        (b"\x7fELF" + MZ, "program"),
        (WORDS, "run.bat"),
        (WORDS, "Run Me.PS1"),
        (WORDS, "invoice.pdf.js"),
        (WORDS, "invoice.vbs (2)"),
        (b"<html><script></script>", "page.hta"),
        (zipped({"a.class": b"\xca\xfe\xba\xbe" + bytes(9)}), "tool.jar"),
        (zipped({"in/setup.exe": MZ}), "a.zip"),
        (b"#!/bin/sh\nls", "notes.txt"),
        (b"@echo off\r\ndir", "notes"),
        (b"L\0\0\0\x01\x14\x02\0" + bytes(80), "link"),
    ],
)
def test_programs_are_told(data: bytes, name: str) -> None:
    """Programs, scripts, installers, shortcuts: by what they are, or by what a desktop would do with them."""
    assert EXECUTABLE in traits(data, name)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (docx(paragraph("a")), "a.docm", True),
        (docx(paragraph("a"), {"word/vbaProject.bin": compound({"VBA/dir": b"a"})}), "a.docx", True),
        (compound({"WordDocument": b"a", "Macros/VBA/_VBA_PROJECT": b"a"}), "a.doc", True),
        (WORDS, "RETURN.XLSM", True),
        (docx(paragraph("a")), "a.docx", False),
        (xlsx({"A": ""}), "a.xlsx", False),
        (b"about macros in a.xlsm", "macros.txt", False),
        (xlsb({"List": b""}), "a.xlsb", False),
        (xlsb({"List": b""}, parts={"xl/vbaProject.bin": b"a"}), "a.xlsb", True),
        (xlsb({"List": b""}, parts={"xl/macrosheets/sheet1.bin": b""}), "a.xlsb", True),
        (docx("", {"word/vbaProject.bin": b"a"}), "a.docx", True),
        (odf("", {"Basic/Standard/Module1.xml": "<a/>"}), "a.odt", True),
        (odf("", {"Scripts/python/tool.py": "import os"}), "a.ods", True),
        (odf("", {"Basic/script-lc.xml": "<a/>", "Basic/Standard/script-lb.xml": "<a/>"}), "a.odt", False),
        (b"<?xml version='1.0'?><office:document><ooo:module ooo:name='a'>Sub Main", "a.fodt", True),
        (b"<?xml version='1.0'?><w:wordDocument w:macrosPresent='yes'/>", "a.xml", True),
        (b"<?xml version='1.0'?><w:wordDocument w:macrosPresent='no'/>", "a.xml", False),
        (xls({"List": label(0, 0, 0)}, ["a"]), "a.xls", False),
        (xls({"List": label(0, 0, 0)}, ["a"]).replace(SHEET, MACRO_SHEET), "a.xls", True),
    ],
)
def test_macros_are_told(data: bytes, name: str, expected: bool) -> None:
    """Documents that can have a program in them, by name or by what is in them."""
    assert (MACROS in traits(data, name)) is expected


@pytest.mark.parametrize(
    ("data", "name", "declared"),
    [
        (MZ, "letter.pdf", ""),
        (MZ, "photo.jpg", ""),
        (MZ, "", "image/png"),
        (docx(paragraph("a")), "notes.txt", ""),
        (docx(paragraph("a")), "photo.png", ""),
        (PNG, "letter.pdf", ""),
        (PNG, "notes.txt", "text/plain"),
        (zipped({"a.txt": b"a"}), "letter.pdf", ""),
        (pdf(show("a")), "photo.jpg", ""),
        (pdf(show("a")), "list.csv", ""),
        (encrypted_office("a"), "photo.jpg", ""),
    ],
)
def test_disguises_are_told(data: bytes, name: str, declared: str) -> None:
    """A file of one family that bears the name of another, or is declared as another and has no name."""
    assert DISGUISED in traits(data, name, declared)


@pytest.mark.parametrize(
    ("data", "name", "declared"),
    [
        (PNG, "photo.jpg", "image/jpeg"),
        (b"a\tb\n1\t2\n", "export.xls", "application/vnd.ms-excel"),
        (b"<html><table><tr><td>a</table>", "letter.doc", "application/msword"),
        (b"{\\rtf1 words}", "letter.doc", ""),
        (docx(paragraph("a")), "letter.doc", ""),
        (docx(paragraph("a")), "letter.docx", "application/octet-stream"),
        (docx(paragraph("a")), "letter", ""),
        (encrypted_office("a"), "letter.docx", ""),
        (pdf(show("a")), "letter.pdf", "image/png"),
        (pdf(show("a")), "export.dat", ""),
        (entity(b"a", "From: a@b.example", "Subject: a"), "a.txt", ""),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "logo.svg", "image/svg+xml"),
        (WORDS, "READ.ME", ""),
        (WORDS, "letter about J. Example", ""),
    ],
)
def test_honest_names_are_not(data: bytes, name: str, declared: str) -> None:
    """Relatives, endings that mean nothing, and what clinical systems are known to write."""
    assert not traits(data, name, declared)
