"""Every office format but DOCX, XLSX and PDF: what is on its pages, and what is beside them."""

from __future__ import annotations

import io
import struct
from zipfile import ZIP_STORED, ZipFile

import compressed_rtf  # type: ignore[import-untyped]  # ships no types
import pytest

from gateway.extract import types
from gateway.extract.files import read_file
from gateway.extract.node import Limits, Node
from gateway.mail import State
from tests.gateway.extract.archive_files import zipped
from tests.gateway.extract.compound_files import compound
from tests.gateway.extract.files import NOISE, PNG, docx, entity, package, paragraph
from tests.gateway.extract.office_files import (
    MANIFEST,
    OFFICE,
    atom,
    attached,
    attached_message,
    binary_cell,
    binary_record,
    compressed,
    container,
    doc,
    embedded,
    encrypted_odf,
    label,
    msg,
    msg_streams,
    number,
    odf,
    picture,
    ppt,
    record,
    tnef,
    tnef_properties,
    wide_string,
    xls,
    xls_string,
    xlsb,
)

LIMITS = Limits()
HIDDEN = "NHS 999 000 0018"
META = f'<office:document-meta {OFFICE}><meta:user-defined meta:name="{{}}"/></office:document-meta>'
WIDE = HIDDEN.encode("utf-16-le")
MODULES = "Macros › VBA › beside the document"
COPIES = b"\1" + struct.pack("<H", 0xB000 | 20) + b"\2a\xff\x0f\xff" + b"\xff\x0f" * 8
"""A chunk that would grow past the size of any."""


def nodes(data: bytes, name: str = "a", limits: Limits = LIMITS) -> list[Node]:
    return read_file(data, name, "", limits)


def texts(data: bytes) -> dict[str, str]:
    """Texts by where they stand in the file "a"; the first of a name counts."""
    found: dict[str, str] = {}
    for node in nodes(data):
        if node.state is State.CLEAN:
            found.setdefault(node.name, node.text)
    return found


def places(data: bytes) -> list[str]:
    """Where the hidden words are found."""
    return [node.name for node in nodes(data) if HIDDEN in node.text]


def unread(data: bytes, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [
        (node.name, node.reason) for node in nodes(data, limits=limits) if node.state is State.UNSCANNABLE
    ]


# DOC


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (doc(["one\rtwo\r"]), "one\ntwo"),
        (doc([b"caf\xe9 999", " 000 ", b"0018"]), "café 999 000 0018"),
        (doc(["a\x07b\x07\x07c\x07d\x07\x07"]), "a\tb\nc\td"),
        (
            doc(["Name\x07Ward\x07No\x07\x07Ann\x07\x07999\x07\x07behind\r"]),
            "Name\tWard\tNo\nAnn\t\t999\nbehind",
        ),
        (doc(["see \x13HYPERLINK x\x14the page\x15 now"]), "see the page now"),
        (doc(["a\x13IF \x13PAGE\x141\x15 x\x14b\x15c"]), "abc"),
        (doc(["999\x1e000\x1f0018\x05\x01"]), "999-0000018"),
        (doc([b"\x93words\x94"]), "“words”"),
    ],
)
def test_word_97_text_is_as_it_reads(data: bytes, text: str) -> None:
    """Pieces in either encoding join; fields show their results, cells of a row share a line."""
    assert texts(data)["a"] == text


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (doc(["main", HIDDEN], (4, 16)), "footnotes"),
        (doc(["main", HIDDEN], (4, 0, 16)), "headers"),
        (doc(["main", HIDDEN], (4, 0, 0, 0, 16)), "comments"),
        (doc(["main", HIDDEN], (4, 0, 0, 0, 0, 16)), "endnotes"),
        (doc(["main", HIDDEN], (4, 0, 0, 0, 0, 0, 16)), "text boxes"),
        (doc([f"a \x13{HIDDEN}\x14b\x15"]), "fields"),
        (doc(["one", "two"], gap=HIDDEN.encode()), "earlier text"),
        (doc(["one"], gap=HIDDEN.encode()), "earlier text"),
        (
            doc([b"one"], streams={"ObjectPool/_1/Package": docx(paragraph(HIDDEN))}),
            "ObjectPool › _1 › Package",
        ),
        (doc(["one"], tables={37: struct.pack("<H", len(HIDDEN)) + WIDE}), "beside the text"),
        (doc(["a"], tables={32: WIDE}), "beside the text"),
        (doc(["a"], tables={51: b"\xff\xff" + WIDE}), "beside the text"),
        (doc(["a"], streams={"Data": bytes(20) + WIDE}), "beside the text"),
        (
            doc(["a"], streams={"ObjectPool/_1/\x01Ole10Native": bytes(4) + HIDDEN.encode()}),
            "ObjectPool › _1 › object",
        ),
        (doc(["a"], streams={"ObjectPool/_1/Package": docx(paragraph(HIDDEN))}), "ObjectPool › _1 › Package"),
        (
            doc(["a"], streams={"ObjectPool/_1/CONTENTS": b"<html><p>NHS 999 000 0018</p>"}),
            "ObjectPool › _1 › CONTENTS",
        ),
        (doc(["a"], streams={"\x05SummaryInformation": bytes(28) + HIDDEN.encode()}), "properties"),
        (
            doc(["a"], streams={"MsoDataStore/x/Item": f"<?xml version='1.0'?><a>{HIDDEN}</a>".encode()}),
            "MsoDataStore › x › Item",
        ),
        (doc(["a"], streams={"\x01CompObj": HIDDEN.encode()}), "beside the document"),
        (doc(["a"], streams={"\x01Other": docx(paragraph(HIDDEN))}), "\x01Other"),
        (doc(["a"]) + HIDDEN.encode().ljust(512), "free sectors"),
        (doc(["a"], streams={"Macros/VBA/dir": compressed(HIDDEN.encode())}), MODULES),
        (
            doc(["a"], streams={"Macros/VBA/M": b"?" + compressed(b"Attribute " + HIDDEN.encode())}),
            "Macros › VBA › M",
        ),
        (
            doc(["a"], streams={"ObjectPool/_1/contents": HIDDEN.encode()}),
            "ObjectPool › _1 › beside the document",
        ),
    ],
)
def test_word_97_hides_nothing(data: bytes, place: str) -> None:
    """Every document within the document, every stream and every object is read under its own name."""
    assert places(data)[0] == f"a › {place}"


