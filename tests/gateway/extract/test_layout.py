from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extract import grid
from gateway.extract.files import read_file
from gateway.extract.layout import Layout, Pages
from gateway.extract.node import Limits
from gateway.inspection import Inspector
from tests.gateway.extract.files import attachment, entity, multipart, pdf, show, xlsx
from tests.gateway.extract.office_files import binary_cell, binary_record, label, odf, wide_string, xls, xlsb

MARK = "999 000 0018"
EXCEL_2003 = (
    "<?xml version='1.0'?><s:Workbook xmlns:s='urn:schemas-microsoft-com:office:spreadsheet'>"
    "<s:Worksheet s:Name='List'><s:Table><s:Row><s:Cell><s:Data>a</s:Data></s:Cell></s:Row>"
    "<s:Row s:Index='7'><s:Cell s:Index='2'><s:Data>999 000 0018</s:Data></s:Cell></s:Row>"
    "</s:Table></s:Worksheet></s:Workbook>"
)


def cell_of(data: bytes, name: str) -> tuple[str, str]:
    """The node that the mark is found in, and the cell."""
    (node,) = (node for node in read_file(data, name, "", Limits()) if MARK in node.text)
    assert node.layout is not None
    (cell,) = node.layout.cells(node.text, [node.text.index(MARK)])
    return node.name, cell


def open_sheet(*rows: str) -> bytes:
    listed = "".join(f"<table:table-row {row}</table:table-row>" for row in rows)
    return odf(f"<table:table table:name='List'>{listed}</table:table>", kind="spreadsheet")


OPEN_CELL = f"<table:table-cell><text:p>{MARK}</text:p></table:table-cell>"


@pytest.mark.parametrize(
    ("name", "data", "cell"),
    [
        ("a.xlsx", xlsx({"List": f'<row r="7"><c r="B7" t="str"><v>{MARK}</v></c></row>'}), "B7"),
        (
            "a.xlsx",
            xlsx(
                {
                    "List": '<row r="1"><c r="A1"><v>1</v></c></row>'
                    f'<row r="9"><c r="XFD9" t="inlineStr"><is><t>{MARK}</t></is></c></row>'
                }
            ),
            "XFD9",
        ),
        (
            "a.xlsx",
            xlsx(
                {
                    "List": '<row r="1"><c r="A1"><v>1</v></c></row>'
                    f'<row r="2"><c r="A2"><v>2</v></c><c r="C2" t="str"><v>{MARK}</v></c></row>'
                }
            ),
            "C2",
        ),
        (
            "a.xlsx",
            xlsx({"List": f'<row><c><v>1</v></c></row><row><c t="str"><v>{MARK}</v></c></row>'}),
            "A2",
        ),
        ("a.xls", xls({"List": label(6, 1, 0)}, [MARK]), "B7"),
        ("a.xls", xls({"List": label(9, 200, 0)}, [MARK]), "GS10"),
        (
            "a.xlsb",
            xlsb(
                {
                    "List": binary_record(0, struct.pack("<I", 6) + bytes(13))
                    + binary_cell(6, 1, wide_string(MARK))
                }
            ),
            "B7",
        ),
        ("a.ods", open_sheet(f">{OPEN_CELL}"), "A1"),
        (
            "a.ods",
            open_sheet(
                "table:number-rows-repeated='6'><table:table-cell/>",
                f"><table:table-cell table:number-columns-repeated='300'/>{OPEN_CELL}",
            ),
            "KO7",
        ),
        ("a.xml", EXCEL_2003.encode(), "B7"),
        ("a.csv", f"Name,NHS No\r\n\r\nAnn,{MARK}\r\n".encode(), "B3"),
        ("a.csv", f'Name;Note;NHS No\n"Doe; Jane";"one\ntwo";{MARK}\n'.encode(), "C2"),
        ("a.csv", f'Name,Note\n"Doe, ""Jane""","one, two\n{MARK}, three"\n'.encode(), "B2"),
    ],
)
def test_a_finding_in_a_sheet_names_its_cell(name: str, data: bytes, cell: str) -> None:
    """Left out rows and columns, far cells and quoted line ends count as in any spreadsheet program."""
    node, found = cell_of(data, name)
    assert (node, found) == (name if name == "a.csv" else f"{name} › List", cell)


CELLS = st.lists(st.tuples(st.integers(1, 400), st.sampled_from(["a", "b c", "9"])), max_size=5)


@given(st.lists(st.tuples(st.integers(0, 3), CELLS), max_size=8))
def test_cells_are_where_the_sheet_has_them(sheet: list[tuple[int, list[tuple[int, str]]]]) -> None:
    """Rows left out, cells far apart or out of order, rows longer than their headings: all keep place."""
    rows, expected, number = [], [], 0
    for gap, cells in sheet:
        number += gap + 1
        shown = [f"{text}!" for _, text in cells]
        rows.append(grid.row(shown, [column for column, _ in cells], number))
        expected += [(number, column) for column, _ in cells]
    text, layout = grid.table(rows)
    ends = [at for at, character in enumerate(text) if character == "!"]
    found = [layout.cells(text, [end - 1]) for end in ends]
    assert [next(cell) for cell in found] == [_named(*place) for place in expected]
    assert list(layout.cells(text, ends)) == [_named(*place) for place in expected]


def _named(row: int, column: int) -> str:
    """As `openpyxl` and people say it: A to Z, then AA."""
    first, second = divmod(column - 1, 26)
    return f"{chr(64 + first) if first else ''}{chr(65 + second)}{row}"


def test_past_the_last_mark_no_cell_is_named() -> None:
    """A sheet that is all gaps costs no more than others; what is not known is not said."""
    rows = [grid.Row("9", 2 * number) for number in range(1, 150_001)]
    text, layout = grid.table(rows)
    assert list(layout.cells(text, [0, 2, len(text) - 1])) == ["A2", "A4", ""]


def test_the_first_cell_and_the_marked_ones_can_be_listed() -> None:
    """What `postern extract` shows beside the text of a sheet."""
    text, layout = grid.table([grid.Row("Name\tNHS No"), grid.Row("Ann\t9", 5)])
    assert list(layout.named()) == [(0, "A1"), (text.index("Ann"), "A5")]
    assert list(Layout().named()) == [(0, "A1")]


def test_a_finding_in_a_pdf_names_its_page() -> None:
    """The evidence says it too, so that a reviewer need not look for it."""
    document = pdf(show("Agenda"), "", show(f"NHS number {MARK}"), show("Minutes"))
    assert cell_of(document, "a.pdf") == ("a.pdf", "page 3")
    message = multipart(entity(b"See attached.", "Content-Type: text/plain"), attachment(document, "a.pdf"))
    inspection = Inspector().inspect(message)
    assert inspection.judgement.evidence == ("health number in patient context (a.pdf › page 3)",)


def test_a_pdf_of_one_page_has_no_layout() -> None:
    (node,) = (node for node in read_file(pdf(show(MARK)), "a.pdf", "", Limits()) if MARK in node.text)
    assert node.layout is None


def test_pages_begin_where_their_text_does() -> None:
    """An empty page is one, too."""
    assert list(Pages((0, 4, 5)).cells("one\n\nthree", [0, 3, 4, 5, 9])) == [
        *("page 1", "page 1", "page 2", "page 3", "page 3")
    ]
