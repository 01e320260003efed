"""What office programs write into honest files, and what once was a reason to hold them."""

from __future__ import annotations

import io
import re
import struct
from datetime import UTC, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from msoffcrypto.method.ecma376_agile import ECMA376Agile  # type: ignore[import-untyped]  # ships no types
from PIL import Image, ImageDraw

from gateway.extract.shared_strings import strings
from gateway.extract.types import XLSX
from gateway.mail import State
from tests.gateway.extract.archive_files import plain, zip_of, zipped
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import NOISE, docx, paragraph, said_to_be_encrypted, xlsx
from tests.gateway.extract.office_files import (
    atom,
    container,
    doc,
    msg_streams,
    odf,
    ppt,
    record,
    xls,
    xls_string,
)
from tests.gateway.extract.reading import nodes, reasons, texts

HIDDEN = "NHS 999 000 0018"
THEME = zip_of(plain("theme.xml", f"<a>{HIDDEN}</a>".encode()))


def jpeg(width: int, height: int) -> bytes:
    """Lines so small that nobody can read them for sure, as on the preview of a page."""
    picture = Image.new("L", (width * 4, height * 4), 255)
    draw = ImageDraw.Draw(picture)
    for row in range(8, height * 4, 20):
        draw.text((20, row), "Dear Ann, the meeting of the practice is on Monday at noon " * 3)
    file = io.BytesIO()
    picture.resize((width, height), Image.Resampling.BOX).save(file, "JPEG")
    return file.getvalue()


def graph(*cells: bytes, version: int = 0x680) -> bytes:
    """A chart of Microsoft Graph with these records in its data sheet ([MS-OGRAPH])."""
    book = record(0x809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0)) + record(0x0A)
    chart = record(0x809, struct.pack("<HHHHII", version, 0x8000, 0, 0, 0, 0))
    return compound({"Workbook": book + chart + b"".join(cells) + record(0x0A)})


def test_the_data_of_a_chart_are_a_table() -> None:
    """PowerPoint before 2007 kept every chart as a file of Microsoft Graph."""
    place = struct.pack("<HH3x", 0, 1)
    data = graph(
        record(0x04, place + b"\3\0DOB"),
        record(0x04, struct.pack("<HH3x", 1, 0) + b"\4\1" + "Jāne".encode("utf-16-le")),
        record(0x03, struct.pack("<HH3xd", 1, 1, 9990000018)),
    )
    found = nodes(data)
    assert texts(found)["a › data of a chart"] == "\tDOB\nJāne\t9990000018"
    assert not reasons(found)


def test_the_data_of_an_older_chart_have_no_flags() -> None:
    """Graph 5 writes octets of the code page of Windows right behind their number."""
    found = nodes(graph(record(0x04, struct.pack("<HH3x", 0, 0) + b"\7Jane Do"), version=0x500))
    assert texts(found)["a › data of a chart"] == "Jane Do"


def test_a_package_in_a_record_is_opened() -> None:
    """PowerPoint 2007 keeps its own themes in records of older files, which it may mark as containers."""
    packed = struct.pack("<HHI", 0xF, 0x428, len(THEME)) + THEME
    found = nodes(ppt(container(0x3E8, packed, atom(0x40E, THEME)), container(0x3EE, atom(0xFA8, b"words"))))
    assert texts(found)["a"] == "words"
    shown = [node.name for node in found if HIDDEN in node.text]
    assert shown == ["a › object 1 › theme.xml", "a › object 2 › theme.xml"]
    assert not reasons(found)


def test_custom_xml_of_an_rtf_is_opened() -> None:
    """Word keeps it as an embedded object, though not where those are."""
    head = b"\1\5\0\0\2\0\0\0\4\0\0\0abc\0" + bytes(8) + struct.pack("<I", 4096)
    stored = compound({"Item": f"<?xml version='1.0'?><a>{HIDDEN}</a>".encode()})
    found = nodes(b"{\\rtf1 words{\\*\\datastore " + (head + stored).hex().encode() + b"}}")
    assert any(HIDDEN in node.text for node in found)
    assert not reasons(found)


def test_a_string_that_begins_in_the_next_record_is_read() -> None:
    """Where a record ends right behind the length of a string, the next one says how it is written."""
    first = struct.pack("<II", 2, 2) + xls_string("first") + struct.pack("<HB", 6, 1)
    assert list(strings([first, b"\0second"])) == ["first", "second"]


@pytest.mark.parametrize("behind", [b"\n", b"\r\n", bytes(100)])
def test_blanks_behind_a_package_are_nothing(behind: bytes) -> None:
    """A mailer adds the end of a line."""
    assert not reasons(nodes(docx(paragraph("words")) + behind))