def test_documents_in_storages_are_documents() -> None:
    """A workbook embedded in a letter is read cell by cell."""
    inner = xls({"List": label(0, 0, 0)}, [HIDDEN])
    stream = inner[inner.index(b"\x09\x08") :]
    assert places(doc(["a"], streams={"ObjectPool/_1/Workbook": stream})) == ["a › ObjectPool › _1 › List"]


def test_packaged_files_have_their_names() -> None:
    """A file that the packager put into a document is opened under the name that it had."""
    content = b"".join(
        (
            b"\2\0list.txt\0C:\\list.txt\0",
            bytes(4),
            struct.pack("<I", 3),
            b"C:\\",
            struct.pack("<I", len(HIDDEN)),
            HIDDEN.encode(),
        )
    )
    data = compound({"\x01Ole10Native": struct.pack("<I", len(content)) + content})
    assert places(data) == ["a › list.txt"]


def test_pictures_in_drawings_are_files() -> None:
    """What a drawing shows goes to whoever reads pictures."""
    found = nodes(doc(["a"], streams={"Data": bytes(10) + picture()}))
    assert ("a › picture 1", "image/png", len(PNG)) in [(node.name, node.type, node.size) for node in found]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            doc(["words here"]).replace(b"\2\x10\0\0\0", b"\2\xff\0\0\0"),
            "damaged: the pieces of the text cannot be put together",
        ),
        (compound({"WordDocument": b"short"}), "damaged: octets of a compound file are missing"),
        (compound({"VisioDocument": NOISE}), "a stream of an unknown application"),
        (doc(["a"], streams={"\x01CompObj": NOISE}), "a stream of an unknown application"),
        (doc(["a"], streams={"VBA/dir": b"\1\0\0" + NOISE}), "a stream of an unknown application"),
        (doc(["a"], streams={"VBA/dir": compressed(b"a")[:3] + b"\1\xff\xff"}), "a damaged macro"),
        (doc(["a"], streams={"VBA/dir": COPIES}), "a damaged macro"),
        (compound({"Book": b"a", "BOOK": b"b"}), "two streams of the same name in a compound file"),
    ],
)
def test_damaged_documents_are_unscannable(data: bytes, reason: str) -> None:
    """What cannot be put together says so."""
    assert reason in [why for _, why in unread(data)]


def test_damaged_documents_still_give_their_words() -> None:
    """The detectors get what can be read of a document whose table is broken."""
    data = doc([HIDDEN]).replace(b"\2\x10\0\0\0", b"\2\xff\0\0\0")
    assert places(data) == ["a › words"]
    assert unread(data)


def test_a_stream_cut_short_is_seen() -> None:
    """A compound file that ends before its streams do is not clean."""
    data = doc(["words " * 2000])
    assert unread(data[: len(data) // 2])


# XLS and XLSB


def label_of(text: str) -> bytes:
    """A cell with its text in it."""
    return record(0x204, bytes(6) + xls_string(text))


def macro_sheet(cells: bytes) -> bytes:
    """A sheet that Excel 4 would run."""
    data = xls({"List": cells})
    listed = data.index(struct.pack("<HH", 0x85, 16))
    opening = record(0x809, struct.pack("<HH", 0x600, 16) + bytes(12))
    return (data[: listed + 9] + b"\1" + data[listed + 10 :]).replace(
        opening, opening[:6] + b"\x40" + opening[7:]
    )


CHART = record(0x809, struct.pack("<HH", 0x600, 0x20) + bytes(12))


@pytest.mark.parametrize(
    "data",
    [
        xls(
            {
                "List": label(0, 0, 0)
                + label(0, 1, 1)
                + number(1, 0, 9990000018, 2)
                + number(1, 1, 29252, 1)
                + number(2, 0, 9990000026)
            },
            ["NHS No", "DOB"],
        ),
        xlsb(
            {
                "List": binary_record(0, bytes(17))
                + binary_cell(7, 0, struct.pack("<I", 0))
                + binary_cell(6, 1, wide_string("DOB"))
                + binary_record(0, bytes(17))
                + binary_cell(5, 0, struct.pack("<d", 9990000018), 2)
                + binary_record(13, struct.pack("<II", 1, 29252 << 2 | 2))
                + binary_record(0, bytes(17))
                + binary_cell(9, 0, struct.pack("<d", 9990000026) + bytes(6))
            },
            ["NHS No"],
        ),
    ],
    ids=["xls", "xlsb"],
)
def test_cells_are_as_they_are_shown(data: bytes) -> None:
    """Numbers and dates have the form of their style, and every row is as wide as its headings."""
    assert texts(data)["a › List"] == "NHS No\tDOB\n999 000 0018\t01/02/1980\n9990000026\t"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (xls({"Hidden": label(9, 200, 0)}, [HIDDEN]), "Hidden"),
        (xls({"List": b""}, [HIDDEN]), "strings in no cell"),
        (xls({HIDDEN: b""}), "beside the cells"),
        (xls({"List": CHART + label_of(HIDDEN) + record(0x0A)}), "beside the cells"),
        (
            xls({"List": CHART + record(0x100D, b"\0\0" + xls_string(HIDDEN, "<B")) + record(0x0A)}),
            "beside the cells",
        ),
        (macro_sheet(label_of(HIDDEN)), "List"),
        (xls({"List": b""}, beside=record(0x14, xls_string(HIDDEN))), "beside the cells"),
        (xls({"List": record(0x1B6, bytes(18)) + record(0x3C, b"\1" + WIDE)}), "beside the cells"),
        (xls({"List": record(0x1C, bytes(8) + xls_string(HIDDEN))}), "beside the cells"),
        (xls({"List": record(0x1BE, bytes(4) + xls_string(HIDDEN))}), "beside the cells"),
        (xls({"List": b""}, streams={"MBD1/\x01Ole10Native": bytes(4) + HIDDEN.encode()}), "MBD1 › object"),
        (xls({"List": record(0xAF, bytes(12) + xls_string(HIDDEN))}), "beside the cells"),
        (xls({"List": record(0x9E, bytes(24) + b"\0" + HIDDEN.encode())}), "beside the cells"),
        (xls({"List": record(0xC5, bytes(14) + b"\0" + HIDDEN.encode())}), "beside the cells"),
        (xls({"List": record(0x800, bytes(10) + WIDE)}), "beside the cells"),
        (xls({"List": record(0x872, bytes(60) + WIDE)}), "beside the cells"),
        (xls({"List": record(0x804, bytes(4) + xls_string(HIDDEN))}), "beside the cells"),
        (xls({"List": record(0x15, xls_string("&L&K000000NHS &B999&B 000 0018"))}), "beside the cells"),
        (
            xlsb({"List": binary_record(479, wide_string("&K04+000NHS &B999&B 000 0018"))}),
            "List › beside the cells",
        ),
        (xlsb({"List": binary_record(64, wide_string(HIDDEN))}), "List › beside the cells"),
        (xlsb({"List": b""}, [HIDDEN]), "strings in no cell"),
        (
            xlsb({"List": b""}, parts={"xl/comments1.bin": binary_record(637, b"\0" + wide_string(HIDDEN))}),
            "comments1",
        ),
        (xlsb({"List": b""}, parts={"docProps/custom.xml": f"<a><b>{HIDDEN}</b></a>"}), "custom"),
    ],
)
def test_workbooks_hide_nothing(data: bytes, place: str) -> None:
    """Hidden sheets, far cells, headers, notes, text boxes, validations and unused strings are read."""
    assert places(data) == [f"a › {place}"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (xls({"List": label(0, 0, 7)}, ["a"]), "damaged: the cells cannot be read"),
        (xlsb({"List": binary_cell(7, 0, struct.pack("<I", 7))}, ["a"]), "a damaged part"),
        (xlsb({"List": b"\7\xff\1\0"}), "damaged: a record is longer than its part"),
        (xls({"List": b"".join(number(0, n, n) for n in range(9))}), "more cells than are read"),
        (xlsb({"List": b"".join(binary_cell(5, n, bytes(8)) for n in range(9))}), "more cells than are read"),
    ],
)
def test_damaged_workbooks_are_unscannable(data: bytes, reason: str) -> None:
    """A cell that refers to nothing is not passed over, and a limit is not reached in silence."""
    assert reason in [why for _, why in unread(data, Limits(cells=8))]


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_strings_are_counted_by_us(count: int) -> None:
    """Some programs write a wrong number of shared strings, and Excel does not mind."""
    data = xls({"List": label(0, 0, 0) + label(0, 1, 1)}, ["NHS No", "DOB"])
    said = struct.pack("<HHII", 0xFC, 8 + 2 * 3 + 2 * 9, 2, 2)
    assert said in data
    assert texts(data.replace(said, said[:8] + struct.pack("<I", count)))["a › List"] == "NHS No\tDOB"


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (b"\4\0\0name", b""),
        (b"\4\0\0na", b"\0me"),
        (b"\4\0\1n\0a\0", b"\0me"),
        (b"\4\0\0na", b"\1m\0e\0"),
        (b"\4\0\x0c\1\0\2\0\0\0name", bytes(6)),
        (b"\4\0\x08\1\0na", b"\0me" + bytes(4)),
    ],
)
def test_strings_run_on_into_the_next_record(first: bytes, rest: bytes) -> None:
    """Each record says anew how its letters are written; what follows a string belongs to it."""
    continued = record(0x3C, rest) if rest else b""
    shared = record(0xFC, struct.pack("<II", 2, 2) + first) + continued + record(0x3C, b"\3\0\0DOB")
    data = xls({"List": label(0, 0, 0) + label(0, 1, 1)}, beside=shared)
    empty = record(0xFC, bytes(8))
    assert texts(data.replace(empty, record(0x0FFF, bytes(8))))["a › List"] == "name\tDOB"


@pytest.mark.parametrize(
    "beside",
    [
        record(0x18, struct.pack("<HBBHHHBBBB", 0, 0, 1, 3, 0, 0, 0, 0, 0, 0) + b"\0a\x03\x03\x03"),
        record(0x1AE, b"\1"),
        record(0x17, b"\xff\xff"),
        record(0x23, b"\1"),
    ],
)
def test_what_is_odd_beside_the_cells_does_not_hide_them(beside: bytes) -> None:
    """Names and links that cannot be made sense of are for others; cells do without."""
    data = xls({"List": label(0, 0, 0) + record(0x1C, b"\1") + record(0x5D, b"\1")}, [HIDDEN], beside)
    assert texts(data)["a › List"] == HIDDEN
    assert not unread(data)


def test_rich_text_in_a_cell_may_end_as_it_likes() -> None:
    """How letters look is not needed to read them."""
    rich = record(0xD6, struct.pack("<HHH", 0, 0, 0) + xls_string(HIDDEN) + b"\5\0\1")
    assert texts(xls({"List": rich}))["a › List"] == HIDDEN


def test_pivot_tables_keep_cells() -> None:
    """They keep the rows that they sum up, whether or not the sheet is still there."""
    cache = record(0xCD, xls_string("Ann")) + record(0xC9, struct.pack("<d", 9990000018))
    cache += record(0xCC, struct.pack("<h", 42)) + record(0xCE, struct.pack("<HHBBBB", 1980, 2, 1, 0, 0, 0))
    cache += (
        record(0xCD, b"\5\0\0Smith") + record(0xC7, bytes(14) + xls_string("NHS No")) + record(0xCE, b"?")
    )
    data = xls({"List": b""}, streams={"_SX_DB_CUR/0001": cache})
    assert texts(data)["a › pivot table › 0001"] == "Ann\n9990000018\n42\n01/02/1980\nSmith\nNHS No"