def test_the_names_of_streams_have_no_case() -> None:
    """[MS-CFB] 2.6.4: names that differ in case only are the same."""
    data = doc(["words"])
    for name in ("WordDocument", "1Table"):
        data = data.replace(name.encode("utf-16-le"), name.upper().encode("utf-16-le"))
    assert texts(nodes(data)) == {"a": "words"}


def test_a_stream_that_is_said_to_be_longer_than_the_file_is_cut_short() -> None:
    """What is there of it is read; the rest is missing."""
    data = doc(["words"], streams={"Data": b"-" * 5000})
    entry = data.index("Data".encode("utf-16-le").ljust(64, b"\0"))
    found = nodes(data[: entry + 120] + struct.pack("<I", 1 << 30) + data[entry + 124 :])
    assert texts(found)["a"] == "words"
    assert reasons(found) == {"a › rest": "damaged: octets of a compound file are missing"}


def test_an_empty_object_is_empty() -> None:
    """PowerPoint leaves one where an object was deleted."""
    (found,) = nodes(compound({}))
    assert found.state is State.EMPTY


def test_excel_95_never_encrypts() -> None:
    """A password of Excel 5 or 95 protects nothing."""
    stream = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + record(0x2F, b"\1\2\3\4") + record(0x0A)
    found = nodes(compound({"Book": stream}))
    assert reasons(found) == {"a": "obfuscated as Excel 95 did, which protects nothing"}


@pytest.mark.parametrize("name", ["XCB", "WpsCustomData", "Olk10SideProps_0001"])
def test_settings_of_a_program_are_words(name: str) -> None:
    """Toolbars and the like are read for words, and are no reason to hold a file."""
    found = nodes(xls({}, streams={name: HIDDEN.encode()}))
    assert texts(found)["a › beside the document"] == HIDDEN
    assert not reasons(found)


def test_blocks_that_are_alike_are_encrypted_alike() -> None:
    """Standard encryption works on each block alone, so a sparse document repeats itself."""
    header = struct.pack("<8I", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + "a\0".encode("utf-16-le")
    verifier = struct.pack("<I", 16) + NOISE[:32] + struct.pack("<I", 20) + NOISE[32:64]
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header + verifier
    (found,) = nodes(said_to_be_encrypted(NOISE[: 1 << 12] + NOISE[:16] * 200, info))
    assert (found.state, found.reason) == (State.ENCRYPTED, "opens with a password only")


def test_a_hash_shorter_than_the_key_is_padded() -> None:
    """Agile encryption may take SHA-1 for keys of 256 bits ([MS-OFFCRYPTO] 2.3.4.11)."""
    key = ECMA376Agile._derive_encryption_key(b"a", b"b", "SHA1", 256)
    assert (len(key), key[20:]) == (32, b"\x36" * 12)


def test_what_libreoffice_keeps_beside_a_document_is_words() -> None:
    """Where pages begin, how objects looked, and macros, each in a format of its own."""
    macro = '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">'
    parts: dict[str, bytes | str] = {
        "layout-cache": bytes(range(1, 32)),
        "ObjectReplacements/Object 1": b"VCLMTF\1\0" + HIDDEN.encode("utf-16-le"),
        "Basic/Standard/a.xml": f'{macro}<script:module xmlns:script="s">Sub {HIDDEN}</script:module>',
    }
    found = nodes(odf("<text:p>words</text:p>", parts))
    assert [node.name for node in found if HIDDEN in node.text] == [
        "a › ObjectReplacements/Object 1",
        "a › Basic/Standard/a",
    ]
    assert not reasons(found)


def test_octets_that_look_packed_are_not_taken_for_settings() -> None:
    """Somebody could put anything there."""
    found = nodes(odf("<text:p>words</text:p>", {"layout-cache": NOISE[:4096]}))
    assert list(reasons(found)) == ["a › layout-cache"]


def test_entities_are_refused_wherever_they_stand() -> None:
    """A declaration that OpenOffice would not write stays one."""
    doctype = '<!DOCTYPE a PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "a.dtd" [<!ENTITY b "c">]>'
    found = nodes(odf("<text:p>words</text:p>", {"Basic/a.xml": f"{doctype}<a>&b;</a>"}))
    assert reasons(found) == {"a › Basic/a": "XML with a document type declaration"}


def with_part(package: bytes, name: str, data: bytes) -> bytes:
    file = io.BytesIO(package)
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("package", "name"),
    [
        (docx(paragraph("words")), "docProps/thumbnail.jpeg"),
        (odf("<text:p>words</text:p>"), "Thumbnails/thumbnail.png"),
    ],
)
@pytest.mark.parametrize(("width", "height", "held"), [(180, 256, False), (360, 512, True)])
def test_letters_of_a_preview_need_not_be_readable(
    package: bytes, name: str, width: int, height: int, *, held: bool
) -> None:
    """Nearly every document has a preview of its first page; where it is larger, it is a picture like any."""
    assert bool(reasons(nodes(with_part(package, name, jpeg(width, height))))) is held