def test_charts_keep_numbers() -> None:
    """Those of cells that may stand in another file; numbers of the sheet are where they belong."""
    data = xls({"List": number(0, 0, 7) + CHART + number(0, 0, 9990000018) + record(0x0A) + number(1, 0, 8)})
    assert texts(data)["a › List"] == "7\n8"
    assert "9990000018" in texts(data)["a › beside the cells"]


def test_records_of_other_programs_are_read_for_their_words() -> None:
    """WPS Spreadsheets keeps records of its own beside those of Excel, never packed ones."""
    opening = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    assert texts(xls({"List": b""}, streams={"ETExtData": opening + WIDE}))["a › ETExtData"] == HIDDEN
    assert unread(xls({"List": b""}, streams={"ETExtData": NOISE})) == [
        ("a › ETExtData", "a stream of an unknown application")
    ]


# PPT


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (ppt(container(0x3EE, atom(0xFA0, WIDE))), "a"),
        (ppt(container(0x3EE, container(0xF00D, atom(0xFA8, HIDDEN.encode())))), "a"),
        (ppt(container(0x3F0, atom(0xFA0, WIDE))), "a › notes"),
        (ppt(container(0x3F8, atom(0xFA0, WIDE))), "a › masters"),
        (ppt(container(0x3EE, container(0x2EE0, atom(0xFBA, WIDE)))), "a › comments"),
        (ppt(container(0x138A, atom(0x138B, container(0x2EE0, atom(0xFBA, WIDE))))), "a › comments"),
        (ppt(container(0x138A, atom(0x138B, b"\1\2" + WIDE))), "a › tags"),
        (ppt(container(0x3E8, atom(0xFBA, WIDE))), "a › names"),
        (ppt(container(0x3EE, atom(0xF00B, bytes(6) + WIDE))), "a › shapes"),
        (ppt(embedded(doc([HIDDEN]))), "a › object 1"),
        (ppt(atom(0x1011, doc([HIDDEN]))), "a › object 1"),
        (
            ppt(container(0x3EE), streams={"\x05SummaryInformation": bytes(28) + HIDDEN.encode()}),
            "a › properties",
        ),
    ],
)
def test_presentations_hide_nothing(data: bytes, place: str) -> None:
    """Slides, notes, masters, comments, shapes, and objects in either form are read."""
    assert places(data) == [place]


def test_padding_between_records_hides_none() -> None:
    """PowerPoint for Mac leaves zeros between records, and says where the next one begins."""
    first, second = container(0x3EE, atom(0xFA0, WIDE)), container(0x3EE, atom(0xFA8, b"a second slide"))
    start = len(first) + 6
    directory = start + len(second)
    places = atom(0x1772, struct.pack("<II", 1 << 20 | 1, start))
    edit = atom(0x0FF5, struct.pack("<4x4xII", 0, directory))
    user = bytes(16) + struct.pack("<I", directory + len(places))
    whole = [first, bytes(6), second, places, edit]
    assert texts(ppt(*whole, streams={"Current User": user}))["a"] == f"{HIDDEN}\na second slide"
    assert unread(ppt(*whole)) == [("a › records", "damaged: a record is longer than what holds it")]


def test_damaged_presentations_are_unscannable() -> None:
    """A record that ends outside what holds it may hide others."""
    data = ppt(container(0x3EE, atom(0xFA0, WIDE))[:-4])
    assert unread(data) == [("a › records", "damaged: a record is longer than what holds it")]


# RTF


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1 one\par two}", "one\ntwo"),
        (rb"{\rtf1\ansi\ansicpg1252 caf\'e9 999{\b  000} 0018}", "café 999 000 0018"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0}", "Пр"),
        (rb"{\rtf1\mac 999\'ca000\'ca0018}", "999\u00a0000\u00a00018"),
        (rb"{\rtf1\pca 999\'ff000\'ff0018}", "999\u00a0000\u00a00018"),
        (rb"{\rtf1\mac\ansicpg1252 caf\'e9}", "café"),
        (rb"{\rtf1{\fonttbl{\f1\fcharset161 A;}}\f1 \'e1}", "α"),
        (rb"{\rtf1\uc1 \u381?ofia \u-3913?}", "Žofia \uf0b7"),
        (rb"{\rtf1\uc2 \u381\'3f\'3fa}", "Ža"),
        (rb"{\rtf1 a\cell b\cell\row c\cell\cell\row}", "a\tb\nc\t"),
        (rb"{\rtf1 999\_000\~0018\{\}\\}", "999-000\u00a00018{}\\"),
        (rb"{\rtf1 999{\v  salt} 000{\deleted  gone}{\*\bkmkstart x} 0018}", "999 000 0018"),
        (rb"{\rtf1 999{\footnote note} 000}", "999 000"),
        (rb"{\rtf1 9" + b"\r\n" + rb"99 000}", "999 000"),
        (rb"{\rtf1\bin3 {{{999}", "999"),
        (rb"{\rtf1 cut {\b short", "cut short"),
        (rb"{\rtf1 end} and more", "end and more"),
        (rb"{\rtf1 a\par\b b\i0\fs20 {\cf1\cb2 c}{\i d\par}\b0", "a\nbcd"),
        (rb"{\rtf1\b\'39\'39\b0\'39{\i  }{}{{000}} {\b\parx 0018}}", "999 000 0018"),
        (rb"{\rtf1{\ansicpg1253 a\'e1\ansicpg1252 \'e1}", "aαá"),
    ],
)
def test_rich_text_is_as_it_reads(rtf: bytes, text: str) -> None:
    """Groups join, what is hidden or stands aside does not cut the text, and nothing ends it early."""
    assert texts(rtf)["a"] == text


def test_rich_text_of_too_many_words_is_unscannable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too long to read is not read by half; what only looks different takes no time."""
    monkeypatch.setattr("gateway.extract.rtf._MOST_TOKENS", 100)

    assert [node.state for node in nodes(b"{\\rtf1 a" + b"\\~" * 100 + b"b}")] == [State.UNSCANNABLE]
    assert texts(b"{\\rtf1 a" + b"\\b\\i0 " * 100 + b"b}")["a"] == "ab"


@pytest.mark.parametrize(
    ("rtf", "place"),
    [
        (rb"{\rtf1 a{\header NHS 999 000 0018}}", "headers"),
        (rb"{\rtf1 a{\footnote NHS 999 000 0018}}", "footnotes"),
        (rb"{\rtf1 a{\*\annotation NHS 999 {\b 000} 0018}}", "comments"),
        (rb"{\rtf1 a{\v NHS 999 000 0018}}", "hidden text"),
        (rb"{\rtf1 a{\deleted NHS 999 000 0018}}", "deletions"),
        (rb"{\rtf1 a{\info{\title NHS 999 000 0018}}}", "properties"),
        (rb"{\rtf1 a{\field{\*\fldinst NHS 999 000 0018}{\fldrslt b}}}", "fields"),
        (rb"{\rtf1 a{\*\unheardof NHS 999 000 0018}}", "beside the text"),
        (b"{\\rtf1 a{\\*\r\n\\b NHS 999 000 0018}}", "beside the text"),
        (rb"{\rtf1 a{\shp{\*\shpinst{\sp{\sn wzDescription}{\sv NHS 999 000 0018}}}}}", "shapes"),
        (rb"{\rtf1 a{\shp{\*\shpinst{\shptxt NHS 999 000 0018}}}}", "text boxes"),
        (rb"{\rtf1 a{\stylesheet{\s1 NHS 999 000 0018;}}}", "tables"),
        (b"{\\rtf1 a{\\object{\\*\\objdata " + doc([HIDDEN]).hex().encode() + b"}}}", "object 1"),
        (
            b"{\\rtf1 a{\\*\\datastore " + compound({"Item": HIDDEN.encode()}).hex().encode() + b"}}",
            "data 1 › Item",
        ),
    ],
)
def test_rich_text_hides_nothing(rtf: bytes, place: str) -> None:
    """Every destination is read, also one that nobody has heard of, and every object is opened."""
    assert places(rtf) == [f"a › {place}"]


@pytest.mark.parametrize(
    ("rtf", "place"),
    [
        (rb"{\rtf1{\v 999 000}{\b\v  0018}\par Next.{\v 01/02/1950}}", "hidden text"),
        (rb"{\rtf1{\deleted 999}{\deleted\i  000 0018} next {\deleted 01/02/1950}}", "deletions"),
        (rb"{\rtf1 a{\footnote 999 000 0018} b{\footnote 01/02/1950}}", "footnotes"),
        (rb"{\rtf1 a{\*\annotation 999 000 0018} b{\*\annotation 01/02/1950}}", "comments"),
        (
            rb"{\rtf1{\shp{\*\shpinst{\shptxt 999 000 0018}}}{\shp{\*\shpinst{\shptxt 01/02/1950}}}}",
            "text boxes",
        ),
    ],
)
def test_what_stands_aside_in_rich_text_in_two_places_is_two_lines(rtf: bytes, place: str) -> None:
    """A number and a date that pages part do not become one number, nor do runs that touch part."""
    assert texts(rtf)[f"a › {place}"] == "999 000 0018\n01/02/1950"


@pytest.mark.parametrize(
    "tag",
    [
        rb"<a href=\"https://a.example/?n=999-000-0018\">",
        rb"<img alt='999-000-0018'>",
        rb"<style>p:before \{content: '\\39\\39 9-000-0018'\}</style>",
    ],
)
def test_rich_text_of_html_is_html(tag: bytes) -> None:
    """What tags carry is text, as in the HTML that Outlook makes of it again."""
    found = texts(rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 " + tag + rb"}a{\*\htmltag72 </p>}}")
    assert "999-000-0018" in found["a › tags › markup"]


@pytest.mark.parametrize("form", [PNG.hex().encode(), b"\\bin%d " % len(PNG) + PNG])
def test_pictures_in_rich_text_are_files(form: bytes) -> None:
    """Hexadecimal or binary, a picture comes out as it went in."""
    found = nodes(b"{\\rtf1 a{\\pict\\pngblip " + form + b"}}")
    assert (found[-1].name, found[-1].type, found[-1].size) == ("a › picture 1", "image/png", len(PNG))


# OpenDocument


def with_secret(content: bytes, keys: str = "") -> bytes:
    """A document with a part that its manifest says is encrypted."""
    entry = '<m:file-entry m:full-path="secret.xml"><m:encryption-data/></m:file-entry>'
    return odf("<text:p>open</text:p>", {"secret.xml": content}, manifest=keys + entry)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<text:p>one</text:p>\n  <text:h>two</text:h>", "one\ntwo"),
        (
            "<text:p>999<text:s text:c='2'/>000<text:tab/>0018<text:line-break/>x</text:p>",
            "999  000\t0018\nx",
        ),
        ("<text:p>999 <text:span>000</text:span><!-- c --> 0018</text:p>", "999 000 0018"),
        ("<text:p>999<office:annotation><text:p>aside</text:p></office:annotation> 000</text:p>", "999 000"),
        (
            "<text:p>9<text:note><text:note-body><text:p>n</text:p></text:note-body></text:note>99</text:p>",
            "999",
        ),
        (
            (
                "<table:table><table:table-row><table:table-cell><text:p>Ann</text:p></table:table-cell>"
                "<table:table-cell><text:p>999</text:p></table:table-cell></table:table-row></table:table>"
            ),
            "Ann\t999",
        ),
        (
            "<draw:page><draw:frame><draw:text-box><text:p>slide</text:p></draw:text-box></draw:frame></draw:page>",
            "slide",
        ),
    ],
)
def test_open_documents_are_as_they_read(body: str, text: str) -> None:
    """Paragraphs are lines, white space is as it counts, and what stands aside does not cut the text."""
    assert texts(odf(body))["a"] == text


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (
            odf(f"<text:p>a<office:annotation><text:p>{HIDDEN}</text:p></office:annotation></text:p>"),
            "comments",
        ),
        (odf(f"<text:tracked-changes><text:p>{HIDDEN}</text:p></text:tracked-changes>"), "deletions"),
        (odf(f"<text:p><draw:text-box><text:p>{HIDDEN}</text:p></draw:text-box></text:p>"), "text boxes"),
        (odf(f"<text:p><text:a xlink:href='https://a.example/{HIDDEN}'/></text:p>"), "attributes"),
        (odf(f"<!-- {HIDDEN} -->"), "attributes"),
        (odf(f"<text:conditional-text text:string-value-if-true='{HIDDEN}'/>"), "attributes"),
        (odf(f"<text:conditional-text text:string-value-if-false='{HIDDEN}'/>"), "attributes"),
        (odf(f"<text:drop-down text:help='{HIDDEN}'/>"), "attributes"),
        (odf(f"<text:bibliography-mark text:note='{HIDDEN}'/>"), "attributes"),
        (odf(f"<text:list-level-style-number style:num-prefix='{HIDDEN}' xmlns:style='a'/>"), "attributes"),
        (odf(f"<loext:content-control loext:alias='{HIDDEN}' xmlns:loext='a'/>"), "attributes"),
        (odf(f"<table:scenario table:comment='{HIDDEN}'/>"), "attributes"),
        (odf("", {"meta.xml": META.format(HIDDEN)}), "meta"),
        (
            odf(f"<presentation:notes><text:p>{HIDDEN}</text:p></presentation:notes>", kind="presentation"),
            "notes",
        ),
        (odf("", {"meta.xml": f"<a><dc>{HIDDEN}</dc></a>"}), "meta"),
        (odf("", {"Object 1/content.xml": f"<a><b>{HIDDEN}</b></a>"}), "Object 1/content"),
        (odf("", {"Pictures/a.svg": f"<svg ><text>{HIDDEN}</text></svg>"}), "Pictures/a.svg"),
        (odf("", {"ObjectReplacements/1": docx(paragraph(HIDDEN))}), "ObjectReplacements/1"),
    ],
)
def test_open_documents_hide_nothing(data: bytes, place: str) -> None:
    """Comments, deletions, boxes, links, notes, properties, objects and parts that nothing names are read."""
    assert places(data) == [f"a › {place}"]


@pytest.mark.parametrize(
    "beside",
    [
        "<table:shapes><draw:custom-shape><text:p>{}</text:p></draw:custom-shape></table:shapes>",
        "<table:shapes><draw:text-box><text:p>{}</text:p></draw:text-box></table:shapes>",
        "<table:title>{}</table:title>",
        "<table:desc>{}</table:desc>",
    ],
)
def test_open_spreadsheets_hide_nothing_beside_their_rows(beside: str) -> None:
    """Text boxes that stand on the page and not in a cell are shown, and a sheet may have a title."""
    row = "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>"
    sheet = f"<table:table table:name='List'>{beside.format(HIDDEN)}{row}</table:table>"
    found = texts(odf(sheet, kind="spreadsheet"))
    assert found["a"] == HIDDEN
    assert found["a › List"] == "x"


def test_open_spreadsheets_keep_their_columns() -> None:
    """Repeated and covered cells count, values stand where nothing is shown, every sheet has its name."""

    def cell(text: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}>{text and f'<text:p>{text}</text:p>'}</table:table-cell>"

    rows = (
        cell("Name") + cell("Ward") + cell("NHS No"),
        cell("Ann") + cell("", "table:number-columns-repeated='1'") + cell("", "office:value='9990000018'"),
        cell("", "table:number-columns-repeated='16384'"),
    )
    listed = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    data = odf(f"<table:table table:name='List'>{listed}</table:table>", kind="spreadsheet")
    assert texts(data)["a › List"] == "Name\tWard\tNHS No\nAnn\t\t9990000018"


def test_no_mark_of_ours_hides_in_a_cell() -> None:
    """A noncharacter that marks a row for readers parts digits as a space does, and does not hide them."""
    cell = "<table:table-cell><text:p>999\ufdd0000 0018</text:p></table:table-cell>"
    row = f"<table:table-row>{cell}</table:table-row>"
    data = odf(f"<table:table table:name='List'>{row}</table:table>", kind="spreadsheet")
    assert texts(data)["a › List"] == "999 000 0018"


ENCRYPTED = encrypted_odf("Surgery2026", "<text:p>words</text:p>")
STRETCHED = encrypted_odf("Surgery2026", "<text:p>words</text:p>", "aes256-gcm")


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (ENCRYPTED, State.ENCRYPTED),
        (encrypted_odf("", "<text:p>words</text:p>"), State.CLEAN),
        (with_secret(NOISE, "<m:keyinfo><m:PGPData>a</m:PGPData></m:keyinfo>"), State.ENCRYPTED),
        (with_secret(NOISE), State.UNSCANNABLE),
        (with_secret(b"<a>plain words</a>" * 50), State.UNSCANNABLE),
    ],
)
def test_open_documents_prove_their_encryption(data: bytes, state: State) -> None:
    """By noise, and by means that open it with a password but not without; a manifest proves nothing."""
    found = nodes(data)
    assert state in {node.state for node in found}
    assert State.ENCRYPTED not in {node.state for node in found} - {state}
    assert MANIFEST not in "".join(node.text for node in found)


@pytest.mark.parametrize(
    ("document", "stated", "instead"),
    [
        (ENCRYPTED, "iteration-count='1024'", "iteration-count='99999999'"),
        (ENCRYPTED, "PBKDF2", "unheard of"),
        (ENCRYPTED, "aes256-cbc", "rot13"),
        (ENCRYPTED, "initialisation-vector='", "initialisation-vector='AAAA"),
        (STRETCHED, "argon2-memory='64'", "argon2-memory='300000'"),
    ],
)
def test_encryption_by_other_means_cannot_be_checked(document: bytes, stated: str, instead: str) -> None:
    """Nobody can say that no password opens it, or not before long."""
    with ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = parts["META-INF/manifest.xml"].decode().replace(stated, instead)
    changed = zipped(parts | {"META-INF/manifest.xml": manifest.encode()}, ZIP_STORED)
    assert [reason for _, reason in unread(changed)] == ["encrypted in a way that cannot be checked"]


# One XML file


def _flat_package(*parts: tuple[str, str]) -> bytes:
    written = "".join(
        f'<pkg:part pkg:name="/{name}"><pkg:xmlData><a>{text}</a></pkg:xmlData></pkg:part>'
        for name, text in parts
    )
    namespace = "http://schemas.microsoft.com/office/2006/xmlPackage"
    return f'<?xml version="1.0"?><pkg:package xmlns:pkg="{namespace}">{written}</pkg:package>'.encode()


def test_parts_whose_names_differ_in_case_are_two() -> None:
    """No package of an office program has such; both are read, whichever of them a reader takes."""
    data = _flat_package(("word/a.xml", "first"), ("word/A.xml", "second"), ("word/b.xml", "third"))
    said = " ".join(node.text for node in read_file(data, "a.xml", "", Limits()))
    assert all(text in said for text in ("first", "second", "third"))


def test_of_two_parts_of_one_name_nobody_knows_which_is_shown() -> None:
    data = _flat_package(("word/a.xml", "first"), ("word/a.xml", "second"))
    [node] = read_file(data, "a.xml", "", Limits())
    assert (node.state, node.reason) == (State.UNSCANNABLE, "a package with two parts of one name")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (
            (
                '<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
                '<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>'
                '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                "<w:p><w:r><w:t>NHS 999</w:t></w:r><w:r><w:t> 000 0018</w:t></w:r></w:p></w:document>"
                "</pkg:xmlData></pkg:part></pkg:package>"
            ),
            "a › document",
        ),
        (
            (
                '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body><w:p>'
                "<w:r><w:t>NHS 999</w:t></w:r><w:r><w:t> 000 0018</w:t></w:r></w:p></w:body></w:wordDocument>"
            ),
            "a",
        ),
        (
            (
                '<s:Workbook xmlns:s="urn:schemas-microsoft-com:office:spreadsheet">'
                '<s:Worksheet s:Name="List"><s:Table><s:Row><s:Cell s:Index="2">'
                "<s:Data>NHS 999 000 0018</s:Data></s:Cell></s:Row></s:Table></s:Worksheet></s:Workbook>"
            ),
            "a › List",
        ),
        (
            (
                '<o:document xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
                'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:text>'
                "<t:p>NHS 999 <t:span>000 0018</t:span></t:p></o:text></o:body></o:document>"
            ),
            "a",
        ),
    ],
)
def test_documents_in_one_xml_file_are_documents(content: str, place: str) -> None:
    """Runs are joined as the office program would, not as the tags stand."""
    assert places(f"<?xml version='1.0'?>{content}".encode()) == [place]


def test_formulas_with_long_numbers_are_read() -> None:
    """What computes nothing leaves the value out; Excel computes it when it opens the file."""
    data = (
        b'<?xml version="1.0"?><s:Workbook xmlns:s="urn:schemas-microsoft-com:office:spreadsheet">'
        b'<s:Worksheet><s:Table><s:Row><s:Cell s:Formula="=9990000018"/></s:Row></s:Table></s:Worksheet>'
        b"</s:Workbook>"
    )
    assert texts(data)["a › attributes"] == "=9990000018"


def test_other_xml_is_text() -> None:
    """XML that is nobody's document is read with its tags, and without."""
    assert places(b"<?xml version='1.0'?><list><one>NHS 999 000 0018</one></list>") == ["a", "a › content"]