def test_a_transparent_picture_is_empty() -> None:
    """Web pages space things out with such."""
    file = io.BytesIO()
    Image.new("RGBA", (60, 60), (0, 0, 0, 0)).save(file, "PNG")
    (found,) = nodes(file.getvalue())
    assert (found.state, found.reason) == (State.EMPTY, "a picture that is transparent all over")


def test_readable_words_of_a_preview_are_read() -> None:
    """A heading may be large enough."""
    file = io.BytesIO()
    picture = Image.new("L", (250, 60), 255)
    ImageDraw.Draw(picture).text((10, 10), "NHS 999 000 0018", font_size=26)
    picture.save(file, "PNG")
    found = nodes(with_part(docx(paragraph("words")), "docProps/thumbnail.png", file.getvalue()))
    (shown,) = [node.text for node in found if node.name == "a › thumbnail"]
    assert re.sub(r"\s", "", shown) == "NHS9990000018"


@pytest.mark.parametrize(("hour", "day"), [(0, "04/03/1980"), (23, "05/03/1980"), (11, "04/03/1980")])
def test_the_birthday_of_a_contact_is_text(hour: int, day: str) -> None:
    """Outlook keeps it as the time of midnight where somebody wrote it down."""
    since = datetime(1980, 3, 4, hour, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    ticks = since // timedelta(microseconds=1) * 10
    born = bytes(32) + struct.pack("<HHIQ", 0x40, 0x3A42, 0, ticks)
    found = nodes(compound(msg_streams({0x37: "Jane Doe"}) | {"__properties_version1.0": born}))
    assert texts(found)["a › properties"] == f"Birthday: {day}"


def test_a_package_is_told_by_what_it_says_of_its_parts() -> None:
    """Excel opens a workbook whose parts are in no folder."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    stated = f"<Types><Override PartName='/workbook.xml' ContentType='{main}'/></Types>"
    old = ZipFile(io.BytesIO(xlsx({"List": '<row r="1"><c r="A1"><v>1</v></c></row>'})))
    file = io.BytesIO()
    with ZipFile(file, "w") as new:
        for name in old.namelist():
            flat = old.read(name).replace(b"xl/", b"").replace(b"worksheets/", b"")
            is_list = name == "[Content_Types].xml"
            new.writestr(name.replace("xl/worksheets/", "").replace("xl/", ""), stated if is_list else flat)
    assert {node.type for node in nodes(file.getvalue())} == {XLSX}
    assert texts(nodes(file.getvalue()))["a › List"] == "1"


def font(tables: int = 10) -> bytes:
    """The list of its tables, of which what is obfuscated is noise; then the tables."""
    listed = b"".join(struct.pack(">4sLLL", b"GP%02d" % n, 0, 200, 100) for n in range(tables))
    return (NOISE[:32] + (bytes(12) + listed)[32:]).ljust(400, b"-")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("word/fonts/font1.odttf", font()),
        ("ppt/fonts/font1.fntdata", struct.pack("<L30x2s", 500, b"LP").ljust(500, b"-")),
        ("[trash]/0000.dat", b"\xff" * 4 + bytes(800)),
    ],
)
def test_fonts_and_what_is_overwritten_hold_nothing(name: str, data: bytes) -> None:
    """Word embeds fonts where it is told to, and leaves room where it deleted a part."""
    assert not reasons(nodes(with_part(docx(paragraph("words")), name, data)))


def test_an_archive_among_the_tables_of_a_font_is_read() -> None:
    """Their names are no proof of what stands in them."""
    data = font() + zipped({"a.txt": b"999 000 0018"})
    found = nodes(with_part(docx(paragraph("words")), "word/fonts/font1.odttf", data))
    assert "999 000 0018" in [node.text for node in found]


@pytest.mark.parametrize("data", [font(3), NOISE[:400], font()[:150]])
def test_what_is_no_font_is_not_taken_for_one(data: bytes) -> None:
    """The name of a part alone is no proof."""
    assert reasons(nodes(with_part(docx(paragraph("words")), "word/fonts/font1.odttf", data)))