# Outlook


def test_messages_of_outlook_are_messages() -> None:
    """Subject, bodies, headers, recipients, attachments and attached messages are nodes of their own."""
    inner = msg_streams({0x0037: "Inner", 0x1000: HIDDEN}, prefix=24)
    data = msg(
        {
            0x0037: "Results",
            0x1000: "Dear Ann",
            0x1013: b"<p>Dear <b>Ann</b></p>",
            0x1009: compressed_rtf.compress(b"{\\rtf1 rich}"),
            0x0C1A: "Dr Bob",
            0x007D: "X-Patient: Jane Doe\r\n folded\r\nReceived: x\r\n",
            0x8005: "a named property",
            0x001A: "IPM.Note",
        },
        [(1, {0x3001: "Ann Smith", 0x39FE: "ann@practice.example"})],
        [attached("letter.docx", docx(paragraph("letter"))), attached_message("Inner", inner)],
    )
    assert texts(data) == {
        "a › subject": "Results",
        "a › headers": "From: Dr Bob\nX-Patient: Jane Doe folded",
        "a › body": "Dear Ann",
        "a › body (html)": "Dear Ann",
        "a › body (rtf)": "rich",
        "a › properties": "a named property",
        "a › recipients": "Ann Smith",
        "a › letter.docx": "letter",
        "a › Inner › subject": "Inner",
        "a › Inner › body": HIDDEN,
        "a › file names": "letter.docx\nInner",
    }


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (msg({0x1009: b"LZFu"}), "damaged: the rich text cannot be unpacked"),
        (msg({0x1000: "a", 0x1009: NOISE}), "damaged: the rich text cannot be unpacked"),
        (tnef((0x800C, b"words"))[:-3], "damaged: attributes of a winmail.dat are missing"),
        (tnef((0x800C, b"words")) + b"words", "damaged: attributes of a winmail.dat are missing"),
        (
            tnef((0x9003, tnef_properties({0x1000: "words"})[:-4])),
            "damaged: attributes of a winmail.dat are missing",
        ),
        (tnef((0x9003, b"\xff" * 40)), "damaged: attributes of a winmail.dat are missing"),
    ],
)
def test_damaged_messages_are_unscannable(data: bytes, reason: str) -> None:
    """A body that cannot be unpacked, or an attribute that is cut short, is not clean."""
    assert reason in [why for _, why in unread(data)]


@pytest.mark.parametrize("checksum", [b"\xff\xff", b"\xff", b""])
def test_a_checksum_of_a_winmail_hides_nothing(checksum: bytes) -> None:
    """Some programs write it wrong, or not at all; what it belongs to is all there."""
    data = tnef((0x800C, HIDDEN.encode()))[:-2] + checksum
    assert texts(data) == {"a › body": HIDDEN}
    assert not unread(data)


@pytest.mark.parametrize("padding", [b"\n", b"\r\n", bytes(9)])
def test_padding_of_a_winmail_is_nothing(padding: bytes) -> None:
    """Gateways add the end of a line to a file."""
    data = tnef((0x800C, HIDDEN.encode())) + padding
    assert texts(data) == {"a › body": HIDDEN}
    assert not unread(data)


def test_winmail_is_a_message() -> None:
    """Attributes and properties give subject, body, recipients and attachments."""
    within = struct.pack("<HHII", 0x0D, 0x3701, 1, 16 + len(tnef((0x800C, b"inner")))) + bytes.fromhex(
        "0703020000000000c000000000000046"
    )
    inner = within + tnef((0x800C, b"inner"))
    data = tnef(
        (0x9007, struct.pack("<II", 1252, 0)),
        (0x9003, tnef_properties({0x0037: "Results", 0x1000: HIDDEN, 0x3FFD: 1252})),
        (0x9004, struct.pack("<I", 1) + tnef_properties({0x3001: "Ann Smith"})),
        (0x9002, bytes(14)),
        (0x8010, b"note.txt\0"),
        (0x800F, b"a note"),
        (0x9002, bytes(14)),
        (0x9005, struct.pack("<I", 1) + inner + bytes(-len(inner) % 4)),
    )
    assert texts(data) == {
        "a › subject": "Results",
        "a › body": HIDDEN,
        "a › recipients": "Ann Smith",
        "a › note.txt": "a note",
        "a › attachment 2 › body": "inner",
        "a › file names": "note.txt",
    }


# Mailboxes, calendars, cards, web archives


def test_mailboxes_are_their_messages() -> None:
    """Each message is opened, and a quoted "From " loses its quote."""
    data = b"From a@b Mon\nSubject: one\n\n>From here\n\nFrom c@d Tue\nSubject: two\n\nlast\n"
    found = texts(data)
    assert [found[f"a › message {n} › body"].strip() for n in (1, 2)] == ["From here", "last"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BEGIN:VCALENDAR\r\nSUMMARY:NHS 999 000\r\n  0018\\, Ann\r\n", "NHS 999 000 0018, Ann"),
        (b"BEGIN:VCARD\r\nNOTE:one\\ntwo\r\n", "one\ntwo"),
        (
            b"BEGIN:VCARD\r\nNOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:caf=C3=A9 999=\r\n 000\r\n",
            "café 999 000",
        ),
        (b"BEGIN:VCARD\r\nNOTE;QUOTED-PRINTABLE:999=20=\r\n000\r\n", "999 000"),
        (
            b"BEGIN:VCARD\r\nPHOTO;ENCODING=b:"
            + b"\r\n ".join([b"TkhTIDk5OSAw", b"MDAgMDAxOCBq", b"dXN0IGEgbm90ZQ=="])
            + b"\r\n",
            "TkhTIDk5OSAwMDAgMDAxOCBqdXN0IGEgbm90ZQ==",
        ),
    ],
)
def test_calendars_and_cards_are_unfolded(content: bytes, text: str) -> None:
    """Lines are joined and escapes resolved before anybody looks for numbers."""
    assert text in texts(content)["a"]


@pytest.mark.parametrize("name", ["X-ALT-DESC;FMTTYPE=text/html", "DESCRIPTION"])
def test_html_in_calendars_is_read(name: str) -> None:
    """Where a link leads, and what a picture stands for, is in its attributes."""
    content = f"BEGIN:VCALENDAR\r\n{name}:<a href='https://a.example/?n={HIDDEN}'>\r\n  here</a>\r\n"
    assert HIDDEN in texts(content.encode())["a › as HTML › markup"]


def test_files_in_cards_are_opened() -> None:
    """A photograph or note in base64 over folded lines is a file of its own."""
    content = b"BEGIN:VCARD\r\nNOTE;ENCODING=b:TkhTIDk5OSAw\r\n MDAgMDAxOCBq\r\n dXN0IGEgbm90ZQ==\r\n"
    assert places(content) == ["a › base64"]


@pytest.mark.parametrize("declared", ["", "application/msword", "multipart/related"])
def test_web_archives_are_messages(declared: str) -> None:
    """A page that Word saved as one file is opened part by part, whatever it is called."""
    page = entity(b"<html><p>NHS 999 <b>000</b> 0018</p></html>", "Content-Type: text/html")
    data = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
        + page
        + b"\r\n--x--\r\n"
    )
    assert [node.name for node in read_file(data, "a.doc", declared, LIMITS) if HIDDEN in node.text] == [
        "a.doc › body"
    ]


# Types


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (doc(["a"]), types.DOC),
        (xls({"List": b""}), types.XLS),
        (xlsb({"List": b""}), types.XLSB),
        (ppt(), types.PPT),
        (msg({}), types.OUTLOOK),
        (tnef(), types.TNEF),
        (odf(""), "application/vnd.oasis.opendocument.text"),
        (package({}).replace(b"[Content_Types].xml", b"x" * 19), types.ZIP),
        (compound({"Other": b"a"}), types.OLE),
        (doc(["a"], streams={"ObjectPool/_1/Workbook": b"a"}), types.DOC),
        (xls({"List": b""}, streams={"MBD1/WordDocument": b"a"}), types.XLS),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(9), types.XLS),
        (b"BEGIN:VCALENDAR\r\n", types.CALENDAR),
        (b"BEGIN:VCARD\r\n", types.CARD),
    ],
)
def test_types_are_told_by_structure(data: bytes, known: str) -> None:
    """The application is the one whose streams stand in the root, not in an object within."""
    assert types.true_type(data) == known
